/*
 * metrics: counts what happens, with `metrics = yes`, for all processes of the host together
 * (protocol section 39.4). http/openmetrics.h tells it.
 *
 * Each thing is counted at one place. Labels are words of ours, never a name or an address, so
 * that nobody can make their number grow. A word that is not listed counts as the last one.
 */
#ifndef BEARWARD_ACCOUNT_METRICS_H
#define BEARWARD_ACCOUNT_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "account/service.h"

enum metric {
	METRIC_REQUESTS,		/* by endpoint and status */
	METRIC_SIGN_INS,		/* by result */
	METRIC_REFRESHES,		/* by verdict */
	METRIC_ATTEMPTS_REFUSED,	/* by budget */
	METRIC_MESSAGES,		/* by result */
	METRIC_HASHES_REFUSED,
	METRIC_HASH_WAIT,		/* histogram */
	METRIC_HASH_QUEUE,		/* histogram */
	METRICS,
};

/*
 * What one metric is, static. A counter has a number for each word of its label, or one. A
 * histogram has one for each bound, one for what is above, and one for the sum.
 */
struct metric_family {
	const char *name;		/* without the prefix, and without _total */
	const char *unit;		/* NULL: none */
	const char *help;
	const char *label;		/* NULL: none */
	const char *const *words;	/* NULL ends them */
	const char *second_label;	/* NULL: none; each word of the first has all of these */
	const char *const *second_words;
	const char *const *bounds;	/* of a histogram, as they are told; NULL ends them */
	const long *limits;		/* the same as numbers, in thousandths of the unit */
};

/* Returns what a metric is. */
const struct metric_family *metrics_family(enum metric metric);

/* Returns the number of the first counter of a metric. */
size_t metrics_first(enum metric metric);

/* Returns how many words there are; 1 for NULL: no label. */
size_t metrics_words(const char *const *words);

/* Returns how many counters there are in all, and what stands for their order and meaning. */
size_t metrics_counters(void);
uint64_t metrics_layout(void);

/*
 * Count one of a metric; word is that of its label, or NULL where it has none. A status has three
 * digits.
 */
void metrics_count(const struct service *service, enum metric metric, const char *word);
void metrics_count_request(const struct service *service, const char *path, int status);

/* Counts a check of a name and a password to sign in, by what came of it. */
void metrics_count_sign_in(const struct service *service, enum err err);

/*
 * Counts a hash: a hasher_observe, whose argument is the service. The number of those before it
 * and how long it waited, or that it was refused.
 */
void metrics_note_hash(void *service, long ahead, int64_t waited_ms);

#endif
