/* attempts: bounds how often passwords are guessed, users registered, and links asked for. */
#include "account/attempts.h"

#include <stdio.h>
#include <string.h>

#include "account/audit.h"
#include "account/metrics.h"
#include "base/log.h"
#include "hash/hasher.h"
#include "store/charge.h"
#include "store/known_networks.h"

enum {
	TOLD_EVERY = 900,	/* seconds; it should not outlive what it tells of by much */
	DAY = 86400,
	KNOWN_FOR = 90 * DAY,
};

static int64_t
to_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* The bucket that is empty while the audit knows that one of an account, or of all, was. */
static struct bucket
told_of(const char *account)
{
	return (struct bucket){ BUCKET_TOLD, account, NULL, { 1, TOLD_EVERY } };
}

/*
 * Tells the audit that a budget is used up: not every time, since a flood should write nothing,
 * and for a name that nobody has as for any other, since the time must not tell who exists. What
 * cannot be written changes nothing.
 */
static void
tell(const struct context *context, const struct user *user, const struct bucket *bucket)
{
	static const char *const details[] = {
		[BUCKET_SOURCE] = "network", [BUCKET_ACCOUNT_SOURCE] = "account from network",
		[BUCKET_STRANGERS] = "account from strangers",
		[BUCKET_KNOWN] = "account from known networks",
		[BUCKET_REGISTRATION] = "registrations", [BUCKET_LINK] = "links",
	};
	const struct bucket told = told_of(bucket->account);
	struct buckets_refusal refusal;
	struct audit_author author;
	struct audits_row row;

	if (buckets_take(context->service->attempts, &told, 1, &refusal) != ERR_OK)
		return;
	row = audit_describe(context, bucket->account != NULL ? user : NULL, "budget reached",
	    details[bucket->kind], &author);
	row.actor = "";
	row.join = AUDITS_JOINS_NEAR;
	(void)!audits_add_alone(context->service->db, &row);
}

/* By the budget that is used up. */
static void
count_refusal(const struct context *context, enum bucket_kind kind)
{
	static const char *const words[BUCKET_KINDS] = {
		[BUCKET_SOURCE] = "source", [BUCKET_ACCOUNT_SOURCE] = "account_and_source",
		[BUCKET_STRANGERS] = "strangers", [BUCKET_KNOWN] = "known_networks",
		[BUCKET_REGISTRATION] = "registrations",
	};

	metrics_count(context->service, METRIC_ATTEMPTS_REFUSED, words[kind]);
}

/* Does what is to be done when an attempt was refused. */
static void
refuse(struct context *context, const struct user *user, const struct attempt *attempt,
    const struct buckets_refusal *refusal)
{
	const struct bucket *empty = &attempt->budgets[refusal->which];
	const int64_t wait = to_seconds(refusal->wait_ms);

	count_refusal(context, empty->kind);
	tell(context, user, empty);
	context->retry_after = (long)(wait < ATTEMPTS_WAIT_MAX ? wait : ATTEMPTS_WAIT_MAX);
	hasher_delay(context->service->hasher);
}

enum err
attempts_take_sign_in(struct context *context, const char *account, struct user **user,
    struct attempt *attempt)
{
	const struct config *config = context->service->config;
	const char *network = context->source;
	struct charge charge = {
		.account = account, .network = network, .known_since = context->now - KNOWN_FOR,
		.budgets = {
			{ BUCKET_SOURCE, NULL, network, config->attempts_source },
			{ BUCKET_ACCOUNT_SOURCE, account, network,
			    config->attempts_account_source },
			{ BUCKET_STRANGERS, account, NULL, config->attempts_strangers },
		},
		.known = { BUCKET_KNOWN, account, NULL, config->attempts_known },
	};
	enum err err;

	*attempt = (struct attempt){0};
	if (context->service->attempts == NULL)
		return users_find_with_hash(context->service->db, account, user);
	err = charge_sign_in(context->service->db, context->service->attempts, &charge, user);
	memcpy(attempt->budgets, charge.budgets, sizeof(charge.budgets));
	attempt->known_at = charge.known_at;
	if (err == ERR_OK)
		attempt->count = CHARGE_BUDGETS;
	else if (err == ERR_ATTEMPTS)
		refuse(context, *user, attempt, &charge.refusal);
	return err;
}

/* Takes from one budget of the network. */
static enum err
take_of_network(struct context *context, enum bucket_kind kind, struct rate rate,
    struct attempt *attempt)
{
	struct buckets_refusal refusal;
	enum err err;

	*attempt = (struct attempt){0};
	if (context->service->attempts == NULL)
		return ERR_OK;
	attempt->budgets[0] = (struct bucket){ kind, NULL, context->source, rate };
	err = buckets_take(context->service->attempts, attempt->budgets, 1, &refusal);
	if (err == ERR_OK)
		attempt->count = 1;
	else if (err == ERR_ATTEMPTS)
		refuse(context, NULL, attempt, &refusal);
	return err;
}

enum err
attempts_take_registration(struct context *context, struct attempt *attempt)
{
	return take_of_network(context, BUCKET_REGISTRATION,
	    context->service->config->attempts_registrations, attempt);
}

enum err
attempts_take_link(struct context *context, struct attempt *attempt)
{
	return take_of_network(context, BUCKET_SOURCE, context->service->config->attempts_source,
	    attempt);
}

static struct bucket
of_account(const struct context *context, enum bucket_kind kind, const char *account)
{
	const struct config *config = context->service->config;

	return (struct bucket){ kind, account, NULL,
		kind == BUCKET_KNOWN ? config->attempts_known :
		kind == BUCKET_LINK ? config->attempts_links : config->attempts_strangers };
}

