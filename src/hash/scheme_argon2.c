/* scheme_argon2: hashes of Argon2 (RFC 9106), with libargon2. */
#include <argon2.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hash/scheme_internal.h"

enum {
	KIB_MAX = 256 * 1024,
	PASSES_MAX = 10,
	LANES_MAX = 16,
	BLOCKS_MIN = 8,		/* of a KiB, for each lane */
	SALT_MIN = 8,
	DIGEST_MIN = 16,
	DIGEST_MAX = 64,
};

/* Reads v=19$m=65536,t=3,p=4$; without a version it is the first one. */
static bool
parse_cost(const char **at, struct scheme_hash *hash)
{
	long *version = &hash->cost.argon2.version, *lanes = &hash->cost.argon2.lanes;

	*version = ARGON2_VERSION_10;
	if (scheme_text_skip(at, "v=") &&
	    !(scheme_text_number(at, ARGON2_VERSION_10, ARGON2_VERSION_13, version) &&
	    scheme_text_skip(at, "$")))
		return false;
	return (*version == ARGON2_VERSION_10 || *version == ARGON2_VERSION_13) &&
	    scheme_text_skip(at, "m=") &&
	    scheme_text_number(at, BLOCKS_MIN, KIB_MAX, &hash->cost.argon2.kib) &&
	    scheme_text_skip(at, ",t=") &&
	    scheme_text_number(at, 1, PASSES_MAX, &hash->cost.argon2.passes) &&
	    scheme_text_skip(at, ",p=") &&
	    scheme_text_number(at, 1, hash->cost.argon2.kib / BLOCKS_MIN, lanes) &&
	    *lanes <= LANES_MAX && scheme_text_skip(at, "$");
}

bool
scheme_argon2_parse(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest;

	if (!parse_cost(&at, hash))
		return false;
	/* Version 1.0 costs the same. */
	snprintf(hash->kind, sizeof(hash->kind), "%sv=19$m=%ld,t=%ld,p=%ld$", scheme->kind,
	    hash->cost.argon2.kib, hash->cost.argon2.passes, hash->cost.argon2.lanes);
	hash->memory = (size_t)hash->cost.argon2.kib << 10;
	return scheme_text_base64(&at, SCHEME_BASE64_PLAIN,
	    scheme_salt(hash, SALT_MIN, SCHEME_SALT_MAX)) && scheme_text_skip(&at, "$") &&
	    scheme_text_base64(&at, SCHEME_BASE64_PLAIN,
	    scheme_digest(hash, DIGEST_MIN, DIGEST_MAX)) && *at == '\0';
}

/* Huge pages save a quarter of the time. libargon2 wipes the memory before it has it unmapped. */
static int
map(uint8_t **memory, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);

	*memory = NULL;
	if (mapped == MAP_FAILED)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	(void)madvise(mapped, size, MADV_HUGEPAGE);
	(void)madvise(mapped, size, MADV_DONTDUMP);
	*memory = mapped;
	return ARGON2_OK;
}

static void
unmap(uint8_t *memory, size_t size)
{
	(void)munmap(memory, size);
}

/* All lanes in this thread: a worker has one core, whatever the hash was made for. */
enum err
scheme_argon2_compute(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	const bool is_id = strcmp(hash->scheme->algorithm, "id") == 0;
	argon2_context context = {
		.out = digest,
		.outlen = (uint32_t)hash->digest_len,
		/* Only read, since no flag asks to wipe it; so is the salt. */
		.pwd = (uint8_t *)password,
		.pwdlen = (uint32_t)strlen(password),
		.salt = (uint8_t *)hash->salt,
		.saltlen = (uint32_t)hash->salt_len,
		.t_cost = (uint32_t)hash->cost.argon2.passes,
		.m_cost = (uint32_t)hash->cost.argon2.kib,
		.lanes = (uint32_t)hash->cost.argon2.lanes,
		.threads = 1,
		.version = (uint32_t)hash->cost.argon2.version,
		.allocate_cbk = map,
		.free_cbk = unmap,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	const int failure = argon2_ctx(&context, is_id ? Argon2_id : Argon2_i);

	if (failure == ARGON2_OK)
		return ERR_OK;
	return scheme_fail(hash, argon2_error_message(failure),
	    failure == ARGON2_MEMORY_ALLOCATION_ERROR ? ENOMEM : 0);
}
