/*
 * pages: what people see of bearward: pages, their words, their style; read once, at the start.
 *
 * All of it are files in the directory www that comes with bearward: pages/NAME.html are templates
 * (text/template.h) between pages/head.html and pages/foot.html, messages/NAME.txt are templates
 * of messages, in plain text below a line "Subject: ...", words/LANGUAGE has a line `key = text`
 * for each phrase, style.css, page.js and icon.svg are what the pages load. A site puts its own
 * into the directory that the setting `pages` names: NAME.html, messages/NAME.txt, words/LANGUAGE,
 * style.css and mark.svg. A file there stands in for the one that comes along, a file of words
 * line by line.
 *
 * A mistake in a site's file is one here, and not an odd page later: a template that cannot be
 * read, a name for which there is neither value nor word, a word that no page says, a file that
 * another account could change.
 */
#ifndef BEARWARD_CONFIG_PAGES_H
#define BEARWARD_CONFIG_PAGES_H

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

struct pages;

enum { PAGES_FAULT_SIZE = 8192 };

/* What a page loads: its style with the accent, what it can do with scripts, the site's mark. */
enum pages_file { PAGES_STYLE, PAGES_SCRIPT, PAGES_MARK };
enum { PAGES_FILES = PAGES_MARK + 1 };

/*
 * A value for a page. Where word is set it is the word that has this key, in the language of the
 * page; where items is, it is a list, of which each item has values of its own; else it is text,
 * and NULL is as good as "".
 */
struct page_value {
	const char *name;		/* NULL ends the values */
	const char *text;
	const char *word;
	const struct page_value *const *items;	/* each ends with a name of NULL; NULL ends */
};

/*
 * Reads all files. config is borrowed until pages_free(). Returns ERR_SETUP, with what is wrong
 * and what to do in fault, or ERR_MEMORY; *pages is NULL then.
 */
ERR_CHECKED enum err pages_load(const struct config *config, struct pages **pages,
    char fault[PAGES_FAULT_SIZE]);

/* Frees them; NULL is fine. */
void pages_free(struct pages *pages);

/* Returns the text of a file, borrowed. */
const char *pages_get_file(const struct pages *pages, enum pages_file file);

/*
 * Writes a page to *html, which the caller frees: in the language of the settings or, where that
 * is "auto", in the one that suits an Accept-Language header best; without one in English. To the
 * values it adds language, service_name, home and title, which is the word title_NAME, unless they
 * are among them. Returns ERR_INTERNAL where there is no page of that name, or ERR_MEMORY.
 */
ERR_CHECKED enum err pages_render(const struct pages *pages, const char *name,
    const char *accept_language, const struct page_value *values, char **html);

/*
 * Writes a message, in the same language, as plain text: no value adds a line to it. *subject and
 * *body are the caller's: free(), and secret_free() where a value is a secret. Returns
 * ERR_INTERNAL where there is no message of that name, or ERR_MEMORY; both are NULL then.
 */
ERR_CHECKED enum err pages_render_message(const struct pages *pages, const char *name,
    const char *accept_language, const struct page_value *values, char **subject, char **body);

#endif
