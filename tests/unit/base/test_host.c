/* test_host: what a host gives to a process, as its control groups and other limits say. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/host.h"

#define MIB (1024LL * 1024)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum { FILES_MAX = 8 };

/* A directory tree in the place of /. */
struct tree {
	const char *name;
	struct { const char *path, *text; } files[FILES_MAX];
	long long amount;
	const char *reason;
};

#define V2_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNTS \
	"22 1 0:5 / / rw - ext4 /dev/vda rw\n" \
	"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" \
	"36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define V1_GROUPS "9:name=systemd:/\n4:memory:/a/b\n2:cpuset:/z\n1:cpu,cpuacct:/a\n0::/\n"

static const struct tree memory_trees[] = {
	{ "v2, own group", { { "proc/self/cgroup", "0::/a/b\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/b/memory.max", "268435456\n" },
	    { "sys/fs/cgroup/a/memory.max", "max\n" } },
	  128 * MIB, "half of the memory limit of the control group /a/b" },
	{ "v2, the group above", { { "proc/self/cgroup", "0::/a/b\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/b/memory.max", "268435456\n" },
	    { "sys/fs/cgroup/a/memory.max", "67108864\n" } },
	  32 * MIB, "half of the memory limit of the control group /a" },
	{ "v2, seen from inside a namespace", { { "proc/self/cgroup", "0::/\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/memory.max", "134217728\n" } },
	  64 * MIB, "half of the memory limit of the control group /" },
	{ "v2, outside what the namespace shows", { { "proc/self/cgroup", "0::/../b\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/memory.max", "134217728\n" },
	    { "b/memory.max", "1048576\n" } },
	  64 * MIB, "half of the memory limit of the control group /" },
	{ "v1, own group", { { "proc/self/cgroup", V1_GROUPS },
	    { "proc/self/mountinfo", V1_MOUNTS },
	    { "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "268435456\n" },
	    { "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n" } },
	  128 * MIB, "half of the memory limit of the control group /a/b" },
	{ "v1, the group above", { { "proc/self/cgroup", V1_GROUPS },
	    { "proc/self/mountinfo", V1_MOUNTS },
	    { "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n" },
	    { "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "33554432\n" } },
	  16 * MIB, "half of the memory limit of the control group /a" },
	{ "v1, a container that sees its own group only",
	  { { "proc/self/cgroup", "4:memory:/docker/0123/x\n" },
	    { "proc/self/mountinfo", "35 31 0:32 /docker/0123 /sys/fs/cgroup/memory ro master:9 - "
		"cgroup cgroup rw,memory\n" },
	    { "sys/fs/cgroup/memory/x/memory.limit_in_bytes", "67108864\n" },
	    { "sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n" } },
	  32 * MIB, "half of the memory limit of the control group /x" },
};

static const struct tree processor_trees[] = {
	{ "v2, a part of one", { { "proc/self/cgroup", "0::/a\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/cpu.max", "50000 100000\n" } },
	  1, "the processor limit of the control group /a" },
	{ "v2, one, above", { { "proc/self/cgroup", "0::/a/b\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/b/cpu.max", "max 100000\n" },
	    { "sys/fs/cgroup/a/cpu.max", "100000 100000\n" } },
	  1, "the processor limit of the control group /a" },
	{ "v1", { { "proc/self/cgroup", V1_GROUPS }, { "proc/self/mountinfo", V1_MOUNTS },
	    { "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "20000\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n" } },
	  1, "the processor limit of the control group /a" },
};

/* What says nothing, or nonsense. */
static const struct tree empty_trees[] = {
	{ "nothing at all", { { NULL, NULL } }, 0, NULL },
	{ "no limits", { { "proc/self/cgroup", "0::/a\n" }, { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/cpu.max", "max 100000\n" },
	    { "sys/fs/cgroup/a/memory.max", "max\n" } }, 0, NULL },
	{ "no mount", { { "proc/self/cgroup", "0::/a\n" },
	    { "proc/self/mountinfo", "22 1 0:5 / / rw - ext4 /dev/vda rw\n" },
	    { "a/memory.max", "1048576\n" } }, 0, NULL },
	{ "nonsense", { { "proc/self/cgroup", "x\n:\n0:\n4:memory\n:::\n" },
	    { "proc/self/mountinfo", "x\n - cgroup2\n - cgroup cgroup memory\n\n" } }, 0, NULL },
	{ "nonsense as limits", { { "proc/self/cgroup", "0::/a\n" },
	    { "proc/self/mountinfo", V2_MOUNT },
	    { "sys/fs/cgroup/a/cpu.max", "0 0\n" },
	    { "sys/fs/cgroup/a/memory.max", "\n" } }, 0, NULL },
};

static void
write_file(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *c = strchr(full + strlen(root) + 1, '/'); c != NULL; c = strchr(c + 1, '/')) {
		*c = '\0';
		(void)mkdir(full, 0700);
		*c = '/';
	}
	assert_non_null(file = fopen(full, "w"));
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
find_in(const struct tree *tree, void (*find)(const char *root, struct host_limit *limit),
    struct host_limit *limit)
{
	char root[] = "/tmp/test_host.XXXXXX", command[64];

	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < FILES_MAX && tree->files[i].path != NULL; i++)
		write_file(root, tree->files[i].path, tree->files[i].text);
	find(root, limit);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

static void
assert_found(const struct tree *tree, void (*find)(const char *root, struct host_limit *limit))
{
	struct host_limit limit;

	find_in(tree, find, &limit);
	if (limit.amount != tree->amount || strcmp(limit.reason, tree->reason) != 0)
		fail_msg("%s: expected %lld, %s; got %lld, %s", tree->name, tree->amount,
		    tree->reason, limit.amount, limit.reason);
}

static void
half_of_the_smallest_memory_limit_of_the_groups_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(memory_trees); i++)
		assert_found(&memory_trees[i], host_find_memory);
}

static void
the_smallest_processor_limit_of_the_groups_counts_rounded_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(processor_trees); i++)
		assert_found(&processor_trees[i], host_find_processors);
}

static void
without_limits_the_host_is_what_counts(void **state)
{
	struct host_limit limit;

	(void)state;
	for (size_t i = 0; i < COUNT(empty_trees); i++) {
		find_in(&empty_trees[i], host_find_memory, &limit);
		assert_int_equal(limit.amount,
		    (long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 4);
		assert_string_equal(limit.reason, "a quarter of this host's memory");

		find_in(&empty_trees[i], host_find_processors, &limit);
		assert_true(limit.amount >= 1 && limit.amount <= sysconf(_SC_NPROCESSORS_ONLN));
	}
}

static void
processors_that_the_process_may_not_run_on_do_not_count(void **state)
{
	cpu_set_t before, first;
	struct host_limit limit;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	if (CPU_COUNT(&before) < 2)
		skip();
	CPU_ZERO(&first);
	for (size_t i = 0; CPU_COUNT(&first) == 0; i++)
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &first);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);

	find_in(&empty_trees[0], host_find_processors, &limit);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);

	assert_int_equal(limit.amount, 1);
	assert_string_equal(limit.reason, "the processors that this process may run on");
}

static void
half_of_a_limited_address_space_is_taken(void **state)
{
	struct rlimit before, less;
	struct host_limit limit;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip();		/* it maps terabytes */
#endif
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	less = (struct rlimit){ .rlim_cur = 1 << 30, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_AS, &less), 0);

	find_in(&empty_trees[0], host_find_memory, &limit);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);

	assert_true(limit.amount <= 512 * MIB);
	if (limit.amount == 512 * MIB)
		assert_string_equal(limit.reason,
		    "half of the address space that this process may have (RLIMIT_AS)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_the_smallest_memory_limit_of_the_groups_is_taken),
		cmocka_unit_test(the_smallest_processor_limit_of_the_groups_counts_rounded_up),
		cmocka_unit_test(without_limits_the_host_is_what_counts),
		cmocka_unit_test(processors_that_the_process_may_not_run_on_do_not_count),
		cmocka_unit_test(half_of_a_limited_address_space_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
