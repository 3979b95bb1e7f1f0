/* setup_place: where the set-up puts users and keys. */
#include "account/setup_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/setup_settings.h"
#include "base/docroot.h"
#include "config/plain_http.h"
#include "config/public_url.h"

enum { PLACE_MAX = 1000, ADDRESS_MAX = 200 };

#define NAME "/bearward"

/* What lies beside the programs' directory is handed out, whatever is said of roots. */
static bool
is_served(const struct setup *setup, const char *path)
{
	char site[PATH_MAX];

	snprintf(site, sizeof(site), "%s/..", setup->directory);
	if (docroot_holds(site, path))
		return true;
	for (size_t i = 0; i < sizeof(setup->served) / sizeof(setup->served[0]); i++)
		if (docroot_holds(setup->served[i], path))
			return true;
	return false;
}

static bool
suggest_in(const struct setup *setup, const char *parent, char state_dir[PATH_MAX])
{
	if (*parent != '/' || strlen(parent) > PLACE_MAX || is_served(setup, parent) ||
	    access(parent, W_OK | X_OK) != 0)
		return false;
	snprintf(state_dir, PATH_MAX, "%s%s", strcmp(parent, "/") == 0 ? "" : parent, NAME);
	return true;
}

/* Cuts a path down to what is above it; that may be in another site, whose root is higher. */
static char *
leave_sites(char *path)
{
	do
		path = dirname(path);
	while (docroot_guess(path) != NULL);
	return path;
}

void
setup_suggest_state_dir(const struct setup *setup, char state_dir[PATH_MAX])
{
	const struct passwd *account = getpwuid(geteuid());
	char *root = NULL;	/* owned */

	*state_dir = '\0';
	if (account != NULL && suggest_in(setup, account->pw_dir, state_dir))
		return;
	for (size_t i = 0; i < sizeof(setup->served) / sizeof(setup->served[0]); i++) {
		root = strdup(setup->served[i]);
		if (root != NULL && *root == '/' &&
		    suggest_in(setup, leave_sites(root), state_dir))
			i = sizeof(setup->served) / sizeof(setup->served[0]);
		free(root);
	}
}

static enum err
refuse(struct context *context, const char *field, const char *message)
{
	return faults_add(&context->faults, "value_error", field, "%s", message);
}

/* An empty directory is as good as none. */
static bool
is_taken(const char *path)
{
	DIR *directory = opendir(path);
	int entries = 0;

	if (directory == NULL)
		return errno != ENOENT;
	/* Two of them are "." and "..". */
	while (entries <= 2 && readdir(directory) != NULL)
		entries++;
	(void)closedir(directory);
	return entries > 2;
}

/* As it is written: nothing is made for what can be refused before. */
static enum err
check_state_dir(struct context *context, const struct setup *setup)
{
	const char *path = setup->state_dir;

	if (path == NULL || *path != '/' || path[1] == '\0' || path[strlen(path) - 1] == '/' ||
	    strlen(path) > PLACE_MAX || !setup_settings_can_hold(path) ||
	    strstr(path, "/../") != NULL || strstr(path, "/./") != NULL ||
	    strstr(path, "//") != NULL)
		return refuse(context, "state_dir", "It must be a whole path, as /home/me/name");
	if (is_served(setup, path))
		return refuse(context, "state_dir", "The web server hands out what is there");
	if (is_taken(path))
		return refuse(context, "state_dir", "The directory is there already");
	return ERR_OK;
}

/* Browsers would not keep what signs them in, or links would lead nowhere. */
static enum err
check_address(struct context *context, const struct setup *setup)
{
	const char *address = setup->address;
	struct config config = *context->service->config;

	config.issuer = (char *)(uintptr_t)address;
	config.public_url = (char *)(uintptr_t)"";
	if (address == NULL || strlen(address) > ADDRESS_MAX ||
	    !setup_settings_can_hold(address) || public_url_get(&config) == NULL)
		return refuse(context, "address",
		    "It must be an address, as https://example.org");
	if (plain_http_find_fault(&config) != NULL)
		return refuse(context, "address", "Plain http would give passwords away");
	return ERR_OK;
}

enum err
setup_place_check(struct context *context, const struct setup *setup)
{
	const enum err of_state_dir = check_state_dir(context, setup);
	const enum err of_address = check_address(context, setup);

	return of_state_dir == ERR_OK ? of_address : of_state_dir;
}

static int
open_parent(const char *state_dir)
{
	char *path = strdup(state_dir);		/* owned */
	const int parent = path == NULL ? -1 :
	    open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(path);
	return parent;
}

static enum err
refuse_to_make(struct context *context)
{
	return faults_add(&context->faults, "value_error", "state_dir",
	    "It cannot be made: %s", strerror(errno));
}

/* Where links and case lead is seen of what is there. */
enum err
setup_place_make(struct context *context, const struct setup *setup, char made[PATH_MAX])
{
	const int parent = open_parent(setup->state_dir);

	/* A name in what we may not open could not be made durable. */
	if (parent < 0)
		return refuse_to_make(context);
	(void)close(parent);
	snprintf(made, PATH_MAX, "%s.XXXXXX", setup->state_dir);
	if (mkdtemp(made) == NULL)
		return refuse_to_make(context);
	if (!is_served(setup, made))
		return ERR_OK;
	(void)rmdir(made);
	return refuse(context, "state_dir", "The web server hands out what is there");
}

/* Some file systems know no fsync() of directories. */
static bool
rename_durably(int parent, const char *from, const char *to)
{
	int reason;

	if (rename(from, to) != 0)
		return false;
	if (fsync(parent) == 0 || errno == EINVAL)
		return true;
	reason = errno;
	(void)rename(to, from);
	errno = reason;
	return false;
}

enum err
setup_place_take(struct context *context, const char *made, const char *state_dir)
{
	const int parent = open_parent(state_dir);
	const bool is_ours = parent >= 0 && rename_durably(parent, made, state_dir);
	const int reason = errno;

	if (parent >= 0)
		(void)close(parent);
	errno = reason;
	if (is_ours)
		return ERR_OK;
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return refuse(context, "state_dir", "The directory is there already");
	return refuse_to_make(context);
}