enum err
attempts_take_asking(struct context *context, const char *account, const struct user *user,
    struct attempt *attempt, bool *may_ask)
{
	const struct bucket links = of_account(context, BUCKET_LINK, account);
	struct buckets_refusal refusal;
	enum err err = attempts_take_link(context, attempt);

	*may_ask = err == ERR_OK;
	if (err != ERR_OK || context->service->attempts == NULL)
		return err;
	err = buckets_take(context->service->attempts, &links, 1, &refusal);
	*may_ask = err == ERR_OK;
	if (*may_ask)
		attempt->budgets[attempt->count++] = links;
	else if (err == ERR_ATTEMPTS)
		tell(context, user, &links);
	else
		attempts_give_back(context, attempt);
	return err == ERR_ATTEMPTS ? ERR_OK : err;
}

void
attempts_give_back(struct context *context, const struct attempt *attempt)
{
	buckets_give_back(context->service->attempts, attempt->budgets, attempt->count);
}

void
attempts_remember(struct context *context, const struct user *user,
    const struct attempt *attempt)
{
	enum err err;

	context->is_network_new = attempt->count > 0 && attempt->known_at == 0;
	if (attempt->count == 0 || attempt->known_at > context->now - DAY)
		return;
	err = known_networks_add(context->service->db, user->id, context->source, context->now,
	    context->now - KNOWN_FOR);
	if (err != ERR_OK)
		log_event(LEVEL_WARNING, "cannot remember a network",
		    LOG_TEXT("user", user->username), LOG_NUMBER("uid", user->id),
		    LOG_TEXT("reason", err_name(err)));
}

enum err
attempts_look(const struct context *context, const char *account,
    struct attempts_budget budgets[ATTEMPTS_ACCOUNT_BUDGETS])
{
	static const char *const names[] = { "strangers", "known networks", "links" };
	const struct bucket buckets[] = {
		of_account(context, BUCKET_STRANGERS, account),
		of_account(context, BUCKET_KNOWN, account),
		of_account(context, BUCKET_LINK, account),
	};
	struct buckets_level levels[ATTEMPTS_ACCOUNT_BUDGETS];
	enum err err = buckets_look(context->service->attempts, buckets,
	    ATTEMPTS_ACCOUNT_BUDGETS, levels);

	for (size_t i = 0; err == ERR_OK && i < ATTEMPTS_ACCOUNT_BUDGETS; i++)
		budgets[i] = (struct attempts_budget){
			.name = names[i], .taken = levels[i].taken,
			.at_once = buckets[i].rate.at_once,
			.wait = to_seconds(levels[i].wait_ms),
		};
	return err;
}

enum err
attempts_count(const struct context *context, size_t counts[BUCKET_KINDS])
{
	return buckets_count(context->service->attempts, counts);
}

/* Before they are forgiven: what cannot be told is not done. */
static enum err
tell_forgiven(const struct context *context, const struct user *user, const char *detail)
{
	return audit_write(context, user, "attempts forgiven", detail);
}

enum err
attempts_clear_all(struct context *context)
{
	enum err err = tell_forgiven(context, NULL, "all");

	if (err == ERR_OK)
		err = buckets_fill_all(context->service->attempts);
	if (err == ERR_OK)
		audit_forgiven(context, NULL);
	return err;
}

/* Networks of an account: those that it knows, and one more. */
struct networks {
	char names[KNOWN_NETWORKS_MAX + 1][NETWORK_SIZE];
	size_t count;
};

static void
add_network(const char *network, void *arg)
{
	struct networks *networks = arg;

	if (networks->count <= KNOWN_NETWORKS_MAX)
		snprintf(networks->names[networks->count++], NETWORK_SIZE, "%s", network);
}

static enum err
fill(const struct context *context, const struct bucket *buckets, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = buckets_fill(context->service->attempts, &buckets[i]);
	return err;
}

static enum err
fill_of_account(const struct context *context, const struct user *user,
    const struct networks *networks)
{
	struct bucket buckets[4 + KNOWN_NETWORKS_MAX + 1] = {
		of_account(context, BUCKET_STRANGERS, user->username_key),
		of_account(context, BUCKET_KNOWN, user->username_key),
		of_account(context, BUCKET_LINK, user->username_key),
		told_of(user->username_key),
	};

	for (size_t i = 0; i < networks->count; i++)
		buckets[4 + i] = (struct bucket){ BUCKET_ACCOUNT_SOURCE, user->username_key,
			networks->names[i], context->service->config->attempts_account_source };
	return fill(context, buckets, 4 + networks->count);
}

enum err
attempts_clear_account(struct context *context, const struct user *user, const char *network)
{
	struct networks networks = {0};
	enum err err;

	if (network != NULL)
		add_network(network, &networks);
	err = known_networks_list(context->service->db, user->id, add_network, &networks);
	if (err == ERR_OK)
		err = tell_forgiven(context, user, "");
	if (err == ERR_OK)
		err = fill_of_account(context, user, &networks);
	if (err == ERR_OK)
		audit_user(context, "attempts forgiven", user, NULL);
	return err;
}

enum err
attempts_clear_network(struct context *context, const char *network)
{
	const struct config *config = context->service->config;
	const struct bucket buckets[] = {
		{ BUCKET_SOURCE, NULL, network, config->attempts_source },
		{ BUCKET_REGISTRATION, NULL, network, config->attempts_registrations },
	};
	char coarse[NETWORK_SIZE];
	enum err err;

	/* That of IPv6 is as coarse already. */
	network_coarse_of(network, coarse);
	err = tell_forgiven(context, NULL, strchr(network, '/') != NULL ? network : coarse);
	if (err == ERR_OK)
		err = fill(context, buckets, sizeof(buckets) / sizeof(buckets[0]));
	if (err == ERR_OK)
		audit_forgiven(context, network);
	return err;
}
