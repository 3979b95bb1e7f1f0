/* test_config: settings come from defaults, a file and the environment, or nothing starts. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"

#define SAMPLE "conf/bearward.conf.sample"	/* from the top of the tree, where tests run */

/* One test's world: a directory, a file in it, and what loading the file gave. */
struct world {
	char dir[64];
	char path[96];
	struct config config;
	char *report;
	size_t report_len;
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	umask(022);
	strcpy(world->dir, "/tmp/test_config.XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	snprintf(world->path, sizeof(world->path), "%s/bearward.conf", world->dir);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", world->dir);
	config_clear(&world->config);
	free(world->report);
	free(world);
	return system(command);
}

static void
write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Loads the settings again; what it reports is in world->report. */
static enum err
load_from(struct world *world, const char *path)
{
	enum err err;
	FILE *report;

	config_clear(&world->config);
	free(world->report);
	report = open_memstream(&world->report, &world->report_len);
	err = config_load(path, &world->config, report);
	fclose(report);
	return err;
}

static enum err
load_bytes(struct world *world, const char *data, size_t len)
{
	write_file(world->path, data, len);
	return load_from(world, world->path);
}

static enum err
load(struct world *world, const char *text)
{
	return load_bytes(world, text, strlen(text));
}

/* Inlined, gcc takes what open_memstream() gives for the address of text. */
__attribute__((noinline))
static char *
printed(const struct config *config)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	config_print(config, out);
	fclose(out);
	return text;
}

/* Checks that what was reported is exactly text, after the file's name. */
static void
assert_reported(const struct world *world, const char *text)
{
	char expected[512];

	snprintf(expected, sizeof(expected), "%s%s\n", world->path, text);
	assert_string_equal(world->report, expected);
}

#define NOT_A_RATE ":1: attempts_source: expected two whole numbers from 1 to 10000: how many " \
	"at once, and the seconds until there is another one"

static void
assert_rate(const struct rate *rate, long at_once, long seconds)
{
	assert_int_equal(rate->at_once, at_once);
	assert_int_equal(rate->seconds, seconds);
}

static void
an_empty_file_gives_the_defaults(void **state)
{
	struct world *world = *state;
	const struct config *config = &world->config;

	assert_int_equal(load(world, ""), ERR_OK);

	assert_string_equal(world->report, "");
	assert_string_equal(config->path, world->path);
	assert_string_equal(config->state_dir, "/var/lib/bearward");
	assert_string_equal(config->dialect->name, "fastapi");
	assert_string_equal(config->issuer, "bearward");
	assert_string_equal(config->audience, "");	/* the dialect's */
	assert_string_equal(config->client_id, "bearward");
	assert_string_equal(config->realm, "api");
	assert_int_equal(config->access_token_ttl, 1800);
	assert_true(config->password_grant);
	assert_false(config->accept_tutorial_tokens);
	assert_string_equal(config->scopes, "");
	assert_string_equal(config->restricted_scopes, "");
	assert_string_equal(config->default_scope, "");
	assert_string_equal(config->me_scope, "");
	assert_int_equal(config->verify, VERIFICATION_REVOCATION_AWARE);
	assert_int_equal(config->registration, REGISTRATION_OPEN);
	assert_int_equal(config->password_min_length, 8);
	assert_string_equal(config->password_blocklist, CONFIG_INSTALLED_LIST);
	assert_true(config->attempts);
	assert_rate(&config->attempts_source, 30, 10);
	assert_rate(&config->attempts_account_source, 5, 60);
	assert_rate(&config->attempts_strangers, 20, 45);
	assert_rate(&config->attempts_known, 10, 180);
	assert_rate(&config->attempts_registrations, 10, 60);
	assert_int_equal(config->attempts_memory, 1024);
	assert_int_equal(config->scrypt_log2_n, 14);
	assert_int_equal(config->scrypt_r, 8);
	assert_int_equal(config->scrypt_p, 5);
	assert_false(config->insecure_hash_cost);
	assert_int_equal(config->hash_slots, 0);
	assert_int_equal(config->hash_kernel, HASH_KERNEL_AUTO);
	assert_int_equal(config->hash_memory, 0);
	assert_int_equal(config->hash_memory_idle, 10000);
	assert_int_equal(config->hash_wait, 5000);
	assert_int_equal(config->hash_waiting, 256);
	assert_int_equal(config->threads, 8);
	assert_int_equal(config->body_limit, 16384);
	assert_int_equal(config->body_deadline, 10000);
	assert_int_equal(config->storage_wait, 2000);
	assert_int_equal(config->journal_mode, JOURNAL_WAL);
	assert_int_equal(config->log, LOG_TO_STDERR);
	assert_int_equal(config->log_level, LEVEL_INFO);
}

