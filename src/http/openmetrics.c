/* openmetrics: writes what was counted, and what there is. */
#include "http/openmetrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/gauges.h"
#include "account/metrics.h"
#include "account/readiness.h"
#include "store/counters.h"

#define PREFIX "bearward_"

static void
write_head(FILE *out, const char *name, const char *type, const char *unit, const char *help)
{
	fprintf(out, "# TYPE " PREFIX "%s %s\n", name, type);
	if (unit != NULL)
		fprintf(out, "# UNIT " PREFIX "%s %s\n", name, unit);
	fprintf(out, "# HELP " PREFIX "%s %s\n", name, help);
}

/* Endpoints and statuses are many, and those that were never seen are left out. */
static void
write_pairs(FILE *out, const struct metric_family *family, const uint64_t *values)
{
	for (const char *const *word = family->words; *word != NULL; word++)
		for (const char *const *second = family->second_words; *second != NULL;
		     second++, values++)
			if (*values > 0)
				fprintf(out, PREFIX "%s_total{%s=\"%s\",%s=\"%s\"} %" PRIu64 "\n",
				    family->name, family->label, *word, family->second_label,
				    *second, *values);
}

static void
write_counter(FILE *out, const struct metric_family *family, const uint64_t *values)
{
	if (family->second_words != NULL) {
		write_pairs(out, family, values);
		return;
	}
	if (family->words == NULL) {
		fprintf(out, PREFIX "%s_total %" PRIu64 "\n", family->name, *values);
		return;
	}
	for (const char *const *word = family->words; *word != NULL; word++, values++)
		fprintf(out, PREFIX "%s_total{%s=\"%s\"} %" PRIu64 "\n", family->name,
		    family->label, *word, *values);
}

static void
write_histogram(FILE *out, const struct metric_family *family, const uint64_t *values)
{
	uint64_t count = 0;

	for (const char *const *bound = family->bounds; *bound != NULL; bound++, values++)
		fprintf(out, PREFIX "%s_bucket{le=\"%s\"} %" PRIu64 "\n", family->name, *bound,
		    count += *values);
	count += *values++;
	fprintf(out, PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n"
	    PREFIX "%s_count %" PRIu64 "\n" PREFIX "%s_sum %" PRIu64 ".%03d\n",
	    family->name, count, family->name, count, family->name, *values / 1000,
	    (int)(*values % 1000));
}

static void
write_counted(FILE *out, const uint64_t *values)
{
	for (int i = 0; i < METRICS; i++) {
		const struct metric_family *family = metrics_family((enum metric)i);
		const bool is_histogram = family->bounds != NULL;

		write_head(out, family->name, is_histogram ? "histogram" : "counter",
		    family->unit, family->help);
		(is_histogram ? write_histogram : write_counter)(out, family,
		    values + metrics_first((enum metric)i));
	}
}

static void
write_gauge(FILE *out, const char *name, const char *unit, const char *help, int64_t value)
{
	write_head(out, name, "gauge", unit, help);
	fprintf(out, PREFIX "%s %" PRId64 "\n", name, value);
}

static void
write_readiness(FILE *out, struct readiness *readiness)
{
	struct readiness_report report;

	readiness_look(readiness, &report);
	write_head(out, "ready", "gauge", NULL, "Whether that part of the service is ready.");
	for (int part = 0; part < READINESS_PARTS; part++)
		fprintf(out, PREFIX "ready{part=\"%s\"} %d\n",
		    readiness_name((enum readiness_part)part), report.is_ok[part]);
}

static void
write_keys(FILE *out, const struct key_list *list, int64_t now)
{
	write_head(out, "key_age_seconds", "gauge", "seconds", "How long ago a key was made.");
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, PREFIX "key_age_seconds{key=\"%s\"} %" PRId64 "\n",
		    list->keys[i].id, now - list->keys[i].created_at);
}

static void
write_gauges(FILE *out, const struct gauges_reading *reading)
{
	const struct census *census = &reading->census;
	const struct census_room *room = &reading->room;

	if (reading->has_census) {
		write_gauge(out, "users", NULL, "Users.", census->users);
		write_gauge(out, "grants", NULL,
		    "Grants that have neither ended nor expired, idle ones among them.",
		    census->grants);
		write_gauge(out, "sessions", NULL, "Sessions of browsers that have neither ended "
		    "nor expired, idle ones among them.", census->sessions);
		write_gauge(out, "messages_waiting", NULL, "Messages that are to be delivered.",
		    census->messages);
	}
	if (reading->has_room) {
		write_gauge(out, "database_pages", NULL, "Pages of the database.", room->pages);
	}
	if (reading->has_room && room->is_file) {
		write_gauge(out, "database_free_pages", NULL,
		    "Pages of the database that are not in use.", room->free_pages);
		write_gauge(out, "database_log_bytes", "bytes", "The log of what is not yet in "
		    "the database.", room->log_bytes);
	}
}

static enum err
write_all(struct context *context, FILE *out)
{
	uint64_t *values = calloc(metrics_counters(), sizeof(*values));	/* owned */
	struct gauges_reading reading;

	if (values == NULL)
		return ERR_MEMORY;
	gauges_read(context, &reading);
	if (context->service->counters != NULL)
		counters_read(context->service->counters, values);
	write_counted(out, values);
	write_gauges(out, &reading);
	write_readiness(out, context->service->readiness);
	write_keys(out, &reading.keys, context->now);
	fputs("# EOF\n", out);
	free(values);
	return ERR_OK;
}

enum err
openmetrics_write(struct context *context, char **text)
{
	size_t len;
	FILE *out = open_memstream(text, &len);		/* owned */
	enum err err;

	if (out == NULL) {
		*text = NULL;
		return ERR_MEMORY;
	}
	err = write_all(context, out);
	if (fclose(out) != 0)
		err = ERR_MEMORY;
	if (err != ERR_OK) {
		free(*text);
		*text = NULL;
	}
	return err;
}
