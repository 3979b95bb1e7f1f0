/*
 * scope: lists of scope tokens, separated by single spaces (RFC 6749, section 3.3).
 */
#ifndef BEARWARD_TEXT_SCOPE_H
#define BEARWARD_TEXT_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

enum { SCOPE_LEN_MAX = 1024, SCOPE_TOKENS_MAX = 64 };

/* The scope that registering another user needs when `registration = bearer`. */
#define SCOPE_USERS_CREATE "users:create"
/* The scope that a service needs to ask at /introspect. */
#define SCOPE_INTROSPECT "introspect"
/* The scope that a program needs to read /metrics from elsewhere. */
#define SCOPE_METRICS "metrics"

/* Returns true when list is well-formed and within both limits. The empty list is valid. */
bool scope_is_valid(const char *list);

/* Returns the number of tokens in a valid list. */
size_t scope_count(const char *list);

/* Returns true when list contains token. */
bool scope_has(const char *list, const char *token);

/*
 * Returns true when every token of list is in allowed or also_allowed. NULL stands for an empty
 * list.
 */
bool scope_is_within(const char *list, const char *allowed, const char *also_allowed);

/* Returns true when the two lists have a token in common. */
bool scope_share(const char *list, const char *other);

/* Removes from list every token that is neither in allowed nor in also_allowed. */
void scope_narrow(char *list, const char *allowed, const char *also_allowed);

/*
 * Appends the tokens of more to list; both are valid. Returns false, with list unchanged, when the
 * result would exceed a limit.
 */
bool scope_append(char list[SCOPE_LEN_MAX + 1], const char *more);

#endif