static void
every_kind_of_value_is_read(void **state)
{
	struct world *world = *state;
	const struct config *config = &world->config;

	assert_int_equal(load(world, "state_dir = /srv/state dir\n"
	    "dialect = rfc\n"
	    "issuer = https://id.example/a=b\n"
	    "access_token_ttl = 2592000\n"
	    "password_grant = no\n"
	    "refresh_tokens = no\n"
	    "scopes = me items:read\n"
	    "me_scope = me\n"
	    "verify = stateless\n"
	    "registration = closed\n"
	    "hash_slots = 3\n"
	    "hash_wait = 0\n"
	    "body_deadline = 0.5\n"
	    "storage_wait = 1.25\n"
	    "journal_mode = delete\n"
	    "log = syslog\n"
	    "log_level = debug\n"), ERR_OK);

	assert_string_equal(config->state_dir, "/srv/state dir");
	assert_string_equal(config->dialect->name, "rfc");
	assert_string_equal(config->issuer, "https://id.example/a=b");
	assert_int_equal(config->access_token_ttl, 2592000);
	assert_false(config->password_grant);
	assert_false(config->refresh_tokens);
	assert_string_equal(config->scopes, "me items:read");
	assert_string_equal(config->me_scope, "me");
	assert_int_equal(config->verify, VERIFICATION_STATELESS);
	assert_int_equal(config->registration, REGISTRATION_CLOSED);
	assert_int_equal(config->hash_slots, 3);
	assert_int_equal(config->hash_wait, 0);
	assert_int_equal(config->body_deadline, 500);
	assert_int_equal(config->storage_wait, 1250);
	assert_int_equal(config->journal_mode, JOURNAL_DELETE);
	assert_int_equal(config->log, LOG_TO_SYSLOG);
	assert_int_equal(config->log_level, LEVEL_DEBUG);
}

static void
comments_blank_lines_crlf_and_blanks_mean_nothing(void **state)
{
	struct world *world = *state;

	assert_int_equal(load(world, "# a comment\r\n\r\n\t \n  # another = one\n"
	    "realm=one two\r\n \t threads \t=\t 4 \t\r\nissuer = x#y"), ERR_OK);

	assert_string_equal(world->config.realm, "one two");
	assert_int_equal(world->config.threads, 4);
	assert_string_equal(world->config.issuer, "x#y");
}

static void
the_name_of_a_site_may_have_any_letters(void **state)
{
	struct world *world = *state;

	assert_int_equal(load(world, "service_name = \"M\xc3\xbcller\" & \\Co\n"), ERR_OK);
	assert_string_equal(world->config.service_name, "\"M\xc3\xbcller\" & \\Co");
}

