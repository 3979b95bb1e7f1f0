/* test_users: users come back as they were stored, or the caller is told. */
#include "database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/users.h"

#define SOME_HASH "$s1$0e0801$c2FsdHNhbHRzYWx0c2FsdA==$aGFzaA=="

static void
path_of(const struct database *f, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", f->directory, name);
}

static int
set_up_with(enum journal journal, void **state)
{
	struct database *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	database_make(f, journal, 300);
	*state = f;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(JOURNAL_WAL, state);
}

static int
set_up_delete(void **state)
{
	return set_up_with(JOURNAL_DELETE, state);
}

static int
tear_down(void **state)
{
	database_remove(*state, NULL);
	free(*state);
	return 0;
}

static struct db *
open_db(const struct database *f, enum db_mode mode)
{
	struct db *db = NULL;

	assert_int_equal(db_open(&f->config, mode, &db), ERR_OK);
	assert_non_null(db);
	return db;
}

static enum err
do_add(struct db_connection *connection, void *user)
{
	return users_add(connection, user);
}

/* Adds a user, and has it explained when that cannot be. */
static enum err
add_given(struct db *db, struct user *user)
{
	const enum err err = db_transact(db, do_add, user);

	return err == ERR_CONFLICT ? users_explain_conflict(db, user) : err;
}

static enum err
add(struct db *db, const char *name, int64_t *id)
{
	struct user user = {
		.username = (char *)name, .username_key = (char *)name,
		.hashed_password = (char *)SOME_HASH, .is_active = true, .scope = (char *)"",
		.groups = (char *)"",
	};
	enum err err = add_given(db, &user);

	*id = user.id;
	return err;
}

/* The hash that is stored for a user, owned. */
static char *
hash_of(struct db *db, int64_t id)
{
	struct user *user = NULL, *user_with_hash = NULL;
	char *hash;

	assert_int_equal(users_find_by_id(db, id, &user), ERR_OK);
	assert_non_null(user);
	assert_int_equal(users_find_with_hash(db, user->username_key, &user_with_hash), ERR_OK);
	assert_non_null(user_with_hash);
	hash = strdup(user_with_hash->hashed_password);
	user_free(user_with_hash);
	user_free(user);
	return hash;
}

