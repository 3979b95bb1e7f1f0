/*
 * readiness: tells whether the service can do its work now: keys, storage, and room to hash
 * (protocol section 12).
 *
 * It looks at most twice a second, however often it is asked, and in one thread; the others are
 * told what was seen last. It reads no key and computes no hash.
 */
#ifndef BEARWARD_ACCOUNT_READINESS_H
#define BEARWARD_ACCOUNT_READINESS_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

struct readiness;

enum readiness_part {
	READINESS_KEYS,		/* there is a sound file of a key */
	READINESS_STORAGE,	/* the database answers */
	READINESS_HASHING,	/* no process of this host refuses hashes because of the load */
	READINESS_PARTS,
};

/* The stable word for each part; static. */
struct readiness_report {
	bool is_ready;
	bool is_ok[READINESS_PARTS];
	const char *words[READINESS_PARTS];	/* "ok", or what is wrong */
};

/* Returns the name of a part, as it is told; static. */
const char *readiness_name(enum readiness_part part);

/*
 * Opens what it looks at, and looks for the first time. config and db are borrowed. *readiness is
 * owned: readiness_close(). Returns ERR_SETUP or ERR_STORAGE, logged, or ERR_MEMORY; *readiness is
 * NULL then.
 */
ERR_CHECKED enum err readiness_open(const struct config *config, struct db *db,
    struct readiness **readiness);

/* Closes it. Accepts NULL. */
void readiness_close(struct readiness *readiness);

/* Tells what was seen last; looks again where that is old. */
void readiness_look(struct readiness *readiness, struct readiness_report *report);

#endif
