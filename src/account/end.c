/* end: ends what users were given when they signed in. */
#include "account/end.h"

#include <stdio.h>
#include <time.h>

#include "account/audit.h"

enum { ACTOR_SIZE = 160 };

/* Who ends something, and from where, as the audit has it. */
struct author {
	char actor[ACTOR_SIZE];
	char network[NETWORK_SIZE];
};

/* Fills in who ends what is a user's, and why: a command, or else whoever has the user's token. */
static struct grants_ending
describe(const struct context *context, const struct user *user, const char *reason,
    struct author *author)
{
	*author = (struct author){0};
	if (context->operator != NULL) {
		snprintf(author->actor, ACTOR_SIZE, "command:%s", context->operator);
	} else {
		snprintf(author->actor, ACTOR_SIZE, "%lld", (long long)user->id);
		network_coarse_of(context->client, author->network);
	}
	return (struct grants_ending){
		.now = context->now, .event = "grant ended", .reason = reason,
		.actor = author->actor, .network = author->network, .detail = reason,
	};
}

struct work {
	const struct user *user;
	const struct end_change *change;
	struct grants_ending ending;
	int64_t ended;
};

static enum err
do_end_all(struct db_connection *connection, void *arg)
{
	struct work *work = arg;
	const struct end_change *change = work->change;
	enum err err;

	/* The moment at which no other can write: what was given before then is void. */
	work->ending.now = (int64_t)time(NULL);
	err = grants_end_all(connection, work->user->id, &work->ending, &work->ended);
	/* Last: the grants of a user who is deleted go as well, and nobody could count them. */
	if (err == ERR_OK && change->make != NULL)
		err = change->make(connection, work->user->id, change->value);
	return err;
}

enum err
end_all(struct context *context, const struct user *user, const struct end_change *change,
    int64_t *ended)
{
	struct author author;
	struct work work = {
		.user = user, .change = change,
		.ending = describe(context, user, change->reason, &author),
	};
	enum err err = db_transact(context->service->db, do_end_all, &work);

	*ended = err == ERR_OK ? work.ended : 0;
	return err;
}

enum err
end_grant(struct context *context, const struct user *user,
    const unsigned char id[GRANTS_ID_LEN], const char *reason, bool *is_done)
{
	struct author author;
	const struct grants_ending ending = describe(context, user, reason, &author);
	int64_t user_id = 0;
	enum err err = grants_end(context->service->db, id, user->id, &ending, &user_id);

	*is_done = err == ERR_OK && user_id != 0;
	if (*is_done)
		audit_grant_ended(context, user, id, reason);
	return err;
}
