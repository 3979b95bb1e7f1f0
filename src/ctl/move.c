/* move: bearward move. */
#include "ctl/ctl.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/moving.h"
#include "base/clock.h"
#include "base/escape.h"

enum {
	PROGRESS_EVERY = 1000,		/* milliseconds */
	FAULTS_SHOWN = 20,
	/* To write and compare takes so many times as long as to read from either. */
	TIMES_OF_SQLITE = 16, TIMES_OF_POSTGRESQL = 3,
};

/* What has been said meanwhile. */
struct watch {
	int64_t shown_at;	/* of clock_ms() */
	int64_t faults;
};

/* Says what cannot be moved, and what to do. */
static void
tell_fault(const struct move_fault *fault, void *arg)
{
	struct watch *watch = arg;
	const bool is_profile = strcmp(fault->column, "email") == 0 ||
	    strcmp(fault->column, "display_name") == 0;

	if (watch->faults++ >= FAULTS_SHOWN)
		return;
	(void)ctl_fail("%s %s %" PRId64 ": %s %s; %s", fault->table->name,
	    fault->table->columns[0].name, fault->id, fault->column, fault->reason, is_profile
	    ? "set it anew, with `bearward user set`" : "correct it in the database, or delete "
	    "the row");
}

static void
tell_progress(const char *doing, const char *table, int64_t rows, void *arg)
{
	struct watch *watch = arg;

	if (clock_ms() < watch->shown_at + PROGRESS_EVERY)
		return;
	watch->shown_at = clock_ms();
	fprintf(stderr, "%s: %" PRId64 " rows %s\n", table, rows, doing);
}

/* Returns the setting of the place to go to; NULL, said: there is none. */
static const char *
find_place(const struct ctl *ctl)
{
	const char *to = ctl->typed[OPT_TO];
	const bool is_sqlite = to != NULL && strcmp(to, "sqlite") == 0;

	if (to == NULL || *to == '\0')
		(void)ctl_refuse_usage("move", "say where to, with --to: the setting database "
		    "of a PostgreSQL, or sqlite");
	else if (config_has_password(to))
		(void)ctl_refuse_usage("move", "a password on the command line is for everybody "
		    "to see; put it into the file that database_password_file names");
	else if (is_sqlite && *ctl->config.database == '\0')
		(void)ctl_refuse_usage("move", "the users are in SQLite; the setting database "
		    "names nothing else");
	else
		return is_sqlite ? "" : to;
	return NULL;
}

static void
print_counts(const struct moving *moving, FILE *out)
{
	for (int i = 0; i < MOVE_TABLES; i++)
		if (moving->counts[i].rows > 0)
			fprintf(out, "%s: %" PRId64 " row%s\n", move_tables[i].name,
			    moving->counts[i].rows, moving->counts[i].rows == 1 ? "" : "s");
}

/* Says what the other database will not have. */
static void
print_rest(const struct moving *moving, FILE *out)
{
	char shown[CTL_SHOWN_SIZE];

	for (int i = 0; i < MOVE_TABLES; i++)
		if (moving->counts[i].strays > 0)
			fprintf(out, "stays behind: %" PRId64 " of %s, whose users are not "
			    "there\n", moving->counts[i].strays, move_tables[i].name);
	for (const struct move_rest *rest = moving->rest; rest != NULL; rest = rest->next) {
		fprintf(out, "stays behind: %s %s", rest->kind, ctl_show(rest->name, shown));
		if (strcmp(rest->kind, "column") == 0 || strcmp(rest->kind, "index") == 0)
			fputs(" of users", out);
		if (rest->rows >= 0)
			fprintf(out, ", %" PRId64 " row%s", rest->rows,
			    rest->rows == 1 ? "" : "s");
		putc('\n', out);
	}
}

/* Returns how many rows there are, or were moved: what came in between counts. */
static int64_t
count_rows(const struct moving *moving, bool is_moved)
{
	int64_t rows = 0;

	for (int i = 0; i < MOVE_TABLES; i++)
		rows += is_moved ? moving->move.rows[i] : moving->counts[i].rows;
	return rows;
}

/* How long it takes, roughly, in seconds. */
static int64_t
estimate(const struct moving *moving)
{
	const int64_t times = *moving->source.database == '\0' ? TIMES_OF_SQLITE
	    : TIMES_OF_POSTGRESQL;

	return moving->took_ms * times / 1000 + 1;
}

static void
print_plan(const struct moving *moving, FILE *out)
{
	const int64_t seconds = estimate(moving);

	if (moving->is_half_done) {
		fputs("A move was cut off when all users had been copied. Only its end is left.\n",
		    out);
		return;
	}
	print_counts(moving, out);
	print_rest(moving, out);
	fprintf(out, "stays behind: attempts that have failed, which are counted anew\n"
	    "To move %" PRId64 " rows takes about %" PRId64 " %s. Meanwhile users are known, but "
	    "nobody can sign in or change anything.\n", count_rows(moving, false),
	    seconds < 120 ? seconds : (seconds + 59) / 60, seconds < 120 ? "s" : "minutes");
}

static enum status
refuse_faults(const struct watch *watch)
{
	if (watch->faults > FAULTS_SHOWN)
		(void)ctl_fail("and %" PRId64 " more", watch->faults - FAULTS_SHOWN);
	return ctl_fail("PostgreSQL could not hold %" PRId64 " value%s as %s; nothing was moved",
	    watch->faults, watch->faults == 1 ? "" : "s",
	    watch->faults == 1 ? "it is" : "they are");
}

