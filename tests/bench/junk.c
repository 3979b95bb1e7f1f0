/*
 * junk [ROUNDS]: what it costs to verify a token, and to refuse one that is not ours, on one core.
 *
 * Junk is refused by its length, its header and its MAC before anything of it is decoded or read
 * as JSON. So a junk token of 4 KiB may cost no more than what the MAC of 4 KiB takes, and one
 * with another header costs next to nothing, however long it is. All of them take turns; what is
 * printed is the processor time of one verification, best and median.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "token/keyring.h"
#include "token/token.h"

enum { CALLS = 1000, ROUNDS = 200, CASES = 6, NAME_MAX_LEN = 1250, NOW = 1700000000 };

struct sample {
	const char *name;
	char jwt[TOKEN_LEN_MAX + 1];
	enum err expected;
	double us[ROUNDS];			/* a verification */
};

static double
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A token whose user name has that many characters. */
static void
issue(const struct config *config, const struct keys *keys, size_t name_len, char *jwt)
{
	char name[NAME_MAX_LEN + 1];
	const struct token_subject subject = { .uid = 7, .username = name, .scope = "me",
	    .expires_at = NOW + config->access_token_ttl };
	char *issued = NULL;

	memset(name, 'x', name_len);
	name[name_len] = '\0';
	if (token_issue(config, keys, &subject, NOW, &issued) != ERR_OK)
		exit(1);
	snprintf(jwt, TOKEN_LEN_MAX + 1, "%s", issued);
	secret_free(issued);
}

/* Two of each: short and of nearly 4 KiB. */
static void
prepare(const struct config *config, const struct keys *keys, struct sample *samples)
{
	static const char *const names[CASES] = {
		"good, short", "good, 4 KiB", "another MAC, short", "another MAC, 4 KiB",
		"another header, short", "another header, 4 KiB",
	};

	for (int i = 0; i < CASES; i++) {
		struct sample *sample = &samples[i];
		char *last;

		issue(config, keys, i % 2 == 0 ? 7 : NAME_MAX_LEN, sample->jwt);
		last = sample->jwt + strlen(sample->jwt) - 2;
		sample->name = names[i];
		sample->expected = i < 2 ? ERR_OK : ERR_TOKEN;
		if (i / 2 == 1)
			*last = *last == 'A' ? 'B' : 'A';
		if (i / 2 == 2)
			sample->jwt[10] = sample->jwt[10] == 'A' ? 'B' : 'A';
	}
}

static void
run(const struct config *config, const struct keys *keys, struct sample *sample, long round)
{
	double start = now_us();

	for (int i = 0; i < CALLS; i++) {
		struct token token;

		if (token_verify(config, keys, sample->jwt, NOW, &token) != sample->expected)
			exit(1);
		token_clear(&token);
	}
	sample->us[round] = (now_us() - start) / CALLS;
}

int
main(int argc, char **argv)
{
	static struct sample samples[CASES];
	static char issuer[] = "https://id.example", none[] = "", client_id[] = "web";
	const struct config config = {
		.dialect = dialect_find("fastapi"), .issuer = issuer, .audience = none,
		.client_id = client_id, .access_token_ttl = 60,
	};
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS;
	char dir[] = "/tmp/bench.XXXXXX", kid[KEY_ID_SIZE], command[64];
	struct keyring *keyring = NULL;
	const struct keys *keys;

	if (rounds < 1 || rounds > ROUNDS || mkdtemp(dir) == NULL)
		return 2;
	log_open("junk", LOG_TO_STDERR, LEVEL_ERROR);
	if (keyring_add(dir, NULL, kid) != ERR_OK || keyring_open(dir, &keyring) != ERR_OK)
		return 1;
	keys = keyring_borrow(keyring);
	prepare(&config, keys, samples);
	for (long round = 0; round < rounds; round++)
		for (int i = 0; i < CASES; i++)
			run(&config, keys, &samples[i], round);

	printf("%-24s %8s %8s\n", "us a token", "best", "median");
	for (int i = 0; i < CASES; i++) {
		qsort(samples[i].us, (size_t)rounds, sizeof(*samples[i].us), compare);
		printf("%-24s %8.2f %8.2f\n", samples[i].name, samples[i].us[0],
		    samples[i].us[rounds / 2]);
	}
	keyring_return(keyring, keys);
	keyring_close(keyring);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? 0 : 1;
}
