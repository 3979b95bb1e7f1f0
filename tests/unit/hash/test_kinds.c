/* test_kinds: unknown names are given the kinds of hashes that users have, in the same shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hash/kinds.h"

enum { NAMES = 300 };

#define SCRYPT(cost) "$s1$" cost "$MDEyMzQ1Njc4OWFiY2RlZg==$" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define BCRYPT(cost) "$2b$" cost "$abcdefghijklmnopqrstuuDWbV4lH8XK2F0GgZVyMbXTkkjVTyz9K"

static const char *const scrypt = SCRYPT("0e0805"), *const bcrypt = BCRYPT("12");

static struct hash_kinds
with_users(size_t scrypt_users, size_t bcrypt_users)
{
	struct hash_kinds kinds = { .key = "one of this installation" };

	for (size_t i = 0; i < scrypt_users; i++)
		hash_kinds_add(&kinds, scrypt);
	for (size_t i = 0; i < bcrypt_users; i++)
		hash_kinds_add(&kinds, bcrypt);
	return kinds;
}

/* The kind of unknown name number i. */
static const char *
choose(const struct hash_kinds *kinds, int i, char kind[PASSWORD_KIND_SIZE])
{
	char name[32];

	snprintf(name, sizeof(name), "nobody%d", i);
	assert_int_equal(hash_kinds_choose(kinds, name, kind), ERR_OK);
	return kind;
}

static int
count_bcrypt(const struct hash_kinds *kinds)
{
	char kind[PASSWORD_KIND_SIZE];
	int count = 0;

	for (int i = 0; i < NAMES; i++) {
		const bool is_bcrypt = strcmp(choose(kinds, i, kind), "$2b$12$") == 0;

		assert_true(is_bcrypt || strcmp(kind, "$s1$0e0805$") == 0);
		count += is_bcrypt;
	}
	return count;
}

/* The key is fixed, so what comes out is too. */
static void
unknown_names_have_the_kinds_of_users_in_the_same_shares(void **state)
{
	static const struct { size_t scrypt, bcrypt; int least, most; } rows[] = {
		{ 10, 10, 120, 180 }, { 30, 10, 50, 100 }, { 10, 30, 200, 250 },
		{ 1, 0, 0, 0 }, { 0, 1, NAMES, NAMES }, { 1000, 1, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct hash_kinds kinds = with_users(rows[i].scrypt, rows[i].bcrypt);
		const int count = count_bcrypt(&kinds);

		if (count < rows[i].least || count > rows[i].most)
			fail_msg("%zu scrypt, %zu bcrypt: %d of %d are bcrypt", rows[i].scrypt,
			    rows[i].bcrypt, count, NAMES);
	}
}

static void
a_name_keeps_its_kind(void **state)
{
	const struct hash_kinds before = with_users(500, 500), after = with_users(505, 495);
	char kind[PASSWORD_KIND_SIZE], later[PASSWORD_KIND_SIZE];
	int changed = 0;

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		choose(&before, i, kind);
		assert_string_equal(choose(&before, i, later), kind);
		changed += strcmp(choose(&after, i, later), kind) != 0;
	}

	/* Half a percent of them is what must change. */
	assert_true(changed <= 6);
}

static void
another_installation_chooses_otherwise(void **state)
{
	const struct hash_kinds ours = with_users(10, 10);
	struct hash_kinds theirs = ours;
	char kind[PASSWORD_KIND_SIZE], other[PASSWORD_KIND_SIZE];
	int different = 0;

	(void)state;
	theirs.key[31] ^= 1;
	for (int i = 0; i < NAMES; i++)
		different += strcmp(choose(&ours, i, kind), choose(&theirs, i, other)) != 0;

	assert_true(different > 100 && different < 200);
}

