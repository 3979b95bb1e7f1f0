/* scrypt_avx512: the kernel for processors with AVX-512, with up to four lanes in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __x86_64__
#define TARGET __attribute__((target("avx512f,avx512vl")))
#define HAS_ROTATION 1
#define STREAMS 1
#define WIDE 1
#include "hash/scrypt_lanes.h"
#define WIDE 2
#include "hash/scrypt_lanes.h"
#define WIDE 4
#include "hash/scrypt_lanes.h"

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

/* In halves of registers, which take no longer, and less where the processor splits whole ones. */
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
	romix_4(lanes, 2, 0);
}

TARGET static void
romix_twelve(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 3, 0);
}

TARGET static void
romix_sixteen(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 2, 2);
}

TARGET static void
romix_twenty(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 3, 2);
}

TARGET static void
romix_twenty_four(const struct scrypt_lanes *lanes)
{
	romix_4(lanes, 3, 3);
}

static const struct scrypt_width widths[] = {
	{ 1, romix_one }, { 2, romix_two }, { 4, romix_four }, { 6, romix_six },
	{ 8, romix_eight }, { 12, romix_twelve }, { 16, romix_sixteen }, { 20, romix_twenty },
	{ 24, romix_twenty_four }, { 0, NULL },
};

static bool
is_supported(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
}

const struct scrypt_kernel scrypt_avx512 = { "avx512", is_supported, widths, 12 };
#endif
