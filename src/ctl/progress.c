/* progress: tells on a terminal how far something is that takes long. */
#include "ctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { FIRST = 1000, AGAIN = 200 };	/* milliseconds */

#define BEGIN_LINE "\r\033[K"

void
progress_start(struct progress *progress)
{
	*progress = (struct progress){
		.is_shown = isatty(STDERR_FILENO), .shown_at = clock_ms() + FIRST - AGAIN,
	};
}

void
progress_tell(const char *doing, int64_t done, int64_t all, void *arg)
{
	struct progress *progress = arg;
	const int64_t now = clock_ms();

	if (!progress->is_shown || now < progress->shown_at + AGAIN)
		return;
	progress->shown_at = now;
	progress->has_line = true;
	if (all > 0)
		fprintf(stderr, BEGIN_LINE "%s %" PRId64 " of %" PRId64 " MiB", doing, done >> 20,
		    all >> 20);
	else
		fprintf(stderr, BEGIN_LINE "%s", doing);
	fflush(stderr);
}

void
progress_end(struct progress *progress)
{
	if (progress->has_line)
		fputs(BEGIN_LINE, stderr);
	progress->has_line = false;
}