static void
costs_are_kinds_and_what_cannot_be_checked_is_none(void **state)
{
	static const char *const stored[] = {
		SCRYPT("0e0805"), SCRYPT("0E0805"), SCRYPT("110801"), BCRYPT("12"), BCRYPT("10"),
		"", "!", "$6$salt$hash", SCRYPT("ff0805"), BCRYPT("31"), "$2b$12$short",
	};
	static const char *const names[] = { "$2b$10$", "$2b$12$", "$s1$0e0805$", "$s1$110801$" };
	static const uint64_t users[] = { 1, 1, 2, 1 };
	struct hash_kinds kinds = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++)
		hash_kinds_add(&kinds, stored[i]);

	assert_int_equal(kinds.count, 4);
	for (size_t i = 0; i < kinds.count; i++) {
		assert_string_equal(kinds.kinds[i].name, names[i]);
		assert_int_equal(kinds.kinds[i].users, users[i]);
	}
}

static void
without_users_there_is_no_kind(void **state)
{
	const struct hash_kinds kinds = {0};
	char kind[PASSWORD_KIND_SIZE];

	(void)state;
	assert_string_equal(choose(&kinds, 1, kind), "");
}

static void
kinds_that_find_no_more_room_count_as_their_neighbours(void **state)
{
	struct hash_kinds kinds = {0};
	char stored[PASSWORD_STORED_SIZE], text[HASH_KINDS_TEXT_SIZE];
	uint64_t users = 0;

	(void)state;
	for (int r = 1; r <= 20; r++) {
		for (int p = 1; p <= 16; p++) {
			snprintf(stored, sizeof(stored), "%s", scrypt);
			stored[6] = (char)('0' + r / 16);
			stored[7] = "0123456789abcdef"[r % 16];
			stored[9] = "0123456789abcdef"[p % 16];
			stored[8] = (char)('0' + p / 16);
			hash_kinds_add(&kinds, stored);
		}
	}

	assert_int_equal(kinds.count, HASH_KINDS_MAX);
	for (size_t i = 0; i < kinds.count; i++)
		users += kinds.kinds[i].users;
	assert_int_equal(users, 20 * 16);
	assert_true(hash_kinds_format(&kinds, text) < sizeof(text));
}

static void
what_was_written_is_read_again(void **state)
{
	const struct hash_kinds kinds = with_users(7, 3);
	char text[HASH_KINDS_TEXT_SIZE];
	struct hash_kinds read;
	size_t len;

	(void)state;
	len = hash_kinds_format(&kinds, text);
	assert_int_equal(len, strlen(text));

	assert_true(hash_kinds_parse(text, &read));
	assert_memory_equal(read.key, kinds.key, sizeof(read.key));
	assert_int_equal(read.count, 2);
	assert_int_equal(read.kinds[0].users, 3);
	assert_string_equal(read.kinds[1].name, "$s1$0e0805$");
}

static void
any_other_text_is_refused(void **state)
{
	const struct hash_kinds kinds = with_users(7, 3);
	char text[HASH_KINDS_TEXT_SIZE];
	struct hash_kinds read;
	size_t len;

	(void)state;
	len = hash_kinds_format(&kinds, text);
	text[len++] = 'x';
	text[len] = '\0';
	assert_false(hash_kinds_parse(text, &read));
	/* Cut off anywhere but at the end of a line. */
	for (text[--len] = '\0'; len > 0; text[--len] = '\0')
		assert_int_equal(hash_kinds_parse(text, &read),
		    text[len - 1] == '\n' && len > 80);
	assert_false(hash_kinds_parse("", &read));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_names_have_the_kinds_of_users_in_the_same_shares),
		cmocka_unit_test(a_name_keeps_its_kind),
		cmocka_unit_test(another_installation_chooses_otherwise),
		cmocka_unit_test(costs_are_kinds_and_what_cannot_be_checked_is_none),
		cmocka_unit_test(without_users_there_is_no_kind),
		cmocka_unit_test(kinds_that_find_no_more_room_count_as_their_neighbours),
		cmocka_unit_test(what_was_written_is_read_again),
		cmocka_unit_test(any_other_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
