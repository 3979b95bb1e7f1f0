/* peers: who may connect to a unix socket. */
#include "serve/peers.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* Debian 12's C library does not name it. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

enum { GROUPS_MAX = 1024 };	/* that an account may be in; of more, none is seen */

static bool
add_account(struct peers *peers, uid_t account)
{
	if (peers->count == PEERS_MAX)
		return false;
	peers->accounts[peers->count++] = account;
	return true;
}

/* Adds the accounts of a list, which it cuts up. */
static enum err
add_names(struct peers *peers, char *names)
{
	const struct passwd *entry;
	char *rest = NULL;

	for (char *name = strtok_r(names, " ", &rest); name != NULL;
	    name = strtok_r(NULL, " ", &rest)) {
		if ((entry = getpwnam(name)) != NULL && add_account(peers, entry->pw_uid))
			continue;
		log_event(LEVEL_ERROR, "cannot use the setting web_server_user",
		    LOG_TEXT("account", name), LOG_TEXT("reason", entry == NULL ?
		    "there is no account of that name" : "too many accounts"));
		return ERR_SETUP;
	}
	return ERR_OK;
}

/* Adds owner and group of the socket's file, where it has one. */
static void
add_owners(struct peers *peers, const struct sockaddr_un *name)
{
	struct stat st;

	if (name->sun_path[0] == '\0' || stat(name->sun_path, &st) != 0)
		return;
	(void)add_account(peers, st.st_uid);
	peers->has_group = true;
	peers->group = st.st_gid;
}

enum err
peers_find(int listen_fd, const char *names, struct peers *peers)
{
	/* One byte more than a name may have, and so there is always a NUL. */
	union {
		struct sockaddr_un un;
		char room[sizeof(struct sockaddr_un) + 1];
	} name = {0};
	socklen_t len = sizeof(name.un);
	char *copy;	/* owned */
	enum err err;

	*peers = (struct peers){0};
	if (getsockname(listen_fd, (struct sockaddr *)&name.un, &len) != 0 ||
	    name.un.sun_family != AF_UNIX)
		return ERR_OK;
	peers->are_checked = true;
	(void)add_account(peers, 0);
	(void)add_account(peers, geteuid());
	if (*names == '\0') {
		add_owners(peers, &name.un);
		return ERR_OK;
	}
	if ((copy = strdup(names)) == NULL)
		return ERR_INTERNAL;
	err = add_names(peers, copy);
	free(copy);
	return err;
}

static bool
is_in_group(int fd, const struct ucred *peer, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* Without the process, so that the lines of one account are equal, and the log counts them. */
static void
complain(const struct ucred *peer)
{
	log_event(LEVEL_WARNING, "refused a connection of another account than the web server's "
	    "(see the setting web_server_user)", LOG_NUMBER("user", peer->uid),
	    LOG_NUMBER("group", peer->gid));
}

bool
peers_admit(const struct peers *peers, int fd)
{
	struct ucred peer = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t len = sizeof(peer);

	if (!peers->are_checked)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
		for (size_t i = 0; i < peers->count; i++)
			if (peers->accounts[i] == peer.uid)
				return true;
		if (peers->has_group && is_in_group(fd, &peer, peers->group))
			return true;
	}
	complain(&peer);
	return false;
}