/* Runs SQL as a program would that knows nothing of ours. */
static sqlite3 *
foreign(const struct database *f, const char *sql)
{
	sqlite3 *db = NULL;
	char path[128];

	path_of(f, "bearward.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

/* In place of the C library's, with which SQLite waits for others: adds up what is asked for. */
static int64_t slept_us;

int
usleep(useconds_t us)
{
	const struct timespec time = { .tv_sec = us / 1000000,
		.tv_nsec = (long)(us % 1000000) * 1000 };

	return nanosleep(&time, NULL);
}

int
nanosleep(const struct timespec *time, struct timespec *rest)
{
	slept_us += time->tv_sec * 1000000 + time->tv_nsec / 1000;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, time, rest);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
an_added_user_is_found_by_key_and_by_id_as_it_was(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct user added = {
		.username = (char *)"J\xc3\xbcrgen", .username_key = (char *)"j\xc3\xbcrgen",
		.hashed_password = (char *)SOME_HASH, .is_active = false,
		.scope = (char *)"admin users:write", .email = (char *)"j\xc3\xbc@example.org",
		.email_verified = true, .display_name = (char *)"J\xc3\xbcrgen M.",
		.groups = (char *)"admins a/b", .is_imported = true,
	};
	struct user *found[3] = {0};

	assert_int_equal(add_given(db, &added), ERR_OK);
	assert_int_equal(users_find(db, "j\xc3\xbcrgen", &found[0]), ERR_OK);
	assert_int_equal(users_find_by_id(db, added.id, &found[1]), ERR_OK);
	assert_int_equal(users_find_with_hash(db, "j\xc3\xbcrgen", &found[2]), ERR_OK);

	assert_true(added.id > 0);
	assert_true(added.created_at > 1700000000);
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(found[i]);
		assert_int_equal(found[i]->id, added.id);
		assert_string_equal(found[i]->username, added.username);
		assert_string_equal(found[i]->username_key, added.username_key);
		if (i < 2)
			assert_null(found[i]->hashed_password);
		else
			assert_string_equal(found[i]->hashed_password, added.hashed_password);
		assert_int_equal(found[i]->is_active, added.is_active);
		assert_string_equal(found[i]->scope, added.scope);
		assert_int_equal(found[i]->created_at, added.created_at);
		assert_string_equal(found[i]->email, added.email);
		assert_true(found[i]->email_verified);
		assert_string_equal(found[i]->display_name, added.display_name);
		assert_string_equal(found[i]->groups, added.groups);
		assert_true(found[i]->is_imported);
		user_free(found[i]);
	}
	db_close(db);
}

static void
a_user_without_a_profile_has_none_and_was_not_imported(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct user *user = NULL;
	int64_t id;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	assert_int_equal(users_find_by_id(db, id, &user), ERR_OK);
	assert_non_null(user);

	assert_null(user->email);
	assert_false(user->email_verified);
	assert_null(user->display_name);
	assert_string_equal(user->groups, "");
	assert_false(user->is_imported);
	user_free(user);
	db_close(db);
}

static void
nobody_is_found_where_there_is_nobody(void **state)
{
	struct db *db = open_db(*state, DB_READ);
	struct user *user = (struct user *)(uintptr_t)1;

	assert_int_equal(users_find(db, "nobody", &user), ERR_OK);
	assert_null(user);
	user = (struct user *)(uintptr_t)1;
	assert_int_equal(users_find_by_id(db, 1, &user), ERR_OK);
	assert_null(user);
	user = (struct user *)(uintptr_t)1;
	assert_int_equal(users_find_with_hash(db, "nobody", &user), ERR_OK);
	assert_null(user);
	db_close(db);
}

static void
a_name_is_taken_only_once_and_the_first_user_stays(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct user second = {
		.username = (char *)"Alice", .username_key = (char *)"alice",
		.hashed_password = (char *)"other", .is_active = true, .scope = (char *)"",
		.groups = (char *)"",
	};
	int64_t id;
	char *hash;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	assert_int_equal(add_given(db, &second), ERR_NAME_TAKEN);

	assert_int_equal(second.id, 0);
	hash = hash_of(db, id);
	assert_string_equal(hash, SOME_HASH);
	free(hash);
	db_close(db);
}

/* What is done to a user in a transaction. */
struct change {
	int64_t id;
	const char *hashed_password;
	enum err (*make)(struct db_connection *connection, int64_t id);	/* NULL: that hash */
};

static enum err
do_change(struct db_connection *connection, void *arg)
{
	const struct change *change = arg;

	return change->make != NULL ? change->make(connection, change->id)
	    : users_set_password(connection, change->id, change->hashed_password);
}

static enum err
set_password(struct db *db, int64_t id, const char *hashed_password)
{
	return db_transact(db, do_change, &(struct change){ id, hashed_password, NULL });
}

static enum err
disable(struct db *db, int64_t id)
{
	return db_transact(db, do_change, &(struct change){ id, NULL, users_disable });
}

static enum err
delete(struct db *db, int64_t id)
{
	return db_transact(db, do_change, &(struct change){ id, NULL, users_delete });
}

static enum err
enable(struct db *db, int64_t id)
{
	return db_transact(db, do_change, &(struct change){ id, NULL, users_enable });
}

struct given {
	int64_t id;
	const char *scope;
	const struct profile *profile;
};

static enum err
give(struct db_connection *connection, void *arg)
{
	const struct given *given = arg;

	return given->scope != NULL ? users_set_scope(connection, given->id, given->scope)
	    : users_set_profile(connection, given->id, given->profile);
}

static enum err
set_scope(struct db *db, int64_t id, const char *scope)
{
	return db_transact(db, give, &(struct given){ .id = id, .scope = scope });
}

static enum err
change_profile(struct db *db, int64_t id, const struct profile *profile)
{
	return db_transact(db, give, &(struct given){ .id = id, .profile = profile });
}

static void
the_id_of_a_deleted_user_is_never_given_again(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	int64_t first, second, third;

	assert_int_equal(add(db, "alice", &first), ERR_OK);
	assert_int_equal(delete(db, first), ERR_OK);
	assert_int_equal(add(db, "alice", &second), ERR_OK);
	assert_int_equal(delete(db, second), ERR_OK);
	db_close(db);
	db = open_db(*state, DB_WRITE);
	assert_int_equal(add(db, "alice", &third), ERR_OK);

	assert_true(first < second);
	assert_true(second < third);
	db_close(db);
}

static void
a_change_is_seen_at_once_by_a_reader_that_was_open_before(void **state)
{
	struct db *writer = open_db(*state, DB_WRITE);
	struct db *reader = open_db(*state, DB_READ);
	struct user *user = NULL;
	int64_t id;

	assert_int_equal(add(writer, "alice", &id), ERR_OK);
	assert_int_equal(disable(writer, id), ERR_OK);
	assert_int_equal(set_scope(writer, id, "admin"), ERR_OK);
	assert_int_equal(users_find_by_id(reader, id, &user), ERR_OK);
	assert_non_null(user);
	assert_false(user->is_active);
	assert_string_equal(user->scope, "admin");
	user_free(user);

	assert_int_equal(delete(writer, id), ERR_OK);
	assert_int_equal(users_find_by_id(reader, id, &user), ERR_OK);
	assert_null(user);
	db_close(reader);
	db_close(writer);
}

static void
a_hash_is_upgraded_only_where_the_expected_one_still_stands(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	int64_t id;
	char *hash;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	assert_int_equal(users_upgrade_password(db, id, "not this one", "bad"), ERR_OK);
	hash = hash_of(db, id);
	assert_string_equal(hash, SOME_HASH);
	free(hash);

	assert_int_equal(users_upgrade_password(db, id, SOME_HASH, "upgraded"), ERR_OK);
	hash = hash_of(db, id);
	assert_string_equal(hash, "upgraded");
	free(hash);

	assert_int_equal(set_password(db, id, "new"), ERR_OK);
	hash = hash_of(db, id);
	assert_string_equal(hash, "new");
	free(hash);
	db_close(db);
}

/* Sets what is given and checks what is stored then; "-": nothing; "!": it is verified. */
static void
set_profile(struct db *db, int64_t id, struct profile given, const char *email,
    const char *display_name, const char *groups)
{
	const bool is_verified = *email == '!';

	struct user *user = NULL;

	assert_int_equal(change_profile(db, id, &given), ERR_OK);
	assert_int_equal(users_find_by_id(db, id, &user), ERR_OK);
	assert_string_equal(user->email != NULL ? user->email : "-", email + is_verified);
	assert_int_equal(user->email_verified, is_verified);
	assert_string_equal(user->display_name != NULL ? user->display_name : "-", display_name);
	assert_string_equal(user->groups, groups);
	user_free(user);
}

static void
of_a_profile_only_what_is_given_is_changed_and_an_empty_text_removes(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	int64_t id;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	set_profile(db, id, (struct profile){ .email = "a@b" }, "a@b", "-", "");
	set_profile(db, id, (struct profile){ .display_name = "Alice" }, "a@b", "Alice", "");
	set_profile(db, id, (struct profile){ .groups = "x y" }, "a@b", "Alice", "x y");
	set_profile(db, id, (struct profile){0}, "a@b", "Alice", "x y");
	set_profile(db, id, (struct profile){ .email = "", .display_name = "A" }, "-", "A", "x y");
	set_profile(db, id, (struct profile){ "c@d", "", "z", 0 }, "c@d", "-", "z");
	set_profile(db, id, (struct profile){ .groups = "" }, "c@d", "-", "");
	db_close(db);
}

static void
an_address_that_changes_is_not_verified_and_none_never_is(void **state)
{
	static const struct profile yes = { .email_verified = PROFILE_VERIFIED_YES };
	static const struct profile no = { .email_verified = PROFILE_VERIFIED_NO };
	struct db *db = open_db(*state, DB_WRITE);
	int64_t id;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	set_profile(db, id, yes, "-", "-", "");
	set_profile(db, id, (struct profile){ .email = "a@b" }, "a@b", "-", "");
	set_profile(db, id, yes, "!a@b", "-", "");
	set_profile(db, id, (struct profile){ .display_name = "A" }, "!a@b", "A", "");
	set_profile(db, id, (struct profile){ .email = "a@b" }, "!a@b", "A", "");
	set_profile(db, id, (struct profile){ .email = "A@b" }, "A@b", "A", "");
	set_profile(db, id, (struct profile){ "c@d", NULL, NULL, PROFILE_VERIFIED_YES }, "!c@d",
	    "A", "");
	set_profile(db, id, no, "c@d", "A", "");
	set_profile(db, id, yes, "!c@d", "A", "");
	set_profile(db, id, (struct profile){ .email = "" }, "-", "A", "");
	set_profile(db, id, (struct profile){ "e@f", NULL, NULL, PROFILE_VERIFIED_NO }, "e@f", "A",
	    "");
	db_close(db);
}

static void
what_an_application_wants_to_be_unique_is_no_name_that_is_taken(void **state)
{
	const struct profile same = { .email = "a@b" };
	struct user user = {
		.username = (char *)"bob", .username_key = (char *)"bob",
		.hashed_password = (char *)SOME_HASH, .is_active = true, .scope = (char *)"",
		.groups = (char *)"",
		.email = (char *)"a@b",
	};
	struct db *db = open_db(*state, DB_WRITE);
	int64_t alice, carol;

	assert_int_equal(add(db, "alice", &alice), ERR_OK);
	assert_int_equal(add(db, "carol", &carol), ERR_OK);
	assert_int_equal(change_profile(db, alice, &same), ERR_OK);
	(void)database_ask(*state, "CREATE UNIQUE INDEX ix_users_email ON users (email)");

	assert_int_equal(change_profile(db, carol, &same), ERR_CONFLICT);
	assert_int_equal(add_given(db, &user), ERR_CONFLICT);
	user.username_key = (char *)"carol";
	assert_int_equal(add_given(db, &user), ERR_NAME_TAKEN);
	(void)database_ask(*state, "DROP INDEX ix_users_email");
	db_close(db);
}

static void
changing_somebody_who_is_not_there_is_not_found(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);

	assert_int_equal(set_password(db, 7, "x"), ERR_NO_USER);
	assert_int_equal(users_upgrade_password(db, 7, "y", "x"), ERR_NO_USER);
	assert_int_equal(enable(db, 7), ERR_NO_USER);
	assert_int_equal(disable(db, 7), ERR_NO_USER);
	assert_int_equal(set_scope(db, 7, ""), ERR_NO_USER);
	assert_int_equal(change_profile(db, 7, &(struct profile){ .email = "a@b" }),
	    ERR_NO_USER);
	assert_int_equal(delete(db, 7), ERR_NO_USER);
	db_close(db);
}

