/* resource_attempts: what counts attempts: a file, or the database of many hosts. */
#include <limits.h>
#include <stdio.h>

#include "account/service.h"
#include "store/buckets.h"

static bool
is_needed(const struct config *config)
{
	return config->attempts;
}

static enum err
open_attempts(struct service *service)
{
	const size_t entries = (size_t)service->config->attempts_memory * 1024 / BUCKET_ENTRY_SIZE;
	char path[PATH_MAX];
	const int len = snprintf(path, sizeof(path), "%s/attempts", service->config->state_dir);

	/* By the setting: files are made for a group before a database is open. */
	if (*service->config->database != '\0')
		return buckets_open_table(service->db, &service->attempts);
	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_MEMORY;
	return buckets_open_mapped(path, entries, &service->attempts);
}

static void
close_attempts(struct service *service)
{
	buckets_close(service->attempts);
	service->attempts = NULL;
}

const struct resource resource_attempts = { is_needed, open_attempts, close_attempts, NULL };
