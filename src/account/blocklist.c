/* blocklist: looks up passwords that nobody may choose, one a line in a sorted file. */
#include "account/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

enum { BLOCK_SIZE = 4096 };	/* longer than any line: no password is as long */

#define TOO_LONG "a line has more than 4,095 bytes; take it out"
#define NOT_SORTED "not in the order of bytes; run: LC_ALL=C sort -o FILE FILE"

/* The file is read, not mapped: one that is cut short meanwhile would end the process. */
struct list {
	int fd;			/* owned; -1: not open */
	off_t size;
	off_t block_at;		/* where the block begins in the file */
	size_t block_len;
	char block[BLOCK_SIZE];
	size_t before_len;	/* of the line before the one that is looked at */
	char before[BLOCK_SIZE];
	const char *fault;	/* static; why the list cannot be used, or NULL */
};

static bool
list_open(struct list *list, const char *path)
{
	struct stat st;

	list->block_at = 0;
	list->block_len = 0;
	list->fault = NULL;
	list->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (list->fd >= 0 && fstat(list->fd, &st) == 0) {
		list->size = st.st_size;
		return true;
	}
	list->fault = strerror(errno);
	return false;
}

static void
list_close(struct list *list)
{
	if (list->fd >= 0)
		(void)close(list->fd);
}

/* Reads the block that begins there. */
static bool
read_block(struct list *list, off_t at)
{
	ssize_t got = pread(list->fd, list->block, sizeof(list->block), at);

	list->block_at = at;
	list->block_len = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return true;
	list->fault = got < 0 ? strerror(errno) : "cut short while it was read";
	return false;
}

/* A line, without what ends it, and where the next one begins. */
struct entry {
	const char *text;	/* borrowed from the list, until the next read */
	size_t len;
	off_t next;
};

/* Gets the line that begins there, which is not the end of the file. */
static bool
get_line(struct list *list, off_t at, struct entry *entry)
{
	const off_t block_end = list->block_at + (off_t)list->block_len;
	const char *end = NULL;
	size_t left = 0;

	if (at >= list->block_at && at < block_end) {
		entry->text = list->block + (at - list->block_at);
		left = (size_t)(block_end - at);
		end = memchr(entry->text, '\n', left);
	}
	if (end == NULL && (left == 0 || block_end < list->size)) {
		if (!read_block(list, at))
			return false;
		entry->text = list->block;
		left = list->block_len;
		end = memchr(entry->text, '\n', left);
	}
	if (end == NULL && left >= sizeof(list->block)) {
		list->fault = TOO_LONG;
		return false;
	}
	entry->len = end == NULL ? left : (size_t)(end - entry->text);
	entry->next = at + (off_t)entry->len + 1;
	if (entry->len > 0 && entry->text[entry->len - 1] == '\r')
		entry->len--;
	return true;
}

/* Finds the first line that begins after a place; the file's size when there is none. */
static bool
find_line_after(struct list *list, off_t at, off_t *start)
{
	const char *end;

	for (; at < list->size; at += (off_t)list->block_len) {
		if (!read_block(list, at))
			return false;
		end = memchr(list->block, '\n', list->block_len);
		if (end != NULL) {
			*start = at + (end - list->block) + 1;
			return true;
		}
	}
	*start = list->size;
	return true;
}

static int
compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* Whoever sorted them otherwise would get yes and no by chance. */
static bool
is_in_order(struct list *list, const struct entry *entry)
{
	if (compare(list->before, list->before_len, entry->text, entry->len) > 0) {
		list->fault = NOT_SORTED;
		return false;
	}
	memcpy(list->before, entry->text, entry->len);
	list->before_len = entry->len;
	return true;
}