struct visits {
	int64_t next;		/* id that must come */
	struct db *db;	/* used by the visitor itself */
};

static void
visit(const struct user *user, void *arg)
{
	struct visits *visits = arg;

	assert_int_equal(user->id, visits->next++);
	assert_int_equal(set_scope(visits->db, user->id, "seen"), ERR_OK);
}

static void
users_are_listed_in_pages_while_the_visitor_writes(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct visits visits = { 1, db };
	int64_t last = 0;

	for (int i = 1; i <= 150; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(add(db, name, &last), ERR_OK);
	}
	assert_int_equal(users_list(db, 0, 100, visit, &visits), ERR_OK);
	assert_int_equal(visits.next, 101);
	assert_int_equal(users_list(db, 100, INT64_MAX, visit, &visits), ERR_OK);
	assert_int_equal(visits.next, 151);
	assert_int_equal(users_list(db, 150, 100, visit, &visits), ERR_OK);
	assert_int_equal(visits.next, 151);
	db_close(db);
}

static void
count_hash(const char *hashed_password, void *count)
{
	assert_string_equal(hashed_password, "a hash");
	++*(int *)count;
}

static void
the_hash_of_every_user_is_visited_once(void **state)
{
	enum { USERS = 5000 };		/* more than one page */
	static const char *const make = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 5000) INSERT INTO users (username, username_key, "
		"hashed_password) SELECT 'user' || i, 'user' || i, 'a hash' FROM n";
	struct db *db;
	int count = 0;

	(void)database_ask(*state, make);
	db = open_db(*state, DB_READ);
	assert_int_equal(users_visit_hashes(db, count_hash, &count), ERR_OK);
	assert_int_equal(count, USERS);
	db_close(db);
}

