/*
 * docroot_memo: remembers whether a file lies where the web server serves files from, and so asks
 * once for each document root instead of once for each request.
 */
#ifndef BEARWARD_BASE_DOCROOT_MEMO_H
#define BEARWARD_BASE_DOCROOT_MEMO_H

#include <stdbool.h>

struct docroot_memo;

/*
 * Begins to remember answers about path, which is copied. Returns NULL when there is no memory.
 * Owned: docroot_memo_free(). Any thread may call docroot_memo_holds().
 */
struct docroot_memo *docroot_memo_new(const char *path);

/* Frees all that is remembered. Accepts NULL. */
void docroot_memo_free(struct docroot_memo *memo);

/*
 * Returns what docroot_holds(document_root, path) says. Looks once at a root that does not hold
 * the path, and each time at one that does, or that finds no room among the 16 remembered.
 */
bool docroot_memo_holds(struct docroot_memo *memo, const char *document_root);

#endif
