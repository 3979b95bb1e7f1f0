/* load: how much of this host's processors others have used between two moments. */
#include "base/load.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static double
own_seconds(void)
{
	struct rusage usage = {0};

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

bool
load_read(struct load *load)
{
	FILE *file = fopen("/proc/stat", "re");
	double user, nice, system, idle, iowait, irq, softirq, steal;
	const double ticks = (double)sysconf(_SC_CLK_TCK);
	bool is_read;

	*load = (struct load){0};
	if (file == NULL)
		return false;
	is_read = fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system,
	    &idle, &iowait, &irq, &softirq, &steal) == 8;
	(void)fclose(file);
	if (!is_read)
		return false;
	load->busy = (user + nice + system + irq + softirq + steal) / ticks;
	load->all = load->busy + (idle + iowait) / ticks;
	load->own = own_seconds();
	return true;
}

int
load_of_others(const struct load *then, const struct load *now)
{
	const double all = now->all - then->all;
	const double others = now->busy - then->busy - (now->own - then->own);

	if (all <= 0 || others <= 0)
		return 0;
	return others >= all ? 100 : (int)(others * 100 / all);
}
