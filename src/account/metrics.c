/* metrics: counts what happens, for all processes of the host together. */
#include "account/metrics.h"

#include <string.h>

#include "store/counters.h"

/* Returns the place of a word; that of the last, which is "other", for one that is not there. */
static size_t
find_word(const char *const *words, const char *word)
{
	size_t i = 0;

	while (words[i + 1] != NULL && (word == NULL || strcmp(words[i], word) != 0))
		i++;
	return i;
}

/* The same in words that are sorted but for the last: a request is to cost little. */
static size_t
find_path(const char *const *words, size_t last, const char *word)
{
	size_t low = 0, high = last;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const int order = strcmp(word, words[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return last;
}

void
metrics_count(const struct service *service, enum metric metric, const char *word)
{
	const struct metric_family *family = metrics_family(metric);

	if (service->counters != NULL)
		counters_add(service->counters, metrics_first(metric) +
		    (family->words == NULL ? 0 : find_word(family->words, word)), 1);
}

void
metrics_count_request(const struct service *service, const char *path, int status)
{
	const struct metric_family *family = metrics_family(METRIC_REQUESTS);
	const char text[] = {
		(char)('0' + status / 100), (char)('0' + status / 10 % 10),
		(char)('0' + status % 10), '\0',
	};
	size_t endpoint;

	if (service->counters == NULL)
		return;
	endpoint = find_path(family->words, metrics_words(family->words) - 1, path);
	counters_add(service->counters, metrics_first(METRIC_REQUESTS) +
	    endpoint * metrics_words(family->second_words) +
	    find_word(family->second_words, text), 1);
}

void
metrics_count_sign_in(const struct service *service, enum err err)
{
	const char *result = "failed";

	if (err == ERR_OK)
		result = "ok";
	else if (err == ERR_CREDENTIALS)
		result = "refused";
	else if (err == ERR_ATTEMPTS)
		result = "too_many_attempts";
	else if (err == ERR_OVERLOADED)
		result = "overloaded";
	metrics_count(service, METRIC_SIGN_INS, result);
}

/* amount and the sum are in thousandths. */
static void
observe(const struct service *service, enum metric metric, uint64_t amount)
{
	const struct metric_family *family = metrics_family(metric);
	const size_t first = metrics_first(metric), bounds = metrics_words(family->bounds);
	size_t i = 0;

	while (i < bounds && amount > (uint64_t)family->limits[i])
		i++;
	counters_add(service->counters, first + i, 1);
	counters_add(service->counters, first + bounds + 1, amount);
}

void
metrics_note_hash(void *arg, long ahead, int64_t waited_ms)
{
	const struct service *service = arg;

	if (service->counters == NULL)
		return;
	if (waited_ms < 0) {
		metrics_count(service, METRIC_HASHES_REFUSED, NULL);
		return;
	}
	observe(service, METRIC_HASH_WAIT, (uint64_t)waited_ms);
	observe(service, METRIC_HASH_QUEUE, (uint64_t)ahead * 1000);
}
