/*
 * audit_list: shows what happened (protocol section 39): to a user, or all of it.
 */
#ifndef BEARWARD_ACCOUNT_AUDIT_LIST_H
#define BEARWARD_ACCOUNT_AUDIT_LIST_H

#include <stdint.h>

#include "account/context.h"
#include "store/audits.h"

/* Who did it. */
enum audit_by {
	AUDIT_BY_NOBODY,		/* it is not known, or came about by itself */
	AUDIT_BY_USER,			/* the user to whom it happened */
	AUDIT_BY_OTHER,			/* another user */
	AUDIT_BY_COMMAND,		/* whoever typed a command */
};

/* What happened. Texts are borrowed; "" where there is none. */
struct audit_entry {
	int64_t id;			/* grows with time */
	int64_t at;			/* seconds since 1970; of the first of `count` */
	const char *event;		/* one of audit_events */
	int64_t user_id;		/* to whom; 0: to nobody, or to a name that nobody has */
	const char *username;		/* of that user; "" as well when the user is deleted */
	enum audit_by by;
	const char *actor;		/* number of a user, or `command:ACCOUNT` */
	const char *client_id;		/* of a program that signed in */
	const char *network;		/* a coarse one; "" as well when there were several */
	const char *detail;		/* fixed words: why, or of what kind */
	int64_t count;			/* how often, or of how many */
};
typedef void audit_visit(const struct audit_entry *entry, void *arg);

/*
 * Visits what was asked for, see struct audits_list; visit borrows the entry. To go on, ask for
 * those after the id of the last one. Returns ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err audit_list(struct context *context, const struct audits_list *list,
    audit_visit *visit, void *arg);

#endif
