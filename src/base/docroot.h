/*
 * docroot: tells whether a file lies where the web server serves files from.
 */
#ifndef BEARWARD_BASE_DOCROOT_H
#define BEARWARD_BASE_DOCROOT_H

#include <stdbool.h>

/*
 * Returns true when path is document_root or lies below it, either as it is written or after
 * symbolic links are resolved. Returns false when document_root is not an absolute path, because
 * nothing can be concluded from it then.
 */
bool docroot_holds(const char *document_root, const char *path);

/*
 * Returns the part of an absolute path that is called as directories are from which web servers
 * hand out everything ("public_html"), static; NULL where there is none.
 */
const char *docroot_guess(const char *path);

#endif
