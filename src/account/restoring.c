/* restoring: brings a backup back. */
#include "account/restoring.h"

#include "account/audit.h"
#include "account/dummy.h"
#include "token/keyring_files.h"

/* What becomes of the keys. */
struct keys {
	const struct config *config;
	int64_t present;		/* files that this host has */
	int64_t same;			/* of these, in the backup, too */
};

static enum err
count_present(const char *path, const char *content, size_t len, void *keys)
{
	(void)path;
	(void)content;
	(void)len;
	((struct keys *)keys)->present++;
	return ERR_OK;
}

/* If one of them cannot come, none does. */
static enum err
count_same(const char *path, const char *content, size_t len, void *arg)
{
	struct keys *keys = arg;
	enum err err = keyring_files_check(keys->config, path, content, len);

	if (err != ERR_OK)
		return err;
	keys->same += keyring_files_has_same(keys->config, path, content, len);
	return ERR_OK;
}

/*
 * Without a database, keys that are all in the backup were brought back by a restore that was cut
 * off, and it goes on.
 */
static enum err
look_for_keys(struct restoring *restoring)
{
	struct keys keys = { .config = restoring->context->service->config };
	enum err err = keyring_files_visit(keys.config, count_present, &keys);

	if (err == ERR_OK)
		err = restore_visit_files(restoring->restore, count_same, &keys);
	restoring->present_keys = keys.present;
	restoring->brings_keys = restoring->facts.backup.files > 0 && (keys.present == 0 ||
	    (!restoring->facts.has_database && keys.present == keys.same));
	return err;
}

enum err
restoring_open(struct context *context, int fd, const char *name,
    const struct backup_watch *watch, struct restoring *restoring)
{
	const struct config *config = context->service->config;
	enum err err;

	*restoring = (struct restoring){ .context = context, .name = name };
	if (*config->database != '\0')
		return ERR_REFUSED;
	if ((err = restore_open(config, fd, name, watch, &restoring->restore)) != ERR_OK)
		return err;
	restoring->facts = *restore_get_facts(restoring->restore);
	return look_for_keys(restoring);
}

static enum err
put_key(const char *path, const char *content, size_t len, void *context)
{
	return keyring_files_put(((const struct context *)context)->service->config, path, content,
	    len);
}

enum err
restoring_run(struct restoring *restoring, bool keeps_sessions)
{
	struct context *context = restoring->context;
	struct audit_author author;
	const struct audits_row row = audit_describe(context, NULL, "backup restored",
	    keeps_sessions ? "sessions kept" : "sessions ended", &author);
	enum err err = ERR_OK;

	/* First: without a database they are good for nothing. */
	if (restoring->brings_keys)
		err = restore_visit_files(restoring->restore, put_key, context);
	if (err == ERR_OK)
		err = restore_make_ready(restoring->restore, &(struct restore_terms){
		    keeps_sessions, context->now, &row }, &restoring->ended);
	if (err == ERR_OK)
		err = restore_put(restoring->restore, restoring->kept);
	if (err != ERR_OK)
		return err;
	audit_backup(context, "backup restored", restoring->name,
	    restoring->facts.backup.users);
	/* Others have other hashes. */
	dummy_expire(context);
	return ERR_OK;
}

void
restoring_close(struct restoring *restoring)
{
	restore_close(restoring->restore);
	restoring->restore = NULL;
}