static void
a_reader_cannot_write(void **state)
{
	struct db *writer = open_db(*state, DB_WRITE);
	struct db *reader = open_db(*state, DB_READ);
	struct user *user;
	int64_t id;

	assert_int_equal(add(reader, "alice", &id), ERR_STORAGE);
	assert_int_equal(users_find(writer, "alice", &user), ERR_OK);
	assert_null(user);
	db_close(reader);
	db_close(writer);
}

static void
a_writer_that_is_kept_waiting_gives_up_in_time_and_readers_go_on(void **state)
{
	struct db *writer = open_db(*state, DB_WRITE);
	struct db *reader = open_db(*state, DB_READ);
	sqlite3 *other = NULL;
	struct user *user = NULL;
	int64_t id, began, refused;

	assert_int_equal(add(writer, "alice", &id), ERR_OK);
	other = foreign(*state, "BEGIN IMMEDIATE");
	began = now_ms();
	assert_int_equal(add(writer, "bob", &refused), ERR_STORAGE);
	assert_true(now_ms() - began >= 200);
	assert_int_equal(users_find_by_id(reader, id, &user), ERR_OK);
	assert_non_null(user);
	user_free(user);

	sqlite3_close(other);
	assert_int_equal(add(writer, "bob", &id), ERR_OK);
	db_close(reader);
	db_close(writer);
}

