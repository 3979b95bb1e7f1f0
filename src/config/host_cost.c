/* host_cost: what a hash costs on this host, as `bearward init` has measured it. */
#include "config/host_cost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "config/file.h"
#include "config/loading.h"

enum { NUMBERS = 3, DIGITS_MAX = 2, TEXT_SIZE = 512 };

static const char *const keys[NUMBERS] = { "scrypt_log2_n", "scrypt_r", "scrypt_p" };

static bool
is_named(const struct loading *loading)
{
	for (int i = 0; i < NUMBERS; i++)
		if (loading_is_set(loading, keys[i]))
			return true;
	return false;
}

/* Nobody but the owner of the state directory may have written it. */
static bool
is_of_owner(int directory, int fd)
{
	struct stat ours, st;

	return fstat(directory, &ours) == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == ours.st_uid && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool
read_number(const struct config_line *line, long numbers[NUMBERS])
{
	const size_t len = strlen(line->value);

	if (len == 0 || len > DIGITS_MAX || strspn(line->value, "0123456789") != len)
		return false;
	for (int i = 0; i < NUMBERS; i++)
		if (strcmp(line->key, keys[i]) == 0 && numbers[i] == 0) {
			numbers[i] = strtol(line->value, NULL, 10);
			return true;
		}
	return false;
}

/* Reads the three lines, in any order, and nothing else. */
static bool
read_cost(FILE *file, struct cost *cost)
{
	struct config_line line = { .number = 0 };
	long numbers[NUMBERS] = {0};

	while (config_file_next(file, &line))
		if (line.fault != NULL || !read_number(&line, numbers))
			return false;
	*cost = (struct cost){ numbers[0], numbers[1], numbers[2] };
	return !ferror(file) && cost_is_possible(cost->log2_n, cost->r, cost->p) &&
	    cost_is_secure(cost->log2_n, cost->r, cost->p);
}

static bool
has_room(const struct config *config, const struct cost *cost)
{
	return config->hash_memory == 0 ||
	    128LL * cost->r << cost->log2_n <= (long long)config->hash_memory << 20;
}

static void
refuse(struct loading *loading, const struct config *config)
{
	char path[CONFIG_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/" HOST_COST_NAME, config->state_dir);
	loading_mistake_at(loading, path, "is not as `bearward init` has written it; remove it, "
	    "and name a cost in the settings: bearward calibrate");
}

/* Takes file, and closes it. */
static void
take_file(struct loading *loading, struct config *config, FILE *file)
{
	struct cost cost;

	if (!read_cost(file, &cost)) {
		refuse(loading, config);
	} else if (has_room(config, &cost)) {
		config->scrypt_log2_n = cost.log2_n;
		config->scrypt_r = cost.r;
		config->scrypt_p = cost.p;
		config->cost_from = COST_FROM_HOST;
	}
	(void)fclose(file);
}

void
host_cost_take(struct loading *loading, struct config *config)
{
	int directory, fd = -1;
	FILE *file = NULL;

	config->cost_from = is_named(loading) || config->insecure_hash_cost
	    ? COST_FROM_SETTINGS : COST_FROM_DEFAULT;
	if (config->cost_from == COST_FROM_SETTINGS)
		return;
	directory = open(config->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory >= 0)
		fd = openat(directory, HOST_COST_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC);
	if (fd >= 0 && is_of_owner(directory, fd))
		file = fdopen(fd, "r");
	if (file != NULL)
		take_file(loading, config, file);
	else if (fd >= 0 || (directory >= 0 && errno != ENOENT && errno != EACCES))
		refuse(loading, config);
	if (file == NULL && fd >= 0)
		(void)close(fd);
	if (directory >= 0)
		(void)close(directory);
}

enum err
host_cost_write(const struct config *config, const struct cost *cost, const char *comment,
    mode_t mode)
{
	const int directory = open(config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[TEXT_SIZE];
	bool is_written;

	if (directory < 0)
		return ERR_STORAGE;
	snprintf(text, sizeof(text), "# %.300s\n%s = %ld\n%s = %ld\n%s = %ld\n", comment, keys[0],
	    cost->log2_n, keys[1], cost->r, keys[2], cost->p);
	is_written = whole_file_write(directory, HOST_COST_NAME ".new", HOST_COST_NAME, mode,
	    text);
	(void)close(directory);
	return is_written ? ERR_OK : ERR_STORAGE;
}
