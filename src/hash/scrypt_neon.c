/* scrypt_neon: the kernel for every 64-bit ARM processor, with one lane in a register. */
#include "hash/scrypt_kernel.h"

#ifdef __AARCH64EL__
#define TARGET
/* Written as one, it is left to the compiler: SHL and USHR, or what newer processors have. */
#define HAS_ROTATION 1
#define STREAMS 0
#include "hash/scrypt_narrow.h"

const struct scrypt_kernel scrypt_neon = { "neon", is_supported, widths, 3 };
#endif
