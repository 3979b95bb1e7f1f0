/* secret: makes, compares and wipes memory that holds passwords, keys and tokens. */
#include "base/secret.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

enum err
secret_random(void *data, size_t len)
{
	/* Up to 256 bytes come whole or not at all; no caller wants more. */
	return getrandom(data, len, 0) == (ssize_t)len ? ERR_OK : ERR_INTERNAL;
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void
secret_wipe(void *data, size_t len)
{
	if (data != NULL)
		OPENSSL_cleanse(data, len);
}

void
secret_free(char *text)
{
	if (text == NULL)
		return;
	secret_wipe(text, strlen(text));
	free(text);
}

void
secret_guard_process(void)
{
	const struct rlimit none = {0};

	(void)setrlimit(RLIMIT_CORE, &none);
	/* The limit does not hold for a core_pattern pipe. */
	(void)prctl(PR_SET_DUMPABLE, 0L);
	/*
	 * Libraries free what they copied from a request unwiped. Have free() overwrite it, as far
	 * as it does: blocks of up to 1 KiB that a thread keeps for its next use are left alone.
	 */
	(void)mallopt(M_PERTURB, 0xa5);
}
