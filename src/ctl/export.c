/* export: bearward export. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/manage.h"
#include "base/secret.h"
#include "text/json.h"

static enum status
make_file(struct ctl *ctl, const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return ctl_fail("%s exists already, and is left alone; name a new file", path);
	if (fd < 0 || (ctl->export = fdopen(fd, "w")) == NULL)
		return ctl_fail("%s cannot be made: %s", path, strerror(errno));
	return STATUS_DONE;
}

enum status
ctl_export_open(struct ctl *ctl)
{
	if (ctl->typed[OPT_NDJSON] == NULL)
		return ctl_refuse_usage("export", "say in which form, with --ndjson");
	if (ctl->arg_count > 0)
		return make_file(ctl, ctl->args[0]);
	if (isatty(STDOUT_FILENO))
		return ctl_refuse_usage("export", "hashes are nothing for a terminal; name a "
		    "file, or redirect the output");
	ctl->export = stdout;
	return STATUS_DONE;
}

/* An export under way. */
struct writing {
	FILE *out;		/* borrowed: errors stay in it */
	bool is_whole;		/* false: memory was out, and something is missing */
};

/* Adds a member; value is taken. It is NULL, where it should not be, when memory is out. */
static void
add(struct writing *writing, struct json_object *object, const char *name, bool is_null,
    struct json_object *value)
{
	if ((value == NULL && !is_null) || json_object_object_add(object, name, value) != 0)
		writing->is_whole = false;
}

static void
add_text(struct writing *writing, struct json_object *object, const char *name, const char *text)
{
	add(writing, object, name, text == NULL,
	    text != NULL ? json_object_new_string(text) : NULL);
}

static void
write_object(struct writing *writing, struct json_object *object)
{
	char *text = NULL;	/* owned, secret */

	if (json_write(object, &text) == ERR_OK)
		fprintf(writing->out, "%s\n", text);
	else
		writing->is_whole = false;
	secret_free(text);
}

/* Writes the line of a user. */
static void
write_user(const struct user *user, void *arg)
{
	struct writing *writing = arg;
	struct json_object *object = json_object_new_object();	/* owned, secret */

	if (object == NULL) {
		writing->is_whole = false;
		return;
	}
	add(writing, object, "id", false, json_object_new_int64(user->id));
	add_text(writing, object, "username", user->username);
	add_text(writing, object, "email", user->email);
	add(writing, object, "email_verified", false,
	    json_object_new_boolean(user->email_verified));
	add_text(writing, object, "display_name", user->display_name);
	add_text(writing, object, "groups", user->groups);
	add(writing, object, "is_active", false, json_object_new_boolean(user->is_active));
	add_text(writing, object, "scope", user->scope);
	add(writing, object, "created_at", user->created_at == 0,
	    user->created_at != 0 ? json_object_new_int64(user->created_at) : NULL);
	add(writing, object, "imported", false, json_object_new_boolean(user->is_imported));
	add_text(writing, object, "hashed_password", user->hashed_password);
	write_object(writing, object);
	json_object_put(object);
}

void
ctl_export_abandon(struct ctl *ctl)
{
	if (ctl->export == NULL || ctl->export == stdout)
		return;
	if (unlink(ctl->args[0]) != 0)
		(void)ctl_fail("%s is not complete; remove it", ctl->args[0]);
}

/* Ends the file, and sees that all of it is on the disk. */
static enum status
end_file(struct ctl *ctl, enum status status)
{
	const bool is_written = fflush(ctl->export) == 0 && fsync(fileno(ctl->export)) == 0 &&
	    !ferror(ctl->export);

	if (status == STATUS_DONE && is_written)
		return STATUS_DONE;
	if (status == STATUS_DONE)
		(void)ctl_fail("cannot write %s: %s", ctl->args[0], strerror(errno));
	ctl_export_abandon(ctl);
	return STATUS_FAILED;
}

static enum status
write_users(struct ctl *ctl)
{
	struct writing writing = { .out = ctl->export, .is_whole = true };
	enum err err = manage_export_users(&ctl->context, write_user, &writing);

	if (err == ERR_OK && !writing.is_whole)
		err = ERR_MEMORY;
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

enum status
ctl_export(struct ctl *ctl)
{
	const enum status status = ctl_open(ctl, ctl_reading) ? write_users(ctl) : STATUS_FAILED;

	return ctl->export != stdout ? end_file(ctl, status) : status;
}
