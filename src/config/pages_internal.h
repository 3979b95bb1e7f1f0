/*
 * pages_internal, internal to config/: what the files of pages hold in memory.
 */
#ifndef BEARWARD_CONFIG_PAGES_INTERNAL_H
#define BEARWARD_CONFIG_PAGES_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "config/pages.h"
#include "config/pages_site.h"
#include "config/pages_words.h"
#include "text/template.h"

/* The templates: the first two stand around each of the pages; then come messages. */
enum {
	PAGES_HEAD, PAGES_FOOT, PAGES_FIRST, PAGES_MESSAGES = PAGES_FIRST + 19,
	PAGES_TEMPLATES = PAGES_MESSAGES + 5,
};
extern const char *const pages_names[PAGES_TEMPLATES];

/* What a message begins with. */
#define PAGES_SUBJECT "Subject: "

struct pages {
	const struct config *config;		/* borrowed */
	struct pages_words words;
	size_t english;				/* among its languages */
	bool is_fixed;				/* the settings name the language */
	size_t fixed;				/* which it is then */
	struct template *ours[PAGES_TEMPLATES];	/* owned */
	struct template *own[PAGES_TEMPLATES];	/* owned; NULL: the site has none */
	char *files[PAGES_FILES];		/* owned */
};

/* Write where a template is: ours, and the site's own. */
void pages_place_ours(const struct pages_site *site, size_t template, char path[PAGES_PATH_SIZE]);
void pages_place_own(const struct pages_site *site, size_t template, char path[PAGES_PATH_SIZE]);

/* Reads all files. Returns ERR_SETUP, with the fault of the site filled in, or ERR_MEMORY. */
ERR_CHECKED enum err pages_read(struct pages *pages, const struct pages_site *site);

/*
 * Checks that whatever is named in templates and words is there: a value or a word. Returns
 * ERR_SETUP, with the fault of the site filled in.
 */
ERR_CHECKED enum err pages_check(const struct pages *pages, const struct pages_site *site);

#endif
