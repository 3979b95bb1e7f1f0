/*
 * scrypt_proof, internal to hash/: the self-test that a kernel must pass before it is used.
 *
 * A kernel that computes wrong hashes, because of the processor or the compiler, would lock every
 * user out, or store hashes that no other program can check. So each is compared with RFC 7914
 * and with libscrypt on random inputs, with every number of lanes that it computes at once. The
 * test takes few milliseconds.
 */
#ifndef BEARWARD_HASH_SCRYPT_PROOF_H
#define BEARWARD_HASH_SCRYPT_PROOF_H

#include <stdbool.h>

#include "config/config.h"
#include "hash/scrypt_kernel.h"

/* Returns true when kernel, which this processor must support, passes the self-test. */
bool scrypt_proof_holds(const struct scrypt_kernel *kernel);

/*
 * Returns the fastest kernel that this processor supports and that passes the self-test, out of
 * the wanted one and the slower ones, or out of all when the wanted one is of another kind of
 * processor. Returns NULL when there is none, and libscrypt is to be used. Logs a wanted kernel
 * that is not supported, and every kernel that fails.
 */
const struct scrypt_kernel *scrypt_proof_choose(enum hash_kernel wanted);

#endif
