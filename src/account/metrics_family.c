/* metrics_family: what is counted, in the order of the file. */
#include <string.h>

#include "account/metrics.h"

/* Paths of endpoints, sorted: see find_path() in metrics.c. */
static const char *const paths[] = {
	"/.well-known/jwks.json", "/.well-known/oauth-authorization-server",
	"/account/", "/account/activity", "/account/delete", "/account/export",
	"/account/password", "/account/sessions", "/health/live", "/health/ready", "/introspect",
	"/link", "/metrics", "/revoke", "/signin", "/signin/mark.svg", "/signin/page.js",
	"/signin/register", "/signin/style.css", "/signout", "/token", "/users/", "/users/me/",
	"/users/me/audit", "/users/me/delete", "/users/me/export", "/users/me/password",
	"/users/me/profile", "/users/me/sessions", "/verify", "other", NULL,
};

/* Those that are seen most come first. */
static const char *const statuses[] = {
	"200", "401", "204", "303", "403", "304", "201", "202", "400", "404", "405", "408", "409",
	"410", "411", "413", "415", "422", "429", "500", "503", "other", NULL,
};

static const char *const sign_in_results[] = {
	"ok", "refused", "too_many_attempts", "overloaded", "failed", NULL,
};
static const char *const verdicts[] = {
	"rotated", "same", "again", "again_counted", "reuse", "refused", NULL,
};
static const char *const budgets[] = {
	"source", "account_and_source", "strangers", "known_networks", "registrations", "other",
	NULL,
};
static const char *const message_results[] = {
	"delivered", "failed", "given_up", NULL,
};

static const char *const seconds[] = { "0.01", "0.1", "0.5", "1.0", "2.5", "5.0", NULL };
static const long thousandths_of_seconds[] = { 10, 100, 500, 1000, 2500, 5000 };
static const char *const jobs[] = { "0.0", "1.0", "4.0", "16.0", "64.0", "256.0", NULL };
static const long thousandths_of_jobs[] = { 0, 1000, 4000, 16000, 64000, 256000 };

static const struct metric_family families[METRICS] = {
	[METRIC_REQUESTS] = {
		.name = "requests", .help = "Requests that were answered.",
		.label = "endpoint", .words = paths,
		.second_label = "status", .second_words = statuses },
	[METRIC_SIGN_INS] = {
		.name = "sign_ins", .help = "Passwords that were checked to sign in.",
		.label = "result", .words = sign_in_results },
	[METRIC_REFRESHES] = {
		.name = "refreshes", .help = "Refresh tokens that were shown.",
		.label = "verdict", .words = verdicts },
	[METRIC_ATTEMPTS_REFUSED] = {
		.name = "attempts_refused",
		.help = "Attempts that were refused, by the budget that was used up.",
		.label = "budget", .words = budgets },
	[METRIC_MESSAGES] = {
		.name = "messages", .help = "Messages that were handed to the program of notify.",
		.label = "result", .words = message_results },
	[METRIC_HASHES_REFUSED] = {
		.name = "hashes_refused",
		.help = "Hashes that were refused because of the load." },
	[METRIC_HASH_WAIT] = {
		.name = "hash_wait_seconds", .unit = "seconds",
		.help = "How long hashes waited until they were begun.",
		.bounds = seconds, .limits = thousandths_of_seconds },
	[METRIC_HASH_QUEUE] = {
		.name = "hash_queue_length",
		.help = "How many hashes of its process each hash found before it.",
		.bounds = jobs, .limits = thousandths_of_jobs },
};

const struct metric_family *
metrics_family(enum metric metric)
{
	return &families[metric];
}

size_t
metrics_words(const char *const *words)
{
	size_t count = 0;

	if (words == NULL)
		return 1;
	while (words[count] != NULL)
		count++;
	return count;
}

static size_t
size_of(const struct metric_family *family)
{
	if (family->bounds != NULL)
		return metrics_words(family->bounds) + 2;
	return metrics_words(family->words) * metrics_words(family->second_words);
}

size_t
metrics_first(enum metric metric)
{
	size_t first = 0;

	for (int i = 0; i < (int)metric; i++)
		first += size_of(&families[i]);
	return first;
}

size_t
metrics_counters(void)
{
	return metrics_first(METRICS);
}

/* FNV-1a, with the NUL, so that words do not run together. */
static void
add_text(uint64_t *hash, const char *text)
{
	for (;; text++) {
		*hash = (*hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
		if (*text == '\0')
			return;
	}
}

static void
add_words(uint64_t *hash, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		add_text(hash, *words);
	add_text(hash, "");
}

uint64_t
metrics_layout(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (int i = 0; i < METRICS; i++) {
		add_text(&hash, families[i].name);
		add_words(&hash, families[i].words);
		add_words(&hash, families[i].second_words);
		add_words(&hash, families[i].bounds);
	}
	return hash;
}
