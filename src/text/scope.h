/*
 * scope: lists of scope tokens, separated by single spaces (RFC 6749, section 3.3).
 */
#ifndef BEARWARD_TEXT_SCOPE_H
#define BEARWARD_TEXT_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

enum { SCOPE_LEN_MAX = 1024, SCOPE_TOKENS_MAX = 64 };

/* What a caller's token must carry where `registration = bearer`. */
#define SCOPE_USERS_CREATE "users:create"

/* Whether list is well-formed and within both limits. The empty list is. */
bool scope_is_valid(const char *list);

/* How many tokens a valid list has. */
size_t scope_count(const char *list);

/* Whether list contains the one token. */
bool scope_has(const char *list, const char *token);

/* Whether every token of list is in one of the others; NULL stands for an empty list. */
bool scope_is_within(const char *list, const char *allowed, const char *also_allowed);

/* Whether any token is in both lists. */
bool scope_share(const char *list, const char *other);

/* Takes out of a list, in place, every token that is in neither of the others. */
void scope_narrow(char *list, const char *allowed, const char *also_allowed);

/*
 * Appends the tokens of more, which is valid as list is. false, and list as before: it would be
 * past a limit.
 */
bool scope_append(char list[SCOPE_LEN_MAX + 1], const char *more);

#endif
