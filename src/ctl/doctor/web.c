/* web: doctor: finds the web servers of this host. */
#include "ctl/doctor/web.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor/output.h"

const struct web_program web_programs[WEB_KINDS] = {
	[WEB_NGINX] = { "nginx", "/etc/nginx/nginx.conf", "/etc/nginx", tree_read_nginx,
		"nginx -t && nginx -s reload" },
	[WEB_APACHE] = { "apache2", "/etc/apache2/apache2.conf", "/etc/apache2",
		tree_read_apache, "apache2ctl configtest && apache2ctl graceful" },
	[WEB_LIGHTTPD] = { "lighttpd", "/etc/lighttpd/lighttpd.conf", "/etc/lighttpd",
		tree_read_lighttpd, "lighttpd -tt -f /etc/lighttpd/lighttpd.conf && "
		"service lighttpd restart" },
	[WEB_CADDY] = { "caddy", "/etc/caddy/Caddyfile", "/etc/caddy", tree_read_caddy,
		"caddy validate --config /etc/caddy/Caddyfile && service caddy reload" },
};

/* ---- Which lines lead to us */

/* Whether a socket that the web server has made for itself is the one of a line: "x.sock-0". */
static bool
is_same_socket(const char *path, const char *word)
{
	const size_t len = strlen(path);
	const char *at = strstr(word, path);
	const char *end = strrchr(path, '-');

	if (at != NULL)
		return strchr("|;\"", at[len]) != NULL;
	if (end == NULL || end[1] == '\0' || end[1 + strspn(end + 1, "0123456789")] != '\0')
		return false;
	return strncmp(word, path, (size_t)(end - path)) == 0 && word[end - path] == '\0';
}

/* Whether a program is where those are that run with our settings; true where none runs. */
static bool
is_our_program(const struct responders *responders, const char *path)
{
	const char *end = strrchr(path, '/');

	for (size_t i = 0; end != NULL && i < responders->count; i++) {
		const char *directory = responders->list[i].directory;

		if (strlen(directory) == (size_t)(end - path) &&
		    strncmp(directory, path, (size_t)(end - path)) == 0)
			return true;
	}
	return responders->count == 0;
}

static int
pool_by_name(const struct doctor *doctor, const char *word)
{
	static const char *const suffixes[] = { ".sock", ".fcgi" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const char *end = strstr(word, suffixes[i]);
		char path[PROCESS_PATH_SIZE];

		if (end == NULL || (i == 0 && doctor->responders->socket_count > 0))
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)(end - word) + 5, word);
		return i == 0 || is_our_program(doctor->responders, path)
		    ? responders_pool_of(path, suffixes[i]) : -1;
	}
	return -1;
}

int
web_pool_of(const struct doctor *doctor, const char *word)
{
	const struct responders *responders = doctor->responders;

	for (size_t i = 0; i < responders->socket_count; i++)
		if (is_same_socket(responders->sockets[i].path, word))
			return responders->sockets[i].pool;
	return pool_by_name(doctor, word);
}

static int
count_lines_to_us(const struct doctor *doctor, const struct tree *tree)
{
	int count = 0;

	for (const struct tree *node = tree->first; node != NULL; node = tree_next(tree, node))
		for (int i = 1; i < node->count; i++)
			count += web_pool_of(doctor, node->words[i]) >= 0;
	return count;
}

/* ---- Web servers that run */

/* Returns the word behind an option of a command line, whose words end with NUL or a blank. */
static const char *
find_option(struct doctor *doctor, const char *words, size_t len, const char *option)
{
	const size_t option_len = strlen(option);

	for (size_t at = 0; at + option_len < len; at += strcspn(words + at, " ") + 1)
		if (strncmp(words + at, option, option_len) == 0 && words[at + option_len] == ' ')
			return doctor_text(doctor, "%.*s",
			    (int)strcspn(words + at + option_len + 1, " "),
			    words + at + option_len + 1);
	return NULL;
}

