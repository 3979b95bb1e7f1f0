/* test_keys: what a key does when, by the clock and the keys that there are. */
#include "state_dir.h"

/* 2033-05-18: moments of the rows count from here. */
#define T INT64_C(2000000000)
#define NO_DATE INT64_MIN

enum { KEYS_OF_ROW = 3, TEXT_SIZE = 1024, DAY = 86400 };

enum kind { NONE, SECRET, SECRET_LATER, HALVES };

struct planned {
	enum kind kind;
	int64_t at;		/* when it signs */
	int older_for;
};

static const char *
write_moment(const char *format, int64_t at, char *text, size_t size)
{
	const time_t when = (time_t)(T + at);
	struct tm tm;

	assert_true(strftime(text, size, format, gmtime_r(&when, &tm)) > 0);
	return text;
}

/* Writes a secret whose id has the moment, and the number where there is room for it. */
static void
plan_secret(const struct state_dir *s, const struct planned *planned, int number,
    char kid[KEY_ID_SIZE])
{
	static const char *const secrets[] = { SECRET_A, SECRET_B,
		"cccccccc-9mzk3xw7tq0f1cp5jr8h2dv6" };
	char made[16], from[16];

	if (planned->at == NO_DATE)
		snprintf(kid, KEY_ID_SIZE, "zzz%d", number);
	else if (planned->kind == SECRET)
		snprintf(kid, KEY_ID_SIZE, "%s-0000000%d",
		    write_moment("%Y%m%dT%H%M%S", planned->at, made, sizeof(made)), number);
	else
		snprintf(kid, KEY_ID_SIZE, "%s-0000000%d-from-%s",
		    write_moment("%Y%m%dT%H%M%S", -1000, made, sizeof(made)), number,
		    write_moment("%Y%m%dT%H%M%S", planned->at, from, sizeof(from)));
	write_key(s, kid, secrets[number], 0600);
}

/* Makes a key, and writes other dates into its private half. */
static void
plan_halves(const struct state_dir *s, const struct planned *planned, char kid[KEY_ID_SIZE])
{
	const struct keyring_new new = { .alg = KEY_EDDSA, .after = 1000 };
	char path[PATH_SIZE], text[TEXT_SIZE] = "", from[32];
	FILE *file;

	assert_int_equal(keyring_add(config_of(s), &new, kid), ERR_OK);
	snprintf(path, sizeof(path), "%s/signing/%s", s->dir, kid);
	assert_non_null(file = fopen(path, "r+"));
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	rewind(file);
	write_moment("%Y-%m-%dT%H:%M:%SZ", planned->at, from, sizeof(from));
	fprintf(file, "alg: EdDSA\nuse: access\nmade: 2001-01-01T00:00:00Z\nsigns-from: %s\n"
	    "older-verify-for: %d\n%s", from, planned->older_for, strstr(text, "-----BEGIN"));
	assert_int_equal(ftruncate(fileno(file), ftell(file)), 0);
	assert_int_equal(fclose(file), 0);
}

static size_t
find_index(const struct keys *keys, const char *kid)
{
	size_t i = 0;

	while (strcmp(key_id(keys_get(keys, i)), kid) != 0)
		i++;
	return i;
}

/* Makes the keys of a row. Returns how many they are. */
static int
make_keys(const struct state_dir *s, const struct planned planned[KEYS_OF_ROW],
    char kids[KEYS_OF_ROW][KEY_ID_SIZE])
{
	int count = 0;

	for (; count < KEYS_OF_ROW && planned[count].kind != NONE; count++)
		if (planned[count].kind == HALVES)
			plan_halves(s, &planned[count], kids[count]);
		else
			plan_secret(s, &planned[count], count, kids[count]);
	return count;
}

