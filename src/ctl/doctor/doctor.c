/* doctor: bearward doctor. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/fellow_hosts.h"
#include "account/manage.h"
#include "ctl/table.h"

static const struct table_column columns[] = {
	{ "CHECK", TABLE_WHOLE }, { "STATE", TABLE_WHOLE }, { "FOUND", TABLE_CUT },
};

static const char *const states[] = {
	[FINDING_FINE] = "ok", [FINDING_RISK] = "risk", [FINDING_FAULT] = "fault",
	[FINDING_UNKNOWN] = "unknown",
};

/* Advice, which has no room in a column, comes below the list. */
struct doctor {
	struct ctl *ctl;
	struct table table;
	FILE *advice;			/* owned; what it writes is, too */
	char *text;
	size_t len;
	int counts[sizeof(states) / sizeof(states[0])];
};

static void
print_as_json(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();	/* taken */

	json_object_object_add(object, "check", json_object_new_string(finding->check));
	json_object_object_add(object, "state", json_object_new_string(states[finding->kind]));
	json_object_object_add(object, "found", json_object_new_string(finding->found));
	json_object_object_add(object, "advice", finding->advice == NULL ? NULL
	    : json_object_new_string(finding->advice));
	ctl_print_object(object);
}

static void
print(const struct finding *finding, void *arg)
{
	struct doctor *doctor = arg;
	char shown[CTL_SHOWN_SIZE];

	doctor->counts[finding->kind]++;
	if (doctor->table.is_json) {
		print_as_json(finding);
		return;
	}
	table_add(&doctor->table, (const char *const[]){
	    finding->check, states[finding->kind], finding->found });
	if (finding->kind == FINDING_FINE)
		return;
	fprintf(doctor->advice, "\n%s: %s: %s\n", states[finding->kind], finding->check,
	    ctl_show(finding->found, shown));
	if (finding->advice != NULL)
		fprintf(doctor->advice, "  %s\n", finding->advice);
}

static void
note(struct doctor *doctor, enum finding_kind kind, const char *check, const char *found,
    const char *advice)
{
	print(&(struct finding){ kind, check, found, kind == FINDING_FINE ? NULL : advice },
	    doctor);
}

/* ---- What is looked at */

static void
examine_database(struct doctor *doctor)
{
	finding_note *const visit = print;

	manage_examine_database(&doctor->ctl->config, visit, doctor);
	if (*doctor->ctl->config.database != '\0')
		fellow_hosts_examine(&doctor->ctl->context, visit, doctor);
}

/* A database that is down keeps nobody from opening it: it must be read as well. */
static void
examine_use(struct doctor *doctor)
{
	struct large_hashes found;
	char shown[128];
	bool is_read = ctl_open(doctor->ctl, ctl_reading) &&
	    manage_find_large_hashes(&doctor->ctl->context, &found) == ERR_OK;

	ctl_close(doctor->ctl);
	note(doctor, is_read ? FINDING_FINE : FINDING_FAULT, "use of the database",
	    is_read ? "it can be read" : "it cannot be read",
	    "mend what the line on stderr says");
	if (!is_read)
		return;
	snprintf(shown, sizeof(shown), "%lld users cannot sign in, whose hashes take up to %lld "
	    "MiB", (long long)found.users, (found.needed + (1 << 20) - 1) >> 20);
	note(doctor, found.users == 0 ? FINDING_FINE : FINDING_FAULT, "memory of hashes",
	    found.users == 0 ? "enough for every user" : shown, "set hash_memory to as much");
}

static void
note_unpaired(const char *kid, const char *fault, void *arg)
{
	char check[KEY_ID_SIZE + 8];

	snprintf(check, sizeof(check), "key %s", kid);
	note(arg, FINDING_FAULT, check, fault, "run `bearward init`, which mends it");
}

static void
examine_keys(struct doctor *doctor)
{
	static const struct resource *const resources[] = { &resource_keys_signing, NULL };
	const bool is_open = ctl_open(doctor->ctl, resources);

	note(doctor, is_open ? FINDING_FINE : FINDING_FAULT, "keys", is_open ? "they can be read"
	    : "they cannot be used", "mend what the line on stderr says");
	if (manage_find_unpaired_keys(&doctor->ctl->context, note_unpaired, doctor) != ERR_OK)
		note(doctor, FINDING_UNKNOWN, "public keys", "they cannot be listed",
		    "mend what the line on stderr says");
	ctl_close(doctor->ctl);
}

/* Each notes one thing or several. */
static void (*const examinations[])(struct doctor *doctor) = {
	examine_database, examine_use, examine_keys,
};

enum status
ctl_doctor(struct ctl *ctl)
{
	struct doctor doctor = { .ctl = ctl };

	if ((doctor.advice = open_memstream(&doctor.text, &doctor.len)) == NULL)
		return ctl_fail_for(ERR_MEMORY);
	table_init(&doctor.table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < sizeof(examinations) / sizeof(examinations[0]); i++)
		examinations[i](&doctor);
	table_flush(&doctor.table);
	if (fclose(doctor.advice) == 0)
		fputs(doctor.text, stdout);
	free(doctor.text);
	return doctor.counts[FINDING_FAULT] == 0 ? STATUS_DONE : STATUS_FAILED;
}

/* ---- For check-config */

static void
warn(const struct finding *finding, void *unused)
{
	(void)unused;
	if (finding->kind != FINDING_FINE)
		(void)ctl_fail("%s: %s; %s", finding->check, finding->found,
		    finding->advice != NULL ? finding->advice : "see `bearward doctor`");
}

void
ctl_warn_of_hosts(struct ctl *ctl)
{
	if (*ctl->config.database != '\0')
		fellow_hosts_examine(&ctl->context, warn, NULL);
}
