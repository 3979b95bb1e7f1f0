/* gauges: what there is at the moment. */
#include "account/gauges.h"

#include <pthread.h>
#include <stdlib.h>

enum { COUNT_PERIOD = 60 };	/* seconds */

struct gauges {
	struct key_list_directories keys;	/* owned */
	pthread_mutex_t mutex;		/* over reading keys, and over what follows */
	bool has_census;
	int64_t counted_at;		/* seconds since 1970 */
	struct census census;
};

enum err
gauges_open(const struct config *config, struct gauges **gauges)
{
	struct gauges *opened = calloc(1, sizeof(*opened));	/* owned until given away */
	enum err err;

	*gauges = NULL;
	if (opened == NULL)
		return ERR_MEMORY;
	if ((err = key_list_open(config->state_dir, &opened->keys)) != ERR_OK) {
		free(opened);
		return err;
	}
	(void)pthread_mutex_init(&opened->mutex, NULL);
	*gauges = opened;
	return ERR_OK;
}

void
gauges_close(struct gauges *gauges)
{
	if (gauges == NULL)
		return;
	key_list_close(&gauges->keys);
	(void)pthread_mutex_destroy(&gauges->mutex);
	free(gauges);
}

/* A clock that was set back must not keep an old count. */
static bool
is_due(const struct gauges *gauges, int64_t now)
{
	return !gauges->has_census || now >= gauges->counted_at + COUNT_PERIOD ||
	    now < gauges->counted_at;
}

void
gauges_read(struct context *context, struct gauges_reading *reading)
{
	const struct service *service = context->service;
	struct gauges *gauges = service->gauges;

	(void)pthread_mutex_lock(&gauges->mutex);
	if (is_due(gauges, context->now)) {
		gauges->has_census =
		    census_take(service->db, context->now, &gauges->census) == ERR_OK;
		gauges->counted_at = context->now;
	}
	reading->has_census = gauges->has_census;
	reading->census = gauges->census;
	key_list_read(&gauges->keys, &reading->keys);
	(void)pthread_mutex_unlock(&gauges->mutex);
	reading->has_room =
	    census_find_room(service->db, service->config, &reading->room) == ERR_OK;
}
