/*
 * progress: tells on a terminal how far something is that takes long.
 */
#ifndef BEARWARD_CTL_PROGRESS_H
#define BEARWARD_CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_shown;		/* stderr is a terminal */
	bool has_line;
	int64_t shown_at;	/* of clock_ms() */
};

void progress_start(struct progress *progress);

/* Tells of it, after a second, and then now and then: a backup_tell. */
void progress_tell(const char *doing, int64_t done, int64_t all, void *progress);

/* Takes the line away that was written last. */
void progress_end(struct progress *progress);

#endif
