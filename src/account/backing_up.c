/* backing_up: makes a backup of what the service has stored. */
#include "account/backing_up.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/audit.h"
#include "account/manage_internal.h"
#include "base/docroot.h"
#include "store/backup_place.h"
#include "store/backup_prune.h"
#include "token/keyring_files.h"

enum { KEY_MODE = 0600 };

static enum err
add_key(const char *path, const char *content, size_t len, void *backup)
{
	return backup_add_file(backup, path, KEY_MODE, content, len);
}

/* Fills the file that was made for it. */
static enum err
fill(const struct config *config, const struct backing_up *asked, const char *path,
    struct backup_facts *facts)
{
	struct backup *backup = NULL;	/* owned */
	enum err err = backup_copy(config, path, &asked->watch, &backup);

	if (err == ERR_OK && asked->has_keys)
		err = keyring_files_visit(config, add_key, backup);
	if (err == ERR_OK)
		err = backup_seal(backup, facts);
	backup_close(backup);
	return err;
}

static bool
is_below(const char *path, const char *directory)
{
	const size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* Older ones are removed from a directory alone: of a file there is one. */
static enum err
check_kept(const struct backing_up *asked, const struct backup_place *place)
{
	if (asked->kept == 0 || place->is_directory)
		return ERR_OK;
	fprintf(asked->watch.report, "%s/%s: older backups are removed from a directory, and this "
	    "is a file; name a directory\n", place->path, place->name);
	return ERR_SETUP;
}

/* Refuses a place where a backup would be lost with what it is about, or be handed out. */
static enum err
check_place(const struct config *config, const char *path, FILE *report)
{
	const char *root = getenv("DOCUMENT_ROOT"), *served = docroot_guess(path);
	char state[PATH_MAX];

	if (realpath(config->state_dir, state) != NULL && is_below(path, state))
		fprintf(report, "%s: that is in the state directory, and would be lost with it; "
		    "name a directory elsewhere\n", path);
	else if (served != NULL || (root != NULL && docroot_holds(root, path)))
		fprintf(report, "%s: web servers hand out what is in %s; name a directory outside "
		    "of it\n", path, served != NULL ? served : root);
	else
		return ERR_OK;
	return ERR_SETUP;
}

enum err
backing_up_run(struct context *context, const struct backing_up *asked, struct backed_up *done)
{
	const struct config *config = context->service->config;
	struct backup_place place;
	enum err err;

	*done = (struct backed_up){0};
	if (*config->database != '\0')
		return ERR_REFUSED;
	err = backup_place_open(asked->to, context->now, asked->watch.report, &place);
	if (err == ERR_OK)
		err = check_place(config, place.path, asked->watch.report);
	if (err == ERR_OK)
		err = check_kept(asked, &place);
	if (err == ERR_OK)
		err = fill(config, asked, place.unfinished, &done->facts);
	if (err == ERR_OK)
		err = backup_place_finish(&place);
	if (err == ERR_OK) {
		snprintf(done->path, sizeof(done->path), "%s/%s", place.path, place.name);
		audit_backup(context, "backup made", done->path, done->facts.users);
		manage_tell_audit(context, "backup made", asked->has_keys ? "with keys" : NULL);
		if (asked->kept > 0)
			err = backup_prune(&place, asked->kept, &done->removed);
	}
	backup_place_close(&place);
	return err;
}
