/* user_report: says what became of each of somebody else's users, by name, and counts them. */
#include "text/user_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

enum { NAME_SIZE = USER_NAME_BYTES_MAX * (ESCAPE_SIZE - 1) + 1, SHOWN_SIZE = 256 };

void
user_report_init(struct user_report *report, FILE *out)
{
	*report = (struct user_report){
		.out = out, .is_verbose = report->is_verbose, .is_dry_run = report->is_dry_run,
	};
}

/* Adds one to a word; when there are too many, the last one stands for all others. */
static void
count_word(struct user_report_count *counts, size_t max, const char *word, bool is_weak)
{
	struct user_report_count *count = counts;

	while (count->count > 0 && strcmp(count->word, word) != 0 && count < counts + max - 1)
		count++;
	if (count->count == 0)
		snprintf(count->word, sizeof(count->word), "%.*s",
		    (int)sizeof(count->word) - 1, word);
	else if (strcmp(count->word, word) != 0)
		strcpy(count->word, "others");
	count->is_weak = is_weak;
	count->count++;
}

static void
count_flag(struct user_report_count counts[USER_REPORT_FLAGS_MAX], int column,
    const struct user_cell *cell)
{
	char shown[USER_CELL_SHOWN_SIZE];

	if (column < 0)
		return;
	user_cell_show(cell, shown);
	shown[USER_REPORT_WORD_SIZE - 1] = '\0';
	count_word(counts, USER_REPORT_FLAGS_MAX, shown, false);
}

void
user_report_read(struct user_report *report, const struct user_columns *columns,
    const struct user_cell cells[USER_ROLES])
{
	report->read++;
	count_flag(report->active, columns->of[USER_ROLE_ACTIVE], &cells[USER_ROLE_ACTIVE]);
	count_flag(report->disabling, columns->of[USER_ROLE_DISABLED],
	    &cells[USER_ROLE_DISABLED]);
}

/* Writes the beginning of a remark, up to the reason. */
static void
put_head(const struct user_report *report, const char *word, struct user_where where,
    const struct user_values *values)
{
	char shown[NAME_SIZE] = "";

	if (values->typed != NULL)
		escape_text(values->typed, shown, sizeof(shown));
	fprintf(report->out, "%s \"%s\" (%s %" PRId64 "): ", word, shown, where.unit,
	    where.number);
}

static void
put(const struct user_report *report, const char *word, struct user_where where,
    const struct user_values *values, const char *reason)
{
	put_head(report, word, where, values);
	fprintf(report->out, "%s\n", reason);
}

static void
put_renamed(const struct user_report *report, struct user_where where,
    const struct user_values *values)
{
	char shown[NAME_SIZE];

	put_head(report, "renamed", where, values);
	fprintf(report->out, "now \"%s\"\n",
	    escape_text(values->username, shown, sizeof(shown)));
}

static void
put_scope(const struct user_report *report, struct user_where where,
    const struct user_values *values)
{
	char shown[SHOWN_SIZE];

	put_head(report, "scope", where, values);
	fprintf(report->out, "scope %s is not in restricted_scopes: not given\n",
	    escape_text(values->scope_refused, shown, sizeof(shown)));
}

/* Writes the remarks there are. Returns whether there is any. */
static bool
put_remarks(const struct user_report *report, struct user_where where,
    const struct user_values *values, const char *scheme)
{
	const bool has_scope_refused = *values->scope_refused != '\0';

	if (values->name_kind == USER_NAME_RENAMED)
		put_renamed(report, where, values);
	if (values->name_kind == USER_NAME_EXACT)
		put(report, "exact", where, values, "signs in only when spelt just like this");
	if (!values->is_active)
		put(report, "disabled", where, values, values->disabled_because);
	if (scheme == NULL)
		put(report, "unusable", where, values, values->hash == NULL
		    ? "there is no password hash; give a password: bearward user passwd NAME"
		    : "the hash is of no kind that can be checked, and was not kept; give a "
		      "password: bearward user passwd NAME");
	if (has_scope_refused)
		put_scope(report, where, values);
	if (values->dropped_email != NULL)
		put(report, "dropped", where, values, values->dropped_email);
	if (values->dropped_display_name != NULL)
		put(report, "dropped", where, values, values->dropped_display_name);
	if (values->dropped_groups != NULL)
		put(report, "dropped", where, values, values->dropped_groups);
	return values->name_kind != USER_NAME_KEPT || !values->is_active || scheme == NULL ||
	    has_scope_refused || values->dropped_email != NULL ||
	    values->dropped_display_name != NULL || values->dropped_groups != NULL;
}

