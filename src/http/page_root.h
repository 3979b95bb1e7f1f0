/*
 * page_root, internal to http/: where our addresses are, seen from the page that is answered.
 */
#ifndef BEARWARD_HTTP_PAGE_ROOT_H
#define BEARWARD_HTTP_PAGE_ROOT_H

#include "http/wire.h"

enum { PAGE_ROOT_SIZE = 512 };

/*
 * Writes what goes before "signin" in a link: "" at /signin, "../" at /signin/ and /signin/x, so
 * that it holds below any prefix, also one that a proxy takes away. Where the page stands in for
 * another one, it is the path of the directory that /signin is in, "/" if in doubt.
 */
void page_root_find(const struct wire *wire, char root[PAGE_ROOT_SIZE]);

#endif
