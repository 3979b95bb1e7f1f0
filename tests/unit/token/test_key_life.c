/*
 * test_key_life: whatever is done to keys, and whenever, no good token is refused, and no other
 * one is taken.
 *
 * Keys are added, removed and tidied up at random, by a clock of our own; some calls are killed,
 * or fail, in their midst. After each, who signs, who checks and who publishes must go together.
 * The variable STEPS makes the walk longer, and SEED takes another one.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "state_dir.h"
#include "token/token.h"

enum { TTL = 1800, STEPS = 150, TOKENS = 64, NO_STOP = 1 << 30 };

/* The clock. It begins before any file is made, so that no directory seems to have settled. */
static time_t now;

/* After how many changes of files the next one kills this process, or fails. */
static int changes_left = NO_STOP;
static bool is_to_fail;

time_t time(time_t *);

time_t
time(time_t *moment)
{
	if (moment != NULL)
		*moment = now;
	return now;
}

int
usleep(useconds_t unused)
{
	(void)unused;
	now++;
	return 0;
}

/* Returns false when a change is to fail. */
static bool
may_change(void)
{
	if (changes_left-- != 0)
		return true;
	if (!is_to_fail)
		_exit(9);
	errno = ENOSPC;
	return false;
}

int
fsync(int fd)
{
	(void)fd;
	return may_change() ? 0 : -1;
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return may_change() ? (int)syscall(SYS_renameat2, from, old, to, new, 0) : -1;
}

int
unlinkat(int directory, const char *name, int flags)
{
	/* What is not there is no change. */
	if (faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		errno = ENOENT;
		return -1;
	}
	return may_change() ? (int)syscall(SYS_unlinkat, directory, name, flags) : -1;
}

/* The same numbers each time. */
static uint32_t state = 2463534242;

