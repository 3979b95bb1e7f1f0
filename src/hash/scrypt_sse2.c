/* scrypt_sse2: the kernel for every x86-64 processor, with one lane in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __x86_64__
#define TARGET
#define HAS_ROTATION 0
#define STREAMS 1
#include "hash/scrypt_narrow.h"

const struct scrypt_kernel scrypt_sse2 = { "sse2", is_supported, widths, 3 };
#endif
