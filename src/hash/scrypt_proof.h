/*
 * scrypt_proof: a kernel is trusted once it has shown that it is right.
 *
 * A kernel that is wrong on this processor, or was compiled wrongly, would lock every user out, or
 * store hashes that nobody else can check. So each is held against RFC 7914 and against libscrypt
 * on inputs made at random, with every number of lanes, before it is used; it takes 1 ms.
 */
#ifndef BEARWARD_HASH_SCRYPT_PROOF_H
#define BEARWARD_HASH_SCRYPT_PROOF_H

#include <stdbool.h>

#include "config/config.h"
#include "hash/scrypt_kernel.h"

/* Whether kernel, which this processor supports, makes the hashes that it must make. */
bool scrypt_proof_holds(const struct scrypt_kernel *kernel);

/*
 * The quickest kernel that this processor supports and that holds its proof, from the wanted one
 * downwards. NULL: libscrypt must do, which is right by definition. Logged: a kernel that was
 * wanted but is not supported, or that failed.
 */
const struct scrypt_kernel *scrypt_proof_choose(enum hash_kernel wanted);

#endif
