/*
 * users: a file of users of another program: CSV, JSON lines or name:hash, as the first byte says.
 * Whatever it holds, a user who is not refused has a name that is found again by its key, texts
 * that are UTF-8, only scopes that may be given, and a reason where it is disabled; and no report
 * has in it what could steer a terminal.
 */
#include "fuzz.h"

#include "text/groups.h"
#include "text/profile.h"
#include "text/scope.h"
#include "text/user_report.h"
#include "text/user_source.h"
#include "text/user_values.h"
#include "text/username.h"

#define RESTRICTED "admin editor"

struct reading {
	struct user_source source;
	struct user_columns_named named;
	struct user_rules rules;
	struct user_report report;
};

static void
check_name(const struct user_values *values)
{
	char *key = NULL;	/* owned */

	assert(values->typed != NULL && *values->username != '\0');
	assert(fuzz_is_utf8(values->username, strlen(values->username)));
	assert(strlen(values->username) <= USER_NAME_BYTES_MAX);
	assert(username_key(values->typed, &key) == ERR_OK);
	assert(strcmp(key, values->username_key) == 0);
	free(key);
	assert(username_key(values->username, &key) == ERR_OK);
	assert(strcmp(key, values->username_key) == 0);
	free(key);
	assert((values->name_kind == USER_NAME_RENAMED) ==
	    (strcmp(values->typed, values->username) != 0));
}

static void
check_values(const struct user_values *values)
{
	assert(values->id >= 0 && values->id <= USER_ID_MAX);
	assert((values->refused == NULL) == (values->username != NULL));
	assert((values->username == NULL) == (values->username_key == NULL));
	if (values->refused == NULL)
		check_name(values);
	assert(values->hash == NULL || fuzz_is_utf8(values->hash, strlen(values->hash)));
	assert(values->is_active == (*values->disabled_because == '\0'));
	assert(values->email == NULL || profile_find_email_fault(values->email) == NULL);
	assert(values->display_name == NULL ||
	    profile_find_display_name_fault(values->display_name) == NULL);
	assert(values->email == NULL || values->dropped_email == NULL);
	assert(values->groups == NULL || groups_find_fault(values->groups) == NULL);
	assert(values->email != NULL || !values->email_verified);
	assert(scope_is_valid(values->scope));
	assert(scope_is_within(values->scope, RESTRICTED, SCOPE_USERS_CREATE));
	assert(values->created_at >= 0 && values->created_at <= 253402300799);
}

static enum err
take(const struct user_cell cells[USER_ROLES], struct user_where where, void *arg)
{
	struct reading *reading = arg;
	struct user_values values;

	user_report_read(&reading->report, &reading->source.columns, cells);
	assert(user_values_read(&reading->rules, cells, &values) == ERR_OK);
	check_values(&values);
	if (values.refused != NULL)
		user_report_refused(&reading->report, where, &values, values.refused);
	else
		user_report_taken(&reading->report, where, &values,
		    values.hash != NULL ? "some" : NULL, false);
	user_values_clear(&values);
	return ERR_OK;
}

static enum err
open_source(struct reading *reading, char format, FILE *in)
{
	if (format == 'c')
		return user_source_open_csv(&reading->source, in, &reading->named);
	if (format == 'j')
		return user_source_open_ndjson(&reading->source, in, &reading->named);
	return user_source_open_htpasswd(&reading->source, in);
}

/* Only line feeds end lines of a report, and nothing else in it is a control character. */
static void
check_said(const char *said)
{
	for (; *said != '\0'; said++)
		assert(*said == '\n' || ((unsigned char)*said >= 0x20 && *said != 0x7f));
}

static void
read_users(struct reading *reading, char format, FILE *in)
{
	char *said = NULL;	/* owned */
	size_t said_len = 0;
	FILE *out = open_memstream(&said, &said_len);
	enum err err = open_source(reading, format, in);

	assert(out != NULL);
	reading->rules = (struct user_rules){ reading->source.names, &reading->source.columns,
		&reading->named, RESTRICTED };
	user_report_init(&reading->report, out);
	if (err == ERR_OK)
		err = reading->source.read(&reading->source, take, reading);
	if (err == ERR_OK)
		user_report_end(&reading->report, NULL, reading->source.names,
		    &reading->source.columns);
	assert(err == ERR_OK || err == ERR_REFUSED);
	assert((err == ERR_REFUSED) == (*reading->source.fault != '\0'));
	check_said(reading->source.fault);
	user_source_close(&reading->source);
	fclose(out);
	check_said(said);
	free(said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading reading = { .report = { .is_verbose = true } };
	char *text = fuzz_text(data, size);
	FILE *in;

	if (size > 1) {
		if (text[0] >= 'A' && text[0] <= 'Z')
			reading.named = (struct user_columns_named){ .scope = "role",
				.active = "on" };
		in = fmemopen(text + 1, size - 1, "r");
		assert(in != NULL);
		read_users(&reading, (char)(text[0] | 0x20), in);
		fclose(in);
	}
	free(text);
	return 0;
}