static void
a_writer_waits_for_the_lock_of_another_process_and_gives_up_in_time(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	char path[128];
	int64_t id, began;
	int fd;

	path_of(*state, "write.lock", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	began = now_ms();
	assert_int_equal(add(db, "alice", &id), ERR_STORAGE);
	assert_true(now_ms() - began >= 250);

	close(fd);
	assert_int_equal(add(db, "alice", &id), ERR_OK);
	db_close(db);
}

static void
the_lock_is_free_again_after_every_kind_of_change(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	char path[128];
	int64_t id;
	int fd;

	path_of(*state, "write.lock", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(add(db, "alice", &id), ERR_OK);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(add(db, "alice", &id), ERR_NAME_TAKEN);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(delete(db, 99), ERR_NO_USER);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	db_close(db);
}

/* Adds each of count names and exits with how many it got; 255: something else happened. */
static pid_t
start_adding(const struct database *f, int count)
{
	struct db *db = NULL;
	char name[16];
	int added = 0;
	int64_t id;
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid != 0)
		return pid;
	if (db_open(&f->config, DB_WRITE, &db) != ERR_OK)
		_exit(255);
	for (int i = 0; i < count; i++) {
		enum err err;

		snprintf(name, sizeof(name), "user%d", i);
		err = add(db, name, &id);
		if (err != ERR_OK && err != ERR_NAME_TAKEN)
			_exit(255);
		added += err == ERR_OK;
	}
	db_close(db);
	_exit(added);
}

static void
of_two_processes_that_add_a_name_exactly_one_succeeds(void **state)
{
	struct database *f = *state;
	pid_t pids[2];
	int status, added = 0;

	f->config.storage_wait = 60000;
	for (size_t i = 0; i < 2; i++)
		pids[i] = start_adding(f, 50);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 255);
		added += WEXITSTATUS(status);
	}
	assert_int_equal(added, 50);
}

