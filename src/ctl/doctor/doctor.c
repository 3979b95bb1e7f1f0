/* doctor: bearward doctor. */
#include "ctl/doctor/doctor.h"

#include <json-c/json.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/fellow_hosts.h"
#include "base/account.h"
#include "base/log.h"
#include "ctl/doctor/advice.h"
#include "ctl/doctor/responders.h"
#include "ctl/doctor/web.h"

enum { NOBODY = 65534, KEPT_MAX = 64 << 20 };

static const struct table_column columns[] = {
	{ "CHECK", TABLE_WHOLE }, { "STATE", TABLE_WHOLE }, { "FOUND", TABLE_CUT },
};

static const char *const states[] = {
	[FINDING_FINE] = "ok", [FINDING_RISK] = "risk", [FINDING_FAULT] = "fault",
	[FINDING_UNKNOWN] = "unknown",
};

/* ---- What is found, is told */

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

/* What has lines is shown by its first one, and whole among the advice. */
static void
print_in_column(struct doctor *doctor, const struct finding *finding)
{
	char line[CTL_SHOWN_SIZE];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(finding->found, "\n"), finding->found);
	table_add(&doctor->table, (const char *const[]){
	    finding->check, states[finding->kind], line });
	if (finding->kind == FINDING_FINE)
		return;
	advice_print_finding(doctor->advice, states[finding->kind], finding, &doctor->table);
}

void
doctor_take(const struct finding *finding, void *arg)
{
	struct doctor *doctor = arg;

	doctor->counts[finding->kind]++;
	if (doctor->table.is_json)
		print_as_json(finding);
	else
		print_in_column(doctor, finding);
}

void
doctor_note(struct doctor *doctor, enum finding_kind kind, const char *check, const char *found,
    const char *advice)
{
	/* What was to be said may have found no memory. */
	doctor_take(&(struct finding){ kind, check, found != NULL ? found : "",
	    kind == FINDING_FINE ? NULL : advice }, doctor);
}

struct doctor_memory {
	struct doctor_memory *next;	/* owned */
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

void *
doctor_keep(struct doctor *doctor, size_t size)
{
	struct doctor_memory *made;

	if (size > KEPT_MAX - doctor->kept || (made = calloc(1, sizeof(*made) + size)) == NULL)
		return NULL;
	doctor->kept += size;
	made->size = size;
	made->next = doctor->memory;
	doctor->memory = made;
	return made->bytes;
}

const char *
doctor_text(struct doctor *doctor, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || (text = doctor_keep(doctor, (size_t)len + 1)) == NULL)
		return "";
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

const void *
doctor_mark(const struct doctor *doctor)
{
	return doctor->memory;
}

void
doctor_forget(struct doctor *doctor, const void *mark)
{
	for (struct doctor_memory *next; doctor->memory != mark; doctor->memory = next) {
		next = doctor->memory->next;
		doctor->kept -= doctor->memory->size;
		free(doctor->memory);
	}
}

static void
print_counts(const struct doctor *doctor)
{
	int sum = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		sum += doctor->counts[i];
	printf("\n%d checks: %d ok, %d risk, %d fault, %d unknown\n", sum,
	    doctor->counts[FINDING_FINE], doctor->counts[FINDING_RISK],
	    doctor->counts[FINDING_FAULT], doctor->counts[FINDING_UNKNOWN]);
}

bool
doctor_has_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

const char *
doctor_restart(void)
{
	return doctor_has_systemd() ? "systemctl restart bearward"
	    : "/etc/init.d/bearward restart";
}

const char *
doctor_log(void)
{
	return doctor_has_systemd() ? "journalctl -t bearward -n 20"
	    : "grep bearward /var/log/syslog | tail -n 20";
}

/* ---- As whom it looks */

/*
 * Changes the account from root to the owner of the state directory, if that can be used, or to
 * nobody: what is left to look at takes no rights. Returns false where it would stay root.
 */
static bool
leave_root(struct doctor *doctor)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (doctor->is_owner && ctl_become_owner(doctor->ctl))
		return true;
	if (doctor->is_owner) {
		doctor->is_owner = doctor->has_settings = false;
		doctor_note(doctor, FINDING_FAULT, "account",
		    "the account of the state directory cannot use the settings",
		    "mend what the line on stderr says");
	}
	return !account_is_root() ||
	    account_become(nobody != NULL ? nobody->pw_uid : NOBODY, ACCOUNT_NO_GROUP);
}

/* ---- What is looked at */

/* As whoever has typed the command. */
static void (*const before[])(struct doctor *doctor) = {
	doctor_read_settings, doctor_examine_place, responders_look, web_look,
	doctor_look_for_backup,
};

/* As the owner of the state directory. The first ones take no settings. */
static const struct {
	void (*examine)(struct doctor *doctor);
	bool needs_settings;
	bool needs_state;
} after[] = {
	{ doctor_examine_settings, true, false },
	{ doctor_examine_state, true, true },
	{ doctor_examine_host, true, false },
	{ doctor_examine_libraries, false, false },
	{ doctor_examine_hashing, true, false },
	{ doctor_examine_database, true, true },
	{ doctor_examine_keys, true, true },
	{ doctor_examine_backup, true, false },
	{ responders_examine, false, false },
	{ web_examine, false, false },
	{ web_ask, false, false },
};

static enum status
examine(struct doctor *doctor)
{
	struct ctl *ctl = doctor->ctl;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		before[i](doctor);
	if (doctor->was_root && !leave_root(doctor))
		return ctl_fail("cannot change to another account than root");
	log_open("bearward", LOG_TO_STDERR, LEVEL_WARNING);
	ctl->service.config = &ctl->config;
	context_init(&ctl->context, &ctl->service, NULL, ctl->operator);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		if ((!after[i].needs_settings || doctor->has_settings) &&
		    (!after[i].needs_state || doctor->is_owner))
			after[i].examine(doctor);
	log_close();
	return doctor->counts[FINDING_FAULT] == 0 ? STATUS_DONE : STATUS_FAILED;
}

enum status
ctl_doctor(struct ctl *ctl)
{
	struct doctor doctor = { .ctl = ctl, .was_root = account_is_root() };
	enum status status;

	if ((doctor.advice = open_memstream(&doctor.written, &doctor.written_len)) == NULL)
		return ctl_fail_for(ERR_MEMORY);
	/* Other programs are run, and waited for. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	ctl_find_operator(ctl->operator);
	table_init(&doctor.table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	status = examine(&doctor);
	table_flush(&doctor.table);
	if (fclose(doctor.advice) == 0)
		fputs(doctor.written, stdout);
	if (!doctor.table.is_json)
		print_counts(&doctor);
	free(doctor.written);
	responders_free(doctor.responders);
	free(doctor.web);
	doctor_forget(&doctor, NULL);
	if (doctor.has_settings)
		config_clear(&ctl->config);
	return status;
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
