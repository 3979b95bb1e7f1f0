/*
 * peers: who may connect to a unix socket.
 *
 * What a web server says over FastCGI is believed: the address of a client, or that it has checked
 * a certificate. So the accounts of those who connect are looked at, and not only the mode of the
 * socket's file, which somebody may have opened up. At a socket of another kind, anybody may.
 */
#ifndef BEARWARD_SERVE_PEERS_H
#define BEARWARD_SERVE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

enum { PEERS_MAX = 16 };

struct peers {
	bool are_checked;		/* the socket is a unix socket */
	size_t count;
	uid_t accounts[PEERS_MAX];	/* any of which may connect */
	bool has_group;
	gid_t group;			/* whose members may */
};

/*
 * Finds who may connect to a listening socket: root, the account of this process, and the accounts
 * in a list with spaces; or, where the list is empty, owner and group of the socket's file.
 * Returns ERR_SETUP, logged, when there is no account of a name, or ERR_INTERNAL.
 */
ERR_CHECKED enum err peers_find(int listen_fd, const char *names, struct peers *peers);

/* Tells whether the peer of a connection may connect; logs that one may not. */
bool peers_admit(const struct peers *peers, int fd);

#endif
