/* waiting: which connections wait for their peer, and which of them a thread has. */
#include "serve/waiting.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/* What a connection is doing; the last two wait for their peer. */
enum state {
	STATE_TAKEN,		/* a thread has it, or had it and has closed it */
	STATE_TOUCHED,		/* a thread has it, and something came meanwhile */
	STATE_KEPT,
	STATE_SILENT,
};

enum { STATE_BITS = 2, STATES = 1 << STATE_BITS, TURN_SHIFT = 32 };

struct place {
	_Atomic uint64_t now;		/* a turn, and a state in the last bits */
	_Atomic int64_t since;		/* of clock_ms(): when it began to wait as a silent one */
};

struct waiting {
	atomic_long counts[WAITING_SILENT + 1];
	atomic_int highest;		/* descriptor that ever waited */
	struct place places[];		/* by descriptor */
};

struct waiting *
waiting_new(long limit)
{
	struct waiting *waiting = NULL;

	return calloc(1, sizeof(*waiting) + (size_t)limit * sizeof(waiting->places[0]));
}

void
waiting_free(struct waiting *waiting)
{
	free(waiting);
}

static enum state
state_of(uint64_t now)
{
	return (enum state)(now % STATES);
}

static uint64_t
with_state(uint64_t now, enum state state)
{
	return now - now % STATES + state;
}

static enum waiting_kind
kind_of(uint64_t now)
{
	if (state_of(now) == STATE_KEPT)
		return WAITING_KEPT;
	return state_of(now) == STATE_SILENT ? WAITING_SILENT : WAITING_NONE;
}

static void
raise_highest(struct waiting *waiting, int fd)
{
	int highest = atomic_load(&waiting->highest);

	while (highest < fd &&
	    !atomic_compare_exchange_weak(&waiting->highest, &highest, fd))
		;
}

bool
waiting_reserve(struct waiting *waiting, enum waiting_kind kind, long most)
{
	if (atomic_fetch_add(&waiting->counts[kind], 1) < most)
		return true;
	waiting_release(waiting, kind);
	return false;
}

void
waiting_release(struct waiting *waiting, enum waiting_kind kind)
{
	(void)atomic_fetch_sub(&waiting->counts[kind], 1);
}

uint64_t
waiting_begin(struct waiting *waiting, int fd, int64_t since)
{
	struct place *place = &waiting->places[fd];
	const uint32_t turn = (uint32_t)(atomic_load(&place->now) >> STATE_BITS) + 1;

	raise_highest(waiting, fd);
	atomic_store(&place->since, since);
	atomic_store(&place->now, (uint64_t)turn << STATE_BITS | STATE_TAKEN);
	return (uint64_t)turn << TURN_SHIFT | (uint64_t)fd;
}

bool
waiting_resume(struct waiting *waiting, int fd, enum waiting_kind kind)
{
	struct place *place = &waiting->places[fd];
	const enum state state = kind == WAITING_SILENT ? STATE_SILENT : STATE_KEPT;
	uint64_t now = with_state(atomic_load(&place->now), STATE_TAKEN);

	if (atomic_compare_exchange_strong(&place->now, &now, with_state(now, state)))
		return true;
	/* Once it is touched, only the thread that has it changes that. */
	atomic_store(&place->now, with_state(now, STATE_TAKEN));
	return false;
}

/* Takes the one at a place, if it is as it was seen. */
static bool
take(struct waiting *waiting, struct place *place, uint64_t *seen)
{
	const enum waiting_kind kind = kind_of(*seen);

	if (!atomic_compare_exchange_strong(&place->now, seen, with_state(*seen, STATE_TAKEN)))
		return false;
	waiting_release(waiting, kind);
	return true;
}

/* Notes that something came for the one at a place, which a thread has. */
static bool
touch(struct place *place, uint64_t *seen)
{
	return state_of(*seen) == STATE_TOUCHED ||
	    atomic_compare_exchange_strong(&place->now, seen, with_state(*seen, STATE_TOUCHED));
}

enum waiting_kind
waiting_take(struct waiting *waiting, uint64_t key, int *fd, int64_t *since)
{
	const int number = (int)(uint32_t)key;
	struct place *place = &waiting->places[number];
	const uint32_t turn = (uint32_t)(key >> TURN_SHIFT);
	uint64_t now = atomic_load(&place->now);
	enum waiting_kind kind;

	while ((uint32_t)(now >> STATE_BITS) == turn) {
		if ((kind = kind_of(now)) == WAITING_NONE) {
			if (touch(place, &now))
				return WAITING_NONE;
		} else if (take(waiting, place, &now)) {
			*fd = number;
			*since = atomic_load(&place->since);
			return kind;
		}
	}
	return WAITING_NONE;
}

enum waiting_kind
waiting_take_any(struct waiting *waiting, int *fd, int64_t *since)
{
	const int highest = atomic_load(&waiting->highest);

	for (int i = 0; i <= highest; i++) {
		struct place *place = &waiting->places[i];
		uint64_t now = atomic_load(&place->now);
		const enum waiting_kind kind = kind_of(now);

		if (kind == WAITING_NONE || !take(waiting, place, &now))
			continue;
		*fd = i;
		*since = atomic_load(&place->since);
		return kind;
	}
	return WAITING_NONE;
}

/* Finds the silent one that waits longest; NULL: none does. */
static struct place *
find_oldest_silent(struct waiting *waiting)
{
	const int highest = atomic_load(&waiting->highest);
	struct place *oldest = NULL;

	for (int i = 0; i <= highest; i++) {
		struct place *place = &waiting->places[i];

		if (state_of(atomic_load(&place->now)) == STATE_SILENT && (oldest == NULL ||
		    atomic_load(&place->since) < atomic_load(&oldest->since)))
			oldest = place;
	}
	return oldest;
}

bool
waiting_take_oldest_silent(struct waiting *waiting, int *fd)
{
	struct place *place;
	uint64_t now;

	while ((place = find_oldest_silent(waiting)) != NULL) {
		now = atomic_load(&place->now);
		if (state_of(now) != STATE_SILENT || !take(waiting, place, &now))
			continue;
		*fd = (int)(place - waiting->places);
		return true;
	}
	return false;
}