static enum status
fail(const struct moving *moving, const struct watch *watch, enum err err)
{
	if (moving->is_half_done)
		return ctl_fail("the users have been copied, and neither database is in use: run "
		    "this again, once what is said above is done");
	if (err == ERR_CONFLICT)
		return ctl_fail("there are users in the database to move to; nothing was moved. "
		    "Make an empty one");
	if (err == ERR_REFUSED)
		return refuse_faults(watch);
	if (err == ERR_SETUP || err == ERR_STORAGE)
		return ctl_fail("nothing was moved; the line above says why");
	return ctl_fail_for(err);
}

static void
add_number(struct json_object *object, const char *name, int64_t number)
{
	json_object_object_add(object, name, json_object_new_int64(number));
}

static struct json_object *
make_list_of_rest(const struct moving *moving)
{
	struct json_object *list = json_object_new_array();	/* the caller's */

	for (const struct move_rest *rest = moving->rest; rest != NULL; rest = rest->next) {
		struct json_object *one = json_object_new_object();	/* taken */

		json_object_object_add(one, "kind", json_object_new_string(rest->kind));
		json_object_object_add(one, "name", json_object_new_string(rest->name));
		if (rest->rows >= 0)
			add_number(one, "rows", rest->rows);
		json_object_array_add(list, one);
	}
	return list;
}

/* digest is "" where it is not known: nothing was moved, or by a move that was cut off. */
static void
print_json(const struct moving *moving, bool is_moved, const char *digest)
{
	struct json_object *object = json_object_new_object();		/* taken */
	struct json_object *rows = json_object_new_object();		/* taken */
	struct json_object *strays = json_object_new_object();		/* taken */

	for (int i = 0; i < MOVE_TABLES; i++) {
		add_number(rows, move_tables[i].name,
		    *digest != '\0' ? moving->move.rows[i] : moving->counts[i].rows);
		if (moving->counts[i].strays > 0)
			add_number(strays, move_tables[i].name, moving->counts[i].strays);
	}
	json_object_object_add(object, "moved", json_object_new_boolean(is_moved));
	json_object_object_add(object, "from",
	    json_object_new_string(moving->move.source_place));
	json_object_object_add(object, "to", json_object_new_string(moving->move.target_place));
	json_object_object_add(object, "rows", rows);
	json_object_object_add(object, "without_user", strays);
	json_object_object_add(object, "stays_behind", make_list_of_rest(moving));
	add_number(object, "faults", moving->faults);
	add_number(object, "seconds", estimate(moving));
	if (*digest != '\0')
		json_object_object_add(object, "sha256", json_object_new_string(digest));
	ctl_print_object(object);
}

static void
print_next_step(const struct ctl *ctl, const struct moving *moving)
{
	const char *database = moving->target.database;

	if (*database != '\0')
		printf("Next: set database = %s and restart all of bearward.\n", database);
	else
		puts("Next: take the setting database out and restart all of bearward.");
	if (*moving->source.database == '\0')
		printf("bearward.db in %s is not used any more, and kept.\n",
		    ctl->config.state_dir);
}

static enum status
run(struct ctl *ctl, struct moving *moving, const struct watch *watch)
{
	char digest[2 * MOVE_DIGEST_LEN + 1] = "";
	const bool was_half_done = moving->is_half_done;
	const enum err err = moving_run(moving);

	if (err != ERR_OK)
		return fail(moving, watch, err);
	for (int i = 0; i < MOVE_DIGEST_LEN && !was_half_done; i++)
		snprintf(digest + 2 * i, 3, "%02x", moving->move.digest[i]);
	if (ctl->typed[OPT_JSON] != NULL) {
		print_json(moving, true, digest);
		return STATUS_DONE;
	}
	if (was_half_done)
		puts("finished the move that was cut off");
	else
		printf("moved %" PRId64 " rows, which are the same on both sides: sha256 %s\n",
		    count_rows(moving, true), digest);
	print_next_step(ctl, moving);
	return STATUS_DONE;
}

/* Looks, and asks. */
static enum status
look_and_run(struct ctl *ctl, struct moving *moving, const struct watch *watch)
{
	const bool is_json = ctl->typed[OPT_JSON] != NULL;
	const bool is_dry_run = ctl->typed[OPT_DRY_RUN] != NULL;
	const enum err err = moving_look(moving);

	if (err != ERR_OK)
		return fail(moving, watch, err);
	if (!is_json || !is_dry_run)
		print_plan(moving, is_json ? stderr : stdout);
	fflush(stdout);
	if (is_json && is_dry_run)
		print_json(moving, false, "");
	if (moving->faults > 0)
		return refuse_faults(watch);
	if (is_dry_run)
		return STATUS_DONE;
	if (!ctl_confirm(ctl, "Move all users?"))
		return STATUS_FAILED;
	return run(ctl, moving, watch);
}

enum status
ctl_move(struct ctl *ctl)
{
	static const struct resource *const resources[] = { &resource_seen, NULL };
	const char *to = find_place(ctl);
	struct watch watch = { .shown_at = clock_ms() };
	struct moving moving = {0};
	enum status status;
	enum err err;

	if (to == NULL)
		return STATUS_USAGE;
	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	err = moving_open(&ctl->context, to, &(struct moving_watch){ tell_fault, tell_progress,
	    &watch }, stderr, &moving);
	status = err == ERR_OK ? look_and_run(ctl, &moving, &watch) : fail(&moving, &watch, err);
	moving_close(&moving);
	return status;
}
