/* attempts: bounds how often passwords are guessed, users registered, and links asked for. */
#include "account/attempts.h"

#include <string.h>

#include "account/audit.h"
#include "account/metrics.h"
#include "base/log.h"
#include "hash/hasher.h"
#include "store/known_networks.h"

enum {
	TOLD_EVERY = 900,	/* seconds; it should not outlive what it tells of by much */
	DAY = 86400,
	KNOWN_FOR = 90 * DAY,
};

static void
add_budget(struct attempt *attempt, enum bucket_kind kind, const char *account,
    const char *network, struct rate rate)
{
	attempt->budgets[attempt->count++] = (struct bucket){ kind, account, network, rate };
}

static int64_t
to_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

/* Returns how many seconds there are until every budget has an attempt; 0 when all have one. */
static int64_t
longest_wait(const struct buckets *buckets, const struct attempt *attempt)
{
	int64_t longest = 0, wait;

	for (size_t i = 0; i < attempt->count; i++) {
		(void)buckets_look(buckets, &attempt->budgets[i], &wait);
		if (wait > longest)
			longest = wait;
	}
	return to_seconds(longest);
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
	struct audit_author author;
	struct audits_row row;

	if (buckets_take(context->service->attempts, &told) != 0)
		return;
	row = audit_describe(context, bucket->account != NULL ? user : NULL, "budget reached",
	    details[bucket->kind], &author);
	row.actor = "";
	row.join = AUDITS_JOINS_NEAR;
	(void)!audits_add_alone(context->service->db, &row);
}

