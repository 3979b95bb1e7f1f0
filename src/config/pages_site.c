/* pages_site: the files of pages, those that come with bearward and a site's. */
#include "config/pages_site.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define STANDARD_SITE SYSCONFDIR "/bearward/pages"

enum err
pages_site_fault(const struct pages_site *site, const char *path, long line, const char *words)
{
	char place[32] = "";

	if (line > 0)
		snprintf(place, sizeof(place), ", line %ld", line);
	snprintf(site->fault, PAGES_FAULT_SIZE, "%s%s: %s", path, place, words);
	return ERR_SETUP;
}

/* Whoever can change a page can make it ask for passwords to be sent to him. */
static enum err
check_owner(const struct pages_site *site, const char *path, const struct stat *status)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return pages_site_fault(site, path, 0,
		    "belongs to another account; it must be root's or our own");
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return pages_site_fault(site, path, 0,
		    "others may change it; take that away with `chmod go-w`");
	return ERR_OK;
}

static bool
is_own(const struct pages_site *site, const char *path)
{
	const size_t len = strlen(site->own);

	return len > 0 && strncmp(path, site->own, len) == 0 && path[len] == '/';
}

enum err
pages_site_open(const struct pages_site *site, const char *path, FILE **file)
{
	struct stat status;
	enum err err;

	if ((*file = fopen(path, "re")) == NULL) {
		if (errno == ENOENT && is_own(site, path))
			return ERR_OK;
		return pages_site_fault(site, path, 0, strerror(errno));
	}
	if (!is_own(site, path))
		return ERR_OK;
	err = fstat(fileno(*file), &status) != 0
	    ? pages_site_fault(site, path, 0, strerror(errno)) : check_owner(site, path, &status);
	if (err != ERR_OK) {
		fclose(*file);
		*file = NULL;
	}
	return err;
}

/* Reads all of a file that is not too long and is text. */
static enum err
read_text(const struct pages_site *site, const char *path, FILE *file, char **text)
{
	char *bytes = malloc(PAGES_BYTES_MAX + 1);	/* owned */
	size_t len;

	if (bytes == NULL)
		return ERR_MEMORY;
	len = fread(bytes, 1, PAGES_BYTES_MAX + 1, file);
	if (ferror(file) || len > PAGES_BYTES_MAX || !text_is_utf8(bytes, len)) {
		const char *words = ferror(file) ? strerror(errno) : len > PAGES_BYTES_MAX
		    ? "is longer than 256 KiB" : "is not UTF-8 text";

		free(bytes);
		return pages_site_fault(site, path, 0, words);
	}
	bytes[len] = '\0';
	*text = strdup(bytes);
	free(bytes);
	return *text == NULL ? ERR_MEMORY : ERR_OK;
}

enum err
pages_site_read(const struct pages_site *site, const char *path, char **text)
{
	FILE *file;
	enum err err = pages_site_open(site, path, &file);

	*text = NULL;
	if (err != ERR_OK || file == NULL)
		return err;
	err = read_text(site, path, file, text);
	fclose(file);
	return err;
}

enum err
pages_site_find(struct pages_site *site, const struct config *config,
    char fault[PAGES_FAULT_SIZE])
{
	const char *named = *config->pages != '\0' ? config->pages : STANDARD_SITE;
	struct stat status;

	site->fault = fault;
	shipped_find("www", site->ours);
	if (access(site->ours, X_OK) != 0)
		return pages_site_fault(site, site->ours, 0, "the pages that come with bearward "
		    "are neither there nor in www or share/bearward/www beside the program or "
		    "above it; put them there, as `make install` does");
	snprintf(site->own, sizeof(site->own), "%s", named);
	if (stat(named, &status) == 0 && S_ISDIR(status.st_mode))
		return check_owner(site, named, &status);
	if (*config->pages != '\0')
		return pages_site_fault(site, named, 0, "is not a directory that can be reached; "
		    "make it, or leave the setting pages empty");
	site->own[0] = '\0';
	return ERR_OK;
}
