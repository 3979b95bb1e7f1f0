/* import_row: users who are ready to be taken, kept in a file. */
#include "account/import_row.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * A row is written as it is in memory, and then each text that it owns: its length, or NO_TEXT,
 * and its bytes. Pointers to static texts mean the same when they are read.
 */
#define NO_TEXT UINT32_MAX

static const size_t texts[] = {
	offsetof(struct import_row, values.typed), offsetof(struct import_row, values.username),
	offsetof(struct import_row, values.username_key),
	offsetof(struct import_row, values.hash), offsetof(struct import_row, values.email),
	offsetof(struct import_row, values.display_name),
	offsetof(struct import_row, values.groups),
	offsetof(struct import_row, values.scope),
	offsetof(struct import_row, values.scope_refused),
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

/* Where the row has its text i. */
static char **
text_of(const struct import_row *row, size_t i)
{
	return (char **)((uintptr_t)row + texts[i]);
}

static bool
write_text(FILE *file, const char *text)
{
	const uint32_t len = text != NULL ? (uint32_t)strlen(text) : NO_TEXT;

	return fwrite(&len, sizeof(len), 1, file) == 1 &&
	    (text == NULL || fwrite(text, 1, len, file) == len);
}

enum err
import_row_write(FILE *file, const struct import_row *row)
{
	bool is_written = fwrite(row, sizeof(*row), 1, file) == 1;

	for (size_t i = 0; i < TEXTS && is_written; i++)
		is_written = write_text(file, *text_of(row, i));
	return is_written ? ERR_OK : ERR_STORAGE;
}

/* A file that ends too early has been cut by somebody. */
static enum err
fail(FILE *file)
{
	if (feof(file))
		errno = EIO;
	return ERR_STORAGE;
}

static enum err
read_text(FILE *file, char **text)
{
	uint32_t len;

	if (fread(&len, sizeof(len), 1, file) != 1)
		return fail(file);
	if (len == NO_TEXT)
		return ERR_OK;
	if ((*text = calloc(1, (size_t)len + 1)) == NULL)
		return ERR_MEMORY;
	return fread(*text, 1, len, file) == len ? ERR_OK : fail(file);
}

enum err
import_row_read(FILE *file, struct import_row *row, bool *is_there)
{
	const size_t count = fread(row, 1, sizeof(*row), file);
	enum err err = ERR_OK;

	*is_there = count == sizeof(*row);
	if (!*is_there) {
		*row = (struct import_row){0};
		return count > 0 || ferror(file) ? fail(file) : ERR_OK;
	}
	/* What they pointed to when they were written is not theirs any more. */
	for (size_t i = 0; i < TEXTS; i++)
		*text_of(row, i) = NULL;
	for (size_t i = 0; i < TEXTS && err == ERR_OK; i++)
		err = read_text(file, text_of(row, i));
	return err;
}
