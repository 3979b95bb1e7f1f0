/*
 * responders: doctor: the responders that run with the settings at hand, and their sockets.
 */
#ifndef BEARWARD_CTL_DOCTOR_RESPONDERS_H
#define BEARWARD_CTL_DOCTOR_RESPONDERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "ctl/doctor/doctor.h"
#include "ctl/doctor/fastcgi.h"
#include "ctl/doctor/process.h"

enum {
	RESPONDERS_MAX = 256,
	RESPONDERS_POOLS = 8,
	RESPONDERS_SOCKETS_MAX = 32,
	RESPONDERS_UNIT_SIZE = 128
};

/* A process. */
struct responder {
	pid_t pid;
	int pool;			/* index of responders_pools */
	bool is_replaced;		/* its program is no more the file that it was */
	bool is_confined;		/* the kernel refuses it what it never calls */
	long descriptors;		/* that it may have open; -1: not known */
	char unit[RESPONDERS_UNIT_SIZE];	/* of systemd; "" for none */
	char directory[1024];		/* in which its program is; "": not known */
	char parent[32];		/* name of the program that has started it */
};

/* A socket with a name, on which one or several of them listen. */
struct responder_socket {
	int pool;
	char path[PROCESS_PATH_SIZE];
	struct fastcgi_answer answer;
};

struct responders {
	bool are_seen;			/* only root sees them */
	size_t count;
	struct responder list[RESPONDERS_MAX];
	size_t socket_count;
	struct responder_socket sockets[RESPONDERS_SOCKETS_MAX];
};

/* What there is a responder for: the names of the programs. */
extern const char *const responders_pools[RESPONDERS_POOLS];

/* Returns which of the pools a path belongs to, by what it ends in: "/x/me.fcgi"; -1: none. */
int responders_pool_of(const char *path, const char *suffix);

/* Looks at all processes, and asks each socket. Sees little unless it is root. */
void responders_look(struct doctor *doctor);

/* Notes what was found, later. */
void responders_examine(struct doctor *doctor);

void responders_free(struct responders *responders);

#endif