static void
add_server(struct doctor *doctor, enum web_kind kind, pid_t master, const char *conf,
    const char *prefix)
{
	struct web *web = doctor->web;
	const struct web_program *program = &web_programs[kind];
	struct web_server *added = &web->servers[web->server_count];
	const void *const mark = doctor_mark(doctor);

	if (web->server_count == WEB_SERVERS_MAX)
		return;
	*added = (struct web_server){ .kind = kind, .master = master, .version = "" };
	added->prefix = prefix;
	added->conf = conf == NULL ? program->conf : *conf == '/' ? conf
	    : doctor_text(doctor, "%s/%s", prefix != NULL ? prefix : program->directory, conf);
	/* Apache has a directory for that; the others take that of the configuration. */
	added->directory = kind == WEB_APACHE && prefix != NULL ? prefix
	    : doctor_text(doctor, "%.*s", (int)(strrchr(added->conf, '/') - added->conf),
	    added->conf);
	added->tree = program->read(doctor, added->conf, added->directory);
	added->lines_to_us = added->tree == NULL ? 0 : count_lines_to_us(doctor, added->tree);
	/* Others may run beside those of the system: only those are of interest that are ours. */
	if (added->lines_to_us > 0 ||
	    (added->tree != NULL && strcmp(added->conf, program->conf) == 0))
		web->server_count++;
	else
		doctor_forget(doctor, mark);
}

static void
take_command(struct doctor *doctor, enum web_kind kind, pid_t master)
{
	static const char *const of_conf[] = { "-c", "-f", "-f", "--config" };
	static const char *const of_prefix[] = { "-p", "-d", "-?", "-?" };
	char words[PROCESS_PATH_SIZE];
	const size_t len = process_read(master, "cmdline", words, sizeof(words));

	for (size_t i = 0; i < len; i++)
		words[i] = words[i] == '\0' ? ' ' : words[i];
	add_server(doctor, kind, master, find_option(doctor, words, len, of_conf[kind]),
	    find_option(doctor, words, len, of_prefix[kind]));
}

static int
kind_of(pid_t pid)
{
	char name[32];

	(void)process_read(pid, "comm", name, sizeof(name));
	name[strcspn(name, "\n")] = '\0';
	for (int kind = 0; kind < WEB_KINDS; kind++)
		if (strcmp(name, web_programs[kind].name) == 0)
			return kind;
	return -1;
}

static pid_t
parent_of(pid_t pid)
{
	return (pid_t)process_find_number(pid, "status", "\nPPid:");
}

static void
take_master(pid_t pid, void *arg)
{
	const int kind = kind_of(pid);

	if (kind >= 0 && kind_of(parent_of(pid)) != kind && process_is_in_our_network(pid))
		take_command(arg, (enum web_kind)kind, pid);
}

static void
take_worker(pid_t pid, void *arg)
{
	struct web *web = ((struct doctor *)arg)->web;

	if (kind_of(pid) < 0)
		return;
	for (size_t i = 0; i < web->server_count; i++)
		if (web->servers[i].master == parent_of(pid))
			web->servers[i].worker = pid;
}

/* ---- What they say of themselves */

