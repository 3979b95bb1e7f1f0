/* pages_check: whether what is named in templates and words is there. */
#include "config/pages_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

/*
 * What a page may be given beside words; which page gets which is in http/page.h. Then what a
 * message may be given: see account/letter.h.
 */
static const char *const values[] = {
	"language", "service_name", "home", "title", "root", "return", "return_query", "username",
	"remember", "problem", "error", "username_fault", "password_fault", "refused",
	"focus_password", "insecure", "may_register", "may_sign_in", "reload", "min_length",
	"may_ask_link", "min_is_low", "token", "is_invited",
	"second", "seconds", "minutes",
	"link", "hour", "hours", "network", "agent", "moment", "account_page",
	"link_page",
	"wide", "done", "email", "display_name", "is_verified",
	"code", "digest", "state_dir", "state_dir_fault", "address", "address_fault", "is_open",
	"new_password_fault", "current_password_fault", "email_fault", "display_name_fault",
	/* Of rows, and of moments in them. */
	"sessions", "older", "id", "program", "system", "is_program", "client", "since",
	"used", "here", "events", "what", "why", "times", "by",
	"iso", "said", "year", "day", "time", "count",
};
enum { VALUES = sizeof(values) / sizeof(values[0]) };

static bool
is_value(const char *name)
{
	for (size_t i = 0; i < VALUES; i++)
		if (strcmp(values[i], name) == 0)
			return true;
	return false;
}

/* Says which name may have been meant by one for which there is nothing. */
static enum err
refuse_name(const struct pages *pages, const struct pages_site *site, const char *path,
    long line, const char *name)
{
	struct suggestion suggestion;
	char words[256], meant[TEMPLATE_NAME_SIZE + 32] = "";

	suggest_init(&suggestion, name);
	for (size_t i = 0; i < VALUES; i++)
		suggest_offer(&suggestion, values[i]);
	for (size_t i = 0; i < pages->words.of[pages->english].count; i++)
		if (strcmp(pages->words.of[pages->english].list[i].key, name) != 0)
			suggest_offer(&suggestion, pages->words.of[pages->english].list[i].key);
	if (suggestion.best != NULL)
		snprintf(meant, sizeof(meant), "; did you mean %s?", suggestion.best);
	snprintf(words, sizeof(words), "there is neither value nor word %s%s", name, meant);
	return pages_site_fault(site, path, line, words);
}

static enum err
check_names(const struct pages *pages, const struct pages_site *site, const char *path,
    long first_line, const struct template *template)
{
	const char *name;
	long line;

	for (size_t i = 0; (name = template_find_name(template, i, &line)) != NULL; i++)
		if (!is_value(name) &&
		    pages_words_get(&pages->words, pages->english, name) == NULL)
			return refuse_name(pages, site, path, first_line + line - 1, name);
	return ERR_OK;
}

static bool
is_said_by_site(const struct pages *pages, const char *key)
{
	const char *name;
	long line;

	for (size_t i = 0; i < PAGES_TEMPLATES; i++)
		for (size_t n = 0; pages->own[i] != NULL &&
		    (name = template_find_name(pages->own[i], n, &line)) != NULL; n++)
			if (strcmp(name, key) == 0)
				return true;
	return false;
}

/* A word is one that bearward itself has in English, or that a page of the site's says. */
static bool
is_word(const struct pages *pages, const struct pages_site *site, const char *key)
{
	const struct pages_word *word = pages_words_get(&pages->words, pages->english, key);

	return (word != NULL && word->first == site->ours) || is_said_by_site(pages, key);
}

static enum err
check_word(const struct pages *pages, const struct pages_site *site, const char *language,
    const struct pages_word *word)
{
	char path[PAGES_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/words/%s", word->last, language);
	if (!is_word(pages, site, word->key))
		return refuse_name(pages, site, path, word->line, word->key);
	return check_names(pages, site, path, word->line, word->phrase);
}

static enum err
check_templates(const struct pages *pages, const struct pages_site *site)
{
	char path[PAGES_PATH_SIZE];
	enum err err = ERR_OK;

	for (size_t i = 0; i < PAGES_TEMPLATES && err == ERR_OK; i++) {
		pages_place_ours(site, i, path);
		err = check_names(pages, site, path, 1, pages->ours[i]);
		pages_place_own(site, i, path);
		if (err == ERR_OK && pages->own[i] != NULL)
			err = check_names(pages, site, path, 1, pages->own[i]);
	}
	return err;
}

static enum err
check_words(const struct pages *pages, const struct pages_site *site)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < pages->words.count; i++)
		for (size_t j = 0; j < pages->words.of[i].count && err == ERR_OK; j++)
			err = check_word(pages, site, pages->words.languages[i],
			    &pages->words.of[i].list[j]);
	return err;
}

enum err
pages_check(const struct pages *pages, const struct pages_site *site)
{
	const enum err err = check_templates(pages, site);

	return err == ERR_OK ? check_words(pages, site) : err;
}
