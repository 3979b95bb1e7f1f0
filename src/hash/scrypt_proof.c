/* scrypt_proof: the self-test that a kernel must pass before it is used. */
#include "hash/scrypt_proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "hash/scrypt.h"

/* Small, because every start takes the test; r = 8 reaches every branch of a kernel. */
enum { LOG2_N = 4, R = 8, BLOCK = 128 * R, LANES = SCRYPT_LANES_MAX };

struct memory {
	unsigned char table[LANES][BLOCK << LOG2_N];
	unsigned char scratch[LANES * 2 * BLOCK];
	unsigned char input[LANES][BLOCK], right[LANES][BLOCK], computed[LANES][BLOCK];
};

/* RFC 7914, section 12, the first vector. */
static const struct scrypt vector = { 4, 1, 1, "", 0, {
	0x77, 0xd6, 0x57, 0x62, 0x38, 0x65, 0x7b, 0x20,
	0x3b, 0x19, 0xca, 0x42, 0xc1, 0x8a, 0x04, 0x97,
	0xf1, 0x6b, 0x48, 0x44, 0xe3, 0x07, 0x4a, 0xe8,
	0xdf, 0xdf, 0xfa, 0x3f, 0xed, 0xe2, 0x14, 0x42,
	0xfc, 0xd0, 0x06, 0x9d, 0xed, 0x09, 0x48, 0xf8,
	0x32, 0x6a, 0x75, 0x3a, 0x0f, 0xc8, 0x1f, 0x17,
	0xe8, 0xd3, 0xe0, 0xfb, 0x2e, 0x0d, 0x36, 0x28,
	0xcf, 0x35, 0xe2, 0x0c, 0x38, 0xd1, 0x89, 0x06,
} };

/* Has kernel compute count lanes at once, in place. */
static void
mix(const struct scrypt_kernel *kernel, size_t r, unsigned char *blocks, int count,
    struct memory *memory)
{
	struct scrypt_lanes lanes = { .n = 1u << LOG2_N, .r = r, .scratch = memory->scratch };

	for (int i = 0; i < count; i++) {
		lanes.table[i] = memory->table[i];
		lanes.block[i] = blocks + (size_t)i * 128 * r;
	}
	scrypt_kernel_run(kernel, &lanes, count);
}

/* Whether blocks, mixed, make the hash of password in right. */
static bool
is_hash(const char *password, const unsigned char *blocks, const struct scrypt *right)
{
	struct scrypt computed = *right;

	memset(computed.hash, 0, sizeof(computed.hash));
	return scrypt_collapse(password, blocks, &computed) == ERR_OK &&
	    memcmp(computed.hash, right->hash, sizeof(computed.hash)) == 0;
}

static bool
is_vector_right(const struct scrypt_kernel *kernel, struct memory *memory)
{
	if (scrypt_expand("", &vector, memory->right[0]) != ERR_OK)
		return false;
	mix(kernel, (size_t)vector.r, memory->right[0], 1, memory);
	return is_hash("", memory->right[0], &vector);
}

/* One by one, the lanes of a hash of libscrypt; each has other bytes. */
static bool
is_right_one_by_one(const struct scrypt_kernel *kernel, struct memory *memory)
{
	struct scrypt scrypt = { .log2_n = LOG2_N, .r = R, .p = LANES,
		.salt_len = SCRYPT_SALT_LEN };

	if (secret_random(scrypt.salt, SCRYPT_SALT_LEN) != ERR_OK ||
	    scrypt_compute("proof", &scrypt) != ERR_OK ||
	    scrypt_expand("proof", &scrypt, memory->input[0]) != ERR_OK)
		return false;
	memcpy(memory->right, memory->input, sizeof(memory->right));
	for (int i = 0; i < LANES; i++)
		mix(kernel, R, memory->right[i], 1, memory);
	return is_hash("proof", memory->right[0], &scrypt);
}

/* So many of these lanes at once. */
static bool
is_right_at_once(const struct scrypt_kernel *kernel, int count, struct memory *memory)
{
	memcpy(memory->computed, memory->input, sizeof(memory->computed));
	mix(kernel, R, memory->computed[0], count, memory);
	return memcmp(memory->computed, memory->right, (size_t)count * BLOCK) == 0;
}

bool
scrypt_proof_holds(const struct scrypt_kernel *kernel)
{
	struct memory *memory = aligned_alloc(64, sizeof(*memory));	/* owned; no secrets */
	bool holds = memory != NULL && is_vector_right(kernel, memory) &&
	    is_right_one_by_one(kernel, memory);

	for (const struct scrypt_width *width = kernel->widths; holds && width->lanes > 0; width++)
		holds = is_right_at_once(kernel, width->lanes, memory);
	free(memory);
	return holds;
}

static bool
is_usable(int index)
{
	return scrypt_kernels[index] != NULL && scrypt_kernels[index]->is_supported();
}

/* Returns the index of the first kernel to try; SCRYPT_KERNELS: none. */
static int
first_of(enum hash_kernel wanted)
{
	const int index = (int)wanted - (int)HASH_KERNEL_AVX512;

	if (wanted == HASH_KERNEL_AUTO)
		return 0;
	if (wanted == HASH_KERNEL_LIBSCRYPT || is_usable(index))
		return index;
	log_event(LEVEL_WARNING, "hash kernel is not supported by this processor",
	    LOG_TEXT("kernel", scrypt_kernel_names[index]));
	return scrypt_kernels[index] == NULL ? 0 : index;
}

const struct scrypt_kernel *
scrypt_proof_choose(enum hash_kernel wanted)
{
	_Static_assert((int)HASH_KERNEL_AVX512 + SCRYPT_KERNELS == (int)HASH_KERNEL_LIBSCRYPT,
	    "the setting has the kernels in their order");

	for (int i = first_of(wanted); i < SCRYPT_KERNELS; i++) {
		if (!is_usable(i))
			continue;
		if (scrypt_proof_holds(scrypt_kernels[i]))
			return scrypt_kernels[i];
		log_event(LEVEL_ERROR, "hash kernel failed its self-test and is not used",
		    LOG_TEXT("kernel", scrypt_kernels[i]->name));
	}
	return NULL;
}
