/* foreign: reads the users of another program's SQLite database where it lies. */
#include "store/foreign.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite/cell.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/foreign_internal.h"
#include "store/sqlite/reason.h"

#define COPY "copy.db"

enum {
	STEPS_UNIT = 1000 * 1000,
	STEPS_MAX = 100,	/* millions of steps for one row: about a second */
	USERS_MAX = 10 * 1000 * 1000,
	MEMORY_MAX = 256 * 1024 * 1024,	/* of SQLite, to sort a view of a million users */
};

static const struct {
	int option;
	int value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
};

/* For a schema that somebody may have made to harm who reads it. */
static const struct {
	int id;
	int value;
} limits[] = {
	{ SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024 },
	{ SQLITE_LIMIT_SQL_LENGTH, 1024 * 1024 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 100 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 100 },
	{ SQLITE_LIMIT_VDBE_OP, 100 * 1000 },
	{ SQLITE_LIMIT_FUNCTION_ARG, 16 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

/* Locked for good, since nobody else uses it: then the log needs no -shm. */
static const char pragmas[] =
	"PRAGMA locking_mode=EXCLUSIVE;"
	"PRAGMA synchronous=OFF;"
	"PRAGMA cell_size_check=ON;"
	"PRAGMA mmap_size=0;"
	"PRAGMA temp_store=MEMORY;"
	"SELECT count(*) FROM sqlite_schema;";

enum err
foreign_fail(const struct foreign *foreign, FILE *report)
{
	const char *path = foreign->files.path;
	int rc = sqlite3_errcode(foreign->sqlite);
	char shown[REASON_SIZE];

	reason_show(sqlite3_errmsg(foreign->sqlite), shown);
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		fprintf(report, "%s: reading it takes too much memory\n", path);
		break;
	case SQLITE_NOTADB:
		fprintf(report, "%s: it is not a SQLite database, or it is encrypted\n", path);
		break;
	case SQLITE_CORRUPT:
		fprintf(report, "%s: the database is damaged (%s): repair it first, with the "
		    "command .recover of sqlite3\n", path, shown);
		break;
	case SQLITE_INTERRUPT:
		fprintf(report, "%s: reading it does not come to an end\n", path);
		break;
	default:
		fprintf(report, "%s: cannot be read: %s\n", path, shown);
	}
	return ERR_SETUP;
}

enum err
foreign_prepare(struct foreign *foreign, const char *sql, sqlite3_stmt **statement, FILE *report)
{
	foreign->steps = 0;
	return sqlite3_prepare_v2(foreign->sqlite, sql, -1, statement, NULL) == SQLITE_OK ?
	    ERR_OK : foreign_fail(foreign, report);
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat first, second;

	return stat(a, &first) == 0 && stat(b, &second) == 0 &&
	    first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

/* The users would be imported to where they are, and our locks keep us from writing there. */
static enum err
refuse_ours(const char *path, const struct config *config, FILE *report)
{
	char *ours = NULL;	/* owned */
	enum err err;

	if ((err = connection_path(config, &ours)) != ERR_OK)
		return err;
	if (is_same_file(path, ours)) {
		fprintf(report, "%s: it is the database of bearward itself; name that of the "
		    "application\n", path);
		err = ERR_SETUP;
	}
	free(ours);
	return err;
}

enum err
foreign_open(const char *path, const struct config *config, struct foreign **foreign,
    FILE *report)
{
	struct foreign *f;	/* owned until it is given away */
	enum err err;

	*foreign = NULL;
	if ((err = refuse_ours(path, config, report)) != ERR_OK)
		return err;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return ERR_MEMORY;
	f->scratch.fd = -1;
	if ((err = foreign_files_open(&f->files, path, report)) == ERR_OK) {
		*foreign = f;
		f = NULL;
	}
	foreign_close(f);
	return err;
}

/* Ends a statement that goes on without giving a row. */
static int
count_steps(void *arg)
{
	struct foreign *foreign = arg;

	return ++foreign->steps > STEPS_MAX;
}

static enum err
open_copy(struct foreign *f, FILE *report)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE;
	char *path = NULL;	/* owned */
	int rc;

	if (asprintf(&path, "%s/" COPY, f->scratch.path) < 0)
		return ERR_MEMORY;
	rc = sqlite3_open_v2(path, &f->sqlite, flags, NULL);
	free(path);
	if (rc != SQLITE_OK)
		return foreign_fail(f, report);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (sqlite3_db_config(f->sqlite, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return foreign_fail(f, report);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(f->sqlite, limits[i].id, limits[i].value);
	sqlite3_progress_handler(f->sqlite, STEPS_UNIT, count_steps, f);
	/* For all of the process; what else it has open needs little. */
	(void)sqlite3_hard_heap_limit64(MEMORY_MAX);
	/* The first to look into it: what was half done is undone. */
	return sqlite3_exec(f->sqlite, pragmas, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK :
	    foreign_fail(f, report);
}

enum err
foreign_copy(struct foreign *foreign, const struct config *config, FILE *report)
{
	enum err err;

	if ((err = scratch_make(config, SCRATCH_IMPORT, &foreign->scratch, report)) != ERR_OK)
		return err;
	if ((err = foreign_files_copy(&foreign->files, foreign->scratch.fd, COPY,
	    report)) != ERR_OK)
		return err;
	return open_copy(foreign, report);
}

/* Writes the statement that reads a column for each role; sqlite3_free() it. */
static char *
write_select(const struct foreign *f)
{
	const struct foreign_table *table = &f->table;
	int id = f->columns.of[USER_ROLE_ID];
	sqlite3_str *sql = sqlite3_str_new(f->sqlite);	/* taken below */

	cell_append_select(sql, foreign_names(f), &f->columns);
	sqlite3_str_appendf(sql, " FROM \"%w\" AS t", table->name);
	if (id >= 0)
		sqlite3_str_appendf(sql, " ORDER BY t.\"%w\"", table->columns[id]);
	return sqlite3_str_finish(sql);
}

static enum err
give_row(sqlite3_stmt *row, foreign_take *take, void *arg)
{
	struct user_cell cells[USER_ROLES];
	enum err err = cell_read_all(row, cells);

	return err == ERR_OK ? take(cells, arg) : err;
}

enum err
foreign_read(struct foreign *foreign, foreign_take *take, void *arg, FILE *report)
{
	char *sql = write_select(foreign);	/* owned */
	sqlite3_stmt *rows = NULL;		/* owned */
	int64_t count = 0;
	enum err err;
	int rc;

	if (sql == NULL)
		return ERR_MEMORY;
	err = foreign_prepare(foreign, sql, &rows, report);
	while (err == ERR_OK && (rc = sqlite3_step(rows)) != SQLITE_DONE) {
		foreign->steps = 0;
		if (rc != SQLITE_ROW)
			err = foreign_fail(foreign, report);
		else if (++count <= USERS_MAX)
			err = give_row(rows, take, arg);
		else {
			fprintf(report, "%s: there are more than ten million users\n",
			    foreign->files.path);
			err = ERR_SETUP;
		}
	}
	sqlite3_finalize(rows);
	sqlite3_free(sql);
	return err;
}

void
foreign_close(struct foreign *foreign)
{
	if (foreign == NULL)
		return;
	foreign_clear_table(&foreign->table);
	sqlite3_close(foreign->sqlite);
	scratch_remove(&foreign->scratch);
	foreign_files_close(&foreign->files);
	free(foreign);
}

void
foreign_clean(const struct config *config)
{
	scratch_clean(config);
}