static unsigned
pick(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

struct issued {
	char *jwt;		/* owned; NULL: none */
	char kid[KEY_ID_SIZE];
	int64_t expires_at;
	bool may_be_refused;	/* its key was removed */
	bool must_be_refused;
};

struct world {
	const struct state_dir *s;
	struct keyring *keyrings[KEYRING_USES];
	struct issued tokens[TOKENS];
};

/* Settings that tokens can be issued with. */
static const struct config *
settings_of(const struct world *world)
{
	static struct config config;

	config = *config_of(world->s);
	config.issuer = config.audience = config.client_id = (char *)"bearward";
	return &config;
}

static void
open_keyrings(struct world *world)
{
	for (int use = 0; use < KEYRING_USES; use++)
		assert_int_equal(keyring_open(settings_of(world), (enum keyring_use)use,
		    &world->keyrings[use]), ERR_OK);
}

static void
close_keyrings(struct world *world)
{
	for (int use = 0; use < KEYRING_USES; use++)
		keyring_close(world->keyrings[use]);
}

static void
close_world(struct world *world)
{
	close_keyrings(world);
	for (size_t i = 0; i < TOKENS; i++)
		free(world->tokens[i].jwt);
	(void)logged(world->s);
}

static enum err
verify(const struct world *world, const char *jwt)
{
	const struct keys *keys = keyring_borrow(world->keyrings[KEYRING_CHECKS]);
	struct token token = {0};
	enum err err;

	assert_non_null(keys);
	err = token_verify(settings_of(world), keys, jwt, now, &token);
	token_clear(&token);
	keyring_return(world->keyrings[KEYRING_CHECKS], keys);
	return err;
}

/* The key of that id is in the JWKS, if it has a public half. */
static void
assert_published(const struct world *world, const struct key *signing)
{
	const struct keys *keys;
	const struct key *key;

	if (!key_alg_is_asymmetric(key_alg(signing)))
		return;
	keys = keyring_borrow(world->keyrings[KEYRING_PUBLISHES]);
	assert_non_null(keys);
	for (size_t i = 0; (key = keys_get(keys, i)) != NULL; i++)
		if (strcmp(key_id(key), key_id(signing)) == 0 &&
		    keys_state(keys, i, now) != KEY_GONE)
			break;
	assert_non_null(key);
	keyring_return(world->keyrings[KEYRING_PUBLISHES], keys);
}

static void
issue(struct world *world)
{
	const struct token_subject subject = {
		.uid = 1, .username = "alice", .scope = "", .expires_at = now + TTL,
	};
	const struct keys *keys = keyring_borrow(world->keyrings[KEYRING_SIGNS]);
	struct issued *issued = &world->tokens[pick(TOKENS)];
	const struct key *key;

	assert_non_null(keys);
	key = keys_get_signing(keys, now);
	assert_published(world, key);
	free(issued->jwt);
	*issued = (struct issued){ .expires_at = subject.expires_at };
	snprintf(issued->kid, sizeof(issued->kid), "%s", key_id(key));
	assert_int_equal(token_issue(settings_of(world), keys, &subject, now, &issued->jwt),
	    ERR_OK);
	keyring_return(world->keyrings[KEYRING_SIGNS], keys);
}

static void
check_all(struct world *world)
{
	for (size_t i = 0; i < TOKENS; i++) {
		struct issued *issued = &world->tokens[i];
		enum err err;

		if (issued->jwt == NULL)
			continue;
		/* Not even when the clock is put back: its key may have been removed. */
		issued->may_be_refused |= issued->expires_at <= now;
		err = verify(world, issued->jwt);
		if (err != ERR_OK && !issued->may_be_refused)
			fail_msg("refused at %lld: key %s, until %lld", (long long)now,
			    issued->kid, (long long)issued->expires_at);
		if (err == ERR_OK && (issued->must_be_refused || issued->expires_at <= now))
			fail_msg("taken at %lld: key %s, until %lld", (long long)now, issued->kid,
			    (long long)issued->expires_at);
	}
}

static enum err
add_any(const struct world *world, enum key_alg alg)
{
	const struct keyring_new new = {
		.alg = alg, .after = pick(2) == 0 ? 0 : 1 + (int64_t)pick(4000),
	};
	char kid[KEY_ID_SIZE];

	return keyring_add(settings_of(world), &new, kid);
}

static void
forget(const char *kid, void *unused)
{
	(void)kid;
	(void)unused;
}

/* Something that changes keys. */
struct act {
	enum { ADD, REMOVE, REMOVE_GONE, PREPARE, ACTS } kind;
	enum key_alg alg;
	char kid[KEY_ID_SIZE];
};

static enum err
do_act(const struct world *world, const struct act *act)
{
	char kid[KEY_ID_SIZE];

	switch (act->kind) {
	case ADD:
		return add_any(world, act->alg);
	case REMOVE:
		return keyring_remove(settings_of(world), act->kid, KEYRING_KEEP_LAST);
	case REMOVE_GONE:
		return keyring_remove_gone(settings_of(world), now, forget, NULL);
	case PREPARE:
		return keyring_prepare(settings_of(world), KEY_ES256, kid);
	case ACTS:
		break;
	}
	return ERR_INTERNAL;
}

/* Does it whole, or in a process that is killed, or with a change that fails. */
static bool
do_somehow(const struct world *world, const struct act *act)
{
	const unsigned how = pick(4);
	enum err err;
	int status;
	pid_t child;

	changes_left = how < 2 ? NO_STOP : (int)pick(14);
	is_to_fail = how == 3;
	if (how != 2) {
		err = do_act(world, act);
		changes_left = NO_STOP;
		return err == ERR_OK;
	}
	child = fork();
	if (child == 0)
		_exit(do_act(world, act) == ERR_OK ? 0 : 1);
	changes_left = NO_STOP;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Picks a key that there is. */
static void
pick_key(const struct world *world, char kid[KEY_ID_SIZE])
{
	const struct keys *keys = keyring_borrow(world->keyrings[KEYRING_SIGNS]);
	size_t count = 0;

	while (keys_get(keys, count) != NULL)
		count++;
	snprintf(kid, KEY_ID_SIZE, "%s", key_id(keys_get(keys, pick((unsigned)count))));
	keyring_return(world->keyrings[KEYRING_SIGNS], keys);
}

static void
change(struct world *world)
{
	static const enum key_alg algs[] = { KEY_HS256, KEY_ES256, KEY_EDDSA };
	struct act act = { .kind = pick(ACTS), .alg = algs[pick(COUNT(algs))] };
	bool is_done;

	pick_key(world, act.kid);
	is_done = do_somehow(world, &act);
	for (size_t i = 0; act.kind == REMOVE && i < TOKENS; i++)
		if (strcmp(world->tokens[i].kid, act.kid) == 0) {
			world->tokens[i].may_be_refused = true;
			world->tokens[i].must_be_refused |= is_done;
		}
}

/* To a moment at which something happens to a key, or one beside it; or just on; or back. */
static void
move_clock(const struct world *world)
{
	const struct keys *keys = keyring_borrow(world->keyrings[KEYRING_CHECKS]);
	const size_t i = pick(4);
	const struct key *key = keys_get(keys, i);
	int64_t at = now + pick(600);

	if (key != NULL && pick(2) == 0)
		at = (pick(2) == 0 ? key_signs_at(key) : keys_gone_at(keys, i)) - 1 + pick(3);
	if (pick(20) == 0)
		now -= pick(50);
	else if (at > now && at < now + 100000)
		now = at;
	keyring_return(world->keyrings[KEYRING_CHECKS], keys);
}

static void
no_good_token_is_refused_and_no_other_taken(void **state_dir)
{
	const char *steps = getenv("STEPS"), *seed = getenv("SEED");
	struct world world = { .s = *state_dir };
	char kid[KEY_ID_SIZE];

	now = 1600000000;
	state += seed == NULL ? 0 : (uint32_t)atoi(seed);
	assert_int_equal(keyring_prepare(settings_of(&world), KEY_ES256, kid), ERR_OK);
	open_keyrings(&world);
	for (int i = steps == NULL ? STEPS : atoi(steps); i > 0; i--) {
		if (pick(3) == 0)
			change(&world);
		if (pick(20) == 0) {
			close_keyrings(&world);
			open_keyrings(&world);
		}
		issue(&world);
		check_all(&world);
		move_clock(&world);
		issue(&world);
		check_all(&world);
	}
	close_world(&world);
}

/* The key before signs until the new one is seen, by a clock that is corrected now and then. */
static void
what_is_signed_a_little_late_is_taken_to_its_end(void **state_dir)
{
	const struct keyring_new new = { .alg = KEY_ES256 };
	struct world world = { .s = *state_dir };
	char kid[KEY_ID_SIZE];

	now = 1600000000;
	assert_int_equal(keyring_prepare(settings_of(&world), KEY_ES256, kid), ERR_OK);
	open_keyrings(&world);
	now += 100;
	issue(&world);
	now -= 50;
	assert_int_equal(keyring_add(settings_of(&world), &new, kid), ERR_OK);

	now += TTL + 49;
	check_all(&world);

	close_world(&world);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, state_dir_set_up, state_dir_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_good_token_is_refused_and_no_other_taken),
		TEST(what_is_signed_a_little_late_is_taken_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
