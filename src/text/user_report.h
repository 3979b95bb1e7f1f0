/*
 * user_report: says what became of each of somebody else's users, by name, and counts them.
 *
 * One line a remark: WORD "NAME" (line 7): REASON. Users of whom there is nothing to remark are
 * counted only, unless the report is verbose. Names come from outside and are escaped; hashes and
 * what was found in their place are never shown. A takeover in place and an import use the same
 * words.
 */
#ifndef BEARWARD_TEXT_USER_REPORT_H
#define BEARWARD_TEXT_USER_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "text/user_values.h"

enum { USER_REPORT_KINDS_MAX = 24, USER_REPORT_FLAGS_MAX = 12, USER_REPORT_WORD_SIZE = 80 };

/* How often a word was met. */
struct user_report_count {
	char word[USER_REPORT_WORD_SIZE];	/* fit for a terminal */
	bool is_weak;				/* a kind of hash that is easily guessed */
	int64_t count;
};

struct user_report {
	FILE *out;		/* borrowed: where lines go */
	bool is_verbose;
	bool is_dry_run;
	int64_t read, taken, present, refused;
	int64_t renamed, exact, disabled, unusable, renumbered;	/* of those taken */
	struct user_report_count kinds[USER_REPORT_KINDS_MAX];	/* of hashes of those taken */
	struct user_report_count active[USER_REPORT_FLAGS_MAX];	/* values of all that were read */
	struct user_report_count disabling[USER_REPORT_FLAGS_MAX];
};

/* Begins with nothing read; the counts of a report that was used before are gone. */
void user_report_init(struct user_report *report, FILE *out);

/* Counts a row that was read, and its flags. */
void user_report_read(struct user_report *report, const struct user_columns *columns,
    const struct user_cell cells[USER_ROLES]);

/*
 * Reports a user who was taken. scheme and is_weak are those of the hash (hash/password.h). scheme
 * is NULL when no password can be checked against it.
 */
void user_report_taken(struct user_report *report, struct user_where where,
    const struct user_values *values, const char *scheme, bool is_weak);

/* Reports a user who was there already, and was left alone. */
void user_report_present(struct user_report *report, struct user_where where,
    const struct user_values *values);

/* Reports a row that was not taken: for a reason, or since another row has its name. */
void user_report_refused(struct user_report *report, struct user_where where,
    const struct user_values *values, const char *reason);
void user_report_collision(struct user_report *report, struct user_where where,
    const struct user_values *values, struct user_where first);

/*
 * Writes the summary: columns, counts, kinds of hashes and values of flags. table is "table
 * users", fit for a terminal, or NULL; names are those of the columns.
 */
void user_report_end(const struct user_report *report, const char *table,
    const char *const *names, const struct user_columns *columns);

#endif