/* Returns the first line of an output that tells of a mistake. */
static const char *
find_complaint(struct doctor *doctor, const char *text)
{
	static const char *const marks[] = {
		"[emerg]", "[error]", "Syntax error", "(configfile", "Error", "rror:", "AH",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(text, marks[i]), *begin = at;

		if (at == NULL)
			continue;
		while (begin > text && begin[-1] != '\n')
			begin--;
		return doctor_text(doctor, "%.*s", (int)strcspn(begin, "\n"), begin);
	}
	return doctor_text(doctor, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Adds words to a command. */
static void
add_words(const char *command[], const char *const words[])
{
	while (*command != NULL)
		command++;
	while (*words != NULL)
		*command++ = *words++;
}

/* Whether nobody but root can say what is at a path. */
static bool
is_of_root(const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (realpath(path, real) == NULL)
		return false;
	for (char *end = real + strlen(real); end != NULL; end = strrchr(real, '/')) {
		*end = '\0';
		if (lstat(*real != '\0' ? real : "/", &st) != 0 || st.st_uid != 0 ||
		    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
			return false;
	}
	return true;
}

/*
 * As the account that it runs as, and with no other rights: any account can have a process of
 * that name, and a configuration may name code to be run. Before that is root, it must be root's.
 */
static void
check_configuration(struct doctor *doctor, struct web_server *server)
{
	const long uid = process_find_number(server->master, "status", "\nUid:");
	const long gid = process_find_number(server->master, "status", "\nGid:");
	const char *as = doctor_text(doctor, "--reuid=%ld", uid);
	const char *of = doctor_text(doctor, "--regid=%ld", gid);
	const char *command[20] = { NULL };
	const bool is_usual = strcmp(server->conf, web_programs[server->kind].conf) == 0;
	struct output output;

	if (server->master != 0 && uid > 0 && gid > 0)
		add_words(command, (const char *const[]){ "setpriv", as, of, "--clear-groups",
		    "--no-new-privs", NULL });
	else if (!is_of_root(server->conf) || !is_of_root(server->directory) ||
	    (server->prefix != NULL && !is_of_root(server->prefix)))
		return;
	if (server->kind == WEB_NGINX)
		add_words(command, (const char *const[]){ "nginx", "-t", "-c", server->conf,
		    server->prefix != NULL ? "-p" : NULL, server->prefix, NULL });
	else if (server->kind == WEB_APACHE && is_usual && output_has_program("apache2ctl"))
		add_words(command, (const char *const[]){ "apache2ctl", "-t", NULL });
	else if (server->kind == WEB_APACHE)
		add_words(command, (const char *const[]){ "apache2", "-t", "-f", server->conf,
		    "-d", server->directory, NULL });
	else if (server->kind == WEB_LIGHTTPD)
		add_words(command, (const char *const[]){ "lighttpd", "-tt", "-f", server->conf,
		    NULL });
	else
		add_words(command, (const char *const[]){ "caddy", "adapt", "--config",
		    server->conf, NULL });
	output_read(command, "", &output);
	if (!output.is_done)
		server->fault = find_complaint(doctor, output.text);
	output_free(&output);
}

static const char *
last_line(const char *text)
{
	const char *line = text;

	for (const char *at = text; *at != '\0'; at++)
		if (at[0] == '\n' && at[1] != '\0')
			line = at + 1;
	return line;
}

static void
find_version(struct doctor *doctor, struct web_server *server)
{
	static const char *const options[] = { "-v", "-v", "-v", "version" };
	const char *name = web_programs[server->kind].name, *begin;
	struct output output;

	output_read((const char *const[]){ name, options[server->kind], NULL }, "", &output);
	/* Caddy complains of what it is not given before it answers. */
	begin = server->kind == WEB_CADDY ? last_line(output.text) : strchr(output.text, '/');
	begin = begin != NULL ? begin + (*begin == '/') : output.text;
	server->version = doctor_text(doctor, "%.*s", (int)strcspn(begin, " \n"), begin);
	output_free(&output);
}

static bool
names_socket(const struct web_server *server, const char *path)
{
	for (const struct tree *node = server->tree->first; node != NULL;
	    node = tree_next(server->tree, node))
		for (int i = 1; i < node->count; i++)
			if (is_same_socket(path, node->words[i]))
				return true;
	return false;
}

/* Whether the web server is a member of the group that its sockets are open to, as it runs. */
static void
check_access(struct doctor *doctor, const struct web_server *server)
{
	const pid_t pid = server->worker != 0 ? server->worker : server->master;
	const long uid = process_find_number(pid, "status", "\nUid:");
	const struct passwd *account = getpwuid((uid_t)uid);

	for (size_t i = 0; pid != 0 && i < doctor->responders->socket_count; i++) {
		const char *path = doctor->responders->sockets[i].path;

		/* It may be another one's, beside ours. */
		if (access(path, F_OK) != 0 || process_may_write(pid, path) ||
		    !names_socket(server, path))
			continue;
		doctor->web->closed_socket = path;
		doctor->web->closed_account = account == NULL ? "its account"
		    : doctor_text(doctor, "%s", account->pw_name);
	}
}

void
web_look(struct doctor *doctor)
{
	struct web *web = doctor->web = calloc(1, sizeof(*web));

	if (web == NULL || doctor->responders == NULL)
		return;
	process_visit(take_master, doctor);
	process_visit(take_worker, doctor);
	for (int kind = 0; kind < WEB_KINDS; kind++) {
		bool is_known = false;

		for (size_t i = 0; i < web->server_count; i++)
			is_known |= web->servers[i].kind == (enum web_kind)kind;
		if (!is_known && output_has_program(web_programs[kind].name) &&
		    access(web_programs[kind].conf, F_OK) == 0)
			add_server(doctor, (enum web_kind)kind, 0, NULL, NULL);
	}
	for (size_t i = 0; i < web->server_count; i++) {
		find_version(doctor, &web->servers[i]);
		if (doctor->was_root)
			check_configuration(doctor, &web->servers[i]);
		web_find_sites(doctor, &web->servers[i]);
		if (web->servers[i].lines_to_us > 0)
			check_access(doctor, &web->servers[i]);
	}
}
