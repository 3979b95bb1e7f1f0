/* scrypt_sse2: the kernel for every x86-64 processor, with one lane in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __x86_64__
#define TARGET
#define HAS_ROTATION 0
#define WIDE 1
#include "hash/scrypt_lanes.h"

static void
romix_one(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 1);
}

static void
romix_two(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 2);
}

static void
romix_three(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 3);
}

static const struct scrypt_width widths[] = {
	{ 1, romix_one }, { 2, romix_two }, { 3, romix_three }, { 0, NULL },
};

static bool
is_supported(void)
{
	return true;
}

const struct scrypt_kernel scrypt_sse2 = { "sse2", is_supported, widths };
#endif
