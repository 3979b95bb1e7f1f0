/*
 * attempts: bounds how often passwords are guessed, users are registered, and messages with a link
 * are asked for (protocol section 36).
 *
 * An attempt is taken before the hash and given back when it succeeds, so only failures count. A
 * sign-in takes from three budgets: that of the client's network, that of the account from this
 * network, and that of the account from either all networks that it does not know or all that it
 * knows. A network is known to an account for 90 days after a sign-in from there. So whoever
 * guesses from elsewhere uses up the strangers' budget, and the owner still gets in from where he
 * was before. A name that nobody has is counted like any other.
 *
 * With `attempts = no`, and for a command, nothing is counted.
 *
 * That a budget is used up stands in the audit, at most once an hour for an account.
 */
#ifndef BEARWARD_ACCOUNT_ATTEMPTS_H
#define BEARWARD_ACCOUNT_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/context.h"
#include "store/buckets.h"
#include "store/users.h"

enum { ATTEMPTS_WAIT_MAX = 900 };

/* One attempt: the budgets that it was taken from, and what is known of the network. */
struct attempt {
	struct bucket budgets[BUCKETS_AT_ONCE];	/* borrow their texts */
	size_t count;
	int64_t known_at;	/* when the account signed in from here; 0: not lately */
};

/*
 * Takes an attempt to sign in, and finds the user who has the name, with the hash. account is the
 * key of the name, borrowed as long as attempt is used; *user is owned, also on failure, and NULL
 * when nobody has the name. Returns ERR_ATTEMPTS, with the seconds to wait (at
 * most 900) in the context's retry_after, when a budget is used up, as slowly as hashing refuses;
 * ERR_STORAGE or ERR_MEMORY when that cannot be told. Nothing is taken then; but where the answer
 * of a database was lost, it may count.
 */
ERR_CHECKED enum err attempts_take_sign_in(struct context *context, const char *account,
    struct user **user, struct attempt *attempt);

/* Take an attempt to register, or one to use a link, in the same way. */
ERR_CHECKED enum err attempts_take_registration(struct context *context,
    struct attempt *attempt);
ERR_CHECKED enum err attempts_take_link(struct context *context, struct attempt *attempt);

/*
 * Takes an attempt to ask for a link; account and user as above. It is the network that is
 * refused. *may_ask is false where the account's budget is used up: whoever asks
 * must not learn that, since it would tell that somebody else asks for the account, too.
 */
ERR_CHECKED enum err attempts_take_asking(struct context *context, const char *account,
    const struct user *user, struct attempt *attempt, bool *may_ask);

/*
 * Gives back what was taken. The caller does so unless the attempt has told something: that a
 * password is wrong, or that a name is taken, or free.
 */
void attempts_give_back(struct context *context, const struct attempt *attempt);

/*
 * Makes the network of the context known to user, who has signed in from there, and notes in the
 * context whether it was not before. Writes at most once a day for a network. A failure is logged
 * and costs nothing but the knowledge.
 */
void attempts_remember(struct context *context, const struct user *user,
    const struct attempt *attempt);

/* A budget of an account, as the command shows it. */
struct attempts_budget {
	const char *name;	/* static: "strangers", "known networks" or "links" */
	long taken;
	long at_once;
	int64_t wait;		/* seconds until there is another attempt; 0: there is one */
};

enum { ATTEMPTS_ACCOUNT_BUDGETS = 3 };

/* Looks at the budgets of an account, by its key; takes nothing. ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err attempts_look(const struct context *context, const char *account,
    struct attempts_budget budgets[ATTEMPTS_ACCOUNT_BUDGETS]);

/* Counts the budgets of each kind from which attempts are taken. ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err attempts_count(const struct context *context, size_t counts[BUCKET_KINDS]);

/*
 * The functions below tell the audit and the log, and forgive nothing where the audit cannot be
 * told. They return ERR_STORAGE or ERR_MEMORY.
 */

/* Forgives all failures of all. */
ERR_CHECKED enum err attempts_clear_all(struct context *context);

/*
 * Forgives what was failed at an account from all networks together, from each network that the
 * account knows, and from one more, unless it is NULL; and the links that were asked for.
 */
ERR_CHECKED enum err attempts_clear_account(struct context *context, const struct user *user,
    const char *network);

/*
 * Forgives the failures of a network, as network_of() writes it: of sign-ins, whatever the
 * account, and of registrations. What it has failed at one account is that account's.
 */
ERR_CHECKED enum err attempts_clear_network(struct context *context, const char *network);

#endif
