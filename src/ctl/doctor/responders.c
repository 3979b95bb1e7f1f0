/* responders: doctor: finds the responders that run with the settings at hand. */
#include "ctl/doctor/responders.h"

#include <stdlib.h>
#include <string.h>

const char *const responders_pools[RESPONDERS_POOLS] = {
	"token", "users", "me", "verify", "oauth", "meta", "signin", "account",
};

int
responders_pool_of(const char *path, const char *suffix)
{
	const char *name = strrchr(path, '/');
	size_t len;

	name = name != NULL ? name + 1 : path;
	/* A sample for lighttpd has them as /run/lighttpd/bearward-me.sock. */
	if (strncmp(name, "bearward-", 9) == 0)
		name += 9;
	for (int pool = 0; pool < RESPONDERS_POOLS; pool++) {
		len = strlen(responders_pools[pool]);
		if (strncmp(name, responders_pools[pool], len) == 0 &&
		    strcmp(name + len, suffix) == 0)
			return pool;
	}
	return -1;
}

/* Returns the file that settings are read from where a process was told none. */
static const char *
settings_of(const struct doctor *doctor)
{
	const char *typed = doctor->ctl->typed[OPT_CONFIG];

	if (doctor->has_settings && *doctor->ctl->config.path != '\0')
		return doctor->ctl->config.path;
	if (typed == NULL)
		typed = getenv("BEARWARD_CONF");
	return typed != NULL ? typed : SYSCONFDIR "/bearward/bearward.conf";
}

/* Whether a responder reads the same settings: others may run beside it. */
static bool
is_ours(const struct doctor *doctor, pid_t pid)
{
	char named[PROCESS_PATH_SIZE];
	const char *ours = settings_of(doctor);

	process_find_variable(pid, "BEARWARD_CONF", named);
	return strcmp(*named != '\0' ? named : SYSCONFDIR "/bearward/bearward.conf", ours) == 0;
}

/* What keeps it running: who supervises it has started the program, too. */
static void
find_parent(struct responder *responder)
{
	const pid_t parent = (pid_t)process_find_number(responder->pid, "status", "\nPPid:");

	if (parent <= 0 || process_read(parent, "comm", responder->parent,
	    sizeof(responder->parent)) == 0)
		return;
	responder->parent[strcspn(responder->parent, "\n")] = '\0';
}

/* Processes share a socket. */
static void
add_socket(struct responders *responders, const struct responder *responder)
{
	struct responder_socket *added = &responders->sockets[responders->socket_count];

	if (responders->socket_count == RESPONDERS_SOCKETS_MAX)
		return;
	process_find_socket(responder->pid, 0, added->path);
	for (size_t i = 0; i < responders->socket_count; i++)
		if (strcmp(responders->sockets[i].path, added->path) == 0)
			return;
	added->pool = responder->pool;
	responders->socket_count += *added->path != '\0';
}

static void
take(struct responders *responders, pid_t pid, int pool)
{
	struct responder *responder = &responders->list[responders->count++];
	char program[PROCESS_PATH_SIZE];

	*responder = (struct responder){ .pid = pid, .pool = pool };
	(void)process_read_link(pid, "exe", program);
	snprintf(responder->directory, sizeof(responder->directory), "%.*s",
	    (int)(strrchr(program, '/') != NULL ? strrchr(program, '/') - program : 0), program);
	responder->is_replaced = process_read_link(pid, "exe", program) &&
	    strstr(program, " (deleted)") != NULL;
	responder->is_confined = process_find_number(pid, "status", "\nSeccomp:") == 2;
	responder->descriptors = process_find_number(pid, "limits", "Max open files");
	process_find_unit(pid, responder->unit, sizeof(responder->unit));
	find_parent(responder);
	add_socket(responders, responder);
}

static void
look_at(pid_t pid, void *arg)
{
	struct doctor *doctor = arg;
	struct responders *responders = doctor->responders;
	char command[PROCESS_PATH_SIZE], name[32];
	int pool;

	/* What delivers messages is the same program, under another name. */
	if (process_read(pid, "cmdline", command, sizeof(command)) == 0 ||
	    (pool = responders_pool_of(command, ".fcgi")) < 0 ||
	    process_read(pid, "comm", name, sizeof(name)) == 0 || strstr(name, ".fcgi") == NULL ||
	    responders->count == RESPONDERS_MAX || !is_ours(doctor, pid))
		return;
	take(responders, pid, pool);
}

static bool
is_meta(const struct responder_socket *socket)
{
	return strcmp(responders_pools[socket->pool], "meta") == 0;
}

void
responders_look(struct doctor *doctor)
{
	struct responders *responders = calloc(1, sizeof(*responders));

	if ((doctor->responders = responders) == NULL)
		return;
	responders->are_seen = doctor->was_root;
	if (!responders->are_seen)
		return;
	process_visit(look_at, doctor);
	for (size_t i = 0; i < responders->socket_count; i++)
		fastcgi_get(responders->sockets[i].path,
		    is_meta(&responders->sockets[i]) ? "/health/ready" : "/bearward/doctor",
		    &responders->sockets[i].answer);
}

void
responders_free(struct responders *responders)
{
	free(responders);
}