static enum err
refuse(struct context *context, const struct attempt *attempt, int64_t wait)
{
	const int64_t longest = longest_wait(context->service->attempts, attempt);

	wait = longest > wait ? longest : wait;
	context->retry_after = (long)(wait < ATTEMPTS_WAIT_MAX ? wait : ATTEMPTS_WAIT_MAX);
	hasher_delay(context->service->hasher);
	return ERR_ATTEMPTS;
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

/* Takes from all budgets, or from none. */
static enum err
take(struct context *context, const struct user *user, struct attempt *attempt)
{
	struct buckets *buckets = context->service->attempts;

	for (size_t i = 0; i < attempt->count; i++) {
		const int64_t wait = buckets_take(buckets, &attempt->budgets[i]);

		if (wait == 0)
			continue;
		count_refusal(context, attempt->budgets[i].kind);
		for (size_t j = i; j-- > 0; )
			buckets_give_back(buckets, &attempt->budgets[j]);
		tell(context, user, &attempt->budgets[i]);
		return refuse(context, attempt, to_seconds(wait));
	}
	return ERR_OK;
}

enum err
attempts_take_sign_in(struct context *context, const char *account, const struct user *user,
    struct attempt *attempt)
{
	const struct config *config = context->service->config;
	const char *network = context->source;
	int64_t at = 0;
	enum err err;

	*attempt = (struct attempt){0};
	if (context->service->attempts == NULL)
		return ERR_OK;
	/* Asked for nobody as well: the time taken must not tell who exists. */
	err = known_networks_find(context->service->db, user == NULL ? 0 : user->id, network,
	    &at);
	if (err != ERR_OK)
		return err;
	if (at > context->now - KNOWN_FOR)
		attempt->known_at = at;

	add_budget(attempt, BUCKET_SOURCE, NULL, network, config->attempts_source);
	add_budget(attempt, BUCKET_ACCOUNT_SOURCE, account, network,
	    config->attempts_account_source);
	if (attempt->known_at > 0)
		add_budget(attempt, BUCKET_KNOWN, account, NULL, config->attempts_known);
	else
		add_budget(attempt, BUCKET_STRANGERS, account, NULL, config->attempts_strangers);
	if ((err = take(context, user, attempt)) != ERR_OK)
		attempt->count = 0;
	return err;
}

/* Takes from one budget of the network. */
static enum err
take_of_network(struct context *context, enum bucket_kind kind, struct rate rate,
    struct attempt *attempt)
{
	enum err err;

	*attempt = (struct attempt){0};
	if (context->service->attempts == NULL)
		return ERR_OK;
	add_budget(attempt, kind, NULL, context->source, rate);
	if ((err = take(context, NULL, attempt)) != ERR_OK)
		attempt->count = 0;
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
	enum err err = attempts_take_link(context, attempt);

	*may_ask = err == ERR_OK;
	if (err != ERR_OK || context->service->attempts == NULL)
		return err;
	*may_ask = buckets_take(context->service->attempts, &links) == 0;
	if (*may_ask)
		attempt->budgets[attempt->count++] = links;
	else
		tell(context, user, &links);
	return ERR_OK;
}

void
attempts_give_back(struct context *context, const struct attempt *attempt)
{
	for (size_t i = 0; i < attempt->count; i++)
		buckets_give_back(context->service->attempts, &attempt->budgets[i]);
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

void
attempts_look(const struct context *context, const char *account,
    struct attempts_budget budgets[ATTEMPTS_ACCOUNT_BUDGETS])
{
	static const struct {
		enum bucket_kind kind;
		const char *name;
	} kinds[] = {
		{ BUCKET_STRANGERS, "strangers" },
		{ BUCKET_KNOWN, "known networks" },
		{ BUCKET_LINK, "links" },
	};
	int64_t wait;

	for (size_t i = 0; i < ATTEMPTS_ACCOUNT_BUDGETS; i++) {
		const struct bucket bucket = of_account(context, kinds[i].kind, account);

		budgets[i] = (struct attempts_budget){
			.name = kinds[i].name,
			.taken = buckets_look(context->service->attempts, &bucket, &wait),
			.at_once = bucket.rate.at_once,
		};
		budgets[i].wait = to_seconds(wait);
	}
}

void
attempts_count(const struct context *context, size_t counts[BUCKET_KINDS])
{
	buckets_count(context->service->attempts, counts);
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
	const enum err err = tell_forgiven(context, NULL, "all");

	if (err != ERR_OK)
		return err;
	buckets_fill_all(context->service->attempts);
	audit_forgiven(context, NULL);
	return ERR_OK;
}

struct clearing {
	struct context *context;
	const struct user *user;
};

static void
clear_network(const char *network, void *arg)
{
	const struct clearing *clearing = arg;
	const struct bucket bucket = { BUCKET_ACCOUNT_SOURCE, clearing->user->username_key,
		network, clearing->context->service->config->attempts_account_source };

	buckets_fill(clearing->context->service->attempts, &bucket);
}

enum err
attempts_clear_account(struct context *context, const struct user *user, const char *network)
{
	struct clearing clearing = { context, user };
	const struct bucket buckets[] = {
		of_account(context, BUCKET_STRANGERS, user->username_key),
		of_account(context, BUCKET_KNOWN, user->username_key),
		of_account(context, BUCKET_LINK, user->username_key),
		told_of(user->username_key),
	};
	enum err err = tell_forgiven(context, user, "");

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++)
		buckets_fill(context->service->attempts, &buckets[i]);
	if (network != NULL)
		clear_network(network, &clearing);
	err = known_networks_list(context->service->db, user->id, clear_network, &clearing);
	if (err == ERR_OK)
		audit_user(context, "attempts forgiven", user, NULL);
	return err;
}

enum err
attempts_clear_network(struct context *context, const char *network)
{
	const struct config *config = context->service->config;
	const struct bucket sign_ins = { BUCKET_SOURCE, NULL, network, config->attempts_source };
	const struct bucket registrations = { BUCKET_REGISTRATION, NULL, network,
		config->attempts_registrations };
	char coarse[NETWORK_SIZE];
	enum err err;

	/* That of IPv6 is as coarse already. */
	network_coarse_of(network, coarse);
	err = tell_forgiven(context, NULL, strchr(network, '/') != NULL ? network : coarse);
	if (err != ERR_OK)
		return err;
	buckets_fill(context->service->attempts, &sign_ins);
	buckets_fill(context->service->attempts, &registrations);
	audit_forgiven(context, network);
	return ERR_OK;
}
