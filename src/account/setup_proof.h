/*
 * setup_proof: proves that whoever sets bearward up over the web is who can upload files to where
 * its programs are.
 *
 * A page has a code, which nobody else sees. The person uploads a file with its SHA-256: so nobody
 * can pass for that person who reads the file, which a web server may hand out. The file counts
 * for an hour. It must belong to the account that we run as, and no other may write it.
 */
#ifndef BEARWARD_ACCOUNT_SETUP_PROOF_H
#define BEARWARD_ACCOUNT_SETUP_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SETUP_PROOF_FILE "setup-code.txt"

enum {
	SETUP_PROOF_CODE_SIZE = 2 * 16 + 1,	/* digits, hexadecimal */
	SETUP_PROOF_DIGEST_SIZE = 2 * 32 + 1,
	SETUP_PROOF_SECONDS = 3600,
};

/* Draws a code, a secret. Returns ERR_INTERNAL as secret_random() does. */
ERR_CHECKED enum err setup_proof_draw(char code[SETUP_PROOF_CODE_SIZE]);

/* Returns whether a text may be a code; NULL is none. */
bool setup_proof_is_code(const char *code);

/* Writes what the file of a code must have. Returns ERR_INTERNAL when it cannot be computed. */
ERR_CHECKED enum err setup_proof_digest(const char *code, char digest[SETUP_PROOF_DIGEST_SIZE]);

/* Returns whether the file in an open directory proves the code (NULL: none does), at now. */
bool setup_proof_holds(int directory, const char *code, int64_t now);

/*
 * Uses the proof up. Returns false when there is none: of several who come at once, one gets true.
 */
bool setup_proof_use(int directory);

#endif
