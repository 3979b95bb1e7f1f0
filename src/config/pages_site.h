/*
 * pages_site, internal to config/: the files of pages, those that come with bearward and a site's.
 */
#ifndef BEARWARD_CONFIG_PAGES_SITE_H
#define BEARWARD_CONFIG_PAGES_SITE_H

#include <stdio.h>

#include "base/err.h"
#include "config/pages.h"
#include "config/shipped.h"

enum {
	PAGES_BYTES_MAX = 256 * 1024,	/* of one file */
	PAGES_PATH_SIZE = SHIPPED_PATH_SIZE + 128,
};

struct pages_site {
	char ours[SHIPPED_PATH_SIZE];	/* the directory www */
	char own[SHIPPED_PATH_SIZE];	/* the site's; "" where it has none */
	char *fault;			/* borrowed; of PAGES_FAULT_SIZE */
};

/*
 * Finds the directories. Returns ERR_SETUP, with the fault filled in, when the settings name one
 * that is not there or that another account could change.
 */
ERR_CHECKED enum err pages_site_find(struct pages_site *site, const struct config *config,
    char fault[PAGES_FAULT_SIZE]);

/* Fills in the fault: a file, its line (0: none), and what is wrong. Returns ERR_SETUP. */
enum err pages_site_fault(const struct pages_site *site, const char *path, long line,
    const char *words);

/*
 * Opens the file at path. *file is NULL, and ERR_OK returned, where there is none and that is
 * `own`, which the site may do without. Else returns ERR_SETUP, with the fault filled in, when it
 * cannot be read or, being the site's own, could be changed by another account.
 */
ERR_CHECKED enum err pages_site_open(const struct pages_site *site, const char *path,
    FILE **file);

/* Reads such a file as a whole to *text, which the caller frees; NULL where there is none. */
ERR_CHECKED enum err pages_site_read(const struct pages_site *site, const char *path,
    char **text);

#endif
