/* resource_seen: the file that tells when each session was used last. */
#include <limits.h>
#include <stdio.h>

#include "account/service.h"
#include "store/seen.h"

static bool
is_needed(const struct config *config)
{
	return config->signin;
}

static enum err
open_seen(struct service *service)
{
	char path[PATH_MAX];
	const int len = snprintf(path, sizeof(path), "%s/seen", service->config->state_dir);

	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_MEMORY;
	return seen_open(path, &service->seen);
}

static void
close_seen(struct service *service)
{
	seen_close(service->seen);
	service->seen = NULL;
}

const struct resource resource_seen = { is_needed, open_seen, close_seen, NULL };
