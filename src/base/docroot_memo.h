/*
 * docroot_memo: whether something lies where the web server hands out files, asked once for each
 * document root instead of once for each request.
 */
#ifndef BEARWARD_BASE_DOCROOT_MEMO_H
#define BEARWARD_BASE_DOCROOT_MEMO_H

#include <stdbool.h>

struct docroot_memo;

/*
 * Remembers the answers about path, which is copied. NULL: no memory. Owned: docroot_memo_free().
 * All functions may be called by any thread.
 */
struct docroot_memo *docroot_memo_new(const char *path);

/* Accepts NULL. */
void docroot_memo_free(struct docroot_memo *memo);

/*
 * Returns what docroot_holds(document_root, path) says. A root that does not hold the path is
 * asked about once; one that does, or that finds no room among the few remembered, each time.
 */
bool docroot_memo_holds(struct docroot_memo *memo, const char *document_root);

#endif
