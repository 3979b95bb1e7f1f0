/* descriptors: divides the descriptors that a process may have open. */
#include "serve/descriptors.h"

#include <sys/resource.h>

enum {
	ENOUGH = 8192,		/* more than any process of ours can use */
	WAITING_MAX = 256,
};

void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= ENOUGH)
		return;
	limit.rlim_cur = limit.rlim_max < ENOUGH ? limit.rlim_max : ENOUGH;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static long
get_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	return limit.rlim_cur < ENOUGH ? (long)limit.rlim_cur : ENOUGH;
}

static long
smaller(long a, long b)
{
	return a < b ? a : b;
}

struct descriptors
descriptors_divide(long threads_wanted, long own)
{
	const long limit = get_limit(), left = limit > own ? limit - own : 0;
	struct descriptors divided = { .limit = limit };

	/* A thread is worth more than a kept connection; but to keep some saves accepting many. */
	divided.kept = smaller(left / 4, WAITING_MAX);
	divided.silent = smaller(left / 8, WAITING_MAX);
	divided.threads = smaller(left - divided.kept - divided.silent, threads_wanted);
	if (divided.threads < 1)
		divided.threads = 1;
	return divided;
}
