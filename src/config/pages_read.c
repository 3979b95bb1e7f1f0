/* pages_read: reads what people see from the files of bearward and of the site. */
#include "config/pages_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/accent.h"

static const struct {
	const char *ours, *own;		/* below the directories; NULL: there is none */
} files[PAGES_FILES] = {
	[PAGES_STYLE] = { "style.css", "style.css" },
	[PAGES_SCRIPT] = { "page.js", NULL },
	[PAGES_MARK] = { "icon.svg", "mark.svg" },
};

void
pages_place_ours(const struct pages_site *site, size_t template, char path[PAGES_PATH_SIZE])
{
	const bool is_page = template < PAGES_MESSAGES;

	snprintf(path, PAGES_PATH_SIZE, "%s/%s/%s.%s", site->ours, is_page ? "pages" : "messages",
	    pages_names[template], is_page ? "html" : "txt");
}

void
pages_place_own(const struct pages_site *site, size_t template, char path[PAGES_PATH_SIZE])
{
	const bool is_page = template < PAGES_MESSAGES;

	snprintf(path, PAGES_PATH_SIZE, "%s/%s%s.%s", site->own, is_page ? "" : "messages/",
	    pages_names[template], is_page ? "html" : "txt");
}

static bool
has_subject(const char *text)
{
	return strncmp(text, PAGES_SUBJECT, strlen(PAGES_SUBJECT)) == 0 &&
	    strchr(text, '\n') != NULL;
}

static enum err
read_template(const struct pages_site *site, const char *path, size_t number,
    struct template **template)
{
	struct template_fault fault;
	char *text;			/* owned */
	enum err err = pages_site_read(site, path, &text);

	if (err != ERR_OK || text == NULL)
		return err;
	if (number >= PAGES_MESSAGES && !has_subject(text))
		err = pages_site_fault(site, path, 1, "expected \"" PAGES_SUBJECT "...\" here, "
		    "and what the message says in the lines below");
	else if ((err = template_parse(text, template, &fault)) == ERR_REFUSED)
		err = pages_site_fault(site, path, fault.line, fault.words);
	free(text);
	return err;
}

static enum err
read_templates(struct pages *pages, const struct pages_site *site)
{
	char path[PAGES_PATH_SIZE];
	enum err err = ERR_OK;

	for (size_t i = 0; i < PAGES_TEMPLATES && err == ERR_OK; i++) {
		pages_place_ours(site, i, path);
		if ((err = read_template(site, path, i, &pages->ours[i])) != ERR_OK)
			break;
		pages_place_own(site, i, path);
		if (*site->own != '\0')
			err = read_template(site, path, i, &pages->own[i]);
	}
	return err;
}

/* The accent is a part of the style, so that no page needs one of its own in it. */
static enum err
add_accent(struct pages *pages)
{
	char accent[ACCENT_STYLE_SIZE], *style = NULL;

	accent_style(pages->config->accent, accent);
	if (asprintf(&style, "%s%s", pages->files[PAGES_STYLE], accent) < 0)
		return ERR_MEMORY;
	free(pages->files[PAGES_STYLE]);
	pages->files[PAGES_STYLE] = style;
	return ERR_OK;
}

static enum err
read_files(struct pages *pages, const struct pages_site *site)
{
	char path[PAGES_PATH_SIZE];
	enum err err = ERR_OK;

	for (size_t i = 0; i < PAGES_FILES && err == ERR_OK; i++) {
		if (*site->own != '\0' && files[i].own != NULL) {
			snprintf(path, sizeof(path), "%s/%s", site->own, files[i].own);
			err = pages_site_read(site, path, &pages->files[i]);
		}
		if (err == ERR_OK && pages->files[i] == NULL) {
			snprintf(path, sizeof(path), "%s/%s", site->ours, files[i].ours);
			err = pages_site_read(site, path, &pages->files[i]);
		}
	}
	return err == ERR_OK ? add_accent(pages) : err;
}

static enum err
read_language(struct pages *pages, const struct pages_site *site, const char *dir,
    const char *language)
{
	char path[PAGES_PATH_SIZE];
	struct template_fault fault;
	FILE *file;
	enum err err;

	snprintf(path, sizeof(path), "%s/words/%s", dir, language);
	err = pages_site_open(site, path, &file);
	if (err != ERR_OK || file == NULL)
		return err;
	err = pages_words_read(&pages->words, language, dir, file, &fault);
	fclose(file);
	return err == ERR_REFUSED ? pages_site_fault(site, path, fault.line, fault.words) : err;
}

/* Editors leave NAME~, .NAME.swp and #NAME# behind. */
static bool
is_left_behind(const char *name)
{
	return *name == '.' || *name == '#' || name[strlen(name) - 1] == '~';
}

static enum err
read_words(struct pages *pages, const struct pages_site *site, const char *dir)
{
	char path[PAGES_PATH_SIZE];
	const struct dirent *entry;
	enum err err = ERR_OK;
	DIR *words;

	snprintf(path, sizeof(path), "%s/%s", dir, "words");
	if ((words = opendir(path)) == NULL)
		return errno == ENOENT && dir == site->own ? ERR_OK
		    : pages_site_fault(site, path, 0, strerror(errno));
	while (err == ERR_OK && (entry = readdir(words)) != NULL)
		if (!is_left_behind(entry->d_name))
			err = read_language(pages, site, dir, entry->d_name);
	closedir(words);
	return err;
}

/* Finds the language of the settings, if they name one. */
static enum err
choose_language(struct pages *pages, const struct pages_site *site)
{
	const struct config *config = pages->config;

	pages->is_fixed = strcmp(config->language, "auto") != 0;
	pages->fixed = pages_words_language(&pages->words, config->language);
	if (!pages->is_fixed || pages->fixed < pages->words.count)
		return ERR_OK;
	snprintf(site->fault, PAGES_FAULT_SIZE, "language = %s: there is no such file of words; "
	    "choose another, or write words/%s in the directory of the setting pages",
	    config->language, config->language);
	return ERR_SETUP;
}

enum err
pages_read(struct pages *pages, const struct pages_site *site)
{
	enum err err;

	if ((err = read_templates(pages, site)) != ERR_OK ||
	    (err = read_files(pages, site)) != ERR_OK ||
	    (err = read_words(pages, site, site->ours)) != ERR_OK)
		return err;
	if (*site->own != '\0' && (err = read_words(pages, site, site->own)) != ERR_OK)
		return err;
	pages->english = pages_words_language(&pages->words, PAGES_LANGUAGE);
	if (pages->english == pages->words.count)
		return pages_site_fault(site, site->ours, 0, "has no words/" PAGES_LANGUAGE);
	return choose_language(pages, site);
}