/* Each letter is what a key of the row does: Published, Signing, Retired, Gone. */
static const struct {
	struct planned keys[KEYS_OF_ROW];
	struct { int64_t now; const char *states; } at[6];
} rows[] = {
	/* The only key signs, also before it was to. */
	{ { { HALVES, 0, 0 } }, { { 0, "S" }, { -1, "S" }, { 100 * DAY, "S" } } },
	{ { { SECRET, 0, 0 } }, { { 0, "S" }, { -1, "S" } } },
	{ { { SECRET_LATER, 0, 0 } }, { { -1, "S" }, { 1, "S" } } },
	/* One is published and signs; the other retires and is gone. Clock put back: the first. */
	{ { { HALVES, 0, 0 }, { HALVES, 100, 0 } },
	  { { 99, "SP" }, { 100, "RS" }, { 1899, "RS" }, { 1900, "GS" }, { -1, "SP" } } },
	/* The longer of two settings counts: that of now, 1800, and that of when it was made. */
	{ { { HALVES, 0, 0 }, { HALVES, 100, 3600 } }, { { 3699, "RS" }, { 3700, "GS" } } },
	{ { { HALVES, 0, 9999 }, { HALVES, 100, 60 } }, { { 1899, "RS" }, { 1900, "GS" } } },
	/* A secret has begun whatever the clock shows, and does not tell of the setting. */
	{ { { SECRET, 0, 0 }, { SECRET, 100, 0 } },
	  { { -1, "RS" }, { 99, "RS" }, { 100 + DAY - 1, "RS" }, { 100 + DAY, "GS" } } },
	{ { { SECRET, 0, 0 }, { SECRET_LATER, 100, 0 } },
	  { { -1, "SP" }, { 99, "SP" }, { 100, "RS" }, { 100 + DAY - 1, "RS" },
	    { 100 + DAY, "GS" } } },
	/* Kinds in turn. */
	{ { { SECRET, 0, 0 }, { HALVES, 100, 60 } },
	  { { 99, "SP" }, { 100, "RS" }, { 1899, "RS" }, { 1900, "GS" } } },
	{ { { HALVES, 0, 0 }, { SECRET, 100, 0 } },
	  { { 99, "RS" }, { 100 + DAY - 1, "RS" }, { 100 + DAY, "GS" } } },
	/* What has no date comes before all others, and is not gone before one has a date. */
	{ { { SECRET, NO_DATE, 0 }, { SECRET, 100, 0 } },
	  { { 100, "RS" }, { 100 + DAY - 1, "RS" }, { 100 + DAY, "GS" } } },
	{ { { SECRET, NO_DATE, 0 }, { SECRET, NO_DATE, 0 } },
	  { { 0, "RS" }, { 9999 * DAY, "RS" } } },
	/* Three in a row; two of one moment go by their ids. */
	{ { { HALVES, 0, 0 }, { HALVES, 100, 0 }, { HALVES, 200, 0 } },
	  { { -1, "SPP" }, { 99, "SPP" }, { 150, "RSP" }, { 1900, "GRS" }, { 2000, "GGS" } } },
	{ { { SECRET, 0, 0 }, { SECRET, 0, 0 }, { HALVES, 5, 0 } },
	  { { 4, "RSP" }, { 5, "RRS" }, { 1804, "RRS" }, { 1805, "RGS" }, { DAY, "GGS" } } },
	/* A secret for now comes before what is to sign later, though it is made in between. */
	{ { { SECRET, 0, 0 }, { SECRET, 50, 0 }, { SECRET_LATER, 100, 0 } },
	  { { 60, "RSP" }, { 100, "RRS" } } },
};

static void
what_a_key_does_goes_by_the_clock(void **state)
{
	static const char letters[] = {
		[KEY_PUBLISHED] = 'P', [KEY_SIGNING] = 'S', [KEY_RETIRED] = 'R', [KEY_GONE] = 'G',
	};

	(void)state;
	for (size_t row = 0; row < COUNT(rows); row++) {
		char kids[KEYS_OF_ROW][KEY_ID_SIZE];
		void *state_dir = NULL;
		const struct keys *keys;
		struct keyring *keyring;
		int count;

		assert_int_equal(state_dir_set_up(&state_dir), 0);
		count = make_keys(state_dir, rows[row].keys, kids);
		keyring = open_keyring(state_dir, &keys);
		for (size_t i = 0; i < COUNT(rows[row].at) && rows[row].at[i].states; i++) {
			const int64_t now = T + rows[row].at[i].now;
			char states[KEYS_OF_ROW + 1] = "";

			for (int key = 0; key < count; key++)
				states[key] = letters[keys_state(keys, find_index(keys, kids[key]),
				    now)];
			if (strcmp(states, rows[row].at[i].states) != 0)
				fail_msg("row %zu, at %lld: expected %s, came %s", row,
				    (long long)rows[row].at[i].now, rows[row].at[i].states,
				    states);
			assert_string_equal(key_id(keys_get_signing(keys, now)),
			    kids[strchr(states, 'S') - states]);
		}
		close_keyring(keyring, keys);
		(void)state_dir_tear_down(&state_dir);
	}
}

static void
the_version_is_another_when_a_key_is_gone_and_only_then(void **state)
{
	const struct planned planned[KEYS_OF_ROW] = { { SECRET, 0, 0 }, { HALVES, 100, 0 } };
	const struct state_dir *s = *state;
	char kids[KEYS_OF_ROW][KEY_ID_SIZE];
	const struct keys *keys;
	struct keyring *keyring;

	make_keys(s, planned, kids);
	keyring = open_keyring(s, &keys);

	assert_true(keys_version(keys, T + 99) == keys_version(keys, T + 1899));
	assert_true(keys_version(keys, T + 99) != keys_version(keys, T + 1900));
	assert_true(keys_gone_at(keys, find_index(keys, kids[0])) == T + 1900);
	assert_true(keys_gone_at(keys, find_index(keys, kids[1])) == 0);
	close_keyring(keyring, keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_key_does_goes_by_the_clock),
		cmocka_unit_test_setup_teardown(
		    the_version_is_another_when_a_key_is_gone_and_only_then, state_dir_set_up,
		    state_dir_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
