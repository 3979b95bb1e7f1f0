/* scrypt_avx2: the kernel for processors with AVX2, with two lanes in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#define HAS_ROTATION 0
#define STREAMS 1
#define WIDE 1
#include "hash/scrypt_lanes.h"
#define WIDE 2
#include "hash/scrypt_lanes.h"

/* Half a register for a single lane; faster than SSE2, which copies before each operation. */
TARGET static void
romix_one(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 1, 0);
}

TARGET static void
romix_two(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 1, 0);
}

TARGET static void
romix_four(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 2, 0);
}

TARGET static void
romix_six(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 3, 0);
}

TARGET static void
romix_eight(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 2, 2);
}

TARGET static void
romix_ten(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 3, 2);
}

TARGET static void
romix_twelve(const struct scrypt_lanes *lanes)
{
	romix_2(lanes, 3, 3);
}

static const struct scrypt_width widths[] = {
	{ 1, romix_one }, { 2, romix_two }, { 4, romix_four }, { 6, romix_six },
	{ 8, romix_eight }, { 10, romix_ten }, { 12, romix_twelve }, { 0, NULL },
};

static bool
is_supported(void)
{
	return __builtin_cpu_supports("avx2");
}

const struct scrypt_kernel scrypt_avx2 = { "avx2", is_supported, widths, 6 };
#endif
