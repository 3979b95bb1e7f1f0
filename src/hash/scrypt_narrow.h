/*
 * scrypt_narrow, internal to hash/: the widths of a kernel with one lane in a register, for every
 * processor of its kind.
 *
 * This is a template, as scrypt_lanes.h is: a file includes it once, with TARGET, HAS_ROTATION and
 * STREAMS defined, and has `widths` and `is_supported` then.
 */
#define WIDE 1
#include "hash/scrypt_lanes.h"

static void
romix_one(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 1, 0);
}

static void
romix_two(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 2, 0);
}

static void
romix_three(const struct scrypt_lanes *lanes)
{
	romix_1(lanes, 3, 0);
}

static const struct scrypt_width widths[] = {
	{ 1, romix_one }, { 2, romix_two }, { 3, romix_three }, { 0, NULL },
};

static bool
is_supported(void)
{
	return true;
}
