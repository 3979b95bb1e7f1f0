/* watch: a deadline that holds for a connection whoever is reading from it. */
#include "serve/deadline.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

void
watch_init(struct watch *watch)
{
	*watch = (struct watch){ .fd = -1 };
	(void)pthread_mutex_init(&watch->lock, NULL);
}

void
watch_begin(struct watch *watch, int fd)
{
	(void)pthread_mutex_lock(&watch->lock);
	watch->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	(void)pthread_mutex_unlock(&watch->lock);
}

void
watch_end(struct watch *watch)
{
	(void)pthread_mutex_lock(&watch->lock);
	if (watch->fd >= 0)
		(void)close(watch->fd);
	watch->fd = -1;
	watch->is_armed = false;
	(void)pthread_mutex_unlock(&watch->lock);
}

void
watch_arm(struct watch *watch, int64_t deadline)
{
	(void)pthread_mutex_lock(&watch->lock);
	watch->until = deadline;
	watch->is_armed = true;
	(void)pthread_mutex_unlock(&watch->lock);
}

void
watch_disarm(struct watch *watch)
{
	(void)pthread_mutex_lock(&watch->lock);
	watch->is_armed = false;
	(void)pthread_mutex_unlock(&watch->lock);
}

void
watch_expire(struct watch *watch)
{
	(void)pthread_mutex_lock(&watch->lock);
	if (watch->is_armed && watch->fd >= 0 && clock_ms() >= watch->until)
		(void)shutdown(watch->fd, SHUT_RD);
	(void)pthread_mutex_unlock(&watch->lock);
}