static void
the_log_stays_bounded_however_much_is_written(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct stat wal;
	char name[16], path[128];
	int64_t id;

	/* Without a checkpoint that would be twice what is allowed. */
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(add(db, name, &id), ERR_OK);
	}
	path_of(*state, "bearward.db-wal", path);
	assert_int_equal(stat(path, &wal), 0);
	assert_true(wal.st_size < 6 * 1024 * 1024);
	db_close(db);
}

static void
a_reader_that_stays_keeps_nobody_from_writing(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	sqlite3 *other = foreign(*state, "BEGIN; SELECT count(*) FROM users");
	char name[16];
	int64_t id;

	slept_us = 0;

	/* Enough for a checkpoint that the reader is in the way of. */
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(add(db, name, &id), ERR_OK);
	}
	/* One or two have waited a moment for the reader, the others not at all. */
	assert_true(slept_us < 1000 * 1000);
	sqlite3_close(other);
	db_close(db);
}

static void
everything_is_there_when_closed_and_opened_again(void **state)
{
	int64_t id;

	for (int i = 0; i < 20; i++) {
		struct db *db = open_db(*state, DB_WRITE);
		struct user *user = NULL;
		char name[16];

		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(add(db, name, &id), ERR_OK);
		db_close(db);
		db = open_db(*state, DB_READ);
		assert_int_equal(users_find(db, "user0", &user), ERR_OK);
		assert_non_null(user);
		user_free(user);
		db_close(db);
	}
	assert_int_equal(id, 20);
}