void
user_report_taken(struct user_report *report, struct user_where where,
    const struct user_values *values, const char *scheme, bool is_weak)
{
	report->taken++;
	report->renamed += values->name_kind == USER_NAME_RENAMED;
	report->exact += values->name_kind == USER_NAME_EXACT;
	report->disabled += !values->is_active;
	report->unusable += scheme == NULL;
	if (scheme != NULL)
		count_word(report->kinds, USER_REPORT_KINDS_MAX, scheme, is_weak);
	if (!put_remarks(report, where, values, scheme) && report->is_verbose)
		put(report, "taken", where, values, scheme);
}

void
user_report_present(struct user_report *report, struct user_where where,
    const struct user_values *values)
{
	report->present++;
	put(report, "present", where, values, "there already, left alone");
}

void
user_report_refused(struct user_report *report, struct user_where where,
    const struct user_values *values, const char *reason)
{
	report->refused++;
	put(report, "refused", where, values, reason);
}

void
user_report_collision(struct user_report *report, struct user_where where,
    const struct user_values *values, struct user_where first)
{
	report->refused++;
	put_head(report, "refused", where, values);
	fprintf(report->out, "has the same name as %s %" PRId64 "\n", first.unit, first.number);
}

/* Writes a number of something after a comma, unless it is 0. */
static void
put_number(const struct user_report *report, const char **comma, int64_t number, const char *what)
{
	if (number == 0)
		return;
	fprintf(report->out, "%s%" PRId64 " %s", *comma, number, what);
	*comma = ", ";
}

static void
put_totals(const struct user_report *report)
{
	const char *comma = " read: ";

	fprintf(report->out, "%" PRId64, report->read);
	put_number(report, &comma, report->taken,
	    report->is_dry_run ? "would be taken" : "taken");
	put_number(report, &comma, report->present, "there already");
	put_number(report, &comma, report->refused, "refused");
	fputs(report->read == 0 ? " read\n" : "\n", report->out);
}

static void
put_details(const struct user_report *report)
{
	static const char head[] = "of those taken: ";
	const char *comma = head;

	put_number(report, &comma, report->renamed, "renamed");
	put_number(report, &comma, report->exact, "exact");
	put_number(report, &comma, report->disabled, "disabled");
	put_number(report, &comma, report->unusable, "unusable");
	put_number(report, &comma, report->renumbered, "with a new id");
	if (comma != head)
		putc('\n', report->out);
}

static void
put_kinds(const struct user_report *report)
{
	static const char head[] = "passwords: ";
	const char *comma = head;

	for (size_t i = 0; i < USER_REPORT_KINDS_MAX; i++) {
		const struct user_report_count *kind = &report->kinds[i];

		put_number(report, &comma, kind->count, kind->word);
		if (kind->count > 0 && kind->is_weak)
			fputs(" (weak, replaced at the next sign-in)", report->out);
	}
	if (comma != head)
		putc('\n', report->out);
}

/* Writes how often a flag had which value. Returns whether there is such a column. */
static bool
put_flag(const struct user_report *report, const char *head, const char *name,
    const struct user_report_count counts[USER_REPORT_FLAGS_MAX])
{
	char shown[SHOWN_SIZE];

	if (counts[0].count == 0)
		return false;
	fprintf(report->out, "%s%s", head, escape_text(name, shown, sizeof(shown)));
	for (size_t i = 0; i < USER_REPORT_FLAGS_MAX && counts[i].count > 0; i++)
		fprintf(report->out, "%s %s: %" PRId64, i > 0 ? "," : "", counts[i].word,
		    counts[i].count);
	return true;
}

static void
put_flags(const struct user_report *report, const char *const *names,
    const struct user_columns *columns)
{
	const int active = columns->of[USER_ROLE_ACTIVE];
	const int disabled = columns->of[USER_ROLE_DISABLED];
	bool has_flags = false;

	if (active >= 0)
		has_flags = put_flag(report, "flags: ", names[active], report->active);
	if (disabled >= 0)
		has_flags |= put_flag(report, has_flags ? "; " : "flags: ", names[disabled],
		    report->disabling);
	if (has_flags)
		putc('\n', report->out);
}

/* Objects of which there is none have no members. */
static void
put_columns(const struct user_report *report, const char *table, const char *const *names,
    const struct user_columns *columns)
{
	if (columns->of[USER_ROLE_USERNAME] < 0)
		return;
	fprintf(report->out, "columns: %s%s", table != NULL ? table : "",
	    table != NULL ? ", " : "");
	user_columns_print(names, columns, report->out);
	putc('\n', report->out);
}

void
user_report_end(const struct user_report *report, const char *table, const char *const *names,
    const struct user_columns *columns)
{
	put_columns(report, table, names, columns);
	put_totals(report);
	put_details(report);
	put_kinds(report);
	put_flags(report, names, columns);
	if (report->is_dry_run)
		fputs("nothing was changed (--dry-run)\n", report->out);
}
