/* end: ends what users were given when they signed in. */
#include "account/end.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account/audit.h"

/* Fills in all but the event, of who ends what is a user's, and why. */
static struct grants_ending
describe(const struct context *context, const struct user *user, const char *reason,
    struct audit_author *author)
{
	const struct audits_row row = audit_describe(context, user, "", reason, author);

	return (struct grants_ending){
		.now = row.at, .reason = reason, .actor = row.actor, .network = row.network,
		.detail = reason,
	};
}

struct work {
	struct context *context;
	const struct user *user;
	const struct end_change *change;
	struct grants_ending ending;
	struct grants_ended ended;
	int64_t sessions;		/* how many ended */
};

/* The row of the change itself, behind those of what has ended. */
static enum err
tell(struct db_connection *connection, const struct work *work)
{
	const struct end_change *change = work->change;
	struct audit_author author;
	struct audits_row row = audit_describe(work->context, work->user,
	    change->told != NULL ? change->told : change->event, change->told_detail, &author);

	row.at = work->ending.now;
	/* It costs nobody a password: who signs out again and again gets one row. */
	if (change->make == NULL)
		row.join = AUDITS_JOINS_NEAR;
	return audits_add(connection, &row);
}

static enum err
do_end_all(struct db_connection *connection, void *arg)
{
	struct work *work = arg;
	const struct end_change *change = work->change;
	enum err err;

	if ((err = users_lock(connection, work->user->id)) != ERR_OK)
		return err;
	/* The moment at which no other can write: what was given before then is void. */
	work->ending.now = (int64_t)time(NULL);
	work->ending.event = "grant ended";
	if (change->begin != NULL &&
	    (err = change->begin(connection, work->user->id, change->value)) != ERR_OK)
		return err;
	err = grants_end_all(connection, work->user->id, change->keeps_grant, &work->ending,
	    &work->ended);
	work->ending.event = "session ended";
	if (err == ERR_OK)
		err = sessions_end_all(connection, work->user->id, change->keeps_session,
		    &work->ending, &work->sessions);
	/* Last: what a user had who is deleted goes as well, and nobody could count it. */
	if (err == ERR_OK && change->make != NULL)
		err = change->make(connection, work->user->id, change->value);
	if (err == ERR_OK)
		err = tell(connection, work);
	if (err == ERR_OK)
		err = message_add(connection, work->context, change->message, work->user);
	return err;
}

static void
log_ended(const struct context *context, const struct work *work)
{
	char detail[96] = "";

	if (work->ended.grants > 0)
		snprintf(detail, sizeof(detail), "grants ended: %" PRId64, work->ended.grants);
	if (work->sessions > 0)
		snprintf(detail + strlen(detail), sizeof(detail) - strlen(detail),
		    "%ssessions ended: %" PRId64, work->ended.grants > 0 ? ", " : "",
		    work->sessions);
	audit_user(context, work->change->event, work->user, *detail != '\0' ? detail : NULL);
}

enum err
end_all(struct context *context, const struct user *user, const struct end_change *change)
{
	struct audit_author author;
	struct work work = {
		.context = context, .user = user, .change = change,
		.ending = describe(context, user, change->reason, &author),
	};
	enum err err = db_transact(context->service->db, do_end_all, &work);

	if (err == ERR_OK)
		log_ended(context, &work);
	if (err == ERR_OK && change->signed_out_at != NULL)
		*change->signed_out_at = work.ended.signed_out_at;
	return err;
}

enum err
end_grant(struct context *context, const struct user *user,
    const unsigned char id[GRANTS_ID_LEN], const char *reason, bool *is_done)
{
	struct audit_author author;
	struct grants_ending ending = describe(context, user, reason, &author);
	int64_t user_id = 0;
	enum err err;

	ending.event = "grant ended";
	err = grants_end(context->service->db, id, user->id, &ending, &user_id);
	*is_done = err == ERR_OK && user_id != 0;
	if (*is_done)
		audit_ended(context, user, "grant", id, reason);
	return err;
}

/* Ends a session, which the audit calls by the name of that event. */
static enum err
end_one_session(struct context *context, const struct user *user,
    const unsigned char id[SESSIONS_ID_LEN], const struct grants_ending *ending, bool *is_done)
{
	int64_t user_id = 0;
	enum err err = sessions_end(context->service->db, id, user->id, ending, &user_id);

	*is_done = err == ERR_OK && user_id != 0;
	if (*is_done)
		audit_ended(context, user, "session", id, ending->reason);
	return err;
}

enum err
end_session(struct context *context, const struct user *user,
    const unsigned char id[SESSIONS_ID_LEN], const char *reason, bool *is_done)
{
	struct audit_author author;
	struct grants_ending ending = describe(context, user, reason, &author);

	ending.event = "session ended";
	return end_one_session(context, user, id, &ending, is_done);
}

enum err
end_own_session(struct context *context, const struct user *user,
    const unsigned char id[SESSIONS_ID_LEN], bool *is_done)
{
	struct audit_author author;
	struct grants_ending ending = describe(context, user, "signed out", &author);

	ending.event = "sign-out";
	ending.detail = "browser";
	return end_one_session(context, user, id, &ending, is_done);
}
