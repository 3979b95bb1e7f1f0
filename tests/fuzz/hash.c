/*
 * hash: a stored hash, as a database that was taken over may have it. What may be computed at all
 * costs no more than the bounds say, and scrypt's text form is written again as it was read.
 */
#include "fuzz.h"

#include <strings.h>

#include "hash/password.h"
#include "hash/scrypt.h"

/* The bounds of config/cost.h, by another hand: there is room for the products. */
static bool
is_within_bounds(long log2_n, long r, long p)
{
	const unsigned long long n = 1ull << (log2_n & 0x3f);

	return log2_n >= 10 && log2_n <= 20 && r >= 1 && r <= 32 && p >= 1 && p <= 16 &&
	    128 * n * (unsigned long long)r <= 256ull << 20 &&
	    n * (unsigned long long)(r * p) <= 1ull << 24;
}

static void
check_scrypt(const char *stored)
{
	char cost[3][3] = {{0}}, text[SCRYPT_TEXT_SIZE];
	struct scrypt scrypt = {0};
	long log2_n, r, p;

	assert(scrypt_parse(stored, &scrypt));
	for (int i = 0; i < 3; i++)
		memcpy(cost[i], stored + 4 + 2 * i, 2);
	log2_n = strtol(cost[0], NULL, 16);
	r = strtol(cost[1], NULL, 16);
	p = strtol(cost[2], NULL, 16);
	assert(scrypt.log2_n == log2_n && scrypt.r == r && scrypt.p == p);
	assert(is_within_bounds(log2_n, r, p));
	assert(scrypt.salt_len == SCRYPT_SALT_LEN);

	scrypt_format(&scrypt, text);
	assert(strncasecmp(text, stored, 11) == 0);	/* hex digits in either case */
	assert(strcmp(text + 11, stored + 11) == 0);
}

static void
check_bcrypt(const char *stored)
{
	const char *cost = stored + 4;

	assert(strlen(stored) == 60 && strchr("aby", stored[2]) != NULL && stored[3] == '$');
	assert(cost[0] >= '0' && cost[0] <= '1' && cost[1] >= '0' && cost[1] <= '9');
	assert(strtol(cost, NULL, 10) >= 4 && strtol(cost, NULL, 10) <= 16);
	assert(strspn(stored + 7, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz") == 53);
}

/* Returns what a character of crypt(3) stands for. */
static long
crypt64(char c)
{
	const char *digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	assert(c != '\0' && strchr(digits, c) != NULL);
	return strchr(digits, c) - digits;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Whether a kind is one of those that may cost something, and costs no more than it may. */
static bool
is_kind_within_bounds(const char *kind)
{
	const char *rounds = strstr(kind, "rounds=");
	long m, t, p, n;

	if (sscanf(kind, "$argon2%*[id]$v=19$m=%ld,t=%ld,p=%ld$", &m, &t, &p) == 3)
		return m <= 256 << 10 && m >= 8 * p && t >= 1 && t <= 10 && p >= 1 && p <= 16;
	if (sscanf(kind, "$scrypt$ln=%ld,r=%ld,p=%ld$", &n, &m, &p) == 3)
		return is_within_bounds(n, m, p);
	if (sscanf(kind, "$pbkdf2%*[-sha0-9]$%ld$", &n) == 1 ||
	    sscanf(kind, "$pbkdf2$%ld$", &n) == 1)
		return n >= 1 && n <= 5000000;
	if (begins(kind, "$5$") || begins(kind, "$6$"))
		return rounds == NULL || strtol(rounds + 7, NULL, 10) <= 1000000;
	if (begins(kind, "$y$j") || begins(kind, "$gy$j"))
		return is_within_bounds(crypt64(strchr(kind, 'j')[1]) + 1,
		    crypt64(strchr(kind, 'j')[2]) + 1, 1);
	if (begins(kind, "$7$"))
		return is_within_bounds(crypt64(kind[3]), crypt64(kind[4]),
		    crypt64(kind[9])) && begins(kind + 5, "....") && begins(kind + 10, "....");
	if (begins(kind, "$P$"))
		return crypt64(kind[3]) <= 22;
	return begins(kind, "$2") || begins(kind, "$1$") || begins(kind, "$apr1$") ||
	    strcmp(kind, "sha256$") == 0 || strcmp(kind, "{SHA}") == 0 ||
	    strcmp(kind, "{SSHA}") == 0;
}

/* What takes no time is not looked at: the kind is short, and costs what it says. */
static void
check_other(const char *stored)
{
	char kind[PASSWORD_KIND_SIZE];

	assert(password_kind(stored, kind));
	assert(strlen(kind) < sizeof(kind) - 1 && strpbrk(kind, " \n") == NULL);
	assert(is_kind_within_bounds(kind));
	assert(strlen(stored) <= 256);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *stored = fuzz_text(data, size);
	struct scrypt scrypt = {0};
	const bool is_checkable = password_is_checkable(stored);

	if (strncmp(stored, "$s1$", 4) == 0)
		assert(is_checkable == scrypt_parse(stored, &scrypt));
	if (is_checkable && strncmp(stored, "$s1$", 4) == 0)
		check_scrypt(stored);
	else if (is_checkable && strncmp(stored, "$2", 2) == 0)
		check_bcrypt(stored);
	else if (is_checkable)
		check_other(stored);
	assert(is_checkable == (password_scheme(stored) != NULL));
	free(stored);
	return 0;
}
