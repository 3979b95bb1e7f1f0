/* scrypt_neon: the kernel for every 64-bit ARM processor, with one lane in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __AARCH64EL__
#define TARGET
/* Written as one, it is left to the compiler: SHL and USHR, or what newer processors have. */
#define HAS_ROTATION 1
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

const struct scrypt_kernel scrypt_neon = { "neon", is_supported, widths };
#endif
