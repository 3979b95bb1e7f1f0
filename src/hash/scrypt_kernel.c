/* scrypt_kernel: implementations of scryptROMix, one for each instruction set. */
#include "hash/scrypt_kernel.h"

#include <assert.h>

#ifdef __x86_64__
extern const struct scrypt_kernel scrypt_avx512, scrypt_avx2, scrypt_sse2;
#endif
#ifdef __AARCH64EL__
extern const struct scrypt_kernel scrypt_neon;
#endif

const char *const scrypt_kernel_names[SCRYPT_KERNELS] = {
	[SCRYPT_AVX512] = "avx512", [SCRYPT_AVX2] = "avx2", [SCRYPT_SSE2] = "sse2",
	[SCRYPT_NEON] = "neon",
};

const struct scrypt_kernel *const scrypt_kernels[SCRYPT_KERNELS] = {
#ifdef __x86_64__
	[SCRYPT_AVX512] = &scrypt_avx512,
	[SCRYPT_AVX2] = &scrypt_avx2,
	[SCRYPT_SSE2] = &scrypt_sse2,
#endif
#ifdef __AARCH64EL__
	[SCRYPT_NEON] = &scrypt_neon,
#else
	[SCRYPT_NEON] = NULL,
#endif
};

int
scrypt_kernel_lanes(const struct scrypt_kernel *kernel)
{
	int most = 0;

	for (const struct scrypt_width *width = kernel->widths; width->lanes > 0; width++)
		most = width->lanes;
	return most;
}

size_t
scrypt_kernel_scratch(const struct scrypt_kernel *kernel, size_t r)
{
	return (size_t)scrypt_kernel_lanes(kernel) * 256 * r;
}

void
scrypt_kernel_run(const struct scrypt_kernel *kernel, const struct scrypt_lanes *lanes, int count)
{
	const struct scrypt_width *width = kernel->widths;
	struct scrypt_lanes filled = *lanes;

	while (width->lanes < count)
		width++;
	assert(count > 0 && width->lanes <= SCRYPT_LANES_MAX);
	/* Surplus lanes repeat the first one in the same memory, and so write the same bytes. */
	for (int i = count; i < width->lanes; i++) {
		filled.block[i] = lanes->block[0];
		filled.table[i] = lanes->table[0];
	}
	width->romix(&filled);
}
