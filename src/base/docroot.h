/*
 * docroot: whether something lies where the web server hands out files.
 */
#ifndef BEARWARD_BASE_DOCROOT_H
#define BEARWARD_BASE_DOCROOT_H

#include <stdbool.h>

/*
 * Whether path is document_root or lies below it, by its name or once symbolic links are
 * followed. No for a document root that is not an absolute path: it says nothing.
 */
bool docroot_holds(const char *document_root, const char *path);

#endif
