/*
 * groups: which groups a user is in, as a list of names separated by single spaces.
 *
 * A name has only letters, digits and `_ . : / -`, so that a list fits in a header, in a variable
 * and in a setting of a web server as it is. scope_has() finds a group in a list.
 */
#ifndef BEARWARD_TEXT_GROUPS_H
#define BEARWARD_TEXT_GROUPS_H

enum {
	GROUPS_MAX = 32,			/* groups of one user */
	GROUPS_NAME_MAX = 64,			/* bytes of a name */
	GROUPS_LEN_MAX = 1024,			/* bytes of a list: it has to fit in a header */
};

/*
 * Returns what is wrong with a list, as a sentence without a period at its end; static. NULL:
 * nothing. The empty list is right.
 */
const char *groups_find_fault(const char *list);

#endif
