/* sharing: a state directory that other accounts use as well, as members of its group. */
#include "account/sharing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/service.h"
#include "base/log.h"
#include "config/host_cost.h"
#include "token/keyring.h"

/* What all processes read and write. */
static const char *const files[] = {
	"bearward.db", "bearward.db-wal", "bearward.db-shm", "write.lock", "write.queue",
	"use.lock", "hash.slots", "hash.kinds", "attempts", "seen", "metrics", "heartbeat",
};

/* Those that begin empty. */
static const char *const empty_files[] = {
	"write.lock", "write.queue", "use.lock", "hash.slots", "hash.kinds",
};

static enum err
fail(const char *path, const char *reason)
{
	log_event(LEVEL_ERROR, "cannot share the state directory", LOG_TEXT("file", path),
	    LOG_TEXT("reason", reason));
	return ERR_SETUP;
}

/* By name: to close a file of the database would drop the locks that SQLite may have on it. */
static enum err
give(const char *path, mode_t type, mode_t mode, gid_t group)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? ERR_OK : fail(path, strerror(errno));
	if ((st.st_mode & S_IFMT) != type)
		return fail(path, "it is something else than it should be; move it away");
	if (st.st_gid != group && lchown(path, (uid_t)-1, group) == -1)
		return fail(path, errno == EPERM ? "only root can give it to a group that its "
		    "owner is no member of" : strerror(errno));
	if ((st.st_mode & 07777) != mode && chmod(path, mode) == -1)
		return fail(path, strerror(errno));
	return ERR_OK;
}

/* A password of the database, which all programs read at their start, if it is in there, too. */
static enum err
give_password(const struct config *config, const char *path, gid_t group)
{
	const size_t len = strlen(config->state_dir);

	if (strncmp(path, config->state_dir, len) != 0 || path[len] != '/')
		return ERR_OK;
	return give(path, S_IFREG, S_IRUSR | S_IWUSR | S_IRGRP, group);
}

static enum err
make_empty_files(const struct config *config)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(empty_files) / sizeof(empty_files[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", config->state_dir, empty_files[i]);
		if ((fd = owner_open_file(path, O_RDWR)) < 0)
			return fail(path, strerror(errno));
		(void)close(fd);
	}
	return ERR_OK;
}

enum err
sharing_make_files(const struct config *config)
{
	static const struct resource *const resources[] = {
		&resource_attempts, &resource_seen, &resource_counters, &resource_heartbeat, NULL
	};
	struct service service = {0};
	enum err err = make_empty_files(config);

	if (err == ERR_OK)
		err = service_open(config, resources, &service);
	service_close(&service, resources);
	return err;
}

enum err
sharing_open(const struct config *config, gid_t group)
{
	const char *fault = sharing_find_fault(config);
	char path[PATH_MAX];
	enum err err;

	if (fault != NULL)
		return fail(config->state_dir, fault);
	/* First, so that what is open to the group is so in a directory that is. */
	if ((err = give(config->state_dir, S_IFDIR, OWNER_SHARED_DIRECTORY, group)) != ERR_OK)
		return err;
	err = sharing_make_files(config);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && err == ERR_OK; i++) {
		snprintf(path, sizeof(path), "%s/%s", config->state_dir, files[i]);
		err = give(path, S_IFREG, OWNER_SHARED_FILE, group);
	}
	snprintf(path, sizeof(path), "%s/%s", config->state_dir, HOST_COST_NAME);
	if (err == ERR_OK)
		err = give(path, S_IFREG, S_IRUSR | S_IWUSR | S_IRGRP, group);
	if (err == ERR_OK)
		err = give_password(config, config->database_password_file, group);
	if (err == ERR_OK)
		err = give_password(config, config->database_reader_password_file, group);
	return err == ERR_OK ? keyring_share(config, group) : err;
}
