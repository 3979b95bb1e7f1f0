/*
 * heartbeat: what each web host does again and again where a database is for many hosts.
 *
 * One process of a host, the one that holds the lock on the file `heartbeat` in the state
 * directory, has a thread that writes to the database when sessions were used on this host
 * (store/sessions_fold.h), tells of this host in the table hosts, and removes some rows whose end
 * has come, also when nobody signs in. When that process ends, another one goes on. A process that
 * answers one request does the same at its end, if it is due and nobody else does it.
 *
 * None of this is needed with SQLite.
 */
#ifndef BEARWARD_ACCOUNT_HEARTBEAT_H
#define BEARWARD_ACCOUNT_HEARTBEAT_H

#include "account/service.h"
#include "base/err.h"
#include "token/key_list.h"

struct heartbeat;

enum { HEARTBEAT_KIDS_SIZE = KEY_LIST_MAX * KEY_ID_SIZE };

/* Writes the ids of the keys in directories, sorted, with a blank between. Returns kids. */
const char *heartbeat_list_kids(const struct key_list_directories *directories,
    char kids[HEARTBEAT_KIDS_SIZE]);

/*
 * Opens what it takes, before the process is confined; service is borrowed, and its database need
 * not be open yet. *heartbeat is owned: heartbeat_close(). Returns ERR_STORAGE, logged, or
 * ERR_MEMORY.
 */
ERR_CHECKED enum err heartbeat_open(struct service *service, struct heartbeat **heartbeat);

/* Starts the thread, once the process is confined. Without one, another process does it. */
void heartbeat_begin(struct heartbeat *heartbeat);

/* Does it once, if that is due and no other process of this host does it. */
void heartbeat_once(struct heartbeat *heartbeat);

/* Waits for the thread to end, while the database is still open. Accepts NULL. */
void heartbeat_close(struct heartbeat *heartbeat);

#endif
