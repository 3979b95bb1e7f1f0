/*
 * fellow_hosts: whether the hosts that use one database go together. For the command; it needs no
 * open resource, and there must be a PostgreSQL.
 */
#ifndef BEARWARD_ACCOUNT_FELLOW_HOSTS_H
#define BEARWARD_ACCOUNT_FELLOW_HOSTS_H

#include "account/context.h"
#include "store/db.h"
#include "store/hosts.h"

/*
 * Visits the hosts that were there within the last month. Returns ERR_SETUP or ERR_STORAGE,
 * logged, or ERR_MEMORY.
 */
ERR_CHECKED enum err fellow_hosts_list(struct context *context,
    void (*visit)(const struct hosts_row *row, void *arg), void *arg);

/*
 * Notes what is to be said of the clock of this host, and of each host: its keys beside ours, its
 * version, its clock, and whether it is still there.
 */
void fellow_hosts_examine(struct context *context, finding_note *note, void *arg);

#endif
