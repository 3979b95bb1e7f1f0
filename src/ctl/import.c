/* import: bearward import. */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "account/import.h"

enum { FORMATS = 4 };

static const struct {
	unsigned option;
	enum import_format format;
	unsigned refused;	/* options that mean nothing there */
} formats[FORMATS] = {
	{ OPT_FROM, IMPORT_DATABASE, 0 },
	{ OPT_CSV, IMPORT_CSV, OPT_TABLE },
	{ OPT_NDJSON, IMPORT_NDJSON, OPT_TABLE },
	{ OPT_HTPASSWD, IMPORT_HTPASSWD, OPTS_COLUMNS },
};

/* Finds the one format that was typed; FORMATS: there is none, or several. */
static size_t
find_format(const struct ctl *ctl)
{
	size_t found = FORMATS;

	for (size_t i = 0; i < FORMATS; i++) {
		if (!(ctl->options & formats[i].option))
			continue;
		if (found != FORMATS)
			return FORMATS;
		found = i;
	}
	return found;
}

enum status
ctl_import_open(struct ctl *ctl)
{
	const size_t i = find_format(ctl);

	if (i == FORMATS)
		return ctl_refuse_usage("import", "say what FILE is, with one of --from, --csv, "
		    "--ndjson and --htpasswd");
	if (ctl->options & formats[i].refused)
		return ctl_refuse_usage("import", formats[i].refused == OPT_TABLE
		    ? "--table is for databases only"
		    : "a file of name:hash has no columns that could be named");
	if (formats[i].format == IMPORT_DATABASE && strcmp(ctl->args[0], "-") == 0)
		return ctl_refuse_usage("import", "a database is read where it lies, and not "
		    "from standard input: other files belong to it");
	if (import_open(formats[i].format, ctl->args[0], &ctl->config, &ctl->import,
	    stderr) == ERR_OK)
		return STATUS_DONE;
	return ctl_fail("nothing was done; the line above says why");
}

enum status
ctl_import(struct ctl *ctl)
{
	const struct import_options options = {
		.named = ctl->columns,
		.is_dry_run = ctl->options & OPT_DRY_RUN,
		.is_verbose = ctl->options & OPT_VERBOSE,
		.report = stdout, .faults = stderr,
	};
	int64_t refused;
	enum err err;

	if (ctl->columns.scope_given != NULL && !ctl_check_scope(ctl, ctl->columns.scope_given))
		return STATUS_FAILED;
	if (!ctl_open(ctl, ctl_writing))
		return STATUS_FAILED;
	if ((err = import_run(&ctl->context, ctl->import, &options, &refused)) == ERR_SETUP)
		return ctl_fail("nobody was imported; the line above says why");
	if (err != ERR_OK)
		return ctl_fail_for(err);
	ctl_warn_of_large_hashes(ctl);
	return refused == 0 ? STATUS_DONE : STATUS_FAILED;
}