/* Looks at all lines that begin from lo on and before hi. */
static bool
scan(struct list *list, off_t lo, off_t hi, const char *wanted, bool *is_found)
{
	const size_t wanted_len = strlen(wanted);
	struct entry entry;

	list->before_len = 0;
	for (; lo < hi; lo = entry.next) {
		if (!get_line(list, lo, &entry) || !is_in_order(list, &entry))
			return false;
		if (compare(entry.text, entry.len, wanted, wanted_len) == 0)
			*is_found = true;
	}
	return true;
}

/* Halves the part of the file in which the line must begin, until a block holds it. */
static bool
find(struct list *list, const char *wanted, bool *is_found)
{
	const size_t wanted_len = strlen(wanted);
	off_t lo = 0, hi = list->size;
	struct entry entry;

	while (hi - lo > BLOCK_SIZE) {
		const off_t middle = lo + (hi - lo) / 2;
		off_t start;

		if (!find_line_after(list, middle, &start))
			return false;
		if (start < hi && !get_line(list, start, &entry))
			return false;
		if (start < hi && compare(entry.text, entry.len, wanted, wanted_len) <= 0)
			lo = start;
		else
			hi = middle + 1;
	}
	return scan(list, lo, hi, wanted, is_found);
}

/* The same password with small letters; owned, secret; NULL: out of memory. */
static char *
with_small_letters(const char *password)
{
	char *small = strdup(password);

	for (char *c = small; c != NULL && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return small;
}

enum err
blocklist_check(const char *path, const char *password, bool *is_blocked)
{
	struct list list;
	char *small = NULL;	/* owned, secret */
	bool is_found = false;
	enum err err = ERR_STORAGE;

	*is_blocked = *path != '\0';
	if (*path == '\0')
		return ERR_OK;
	if (!list_open(&list, path))
		goto out;
	if ((small = with_small_letters(password)) == NULL) {
		err = ERR_MEMORY;
		goto out;
	}
	if (!find(&list, password, &is_found) || !find(&list, small, &is_found))
		goto out;
	*is_blocked = is_found;
	err = ERR_OK;
out:
	if (err == ERR_STORAGE)
		log_event(LEVEL_ERROR, "cannot use password_blocklist", LOG_TEXT("file", path),
		    LOG_TEXT("reason", list.fault));
	list_close(&list);
	secret_free(small);
	return err;
}

/* Compares each line with the one before. */
static enum err
inspect_all(FILE *file, const char *path, char fault[BLOCKLIST_FAULT_SIZE])
{
	char *line = NULL, *before = NULL;	/* owned */
	size_t size = 0, before_size = 0;
	ssize_t len = 0, before_len = 0;
	unsigned long number = 0;
	const char *reason = NULL;
	enum err err = ERR_OK;

	while (reason == NULL && (len = getline(&line, &size, file)) >= 0) {
		char *spare = before;
		const size_t spare_size = before_size;

		number++;
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		if (len >= BLOCK_SIZE)
			reason = TOO_LONG;
		else if (number > 1 &&
		    compare(before, (size_t)before_len, line, (size_t)len) > 0)
			reason = NOT_SORTED;
		before = line;
		before_size = size;
		before_len = len;
		line = spare;
		size = spare_size;
	}
	if (reason != NULL) {
		snprintf(fault, BLOCKLIST_FAULT_SIZE, "password_blocklist: %s, line %lu: %s", path,
		    number, reason);
		err = ERR_SETUP;
	} else if (!feof(file)) {
		err = ERR_MEMORY;
	}
	free(line);
	free(before);
	return err;
}

enum err
blocklist_inspect(const char *path, char fault[BLOCKLIST_FAULT_SIZE])
{
	FILE *file;
	enum err err;

	*fault = '\0';
	if (*path == '\0')
		return ERR_OK;
	if ((file = fopen(path, "re")) == NULL) {
		snprintf(fault, BLOCKLIST_FAULT_SIZE, "password_blocklist: %s cannot be read: %s",
		    path, strerror(errno));
		return ERR_SETUP;
	}
	err = inspect_all(file, path, fault);
	(void)fclose(file);
	return err;
}
