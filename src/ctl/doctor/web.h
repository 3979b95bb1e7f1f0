/*
 * web: doctor: the web servers of this host, and the sites that lead to bearward.
 */
#ifndef BEARWARD_CTL_DOCTOR_WEB_H
#define BEARWARD_CTL_DOCTOR_WEB_H

#include <stdbool.h>
#include <sys/types.h>

#include "ctl/doctor/doctor.h"
#include "ctl/doctor/responders.h"
#include "ctl/doctor/tree.h"

enum { WEB_SERVERS_MAX = 16, WEB_SITES_MAX = 32, WEB_GUARDED_MAX = 64 };

enum web_kind { WEB_NGINX, WEB_APACHE, WEB_LIGHTTPD, WEB_CADDY, WEB_KINDS };

/* What a kind of web server is like. */
struct web_program {
	const char *name;		/* of its process, and its package */
	const char *conf;		/* where its configuration is on Debian */
	const char *directory;		/* to which files that are included are relative there */
	struct tree *(*read)(struct doctor *doctor, const char *path, const char *directory);
	const char *reload;		/* makes it take up its configuration */
};

extern const struct web_program web_programs[WEB_KINDS];

/* A web server that runs, or is installed. */
struct web_server {
	enum web_kind kind;
	pid_t master;			/* 0: it does not run */
	pid_t worker;			/* which connects to responders; 0: none was found */
	const char *conf;
	const char *directory;		/* to which files that are included are relative */
	const char *prefix;		/* that it was started with; NULL: none */
	const char *version;		/* "" where it is not known */
	const char *fault;		/* of its configuration; NULL: none is known */
	struct tree *tree;
	int lines_to_us;		/* that lead to a responder of ours */
};

/* A block of a configuration that leads to responders: a server of nginx, a virtual host. */
struct web_site {
	const struct web_server *server;
	const struct tree *block;
	const struct tree *line;	/* the block, or the first line in it where that is all */
	bool has_pool[RESPONDERS_POOLS];
	const char *host, *port;	/* where it listens; host "": everywhere */
	const char *name;		/* of the site; "": any */
	bool is_tls;
	bool starts_them;		/* responders, as they are needed */
};

/* A part of a site at which bearward is asked before each request. */
struct web_guarded {
	const struct web_server *server;
	const struct tree *block;
	const char *path;		/* that can be asked for; "": not known */
};

struct web {
	size_t server_count, site_count, guarded_count;
	struct web_server servers[WEB_SERVERS_MAX];
	struct web_site sites[WEB_SITES_MAX];
	struct web_guarded guarded[WEB_GUARDED_MAX];
	const char *closed_socket;	/* to which a web server may not connect; NULL: none */
	const char *closed_account;	/* which may not */
	bool serves_state;		/* the state directory is below a document root */
};

/* Returns which responder of ours a word of a configuration leads to; -1: none. */
int web_pool_of(const struct doctor *doctor, const char *word);

/*
 * web_pass.c: returns which responder of ours a line of nginx passes requests to, fastcgi_pass or
 * proxy_pass, by a socket or by the name of an upstream; -1: none.
 */
int web_pool_of_pass(struct doctor *doctor, const struct tree *top, const struct tree *node);

/* Looks for web servers and their configurations, as whoever has typed the command. */
void web_look(struct doctor *doctor);

/* Returns whether a site leads to a responder; true where no site is known. */
bool web_leads_to(const struct doctor *doctor, int pool);

/* web_sites.c: finds the sites and the guarded parts of a server. */
void web_find_sites(struct doctor *doctor, const struct web_server *server);

/* web_examine.c: notes what is in the configurations. */
void web_examine(struct doctor *doctor);

/* web_headers.c: notes whether a client could claim to be somebody in guarded parts. */
void web_examine_headers(struct doctor *doctor);

/* web_ask.c: asks through the web server, and notes what it answers. */
void web_ask(struct doctor *doctor);

/* Returns the site that leads to most responders; NULL: there is none. */
const struct web_site *web_best_site(const struct doctor *doctor);

#endif
