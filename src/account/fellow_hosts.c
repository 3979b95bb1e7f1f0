/* fellow_hosts: whether the hosts that use one database go together. */
#include "account/fellow_hosts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/heartbeat.h"

enum {
	MONTH = 30 * 86400,		/* seconds, like the next one */
	LATE = 5 * 60,			/* a host that is there tells so every minute */
	SKEW_RISK = 1000,		/* milliseconds, like the next one */
	SKEW_FAULT = 5000,
	SHOWN_SIZE = 256 + HEARTBEAT_KIDS_SIZE,
};

enum err
fellow_hosts_list(struct context *context,
    void (*visit)(const struct hosts_row *row, void *arg), void *arg)
{
	struct db *db = NULL;	/* owned */
	enum err err = db_open(context->service->config, DB_WRITE, &db);

	if (err == ERR_OK)
		err = hosts_list(db, MONTH, visit, arg);
	db_close(db);
	return err;
}

struct examination {
	finding_note *note;
	void *arg;
	int64_t now;			/* of the database's clock */
	char name[256], kids[HEARTBEAT_KIDS_SIZE];	/* of this host */
	int count;
};

static void
note(const struct examination *examination, enum finding_kind kind, const char *check,
    const char *found, const char *advice)
{
	examination->note(&(struct finding){ kind, check, found,
	    kind == FINDING_FINE ? NULL : advice }, examination->arg);
}

static enum finding_kind
judge_skew(int64_t skew)
{
	const int64_t amount = skew < 0 ? -skew : skew;

	if (amount > SKEW_FAULT)
		return FINDING_FAULT;
	return amount > SKEW_RISK ? FINDING_RISK : FINDING_FINE;
}

/* What this host tells of itself may be a minute old. */
static bool
has_other_keys(const struct hosts_row *row, const struct examination *examination)
{
	return strcmp(row->name, examination->name) != 0 &&
	    strcmp(row->kids, examination->kids) != 0;
}

/* Says the worst that there is to say of a host. */
static void
examine_host(const struct hosts_row *row, void *arg)
{
	struct examination *examination = arg;
	const int64_t age = examination->now - row->seen_at;
	char check[256], found[SHOWN_SIZE];

	examination->count++;
	snprintf(check, sizeof(check), "web host %.200s", row->name);
	if (has_other_keys(row, examination)) {
		snprintf(found, sizeof(found), "it has keys %s, and this host %s",
		    *row->kids != '\0' ? row->kids : "none",
		    *examination->kids != '\0' ? examination->kids : "none");
		note(examination, FINDING_FAULT, check, found, "give all hosts the same files in "
		    "keys/, signing/ and public/ of the state directory: a token of a key that "
		    "a host does not have is refused there. A host that is no more is forgotten "
		    "after a month");
	} else if (judge_skew(row->skew) != FINDING_FINE) {
		snprintf(found, sizeof(found), "its clock is %" PRId64 " ms from the database's",
		    row->skew);
		note(examination, judge_skew(row->skew), check, found,
		    "have its clock set by NTP");
	} else if (strcmp(row->version, VERSION) != 0) {
		snprintf(found, sizeof(found), "bearward %.100s, and here " VERSION, row->version);
		note(examination, FINDING_RISK, check, found, "update the older one");
	} else if (age > LATE) {
		snprintf(found, sizeof(found), "told of itself last %" PRId64 " minutes ago",
		    age / 60);
		note(examination, FINDING_RISK, check, found, "see whether its responders run; "
		    "one that is no more is forgotten after a month");
	} else {
		note(examination, FINDING_FINE, check, "bearward " VERSION ", the same keys",
		    NULL);
	}
}

static void
examine_clock(struct db *db, struct examination *examination)
{
	char found[64];
	int64_t skew;

	if (hosts_find_skew(db, &skew) != ERR_OK) {
		note(examination, FINDING_UNKNOWN, "clock", "the database does not tell",
		    "mend what the line on stderr says");
		return;
	}
	examination->now -= skew / 1000;
	snprintf(found, sizeof(found), "%" PRId64 " ms from the database's", skew);
	note(examination, judge_skew(skew), "clock", found, "have the clocks of this host and of "
	    "the database set by NTP: they decide what has expired");
}

static void
examine_hosts(struct db *db, struct examination *examination)
{
	if (hosts_list(db, MONTH, examine_host, examination) != ERR_OK)
		note(examination, FINDING_UNKNOWN, "web hosts", "the table hosts cannot be read",
		    "run `bearward init`");
	else if (examination->count == 0)
		note(examination, FINDING_RISK, "web hosts", "none has told of itself yet",
		    "start the responders");
}

void
fellow_hosts_examine(struct context *context, finding_note *visit, void *arg)
{
	const struct config *config = context->service->config;
	struct examination examination = { .note = visit, .arg = arg, .now = context->now };
	struct key_list_directories keys;
	struct db *db = NULL;	/* owned */

	(void)gethostname(examination.name, sizeof(examination.name) - 1);
	if (key_list_open(config->state_dir, &keys) == ERR_OK) {
		(void)heartbeat_list_kids(&keys, examination.kids);
		key_list_close(&keys);
	}
	if (db_open(config, DB_WRITE, &db) != ERR_OK) {
		note(&examination, FINDING_FAULT, "database", "it cannot be used",
		    "mend what the line on stderr says");
		return;
	}
	examine_clock(db, &examination);
	examine_hosts(db, &examination);
	db_close(db);
}
