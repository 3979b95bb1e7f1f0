/* import_file: the file that users are imported from. */
#include "account/import_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/spool.h"
#include "store/foreign.h"

struct import_file {
	enum import_format format;
	FILE *in;			/* owned, unless it is stdin; NULL: it is a database */
	struct foreign *foreign;	/* owned; NULL: it is none */
};

static enum err
open_file(struct import_file *file, const char *path, FILE *faults)
{
	struct stat st;

	file->in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file->in == NULL) {
		fprintf(faults, "%s cannot be opened: %s\n", path, strerror(errno));
		return ERR_SETUP;
	}
	if (fstat(fileno(file->in), &st) == 0 && S_ISDIR(st.st_mode)) {
		fprintf(faults, "%s is a directory; name a file in it\n", path);
		return ERR_SETUP;
	}
	return ERR_OK;
}

enum err
import_open(enum import_format format, const char *path, const struct config *config,
    struct import_file **file, FILE *faults)
{
	enum err err;

	if ((*file = calloc(1, sizeof(**file))) == NULL)
		return ERR_MEMORY;
	(*file)->format = format;
	if (format == IMPORT_DATABASE)
		err = foreign_open(path, config, &(*file)->foreign, faults);
	else
		err = open_file(*file, path, faults);
	if (err != ERR_OK) {
		import_close(*file);
		*file = NULL;
	}
	return err;
}

void
import_close(struct import_file *file)
{
	if (file == NULL)
		return;
	if (file->in != NULL && file->in != stdin)
		(void)fclose(file->in);
	foreign_close(file->foreign);
	free(file);
}

/* Has a pipe, or what is typed, read twice. */
static enum err
make_rewindable(struct import_file *file, const char *state_dir, struct user_source *source)
{
	FILE *spool = NULL;	/* owned */
	bool was_reading = false;
	enum err err;

	if (fseeko(file->in, 0, SEEK_CUR) == 0)
		return ERR_OK;
	if ((err = spool_new(state_dir, &spool)) == ERR_OK)
		err = spool_copy(file->in, spool, &was_reading);
	if (err != ERR_OK) {
		snprintf(source->fault, sizeof(source->fault), was_reading
		    ? "it cannot be read: %s" : "no copy of it can be made in state_dir: %s",
		    strerror(errno));
		if (spool != NULL)
			(void)fclose(spool);
		return ERR_REFUSED;
	}
	if (file->in != stdin)
		(void)fclose(file->in);
	file->in = spool;
	return ERR_OK;
}

/* Says so where a database is taken for a text. */
static enum err
refuse_database(FILE *in, struct user_source *source)
{
	static const char magic[] = "SQLite format 3";	/* and a NUL */
	char start[sizeof(magic)] = "";

	rewind(in);
	if (fread(start, sizeof(start), 1, in) != 1 || memcmp(start, magic, sizeof(magic)) != 0)
		return ERR_OK;
	snprintf(source->fault, sizeof(source->fault),
	    "it is a database of SQLite: import it with --from");
	return ERR_REFUSED;
}

enum err
import_file_read(struct import_file *file, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source)
{
	enum err err;

	*source = (struct user_source){0};
	if (file->format == IMPORT_DATABASE)
		return import_database_read(file->foreign, config, named, faults, source);
	if ((err = make_rewindable(file, config->state_dir, source)) != ERR_OK)
		return err;
	if ((err = refuse_database(file->in, source)) != ERR_OK)
		return err;
	if (file->format == IMPORT_CSV)
		return user_source_open_csv(source, file->in, named);
	if (file->format == IMPORT_NDJSON)
		return user_source_open_ndjson(source, file->in, named);
	return user_source_open_htpasswd(source, file->in);
}
