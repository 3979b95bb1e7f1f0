/* setup: makes what bearward needs on a host, for somebody without a shell. */
#include "account/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/manage.h"
#include "account/register.h"
#include "account/setup_place.h"
#include "account/setup_proof.h"
#include "account/setup_settings.h"
#include "base/log.h"
#include "base/whole_file.h"
#include "text/scope.h"

#define SETTINGS "bearward.conf"

/* Who signs in first may let others in, and is told apart by applications. */
static const char first_scope[] = SCOPE_USERS_CREATE, first_groups[] = "admin";

bool
setup_is_over(const struct config *config)
{
	const struct user_columns_named none = {0};
	bool is_there;

	return manage_find_database(config, &none, stderr, &is_there) != ERR_OK || is_there;
}

/* ---- What is made, in a directory that is not in use yet */

static enum err
make_user(struct context *context, const struct credentials *credentials)
{
	struct user *user = NULL;	/* owned */
	enum err err;

	if ((err = register_user(context, credentials, NULL, &user)) != ERR_OK)
		return err;
	err = manage_set_scope(context, user, first_scope);
	if (err == ERR_OK)
		err = manage_set_profile(context, user,
		    &(struct profile){ .groups = first_groups });
	user_free(user);
	return err;
}

/* Opens all that any responder opens, so that one that would not start is found now. */
static enum err
make_state(const struct config *config, const struct setup *setup, struct faults *faults)
{
	static const struct resource *const resources[] = {
		&resource_browsers, &resource_database_writing, &resource_keys_signing,
		&resource_hashing, &resource_attempts, &resource_seen, &resource_pages, NULL
	};
	const struct user_columns_named none = {0};
	struct service service = { .config = config, .is_brief = true };
	struct context context;
	char kid[KEY_ID_SIZE];
	enum err err;

	context_init(&context, &service, NULL, "setup");
	if ((err = manage_prepare_database(config, &none, stderr)) != ERR_OK)
		return err;
	err = manage_prepare_keys(&context, manage_choose_alg(&context), kid);
	if (err != ERR_OK)
		return err;
	if ((err = service_open(config, resources, &service)) != ERR_OK)
		return err;
	err = make_user(&context, &setup->credentials);
	service_close(&service, resources);
	*faults = context.faults;
	return err;
}

/* The settings of the host, but for what is wanted. */
static enum err
make_state_in(struct context *context, const struct setup *setup, char *state_dir)
{
	struct config config = *context->service->config;

	config.state_dir = state_dir;
	config.issuer = (char *)(uintptr_t)setup->address;
	/* Attempts are not counted for who proved more than a password. */
	config.registration = REGISTRATION_BEARER;
	return make_state(&config, setup, &context->faults);
}

/* ---- The steps that make it count */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_all(const char *path)
{
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
		log_event(LEVEL_ERROR, "cannot remove what the set-up has made",
		    LOG_TEXT("directory", path), LOG_TEXT("reason", strerror(errno)));
}

static char *
read_settings(int directory)
{
	enum { SIZE = 256 * 1024 };
	const int fd = openat(directory, SETTINGS, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(SIZE);	/* owned */
	ssize_t len = text == NULL ? -1 : read(fd, text, SIZE - 1);

	if (fd >= 0)
		(void)close(fd);
	if (len >= 0 && len < SIZE - 1) {
		text[len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

static enum err
write_settings(int directory, const char *text)
{
	if (whole_file_write(directory, SETTINGS ".new", SETTINGS, 0600, text))
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot write the settings", LOG_TEXT("file", SETTINGS),
	    LOG_TEXT("reason", strerror(errno)));
	return ERR_SETUP;
}

static enum err
change_settings(const struct setup *setup, const char *text, char **changed)
{
	const struct setup_setting settings[] = {
		{ "state_dir", setup->state_dir }, { "issuer", setup->address },
		{ "registration", setup->is_open ? "open" : "bearer" }, {0},
	};

	return setup_settings_change(text, settings, changed);
}

/* These were for the set-up alone. Nobody can ask them any more, also where they cannot go. */
static void
remove_programs(int directory)
{
	static const char *const names[] = { "probe.cgi", "setup.cgi" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlinkat(directory, names[i], 0) != 0 && errno != ENOENT)
			log_event(LEVEL_WARNING, "cannot remove a program of the set-up",
			    LOG_TEXT("file", names[i]), LOG_TEXT("reason", strerror(errno)));
}

/* Settings that name a directory which is not ours must not stay. */
static enum err
take_place(struct context *context, const struct setup *setup, int directory, const char *made,
    const char *former)
{
	const enum err err = setup_place_take(context, made, setup->state_dir);

	if (err != ERR_OK && write_settings(directory, former) != ERR_OK)
		return ERR_SETUP;
	return err;
}

/* The proof goes first: of several that have come so far, one gets past it. */
static enum err
put_in_place(struct context *context, const struct setup *setup, int directory, const char *made)
{
	char *former = read_settings(directory), *changed = NULL;	/* owned */
	enum err err = former == NULL ? ERR_SETUP : change_settings(setup, former, &changed);

	if (err == ERR_OK && !setup_proof_use(directory))
		err = ERR_REFUSED;
	if (err == ERR_OK)
		err = write_settings(directory, changed);
	if (err == ERR_OK)
		err = take_place(context, setup, directory, made, former);
	if (err == ERR_OK)
		remove_programs(directory);
	free(changed);
	free(former);
	return err;
}

static enum err
make_in_turn(struct context *context, const struct setup *setup, int directory, const char *code)
{
	char made[PATH_MAX];
	enum err err;

	if (setup_is_over(context->service->config))
		return ERR_NOT_FOUND;
	if (!setup_proof_holds(directory, code, context->now))
		return ERR_REFUSED;
	if ((err = setup_place_check(context, setup)) != ERR_OK)
		return err;
	if ((err = setup_place_make(context, setup, made)) != ERR_OK)
		return err;
	if ((err = make_state_in(context, setup, made)) == ERR_OK)
		err = put_in_place(context, setup, directory, made);
	if (err != ERR_OK)
		remove_all(made);
	return err;
}

enum err
setup_make(struct context *context, const struct setup *setup, const char *code)
{
	const int directory = open(setup->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err;

	if (directory < 0)
		return ERR_SETUP;
	/* Where there are no locks, as on some NFS, the proof and the rename decide. */
	(void)flock(directory, LOCK_EX);
	err = make_in_turn(context, setup, directory, code);
	if (err == ERR_OK)
		log_event(LEVEL_INFO, "set up", LOG_TEXT("state_dir", setup->state_dir));
	(void)close(directory);
	return err;
}
