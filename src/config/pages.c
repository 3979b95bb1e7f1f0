/* pages: what people see of bearward: pages, their words, their style. */
#include "config/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "config/pages_internal.h"
#include "text/language.h"

const char *const pages_names[PAGES_TEMPLATES] = {
	"head", "foot", "signin", "register", "signed_in", "signout", "cookie", "error",
	"account", "account_password", "account_sessions", "account_activity", "account_delete",
	"account_left",
	"link", "link_over", "link_sent", "forgotten", "setup_proof", "setup", "setup_done",
	"link", "password_changed", "email_changed", "reuse", "new_browser",
};

enum err
pages_load(const struct config *config, struct pages **pages, char fault[PAGES_FAULT_SIZE])
{
	struct pages_site *site = malloc(sizeof(*site));	/* owned */
	struct pages *loaded = calloc(1, sizeof(*loaded));	/* owned */
	enum err err = ERR_MEMORY;

	*pages = NULL;
	*fault = '\0';
	if (site == NULL || loaded == NULL)
		goto out;
	loaded->config = config;
	if ((err = pages_site_find(site, config, fault)) != ERR_OK ||
	    (err = pages_read(loaded, site)) != ERR_OK ||
	    (err = pages_check(loaded, site)) != ERR_OK)
		goto out;
	*pages = loaded;
	loaded = NULL;
out:
	pages_free(loaded);
	free(site);
	return err;
}

void
pages_free(struct pages *pages)
{
	if (pages == NULL)
		return;
	for (size_t i = 0; i < PAGES_TEMPLATES; i++) {
		template_free(pages->ours[i]);
		template_free(pages->own[i]);
	}
	for (size_t i = 0; i < PAGES_FILES; i++)
		free(pages->files[i]);
	pages_words_clear(&pages->words);
	free(pages);
}

const char *
pages_get_file(const struct pages *pages, enum pages_file file)
{
	return pages->files[file];
}

/* ---- Rendering */

/* One page that is written. */
struct sheet {
	const struct pages *pages;		/* borrowed */
	size_t language;
	const char *title;			/* the key of a word */
	const struct page_value *values;	/* borrowed */
};

static struct template_value
find_word(const struct sheet *sheet, const char *key)
{
	return (struct template_value){
		.phrase = pages_words_find(&sheet->pages->words, sheet->language, key) };
}

/* What a list of values has of that name; nothing where it is not among them. */
static struct template_value
find_among(const struct sheet *sheet, const struct page_value *values, const char *name)
{
	for (const struct page_value *value = values; value->name != NULL; value++) {
		if (strcmp(value->name, name) != 0)
			continue;
		if (value->word != NULL)
			return find_word(sheet, value->word);
		if (value->items != NULL)
			return (struct template_value){
				.items = (const void *const *)value->items };
		return (struct template_value){ .text = value->text == NULL ? "" : value->text };
	}
	return (struct template_value){0};
}

static bool
has(const struct page_value *values, const char *name)
{
	while (values->name != NULL && strcmp(values->name, name) != 0)
		values++;
	return values->name != NULL;
}

static struct template_value
find_value(const void *handle, const void *item, const char *name)
{
	const struct sheet *sheet = handle;
	const struct pages *pages = sheet->pages;

	if (item != NULL)
		return find_among(sheet, item, name);
	if (has(sheet->values, name))
		return find_among(sheet, sheet->values, name);
	if (strcmp(name, "language") == 0)
		return (struct template_value){ .text = pages->words.languages[sheet->language] };
	if (strcmp(name, "service_name") == 0)
		return (struct template_value){ .text = pages->config->service_name };
	if (strcmp(name, "home") == 0)
		return (struct template_value){ .text = pages->config->home };
	return find_word(sheet, strcmp(name, "title") == 0 ? sheet->title : name);
}

static size_t
choose_language(const struct pages *pages, const char *accept_language)
{
	const char *tags[PAGES_LANGUAGES_MAX];
	size_t chosen;

	if (pages->is_fixed)
		return pages->fixed;
	for (size_t i = 0; i < pages->words.count; i++)
		tags[i] = pages->words.languages[i];
	chosen = language_choose(accept_language, tags, pages->words.count);
	return chosen < pages->words.count ? chosen : pages->english;
}

/* Writes head, page and foot, one after the other. */
static enum err
put_sheet(const struct sheet *sheet, size_t page, char **html)
{
	const size_t order[] = { PAGES_HEAD, page, PAGES_FOOT };
	const struct template_source source = { find_value, sheet };
	const struct pages *pages = sheet->pages;
	char *parts[3] = {0};		/* owned */
	enum err err = ERR_OK;

	for (size_t i = 0; i < 3 && err == ERR_OK; i++)
		err = template_render(pages->own[order[i]] != NULL ? pages->own[order[i]]
		    : pages->ours[order[i]], &source, &parts[i]);
	if (err == ERR_OK && asprintf(html, "%s%s%s", parts[0], parts[1], parts[2]) < 0)
		err = ERR_MEMORY;
	for (size_t i = 0; i < 3; i++)
		free(parts[i]);
	if (err != ERR_OK)
		*html = NULL;
	return err;
}

enum err
pages_render(const struct pages *pages, const char *name, const char *accept_language,
    const struct page_value *values, char **html)
{
	char title[sizeof("title_") + TEMPLATE_NAME_SIZE];
	const struct sheet sheet = { .pages = pages, .title = title, .values = values,
		.language = choose_language(pages, accept_language) };

	*html = NULL;
	snprintf(title, sizeof(title), "title_%s", name);
	for (size_t page = PAGES_FIRST; page < PAGES_MESSAGES; page++)
		if (strcmp(pages_names[page], name) == 0)
			return put_sheet(&sheet, page, html);
	return ERR_INTERNAL;
}

enum err
pages_render_message(const struct pages *pages, const char *name, const char *accept_language,
    const struct page_value *values, char **subject, char **body)
{
	const struct sheet sheet = { .pages = pages, .title = "", .values = values,
		.language = choose_language(pages, accept_language) };
	const struct template_source source = { find_value, &sheet };
	size_t message = PAGES_MESSAGES;
	char *text, *end;		/* text: owned */
	enum err err;

	*subject = *body = NULL;
	while (message < PAGES_TEMPLATES && strcmp(pages_names[message], name) != 0)
		message++;
	if (message == PAGES_TEMPLATES)
		return ERR_INTERNAL;
	err = template_render_plain(pages->own[message] != NULL ? pages->own[message]
	    : pages->ours[message], &source, &text);
	if (err != ERR_OK)
		return err;
	/* As it was read, it has both; no value has added a line before that one. */
	end = strchrnul(text, '\n');
	*subject = strndup(text + strlen(PAGES_SUBJECT), (size_t)(end - text) -
	    strlen(PAGES_SUBJECT));
	*body = strdup(end + strspn(end, "\n"));
	secret_free(text);
	if (*subject != NULL && *body != NULL)
		return ERR_OK;
	free(*subject);
	secret_free(*body);
	*subject = *body = NULL;
	return ERR_MEMORY;
}
