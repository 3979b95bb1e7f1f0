/* readiness: tells whether the service can do its work now. */
#include "account/readiness.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "hash/slot.h"
#include "store/census.h"
#include "token/key_list.h"

enum { LOOK_MS = 500 };

enum word { WORD_OK, WORD_MISSING, WORD_UNSOUND, WORD_UNAVAILABLE, WORD_FULL };

static const char *const words[] = {
	[WORD_OK] = "ok", [WORD_MISSING] = "missing", [WORD_UNSOUND] = "unsound",
	[WORD_UNAVAILABLE] = "unavailable", [WORD_FULL] = "full",
};

struct readiness {
	struct db *db;			/* borrowed */
	struct key_list_directories keys;	/* owned */
	int slots;			/* owned: see hash/slot.h */
	pthread_mutex_t looking;	/* held by the thread that looks */
	atomic_llong looked_at;		/* of clock_ms() */
	atomic_uint seen[READINESS_PARTS];	/* of enum word */
};

const char *
readiness_name(enum readiness_part part)
{
	static const char *const names[] = {
		[READINESS_KEYS] = "keys", [READINESS_STORAGE] = "storage",
		[READINESS_HASHING] = "hashing",
	};

	return names[part];
}

/* Beside a sound key others do no harm: processes go on with those that they have. */
static enum word
look_at_keys(const struct key_list_directories *directories)
{
	struct key_list list;

	key_list_read(directories, &list);
	if (list.count > 0)
		return WORD_OK;
	return list.unsound > 0 ? WORD_UNSOUND : WORD_MISSING;
}

static void
look(struct readiness *readiness)
{
	const enum word seen[] = {
		[READINESS_KEYS] = look_at_keys(&readiness->keys),
		[READINESS_STORAGE] = census_is_possible(readiness->db) ? WORD_OK :
		    WORD_UNAVAILABLE,
		[READINESS_HASHING] = hash_slot_is_any_full(readiness->slots) ? WORD_FULL :
		    WORD_OK,
	};

	for (int part = 0; part < READINESS_PARTS; part++)
		atomic_store(&readiness->seen[part], seen[part]);
	atomic_store(&readiness->looked_at, clock_ms());
}

static enum err
open_watched(const struct config *config, struct readiness *readiness)
{
	char path[PATH_MAX];
	enum err err;

	if ((err = key_list_open(config->state_dir, &readiness->keys)) != ERR_OK)
		return err;
	if (!hash_slot_path(config->state_dir, path))
		return ERR_MEMORY;
	return hash_slot_watch(path, &readiness->slots);
}

enum err
readiness_open(const struct config *config, struct db *db, struct readiness **readiness)
{
	struct readiness *opened = calloc(1, sizeof(*opened));	/* owned until given away */
	enum err err;

	*readiness = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	opened->db = db;
	opened->keys = (struct key_list_directories){ -1, -1 };
	opened->slots = -1;
	(void)pthread_mutex_init(&opened->looking, NULL);
	if ((err = open_watched(config, opened)) != ERR_OK) {
		readiness_close(opened);
		return err;
	}
	look(opened);
	*readiness = opened;
	return ERR_OK;
}

void
readiness_close(struct readiness *readiness)
{
	if (readiness == NULL)
		return;
	key_list_close(&readiness->keys);
	if (readiness->slots >= 0)
		(void)close(readiness->slots);
	(void)pthread_mutex_destroy(&readiness->looking);
	free(readiness);
}

void
readiness_look(struct readiness *readiness, struct readiness_report *report)
{
	if (clock_ms() - atomic_load(&readiness->looked_at) >= LOOK_MS &&
	    pthread_mutex_trylock(&readiness->looking) == 0) {
		look(readiness);
		(void)pthread_mutex_unlock(&readiness->looking);
	}
	report->is_ready = true;
	for (int part = 0; part < READINESS_PARTS; part++) {
		const unsigned seen = atomic_load(&readiness->seen[part]);

		report->words[part] = words[seen];
		report->is_ok[part] = seen == WORD_OK;
		report->is_ready = report->is_ready && report->is_ok[part];
	}
}