/* Leaves what a writer leaves behind that is killed in the middle of its commit. */
static void
leave_hot_journal(const struct database *f)
{
	pid_t pid = fork();
	int status;

	assert_true(pid != -1);
	if (pid == 0) {
		/* So small a cache spills into the file before the commit. */
		foreign(f, "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN IMMEDIATE;"
		    "UPDATE users SET hashed_password = 'half';"
		    "CREATE TABLE t(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		    "FROM n LIMIT 2000) INSERT INTO t SELECT randomblob(500) FROM n;");
		/* Gone without cleaning up, as by SIGKILL; valgrind minds that less. */
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
a_reader_survives_a_writer_that_was_killed(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	char *hash, path[128];
	int64_t id;

	assert_int_equal(add(db, "alice", &id), ERR_OK);
	db_close(db);
	db = open_db(*state, DB_READ);
	leave_hot_journal(*state);
	path_of(*state, "bearward.db-journal", path);
	assert_int_equal(access(path, F_OK), 0);
	hash = hash_of(db, id);
	assert_string_equal(hash, SOME_HASH);
	free(hash);
	db_close(db);

	leave_hot_journal(*state);
	db = open_db(*state, DB_READ);
	hash = hash_of(db, id);
	assert_string_equal(hash, SOME_HASH);
	free(hash);
	db_close(db);
}

static void
a_missing_database_is_refused_and_not_created(void **state)
{
	struct database *f = *state;
	struct db *db = (struct db *)(uintptr_t)1;
	char path[128];

	path_of(f, "bearward.db", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
	assert_null(db);
	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_database_of_another_schema_or_program_is_refused(void **state)
{
	static const char *const changes[] = {
		"PRAGMA user_version=99", "PRAGMA user_version=0", "PRAGMA user_version=-1",
		"PRAGMA user_version=1; PRAGMA application_id=0",
		"PRAGMA user_version=0; PRAGMA application_id=0",
	};
	struct database *f = *state;
	struct db *db;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sqlite3_close(foreign(f, changes[i]));
		assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
		assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
		assert_null(db);
	}
}

static void
a_database_with_another_journal_mode_than_set_is_refused(void **state)
{
	struct database *f = *state;
	struct db *db;

	f->config.journal_mode = JOURNAL_DELETE;
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
}

/* What a transaction that imports is to do, and what came of it. */
struct importing {
	int64_t id;
	const char *key;
	int64_t highest_id;
	int64_t present;
	enum err err;
	bool is_undone;
};

static enum err
import_one(struct db_connection *connection, void *arg)
{
	struct importing *importing = arg;
	struct user user = {
		.id = importing->id, .username = (char *)"N", .username_key =
		    (char *)importing->key, .hashed_password = (char *)SOME_HASH,
		.scope = (char *)"admin", .groups = (char *)"", .created_at = 7,
		.is_imported = true,
	};

	assert_int_equal(users_find_highest_id(connection, &importing->highest_id), ERR_OK);
	importing->err = users_import(connection, &user, &importing->present);
	importing->id = user.id;
	if (importing->is_undone)
		return ERR_REFUSED;
	return users_end_import(connection);
}

static struct importing
import(struct db *db, int64_t id, const char *key)
{
	struct importing importing = { .id = id, .key = key };

	assert_int_equal(db_transact(db, import_one, &importing), ERR_OK);
	return importing;
}

static void
an_imported_user_has_the_id_and_the_time_that_were_given(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct user *user = NULL;
	struct importing importing = import(db, 90, "a");

	assert_int_equal(importing.err, ERR_OK);
	assert_int_equal(importing.highest_id, 0);
	assert_int_equal(users_find_by_id(db, 90, &user), ERR_OK);
	assert_non_null(user);
	assert_int_equal(user->created_at, 7);
	assert_true(user->is_imported);
	assert_string_equal(user->scope, "admin");
	user_free(user);
	importing = import(db, 0, "b");
	assert_int_equal(importing.highest_id, 90);
	assert_int_equal(importing.id, 91);
	db_close(db);
}

static void
an_id_that_was_given_is_not_given_again_and_one_that_was_undone_is_free(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	struct importing undone = { .id = 1000, .key = "a", .is_undone = true };
	int64_t id;

	assert_int_equal(db_transact(db, import_one, &undone), ERR_REFUSED);
	assert_int_equal(import(db, 50, "b").err, ERR_OK);
	assert_int_equal(delete(db, 50), ERR_OK);
	assert_int_equal(add(db, "c", &id), ERR_OK);
	assert_int_equal(id, 51);
	assert_int_equal(import(db, 40, "d").highest_id, 51);
	assert_int_equal(add(db, "e", &id), ERR_OK);
	assert_int_equal(id, 52);
	db_close(db);
}

static void
a_name_that_is_there_is_not_imported_and_uses_up_no_id(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	const int64_t first = import(db, 0, "a").id;
	const struct importing again = import(db, 50, "a");

	assert_int_equal(again.err, ERR_NAME_TAKEN);
	assert_int_equal(again.present, first);
	assert_int_equal(import(db, first, "b").err, ERR_CONFLICT);
	assert_int_equal(import(db, 0, "b").id, first + 1);
	db_close(db);
}

static void
the_highest_id_is_known_when_its_user_is_deleted(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	const int64_t id = import(db, 0, "a").id;

	assert_int_equal(delete(db, id), ERR_OK);
	assert_int_equal(import(db, 0, "b").highest_id, id);
	db_close(db);
}

static void
count_user_with_hash(const struct user *user, void *count)
{
	assert_string_equal(user->hashed_password, SOME_HASH);
	++*(int *)count;
}

static void
users_are_listed_with_their_hashes(void **state)
{
	struct db *db = open_db(*state, DB_WRITE);
	char key[16];
	int count = 0;

	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "u%d", i);
		assert_int_equal(import(db, 0, key).err, ERR_OK);
	}
	assert_int_equal(users_list_with_hashes(db, 0, INT64_MAX, count_user_with_hash, &count),
	    ERR_OK);
	assert_int_equal(count, 200);
	db_close(db);
}

int
main(void)
{
#define WITH(test, how) cmocka_unit_test_setup_teardown(test, how, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(an_added_user_is_found_by_key_and_by_id_as_it_was, set_up),
		WITH(a_user_without_a_profile_has_none_and_was_not_imported, set_up),
		WITH(nobody_is_found_where_there_is_nobody, set_up),
		WITH(a_name_is_taken_only_once_and_the_first_user_stays, set_up),
		WITH(the_id_of_a_deleted_user_is_never_given_again, set_up),
		WITH(a_change_is_seen_at_once_by_a_reader_that_was_open_before, set_up),
		WITH(a_hash_is_upgraded_only_where_the_expected_one_still_stands, set_up),
		WITH(of_a_profile_only_what_is_given_is_changed_and_an_empty_text_removes, set_up),
		WITH(an_address_that_changes_is_not_verified_and_none_never_is, set_up),
		WITH(what_an_application_wants_to_be_unique_is_no_name_that_is_taken, set_up),
		WITH(changing_somebody_who_is_not_there_is_not_found, set_up),
		WITH(users_are_listed_in_pages_while_the_visitor_writes, set_up),
		WITH(the_hash_of_every_user_is_visited_once, set_up),
		WITH(an_imported_user_has_the_id_and_the_time_that_were_given, set_up),
		WITH(an_id_that_was_given_is_not_given_again_and_one_that_was_undone_is_free,
		    set_up),
		WITH(a_name_that_is_there_is_not_imported_and_uses_up_no_id, set_up),
		WITH(the_highest_id_is_known_when_its_user_is_deleted, set_up),
		WITH(users_are_listed_with_their_hashes, set_up),
		WITH(a_reader_cannot_write, set_up),
		WITH(of_two_processes_that_add_a_name_exactly_one_succeeds, set_up),
		WITH(everything_is_there_when_closed_and_opened_again, set_up),
	};
	const struct CMUnitTest of_the_file[] = {
		WITH(a_change_is_seen_at_once_by_a_reader_that_was_open_before, set_up_delete),
		WITH(users_are_listed_in_pages_while_the_visitor_writes, set_up_delete),
		WITH(a_writer_that_is_kept_waiting_gives_up_in_time_and_readers_go_on, set_up),
		WITH(a_writer_that_is_kept_waiting_gives_up_in_time_and_readers_go_on,
		    set_up_delete),
		WITH(a_writer_waits_for_the_lock_of_another_process_and_gives_up_in_time, set_up),
		WITH(the_lock_is_free_again_after_every_kind_of_change, set_up),
		WITH(of_two_processes_that_add_a_name_exactly_one_succeeds, set_up_delete),
		WITH(the_log_stays_bounded_however_much_is_written, set_up),
		WITH(a_reader_that_stays_keeps_nobody_from_writing, set_up),
		WITH(everything_is_there_when_closed_and_opened_again, set_up_delete),
		WITH(a_reader_survives_a_writer_that_was_killed, set_up_delete),
		WITH(a_missing_database_is_refused_and_not_created, set_up),
		WITH(a_database_of_another_schema_or_program_is_refused, set_up),
		WITH(a_database_with_another_journal_mode_than_set_is_refused, set_up),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (database_is_sqlite())
		failed += cmocka_run_group_tests(of_the_file, NULL, NULL);
	return failed;
}
