/* host: how many processors and how much memory of this host a process may use. */
#include "base/host.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_SIZE = 2 * PATH_MAX };

/* The control group of this process in one hierarchy. */
struct group {
	char mount[PATH_MAX];		/* where the hierarchy is mounted */
	char path[PATH_MAX];		/* of the group below that: "" or "/a/b" */
};

static void
lower(struct host_limit *limit, long long amount, const char *reason, const char *group)
{
	if (amount >= limit->amount)
		return;
	limit->amount = amount;
	snprintf(limit->reason, sizeof(limit->reason), "%s%.400s", reason, group);
}

static FILE *
open_below(const char *root, const char *path)
{
	char full[LINE_SIZE + PATH_MAX];
	int len = snprintf(full, sizeof(full), "%s%s", root, path);

	return len > 0 && (size_t)len < sizeof(full) ? fopen(full, "re") : NULL;
}

/* Tells whether a list with commas holds word. */
static bool
lists(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (; *list != '\0'; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == len && strncmp(list, word, len) == 0)
			return true;
	return false;
}

/*
 * Finds the path of our group in /proc/self/cgroup, whose lines are ID:CONTROLLERS:PATH. The list
 * of controllers is empty for v2; controller is NULL to ask for that.
 */
static bool
find_path(const char *root, const char *controller, char path[PATH_MAX])
{
	FILE *file = open_below(root, "/proc/self/cgroup");
	char line[LINE_SIZE];
	bool is_found = false;

	while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL) {
		char *controllers = strchr(line, ':'), *name;

		line[strcspn(line, "\n")] = '\0';
		if (controllers == NULL || (name = strchr(++controllers, ':')) == NULL)
			continue;
		*name++ = '\0';
		is_found = (controller == NULL ? *controllers == '\0'
					       : lists(controllers, controller)) &&
		    strlen(name) < PATH_MAX;
		if (is_found)
			strcpy(path, name);
	}
	if (file != NULL)
		fclose(file);
	return is_found;
}

/*
 * Takes the root of the mount off the path of the group: a container may see only the part of a
 * hierarchy that begins with its own group. A path that leads out of what we see says nothing.
 */
static void
make_relative(const char *mount_root, char path[PATH_MAX])
{
	const size_t len = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);

	if (strncmp(path, mount_root, len) != 0 || (path[len] != '/' && path[len] != '\0') ||
	    strstr(path, "/..") != NULL || strcmp(path + len, "/") == 0)
		path[0] = '\0';
	else
		memmove(path, path + len, strlen(path + len) + 1);
}

/* Finds our group in the hierarchy of a controller of v1, or in that of v2 (NULL). */
static bool
find_group(const char *root, const char *controller, struct group *group)
{
	const char *wanted = controller == NULL ? "cgroup2" : "cgroup";
	char line[LINE_SIZE], mount_root[PATH_MAX], type[64], options[512];
	bool is_found = false;
	FILE *file;

	if (!find_path(root, controller, group->path))
		return false;
	/* ID PARENT MAJOR:MINOR ROOT MOUNT OPTIONS... - TYPE SOURCE OPTIONS; proc(5) */
	file = open_below(root, "/proc/self/mountinfo");
	while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL) {
		const char *rest = strstr(line, " - ");

		is_found = rest != NULL &&
		    sscanf(line, "%*s %*s %*s %4095s %4095s", mount_root, group->mount) == 2 &&
		    sscanf(rest, " - %63s %*s %511s", type, options) == 2 &&
		    strcmp(type, wanted) == 0 &&
		    (controller == NULL || lists(options, controller));
	}
	if (file != NULL)
		fclose(file);
	if (is_found)
		make_relative(mount_root, group->path);
	return is_found;
}

/*
 * Reads up to two numbers from a file of the group. Returns how many there were; 0 also when the
 * file says "max", which means no limit.
 */
static int
read_numbers(const char *root, const struct group *group, const char *name, long long *first,
    long long *second)
{
	char path[LINE_SIZE + 64];
	FILE *file;
	int count;

	snprintf(path, sizeof(path), "%s%s/%s", group->mount, group->path, name);
	if ((file = open_below(root, path)) == NULL)
		return 0;
	count = fscanf(file, "%lld %lld", first, second);
	fclose(file);
	return count > 0 ? count : 0;
}

/* Goes to the group above. Returns false at the top of what we see. */
static bool
go_up(struct group *group)
{
	char *last = strrchr(group->path, '/');

	if (last == NULL)
		return false;
	*last = '\0';
	return true;
}

static const char *
name_of(const struct group *group)
{
	return group->path[0] == '\0' ? "/" : group->path;
}

/* Processor time as whole processors. */
static void
lower_to_quota(struct host_limit *limit, const struct group *group, long long quota,
    long long period)
{
	if (quota > 0 && period > 0)
		lower(limit, quota / period + (quota % period > 0),
		    "the processor limit of the control group ", name_of(group));
}

static void
lower_to_groups_quota(const char *root, struct host_limit *limit)
{
	long long quota, period, unused;
	struct group group;

	if (find_group(root, NULL, &group)) {
		do {
			if (read_numbers(root, &group, "cpu.max", &quota, &period) == 2)
				lower_to_quota(limit, &group, quota, period);
		} while (go_up(&group));
	}
	if (find_group(root, "cpu", &group)) {
		do {
			if (read_numbers(root, &group, "cpu.cfs_quota_us", &quota, &unused) == 1 &&
			    read_numbers(root, &group, "cpu.cfs_period_us", &period, &unused) == 1)
				lower_to_quota(limit, &group, quota, period);
		} while (go_up(&group));
	}
}

void
host_find_processors(const char *root, struct host_limit *limit)
{
	cpu_set_t allowed;

	*limit = (struct host_limit){ sysconf(_SC_NPROCESSORS_ONLN),
		"the processors of this host" };
	/* It fails where there are more processors than a cpu_set_t has room for. */
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		lower(limit, CPU_COUNT(&allowed),
		    "the processors that this process may run on", "");
	lower_to_groups_quota(root, limit);
	if (limit->amount < 1)
		limit->amount = 1;
}

static void
lower_to_groups_memory(const char *root, const char *controller, const char *name,
    struct host_limit *limit)
{
	long long bytes, unused;
	struct group group;

	if (!find_group(root, controller, &group))
		return;
	do {
		if (read_numbers(root, &group, name, &bytes, &unused) == 1)
			lower(limit, bytes / 2, "half of the memory limit of the control group ",
			    name_of(&group));
	} while (go_up(&group));
}

void
host_find_memory(const char *root, struct host_limit *limit)
{
	const long long host = (long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	struct rlimit space;

	*limit = (struct host_limit){ host / 4, "a quarter of this host's memory" };
	lower_to_groups_memory(root, NULL, "memory.max", limit);
	lower_to_groups_memory(root, "memory", "memory.limit_in_bytes", limit);
	if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < LLONG_MAX)
		lower(limit, (long long)space.rlim_cur / 2,
		    "half of the address space that this process may have (RLIMIT_AS)", "");
}
