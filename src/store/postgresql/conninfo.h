/*
 * conninfo: takes URIs and keywords of libpq apart, and puts them together. For the files of
 * `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_CONNINFO_H
#define BEARWARD_STORE_POSTGRESQL_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>

enum { CONNINFO_VALUE_SIZE = 2048 };

/* Returns the value of a keyword, borrowed from the options of libpq; NULL: there is none. */
const char *conninfo_value(const PQconninfoOption *options, const char *keyword);

/*
 * Writes the value of a keyword; "" for none. Returns false where the text is no connection
 * string, or the value has too many bytes.
 */
bool conninfo_find(const char *text, const char *keyword, char value[CONNINFO_VALUE_SIZE]);

/*
 * Returns, as keywords, what a text has, and what another has where the first has none: of the
 * keywords that are listed, up to NULL, or of all where the list is NULL. It is owned: free().
 * Returns NULL where one of them is no connection string, or there is no memory.
 */
char *conninfo_merge(const char *text, const char *other, const char *const *taken);

#endif
