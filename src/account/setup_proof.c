/* setup_proof: proves that it is who can upload files that sets bearward up. */
#include "account/setup_proof.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static void
write_hex(const unsigned char *bytes, size_t len, char *hex)
{
	for (size_t i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
}

enum err
setup_proof_draw(char code[SETUP_PROOF_CODE_SIZE])
{
	unsigned char bytes[SETUP_PROOF_CODE_SIZE / 2];
	enum err err = secret_random(bytes, sizeof(bytes));

	*code = '\0';
	if (err == ERR_OK)
		write_hex(bytes, sizeof(bytes), code);
	secret_wipe(bytes, sizeof(bytes));
	return err;
}

bool
setup_proof_is_code(const char *code)
{
	return code != NULL && strlen(code) == SETUP_PROOF_CODE_SIZE - 1 &&
	    strspn(code, "0123456789abcdef") == SETUP_PROOF_CODE_SIZE - 1;
}

enum err
setup_proof_digest(const char *code, char digest[SETUP_PROOF_DIGEST_SIZE])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len;

	if (EVP_Digest(code, strlen(code), bytes, &len, EVP_sha256(), NULL) != 1 ||
	    2 * len + 1 != SETUP_PROOF_DIGEST_SIZE)
		return ERR_INTERNAL;
	write_hex(bytes, len, digest);
	return ERR_OK;
}

/* The change of a file is when it was uploaded, whatever date a client gives it. */
static bool
is_sound(int fd, int64_t now)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && now - st.st_ctime < SETUP_PROOF_SECONDS;
}

bool
setup_proof_holds(int directory, const char *code, int64_t now)
{
	char digest[SETUP_PROOF_DIGEST_SIZE], found[SETUP_PROOF_DIGEST_SIZE];
	const size_t len = SETUP_PROOF_DIGEST_SIZE - 1;
	bool holds;
	int fd;

	if (!setup_proof_is_code(code) || setup_proof_digest(code, digest) != ERR_OK)
		return false;
	fd = openat(directory, SETUP_PROOF_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	holds = is_sound(fd, now) && read(fd, found, len) == (ssize_t)len &&
	    secret_equal(found, digest, len);
	(void)close(fd);
	return holds;
}

bool
setup_proof_use(int directory)
{
	return unlinkat(directory, SETUP_PROOF_FILE, 0) == 0;
}
