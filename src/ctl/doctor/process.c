/* process: what the kernel tells of other processes, below /proc. */
#include "ctl/doctor/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENVIRONMENT_SIZE = 1 << 17, LINE_SIZE = 1024 };

/* Also where that cannot be seen. */
static bool
has_namespace_of_ours(pid_t pid, const char *name)
{
	char ours[PROCESS_PATH_SIZE], its[PROCESS_PATH_SIZE];

	return !process_read_link(getpid(), name, ours) || !process_read_link(pid, name, its) ||
	    strcmp(ours, its) == 0;
}

bool
process_is_in_our_network(pid_t pid)
{
	return has_namespace_of_ours(pid, "ns/net");
}

void
process_visit(void (*visit)(pid_t pid, void *arg), void *arg)
{
	DIR *directory = opendir("/proc");	/* owned */
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && has_namespace_of_ours(pid, "ns/pid"))
			visit(pid, arg);
	}
	if (directory != NULL)
		(void)closedir(directory);
}

size_t
process_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	size_t len = 0;
	ssize_t got;
	int fd;

	*text = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	while (len + 1 < size && (got = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)got;
	(void)close(fd);
	text[len] = '\0';
	return len;
}

bool
process_read_link(pid_t pid, const char *name, char path[PROCESS_PATH_SIZE])
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%ld/%s", (long)pid, name);
	len = readlink(link, path, PROCESS_PATH_SIZE - 1);
	path[len > 0 ? len : 0] = '\0';
	return len > 0;
}

void
process_find_variable(pid_t pid, const char *name, char value[PROCESS_PATH_SIZE])
{
	char *text = malloc(ENVIRONMENT_SIZE);	/* owned */
	const size_t len = text == NULL ? 0 : process_read(pid, "environ", text, ENVIRONMENT_SIZE);
	const size_t name_len = strlen(name);

	*value = '\0';
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (strncmp(text + at, name, name_len) == 0 && text[at + name_len] == '=')
			snprintf(value, PROCESS_PATH_SIZE, "%s", text + at + name_len + 1);
	free(text);
}

long
process_find_number(pid_t pid, const char *name, const char *word)
{
	char text[8192];
	const char *at;

	(void)process_read(pid, name, text, sizeof(text));
	at = strstr(text, word);
	return at == NULL ? -1 : strtol(at + strlen(word), NULL, 10);
}

void
process_find_unit(pid_t pid, char *unit, size_t size)
{
	char text[8192];
	const char *end;

	*unit = '\0';
	(void)process_read(pid, "cgroup", text, sizeof(text));
	if ((end = strstr(text, ".service")) == NULL)
		return;
	for (const char *begin = end; begin >= text; begin--)
		if (begin == text || begin[-1] == '/') {
			snprintf(unit, size, "%.*s", (int)(end - begin) + 8, begin);
			return;
		}
}

/* The socket may have been made in the network of another process: that of systemd is ours. */
void
process_find_socket(pid_t pid, int fd, char path[PROCESS_PATH_SIZE])
{
	char name[32], line[LINE_SIZE], link[PROCESS_PATH_SIZE], inode[32];
	FILE *table;		/* owned */

	*path = '\0';
	snprintf(name, sizeof(name), "fd/%d", fd);
	if (!process_read_link(pid, name, link) || sscanf(link, "socket:[%30[0-9]", inode) != 1 ||
	    (table = fopen("/proc/net/unix", "re")) == NULL)
		return;
	while (*path == '\0' && fgets(line, sizeof(line), table) != NULL) {
		char found[32] = "", at[512] = "";

		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %30s %500[^\n]", found, at) == 2 &&
		    strcmp(found, inode) == 0)
			snprintf(path, PROCESS_PATH_SIZE, "%s", at);
	}
	(void)fclose(table);
}

static bool
has_group(const char *status, gid_t group)
{
	const char *at = strstr(status, "\nGroups:");
	char *end;

	for (at = at == NULL ? "" : at + 8; *at != '\n' && *at != '\0'; at = end) {
		const long number = strtol(at, &end, 10);

		if (end == at)
			return false;
		if (number == (long)group)
			return true;
	}
	return false;
}

bool
process_may_write(pid_t pid, const char *path)
{
	char status[8192];
	struct stat st;
	const long uid = process_find_number(pid, "status", "\nUid:");
	const long gid = process_find_number(pid, "status", "\nGid:");

	(void)process_read(pid, "status", status, sizeof(status));
	if (stat(path, &st) != 0)
		return false;
	/* It may have ended by now. */
	if (uid <= 0)
		return true;
	if (uid == (long)st.st_uid)
		return (st.st_mode & S_IWUSR) != 0;
	if (gid == (long)st.st_gid || has_group(status, st.st_gid))
		return (st.st_mode & S_IWGRP) != 0;
	return (st.st_mode & S_IWOTH) != 0;
}
