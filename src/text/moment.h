/*
 * moment: moments as they are written in names and files: to the second, in UTC, in one spelling
 * (RFC 3339, and ISO 8601 without what a name has no room for).
 */
#ifndef BEARWARD_TEXT_MOMENT_H
#define BEARWARD_TEXT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum moment_form {
	MOMENT_PLAIN,		/* 2026-01-02T03:04:05Z */
	MOMENT_COMPACT,		/* 20260102T030405 */
};

enum { MOMENT_SIZE = sizeof("2026-01-02T03:04:05Z") };

/* The last moment that can be written: the end of the year 9999. */
#define MOMENT_LAST INT64_C(253402300799)

/* Writes a moment, in seconds since 1970. Returns false when there is no room for its year. */
bool moment_write(enum moment_form form, int64_t moment, char text[MOMENT_SIZE]);

/*
 * Returns the moment that a text is, in seconds since 1970; 0 when it is not exactly of the form,
 * or names no moment after 1970-01-01T00:00:00.
 */
int64_t moment_read(enum moment_form form, const char *text);

#endif
