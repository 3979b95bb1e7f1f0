/* test_backup: a copy says of itself what it has, and comes back as that or not at all. */
#include "granted.h"

#include "store/backup.h"
#include "store/backup_place.h"
#include "store/restore.h"

static void
tell_nobody(const char *doing, int64_t done, int64_t all, void *arg)
{
	(void)doing;
	(void)done;
	(void)all;
	(void)arg;
}

/* A database with a user and a grant, a copy of it, and what is said. */
struct saved {
	struct database *g;
	char path[160];
	struct backup_watch watch;
	struct backup_facts facts;
};

static void
ask_copy(const struct saved *s, const char *sql)
{
	sqlite3 *sqlite = NULL;
	char *message = NULL;

	assert_int_equal(sqlite3_open(s->path, &sqlite), SQLITE_OK);
	if (sqlite3_exec(sqlite, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

static void
copy(struct saved *s)
{
	struct backup *backup = NULL;
	const int fd = open(s->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(backup_copy(&s->g->config, s->path, &s->watch, &backup), ERR_OK);
	assert_int_equal(backup_add_file(backup, "keys/one", 0600, "a secret", 8), ERR_OK);
	assert_int_equal(backup_seal(backup, &s->facts), ERR_OK);
	backup_close(backup);
	assert_true(backup_is_one(fd));
	(void)close(fd);
}

static int
set_up_saved(void **state)
{
	struct saved *s = calloc(1, sizeof(*s));
	void *g = NULL;

	database_needs_sqlite();
	assert_non_null(s);
	assert_int_equal(set_up(&g), 0);
	s->g = g;
	snprintf(s->path, sizeof(s->path), "%s/saved", s->g->directory);
	s->watch = (struct backup_watch){ tell_nobody, NULL, tmpfile() };
	assert_non_null(s->watch.report);
	(void)database_ask(s->g, "INSERT INTO grants (gid, user_id, client_id, scope, created_at, "
	    "auth_at, expires_at, rotated_at) VALUES (randomblob(16), 1, '', '', 1, 1, %d, 1)",
	    NOW + 60);
	copy(s);
	*state = s;
	return 0;
}

static int
tear_down_saved(void **state)
{
	static const char *const others[] = { "saved", NULL };
	struct saved *s = *state;

	if (s == NULL)
		return 0;
	(void)fclose(s->watch.report);
	database_remove(s->g, others);
	free(s->g);
	free(s);
	return 0;
}

/* Nobody may have the database open. */
static enum err
open_copy(struct saved *s, struct restore **restore)
{
	const int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	enum err err;

	db_close(s->g->db);
	s->g->db = NULL;
	assert_true(fd >= 0);
	err = restore_open(&s->g->config, fd, s->path, &s->watch, restore);
	(void)close(fd);
	return err;
}

static void
a_copy_has_what_there_was(void **state)
{
	struct saved *s = *state;

	assert_int_equal(s->facts.users, 1);
	assert_int_equal(s->facts.files, 1);
	assert_int_equal(s->facts.strays, 0);
	assert_int_equal(strlen(s->facts.sha256), BACKUP_SHA256_SIZE - 1);
	assert_true(s->facts.bytes > 0 && s->facts.made_at > 0);
}

static void
every_change_of_a_copy_is_noticed(void **state)
{
	static const char *const changes[] = {
		"UPDATE users SET username = 'Alice'",
		"UPDATE users SET is_active = 0",
		"UPDATE users SET email = ''",
		"UPDATE users SET created_at = created_at + 1",
		"UPDATE grants SET expires_at = expires_at + 1",
		"UPDATE grants SET gid = randomblob(16)",
		"UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users'",
		"INSERT INTO introspectors VALUES ('mine', x'00', 1)",
		"UPDATE bearward_backup_files SET mode = 511",
		"UPDATE bearward_backup_files SET path = 'keys/two'",
		"UPDATE bearward_backup SET made_at = made_at - 1",
		"UPDATE bearward_backup SET has_keys = 0",
		"CREATE VIEW everybody AS SELECT * FROM users",
		"DROP INDEX grants_user_id",
		"PRAGMA user_version = 2",
	};
	struct saved *s = *state;
	struct restore *restore;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		copy(s);
		ask_copy(s, changes[i]);
		if (open_copy(s, &restore) != ERR_SETUP)
			fail_msg("not noticed: %s", changes[i]);
		assert_null(restore);
	}
}

static void
how_rows_lie_in_a_copy_is_no_change(void **state)
{
	struct saved *s = *state;
	struct restore *restore;

	ask_copy(s, "VACUUM; REINDEX; ANALYZE; DROP TABLE sqlite_stat1");

	/* Nor does it matter when the same is there again. */
	ask_copy(s, "BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM introspectors;"
	    "DELETE FROM introspectors; INSERT INTO introspectors SELECT * FROM kept; COMMIT");
	assert_int_equal(open_copy(s, &restore), ERR_OK);
	restore_close(restore);
}

static enum err
count_file(const char *path, const char *content, size_t len, void *count)
{
	assert_string_equal(path, "keys/one");
	assert_int_equal(len, 8);
	assert_memory_equal(content, "a secret", 8);
	++*(int *)count;
	return ERR_OK;
}

static void
a_copy_comes_back_without_what_was_given(void **state)
{
	static const struct audits_row row = {
		.at = NOW, .event = "backup restored", .actor = "", .client_id = "",
		.network = "", .detail = "", .count = 1,
	};
	const struct restore_terms terms_of_it = { .now = NOW, .row = &row };
	struct saved *s = *state;
	struct restore_ended ended;
	struct restore *restore;
	char kept[PATH_MAX];
	int files = 0;

	(void)database_ask(s->g, "DELETE FROM users");

	assert_int_equal(open_copy(s, &restore), ERR_OK);
	assert_true(restore_get_facts(restore)->is_sealed);
	assert_true(restore_get_facts(restore)->has_database);
	assert_int_equal(restore_get_facts(restore)->users, 0);
	assert_int_equal(restore_visit_files(restore, count_file, &files), ERR_OK);
	assert_int_equal(restore_make_ready(restore, &terms_of_it, &ended), ERR_OK);
	assert_int_equal(restore_put(restore, kept), ERR_OK);
	restore_close(restore);

	assert_int_equal(files, 1);
	assert_int_equal(ended.grants, 1);
	assert_int_equal(database_ask(s->g, "SELECT count(*) FROM users"), 1);
	assert_int_equal(database_ask(s->g, "SELECT count(*) FROM grants"), 0);
	assert_int_equal(database_ask(s->g, "SELECT signed_out_at FROM users"), NOW);
	assert_true(database_ask(s->g, "SELECT seq FROM sqlite_sequence WHERE name = 'users'") >=
	    1000000);
	assert_int_equal(unlink(kept), 0);
	database_open(s->g);
}

static void
a_database_that_is_open_keeps_a_copy_away(void **state)
{
	struct saved *s = *state;
	const int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	struct restore *restore;

	s->g->config.storage_wait = 50;
	assert_int_equal(restore_open(&s->g->config, fd, s->path, &s->watch, &restore),
	    ERR_CONFLICT);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_copy_has_what_there_was, set_up_saved,
		    tear_down_saved),
		cmocka_unit_test_setup_teardown(every_change_of_a_copy_is_noticed, set_up_saved,
		    tear_down_saved),
		cmocka_unit_test_setup_teardown(how_rows_lie_in_a_copy_is_no_change, set_up_saved,
		    tear_down_saved),
		cmocka_unit_test_setup_teardown(a_copy_comes_back_without_what_was_given,
		    set_up_saved, tear_down_saved),
		cmocka_unit_test_setup_teardown(a_database_that_is_open_keeps_a_copy_away,
		    set_up_saved, tear_down_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
