/* export: bearward export. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/manage.h"

static enum status
refuse_usage(const char *fault)
{
	(void)ctl_fail("export: %s", fault);
	return STATUS_USAGE;
}

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
	if (!(ctl->options & OPT_NDJSON))
		return refuse_usage("say in which form, with --ndjson");
	if (ctl->arg_count > 0)
		return make_file(ctl, ctl->args[0]);
	if (isatty(STDOUT_FILENO))
		return refuse_usage("hashes are nothing for a terminal; name a file, or redirect "
		    "the output");
	ctl->export = stdout;
	return STATUS_DONE;
}

static struct json_object *
text_or_null(const char *text)
{
	return text != NULL ? json_object_new_string(text) : NULL;
}

static struct json_object *
number_or_null(int64_t number)
{
	return number != 0 ? json_object_new_int64(number) : NULL;
}

/* Writes the line of a user; errors stay in the file. */
static void
write_user(const struct user *user, void *arg)
{
	struct ctl *ctl = arg;
	struct json_object *object = json_object_new_object();	/* owned, secret */

	json_object_object_add(object, "id", json_object_new_int64(user->id));
	json_object_object_add(object, "username", json_object_new_string(user->username));
	json_object_object_add(object, "email", text_or_null(user->email));
	json_object_object_add(object, "display_name", text_or_null(user->display_name));
	json_object_object_add(object, "is_active", json_object_new_boolean(user->is_active));
	json_object_object_add(object, "scope", json_object_new_string(user->scope));
	json_object_object_add(object, "created_at", number_or_null(user->created_at));
	json_object_object_add(object, "imported", json_object_new_boolean(user->is_imported));
	json_object_object_add(object, "hashed_password",
	    json_object_new_string(user->hashed_password));
	fprintf(ctl->export, "%s\n", json_object_to_json_string_ext(object,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* Ends the file, and sees that all of it is on the disk. Removes it where that fails. */
static enum status
end_file(struct ctl *ctl, enum status status)
{
	const bool is_written = fflush(ctl->export) == 0 && fsync(fileno(ctl->export)) == 0 &&
	    !ferror(ctl->export);

	if (status == STATUS_DONE && is_written)
		return STATUS_DONE;
	if (status == STATUS_DONE)
		(void)ctl_fail("cannot write %s: %s", ctl->args[0], strerror(errno));
	if (unlink(ctl->args[0]) != 0)
		(void)ctl_fail("%s is not complete; remove it", ctl->args[0]);
	return STATUS_FAILED;
}

enum status
ctl_export(struct ctl *ctl)
{
	enum status status = STATUS_FAILED;
	enum err err;

	if (ctl_open(ctl, ctl_reading)) {
		err = manage_export_users(&ctl->context, write_user, ctl);
		status = err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
	}
	return ctl->export != stdout ? end_file(ctl, status) : status;
}