static void
bad_values_are_reported_with_line_and_what_is_expected(void **state)
{
	static const struct {
		const char *line;
		const char *expected;
	} vectors[] = {
		{ "access_token_ttl = 0",
		  ":1: access_token_ttl: expected a whole number of seconds from 1 to 2592000" },
		{ "access_token_ttl = 2592001",
		  ":1: access_token_ttl: expected a whole number of seconds from 1 to 2592000" },
		{ "accent = red", ":1: accent: is no colour; write it as #rgb or #rrggbb, as in "
		  "#0e6b5e" },
		{ "threads = 0", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 257", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = +4", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = -4", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 0x4", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 4.0", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 4.", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 4 5", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads =", ":1: threads: expected a whole number from 1 to 256" },
		{ "threads = 18446744073709551617",
		  ":1: threads: expected a whole number from 1 to 256" },
		{ "body_limit = 1023",
		  ":1: body_limit: expected a whole number of bytes from 1024 to 1048576" },
		{ "body_deadline = 0",
		  ":1: body_deadline: expected a number of seconds from 0.001 to 300, with up to "
		  "three decimals" },
		{ "hash_wait = 60.001",
		  ":1: hash_wait: expected a number of seconds from 0 to 60, with up to three "
		  "decimals" },
		{ "hash_wait = .5",
		  ":1: hash_wait: expected a number of seconds from 0 to 60, with up to three "
		  "decimals" },
		{ "hash_wait = 0.0005",
		  ":1: hash_wait: expected a number of seconds from 0 to 60, with up to three "
		  "decimals" },
		{ "hash_wait = 1,5",
		  ":1: hash_wait: expected a number of seconds from 0 to 60, with up to three "
		  "decimals" },
		{ "attempts_source = 30", NOT_A_RATE },
		{ "attempts_source = 30 0", NOT_A_RATE },
		{ "attempts_source = 0 10", NOT_A_RATE },
		{ "attempts_source = 30 10 5", NOT_A_RATE },
		{ "attempts_source = 30/10", NOT_A_RATE },
		{ "attempts_source = 30 10001", NOT_A_RATE },
		{ "attempts_source = 9999999999 1", NOT_A_RATE },
		{ "password_grant = true", ":1: password_grant: expected yes or no" },
		{ "password_grant = Yes", ":1: password_grant: expected yes or no" },
		{ "registration = shut", ":1: registration: "
		  "expected open, bearer, invite or closed" },
		{ "journal_mode = WAL", ":1: journal_mode: expected wal or delete" },
		{ "dialect = oauth", ":1: dialect: expected fastapi or rfc" },
		{ "log_level = all", ":1: log_level: expected error, warning, info or debug" },
		{ "state_dir =", ":1: state_dir: expected a path of 1 to 1024 bytes" },
		{ "realm =", ":1: realm: expected 1 to 255 printable ASCII characters other than "
			     "'\"' and '\\'" },
		{ "realm = a\"b", ":1: realm: expected 1 to 255 printable ASCII characters other "
				  "than '\"' and '\\'" },
		{ "realm = \"api\"", ":1: realm: write the value without quotes" },
		{ "issuer = 'api'", ":1: issuer: write the value without quotes" },
		{ "state_dir = \"/var/lib\"", ":1: state_dir: write the value without quotes" },
		{ "scopes = 'a' 'b'", ":1: scopes: write the value without quotes" },
		{ "threads = '4'", ":1: threads: write the value without quotes" },
		{ "registration = \"open\"", ":1: registration: write the value without quotes" },
		{ "audience = \"\"", ":1: audience: write the value without quotes" },
		{ "audience = m\xc3\xbcller", ":1: audience: expected 0 to 255 printable ASCII "
					      "characters other than '\"' and '\\'" },
		{ "scopes = a  b", ":1: scopes: expected at most 64 scopes and 1024 bytes, "
				   "separated by single spaces, of printable ASCII characters "
				   "other than '\"' and '\\'" },
		{ "me_scope = a b", ":1: me_scope: expected one scope or nothing, of printable "
				    "ASCII characters other than '\"' and '\\'" },
		{ "threads 4", ":1: expected key = value, or a comment after #" },
		{ "= 4", ":1: expected key = value, or a comment after #" },
		{ "threads = 4 # four", ":1: a comment needs a line of its own" },
		{ "realm = a\x1b[1m", ":1: a control character" },
		{ "realm = \xff", ":1: not UTF-8 text without NUL" },
		{ "threds = 4", ":1: unknown key \"threds\"; did you mean threads?" },
		{ "Threads = 4", ":1: unknown key \"Threads\"; did you mean threads?" },
		{ "colour = blue", ":1: unknown key \"colour\"" },
		{ "conf = x", ":1: unknown key \"conf\"" },
		{ "a\tb\xc2\x9b = 1", ":1: unknown key \"a\\x09b\\xc2\\x9b\"" },
		{ "0123456789abcdef0123456789abcdefA==", ":1: unknown key" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(load(world, vectors[i].line), ERR_SETUP);
		assert_reported(world, vectors[i].expected);
	}
}

static void
all_mistakes_are_reported_at_once(void **state)
{
	struct world *world = *state;
	char expected[1024];

	setenv("BEARWARD_LOG", "paper", 1);
	setenv("BEARWARD_ISSUER", "'me'", 1);
	assert_int_equal(load(world, "threads = 0\n\nrealm = ok\nnonsense\nthreads = 4\n"),
	    ERR_SETUP);
	unsetenv("BEARWARD_ISSUER");
	unsetenv("BEARWARD_LOG");

	snprintf(expected, sizeof(expected),
	    "%s:1: threads: expected a whole number from 1 to 256\n"
	    "%s:4: expected key = value, or a comment after #\n"
	    "%s:5: threads: set in line 1 already; keep one\n"
	    "BEARWARD_LOG: expected stderr or syslog\n"
	    "BEARWARD_ISSUER: write the value without quotes\n", world->path, world->path,
	    world->path);
	assert_string_equal(world->report, expected);
	assert_null(world->config.realm);
}

static void
a_line_is_at_most_2048_bytes_long(void **state)
{
	struct world *world = *state;
	char text[2100] = "#";

	memset(text + 1, 'x', sizeof(text) - 1);
	assert_int_equal(load_bytes(world, text, 2048), ERR_OK);
	assert_int_equal(load_bytes(world, text, 2049), ERR_SETUP);

	assert_reported(world, ":1: a line too long");
}

static void
a_nul_is_a_mistake_even_in_a_comment(void **state)
{
	static const char text[] = "# no\0ne\nrealm = a\n";
	struct world *world = *state;

	assert_int_equal(load_bytes(world, text, sizeof(text) - 1), ERR_SETUP);

	assert_reported(world, ":1: not UTF-8 text without NUL");
}

static void
a_file_that_is_no_settings_file_is_not_read_to_its_end(void **state)
{
	struct world *world = *state;
	char text[1000];
	unsigned lines = 0;

	memset(text, '\n', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 2)
		text[i] = '\x01';
	assert_int_equal(load_bytes(world, text, sizeof(text)), ERR_SETUP);

	for (const char *c = world->report; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 51);
	assert_non_null(strstr(world->report,
	    ":50: too many mistakes; is this the right file?\n"));
}

static void
the_environment_overrides_the_file(void **state)
{
	struct world *world = *state;
	enum err err;

	setenv("BEARWARD_REALM", "from environment", 1);
	setenv("BEARWARD_HASH_WAIT", "0.25", 1);
	setenv("BEARWARD_CONF", "/nonexistent", 1);
	err = load(world, "realm = from file\nthreads = 4\n");
	unsetenv("BEARWARD_REALM");
	unsetenv("BEARWARD_HASH_WAIT");
	unsetenv("BEARWARD_CONF");

	assert_int_equal(err, ERR_OK);
	assert_string_equal(world->config.realm, "from environment");
	assert_int_equal(world->config.hash_wait, 250);
	assert_int_equal(world->config.threads, 4);
}

static void
an_unknown_variable_is_a_mistake(void **state)
{
	static const struct {
		const char *name;
		const char *expected;
	} vectors[] = {
		{ "BEARWARD_RELM",
		  "BEARWARD_RELM: no such setting; did you mean BEARWARD_REALM?\n" },
		{ "BEARWARD_realm",
		  "BEARWARD_realm: no such setting; did you mean BEARWARD_REALM?\n" },
		{ "BEARWARD_", "BEARWARD_: no such setting\n" },
		{ "BEARWARD_A\nB", "BEARWARD_A\\x0aB: no such setting\n" },
		{ "BEARWARD_CONFIG", "BEARWARD_CONFIG: no such setting\n" },
		{ "BEARWARD_A_NAME_LONGER_THAN_ANY_SETTING_WILL_EVER_HAVE_FOR_SURE_AND_MORE",
		  "BEARWARD_A_NAME_LONGER_THAN_ANY_SETTING_WILL_EVER_HAVE_FOR_SURE_AND_MORE: "
		  "no such setting\n" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		enum err err;

		setenv(vectors[i].name, "x", 1);
		err = load(world, "");
		unsetenv(vectors[i].name);

		assert_int_equal(err, ERR_SETUP);
		assert_string_equal(world->report, vectors[i].expected);
	}
}

static void
a_password_is_seen_in_what_names_a_database_and_nowhere_else(void **state)
{
	static const struct {
		const char *database;
		bool has_password;
	} vectors[] = {
		{ "postgresql://u:secret@db/name", true },
		{ "postgres://u:secret@[::1]:5432,[::2]/name", true },
		{ "postgresql://u@db/name?password=secret", true },
		{ "postgresql://u@db/name?sslpassword=secret", true },
		{ "host=db password=secret", true },
		{ "host=db password \t= 'secret'", true },
		{ "host=password password = x", true },

		{ "", false },
		{ "postgresql:///name", false },
		{ "postgresql://u@db:5432,other:5433/name", false },
		{ "postgresql://u@[::1]:5432/name", false },
		{ "postgresql://[::1]:5432/name?application_name=a@b", false },
		{ "postgresql://u%3Ax@db/name?user=a:b@c", false },
		{ "host=a,b port=1,2 user=me@realm passfile=/etc/password", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (config_has_password(vectors[i].database) != vectors[i].has_password)
			fail_msg("%s", vectors[i].database);
}

static void
values_are_never_repeated_in_a_report(void **state)
{
	struct world *world = *state;

	setenv("BEARWARD_LOG", "canary", 1);
	assert_int_equal(load(world, "threads = canary\ncanary\nme_scope = canary\n"
	    "password_blocklist = canary\ndialect = canary\n"), ERR_SETUP);
	unsetenv("BEARWARD_LOG");

	assert_null(strstr(world->report, "canary"));
}

static void
relative_paths_count_from_the_file_or_the_working_directory(void **state)
{
	struct world *world = *state;
	char expected[512], *here = get_current_dir_name();
	enum err err;

	assert_int_equal(load(world, "state_dir = state\n"), ERR_OK);
	snprintf(expected, sizeof(expected), "%s/state", world->dir);
	assert_string_equal(world->config.state_dir, expected);

	setenv("BEARWARD_STATE_DIR", "other", 1);
	err = load(world, "state_dir = state\n");
	unsetenv("BEARWARD_STATE_DIR");
	assert_int_equal(err, ERR_OK);
	snprintf(expected, sizeof(expected), "%s/other", here);
	assert_string_equal(world->config.state_dir, expected);
	free(here);
}

static void
a_named_file_that_cannot_be_read_is_a_mistake(void **state)
{
	struct world *world = *state;
	enum err err;

	assert_int_equal(load_from(world, world->path), ERR_SETUP);
	assert_reported(world, ": cannot be read: No such file or directory");

	setenv("BEARWARD_CONF", world->path, 1);
	err = load_from(world, NULL);
	unsetenv("BEARWARD_CONF");
	assert_int_equal(err, ERR_SETUP);
	assert_reported(world, ": cannot be read: No such file or directory");

	assert_int_equal(mkdir(world->path, 0700), 0);
	assert_int_equal(load_from(world, world->path), ERR_SETUP);
	assert_reported(world, ": cannot be read: Is a directory");
}

static void
settings_must_agree_with_one_another(void **state)
{
	static const struct {
		const char *text;
		const char *expected;		/* how the report goes on after the file's name */
	} vectors[] = {
		{ "scrypt_log2_n = 13", ":1: scrypt_log2_n: with scrypt_r and scrypt_p weaker" },
		{ "scrypt_p = 4", ": scrypt_log2_n: with scrypt_r and scrypt_p weaker" },
		{ "hash_memory = 15",
		  ":1: hash_memory: is too little for one hash, which needs 16" },
		{ "scrypt_log2_n = 17\nhash_memory = 100",
		  ":2: hash_memory: is too little for one hash, which needs 128" },
		{ "scrypt_log2_n = 20", ":1: scrypt_log2_n: with scrypt_r and scrypt_p a hash" },
		{ "\ndefault_scope = me", ":2: default_scope: holds a scope that is not in" },
		{ "scopes = a\ndefault_scope = a b",
		  ":2: default_scope: holds a scope that is not in" },
		{ "restricted_scopes = b\ndefault_scope = b",
		  ":2: default_scope: holds a scope that is not in" },
		{ "me_scope = me", ":1: me_scope: is in neither scopes nor restricted_scopes" },
		{ "scopes = a b\nrestricted_scopes = c b",
		  ":2: restricted_scopes: shares a scope with scopes" },
		{ "scopes = me introspect", ":1: scopes: holds introspect, with which everyone" },
		{ "scopes = users:create\nregistration = bearer",
		  ": restricted_scopes: shares a scope with scopes" },
		{ "access_token_ttl = 1209601",
		  ": refresh_token_idle: is below access_token_ttl, so a sign-in would end" },
		{ "refresh_token_idle = 1799",
		  ":1: refresh_token_idle: is below access_token_ttl, so a sign-in would end" },
		{ "\nrefresh_token_ttl = 1799",
		  ":2: refresh_token_ttl: is below access_token_ttl, so a sign-in would end" },
		{ "access_token_ttl = 60\nrefresh_token_idle = 60",
		  ": refresh_window: is not below refresh_token_idle, so a sign-in could" },
		{ "home = start", ":1: home: is neither a path of this site nor the address" },
		{ "home = //evil.example", ":1: home: is neither a path of this site" },
		{ "home = https:/start", ":1: home: is neither a path of this site" },
		{ "home = https://;x/", ":1: home: is neither a path of this site" },
		{ "home = https://", ":1: home: is neither a path of this site" },
		{ "home = javascript:a", ":1: home: is neither a path of this site" },
		{ "home = /a b", ":1: home: has a space; write %20\n" },
		{ "return_origins = *", ":1: return_origins: would lead people from the form" },
		{ "return_origins = https://a.example/",
		  ":1: return_origins: has an origin that ends in a slash" },
		{ "password_blocklist = /nonexistent",
		  ":1: password_blocklist: the file cannot be read: No such file or directory\n" },
		{ "password_blocklist = /tmp",
		  ":1: password_blocklist: the file cannot be read: Is a directory\n" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(load(world, vectors[i].text), ERR_SETUP);

		assert_memory_equal(world->report, world->path, strlen(world->path));
		if (strncmp(world->report + strlen(world->path), vectors[i].expected,
		    strlen(vectors[i].expected)) != 0)
			fail_msg("expected \"%s\", came \"%s\"", vectors[i].expected,
			    world->report);
	}
}

static void
settings_that_agree_are_accepted(void **state)
{
	static const char *const texts[] = {
		"scrypt_log2_n = 10\nscrypt_r = 1\nscrypt_p = 1\ninsecure_hash_cost = yes",
		"scrypt_log2_n = 17\nscrypt_p = 1",
		"scopes = a\nrestricted_scopes = b\ndefault_scope = a\nme_scope = b",
		"registration = bearer\nme_scope = users:create",
		"refresh_token_idle = 1800\nrefresh_token_ttl = 1800",
		"access_token_ttl = 2\nrefresh_window = 1\nrefresh_token_idle = 2",
		"access_token_ttl = 2592000\nrefresh_tokens = no",
		"password_blocklist = /dev/null",
		"home = /start?a=b#c",
		"home = https://www.example.org:8443/a;b",
		"home = http://localhost",
		"return_origins = https://a.example http://localhost:3000",
		"attempts_source = 1  10000",
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (load(world, texts[i]) != ERR_OK)
			fail_msg("\"%s\" is refused: %s", texts[i], world->report);
	}
}

static void
registration_by_bearer_restricts_users_create(void **state)
{
	struct world *world = *state;

	assert_int_equal(load(world, "registration = bearer"), ERR_OK);
	assert_string_equal(world->config.restricted_scopes, "users:create");

	assert_int_equal(load(world, "registration = bearer\nrestricted_scopes = a"), ERR_OK);
	assert_string_equal(world->config.restricted_scopes, "a users:create");

	assert_int_equal(load(world, "registration = bearer\nrestricted_scopes = users:create a"),
	    ERR_OK);
	assert_string_equal(world->config.restricted_scopes, "users:create a");
}

static void
what_is_printed_loads_as_the_same_settings(void **state)
{
	struct world *world = *state;
	char *first, *second;

	assert_int_equal(load(world, "state_dir = x\nhash_wait = 0.05\nbody_deadline = 1.5\n"
	    "storage_wait = 0.001\nscopes = a b\nregistration = bearer\nlog = syslog\n"
	    "dialect = rfc\npassword_grant = no\n"), ERR_OK);
	first = printed(&world->config);
	assert_int_equal(load(world, first), ERR_OK);
	second = printed(&world->config);

	assert_string_equal(first, second);
	assert_non_null(strstr(first, "\nhash_wait = 0.05\n"));
	assert_non_null(strstr(first, "\nbody_deadline = 1.5\n"));
	assert_non_null(strstr(first, "\nstorage_wait = 0.001\n"));
	free(second);
	free(first);
}

/* Takes the '#' from every line of the sample that holds a setting. */
static void
uncomment_sample(struct world *world)
{
	FILE *sample = fopen(SAMPLE, "r"), *out = fopen(world->path, "w");
	char line[256];

	if (sample == NULL)
		fail_msg(SAMPLE " cannot be read; run the tests from the top of the tree");
	while (fgets(line, sizeof(line), sample) != NULL) {
		bool is_setting = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';

		fputs(line + is_setting, out);
	}
	fclose(sample);
	fclose(out);
}

static void
the_sample_has_every_key_with_its_default(void **state)
{
	struct world *world = *state;
	char *defaults, *key, *rest;
	static char text[16384];
	char line[80];
	FILE *sample;

	assert_int_equal(load(world, ""), ERR_OK);
	defaults = printed(&world->config);
	uncomment_sample(world);
	if (load_from(world, world->path) != ERR_OK)
		fail_msg("the sample is refused: %s", world->report);

	char *from_sample = printed(&world->config);
	assert_string_equal(from_sample, defaults);
	free(from_sample);

	/* A default that is not in the sample would compare equal too, so look for each key. */
	sample = fopen(world->path, "r");
	assert_non_null(sample);
	assert_true(fread(text, 1, sizeof(text) - 1, sample) > 0);
	fclose(sample);
	rest = strchr(defaults, '\n') + 1;
	while ((key = strsep(&rest, "\n")) != NULL && *key != '\0') {
		*strchr(key, ' ') = '\0';
		snprintf(line, sizeof(line), "\n%s =", key);
		if (strstr(text, line) == NULL)
			fail_msg("the sample lacks %s", key);
	}
	free(defaults);
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0620, 0602, 0666, 0777 };
	struct world *world = *state;
	char expected[256];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file(world->path, "", 0);
		assert_int_equal(chmod(world->path, modes[i]), 0);
		snprintf(expected, sizeof(expected), ": others may write the settings (mode "
		    "%04o); forbid it: chmod go-w %s", (unsigned)modes[i], world->path);

		assert_int_equal(load_from(world, world->path), ERR_SETUP);
		assert_reported(world, expected);
	}
}

static void
a_file_that_others_may_read_is_accepted(void **state)
{
	struct world *world = *state;

	write_file(world->path, "", 0);
	assert_int_equal(chmod(world->path, 0644), 0);

	assert_int_equal(load_from(world, world->path), ERR_OK);
}

static void
a_file_in_a_directory_that_others_may_write_is_refused(void **state)
{
	struct world *world = *state;
	char expected[256];

	snprintf(expected, sizeof(expected), ": others may replace the settings, because %s is "
	    "open to them (mode 0757); close it: chmod o-w %s", world->dir, world->dir);
	assert_int_equal(chmod(world->dir, 0757), 0);

	assert_int_equal(load(world, ""), ERR_SETUP);
	assert_reported(world, expected);
}

static void
a_file_of_our_own_in_a_sticky_directory_is_accepted(void **state)
{
	struct world *world = *state;

	assert_int_equal(chmod(world->dir, 01777), 0);

	assert_int_equal(load(world, ""), ERR_OK);
}

static void
dev_null_holds_no_settings_and_is_accepted(void **state)
{
	struct world *world = *state;

	assert_int_equal(load_from(world, "/dev/null"), ERR_OK);
}

enum { OTHER_UID = 12345, THIRD_UID = 54321 };

/* Loads the settings in a process of that account, and returns what it got. */
static enum err
load_as(uid_t uid, const char *path)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct config config;

		if (setresuid(uid, uid, uid) == -1)
			_exit(255);
		_exit((int)config_load(path, &config, stderr));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return (enum err)WEXITSTATUS(status);
}

static void
skip_unless_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("only root can give files away\n");
	skip();
}

/* Makes all that a world needs readable, and a state directory in it that belongs to uid. */
static void
open_world(const struct world *world, uid_t uid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state", world->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, uid, (gid_t)-1), 0);
	assert_int_equal(chmod(world->dir, 0755), 0);
	write_file(world->path, "state_dir = state", strlen("state_dir = state"));
}

static void
files_of_root_and_of_the_account_that_runs_are_accepted(void **state)
{
	struct world *world = *state;

	skip_unless_root();
	open_world(world, OTHER_UID);

	assert_int_equal(load_as(OTHER_UID, world->path), ERR_OK);
	assert_int_equal(chown(world->path, OTHER_UID, (gid_t)-1), 0);
	assert_int_equal(load_as(OTHER_UID, world->path), ERR_OK);
	assert_int_equal(chown(world->dir, OTHER_UID, (gid_t)-1), 0);
	assert_int_equal(load_as(OTHER_UID, world->path), ERR_OK);
}

static void
a_file_of_another_account_is_refused(void **state)
{
	struct world *world = *state;

	skip_unless_root();
	open_world(world, OTHER_UID);
	assert_int_equal(chown(world->path, THIRD_UID, (gid_t)-1), 0);

	assert_int_equal(load_as(OTHER_UID, world->path), ERR_SETUP);
	assert_int_equal(load_as(0, world->path), ERR_SETUP);
}

static void
a_file_in_a_directory_of_another_account_is_refused(void **state)
{
	struct world *world = *state;

	skip_unless_root();
	open_world(world, OTHER_UID);
	assert_int_equal(chown(world->dir, THIRD_UID, (gid_t)-1), 0);

	assert_int_equal(load_as(OTHER_UID, world->path), ERR_SETUP);
	assert_int_equal(load_as(0, world->path), ERR_SETUP);
}

static void
root_reads_a_file_of_the_account_that_the_state_directory_belongs_to(void **state)
{
	struct world *world = *state;

	skip_unless_root();
	open_world(world, OTHER_UID);
	assert_int_equal(chown(world->path, OTHER_UID, (gid_t)-1), 0);

	assert_int_equal(load_as(0, world->path), ERR_OK);
}

static void
copy_program(const char *path)
{
	FILE *from = fopen("/proc/self/exe", "r"), *to = fopen(path, "w");
	char buffer[65536];
	size_t len;

	assert_non_null(from);
	assert_non_null(to);
	while ((len = fread(buffer, 1, sizeof(buffer), from)) > 0)
		assert_int_equal(fwrite(buffer, 1, len, to), len);
	fclose(from);
	fclose(to);
	assert_int_equal(chmod(path, 0700), 0);
}

/* Runs a copy of this program that lies in the world's bin/, to print the realm it finds. */
static void
run_copy(const struct world *world, char *realm, size_t size)
{
	char command[160];
	FILE *copy;

	snprintf(command, sizeof(command), "%s/bin/program realm", world->dir);
	copy = popen(command, "re");
	assert_non_null(copy);
	assert_non_null(fgets(realm, (int)size, copy));
	assert_int_equal(pclose(copy), 0);
}

static void
the_file_beside_the_program_comes_before_the_one_above(void **state)
{
	struct world *world = *state;
	char path[128], realm[64];

	snprintf(path, sizeof(path), "%s/bin", world->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/bin/program", world->dir);
	copy_program(path);
	write_file(world->path, "realm = above", strlen("realm = above"));

	run_copy(world, realm, sizeof(realm));
	assert_string_equal(realm, "above");

	snprintf(path, sizeof(path), "%s/bin/bearward.conf", world->dir);
	write_file(path, "realm = beside", strlen("realm = beside"));
	run_copy(world, realm, sizeof(realm));
	assert_string_equal(realm, "beside");
}

/* What a copy of this program does: see run_copy(). */
static int
print_realm(void)
{
	struct config config;

	if (config_load(NULL, &config, stderr) != ERR_OK)
		return 1;
	fputs(config.realm, stdout);
	config_clear(&config);
	return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(an_empty_file_gives_the_defaults),
		WITH_WORLD(every_kind_of_value_is_read),
		WITH_WORLD(comments_blank_lines_crlf_and_blanks_mean_nothing),
		WITH_WORLD(the_name_of_a_site_may_have_any_letters),
		WITH_WORLD(bad_values_are_reported_with_line_and_what_is_expected),
		WITH_WORLD(all_mistakes_are_reported_at_once),
		WITH_WORLD(a_line_is_at_most_2048_bytes_long),
		WITH_WORLD(a_nul_is_a_mistake_even_in_a_comment),
		WITH_WORLD(a_file_that_is_no_settings_file_is_not_read_to_its_end),
		WITH_WORLD(the_environment_overrides_the_file),
		WITH_WORLD(an_unknown_variable_is_a_mistake),
		cmocka_unit_test(a_password_is_seen_in_what_names_a_database_and_nowhere_else),
		WITH_WORLD(values_are_never_repeated_in_a_report),
		WITH_WORLD(relative_paths_count_from_the_file_or_the_working_directory),
		WITH_WORLD(a_named_file_that_cannot_be_read_is_a_mistake),
		WITH_WORLD(settings_must_agree_with_one_another),
		WITH_WORLD(settings_that_agree_are_accepted),
		WITH_WORLD(registration_by_bearer_restricts_users_create),
		WITH_WORLD(what_is_printed_loads_as_the_same_settings),
		WITH_WORLD(the_sample_has_every_key_with_its_default),
		WITH_WORLD(a_file_that_others_may_write_is_refused),
		WITH_WORLD(a_file_that_others_may_read_is_accepted),
		WITH_WORLD(a_file_in_a_directory_that_others_may_write_is_refused),
		WITH_WORLD(a_file_of_our_own_in_a_sticky_directory_is_accepted),
		WITH_WORLD(dev_null_holds_no_settings_and_is_accepted),
		WITH_WORLD(files_of_root_and_of_the_account_that_runs_are_accepted),
		WITH_WORLD(a_file_of_another_account_is_refused),
		WITH_WORLD(a_file_in_a_directory_of_another_account_is_refused),
		WITH_WORLD(root_reads_a_file_of_the_account_that_the_state_directory_belongs_to),
		WITH_WORLD(the_file_beside_the_program_comes_before_the_one_above),
	};

	if (argc == 2 && strcmp(argv[1], "realm") == 0)
		return print_realm();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
