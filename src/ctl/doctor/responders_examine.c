/* responders_examine: doctor: says what was found of the responders. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/doctor/output.h"
#include "ctl/doctor/responders.h"
#include "ctl/doctor/web.h"

/* ---- Which run */

static bool
has_pool(const struct responders *responders, int pool)
{
	for (size_t i = 0; i < responders->count; i++)
		if (responders->list[i].pool == pool)
			return true;
	return false;
}

/* Adds a name to a list with commas. */
static void
add_name(struct doctor *doctor, const char **names, const char *name)
{
	*names = doctor_text(doctor, "%s%s%s", *names, **names != '\0' ? ", " : "", name);
}

/* Adds a pool, unless it is there. */
static void
add_pool(struct doctor *doctor, const char **names, int pool)
{
	const char *name = responders_pools[pool];
	const char *at = strstr(*names, name);

	if (at == NULL || (at[strlen(name)] != ',' && at[strlen(name)] != '\0') ||
	    (at > *names && at[-1] != ' '))
		add_name(doctor, names, name);
}

static void
examine_running(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const struct web_site *site = web_best_site(doctor);
	const char *missing = "";

	for (int pool = 0; pool < RESPONDERS_POOLS; pool++)
		if (!has_pool(responders, pool) && web_leads_to(doctor, pool))
			add_name(doctor, &missing, responders_pools[pool]);
	if (site != NULL && site->starts_them)
		doctor_note(doctor, FINDING_FINE, "responders", doctor_text(doctor,
		    "%zu processes; %s starts them as they are needed", responders->count,
		    web_programs[site->server->kind].name), NULL);
	else if (responders->count == 0)
		doctor_note(doctor, FINDING_FAULT, "responders", "none runs with these settings",
		    doctor_text(doctor, "start them, unless your web server starts them itself, "
		    "at the first request:\n%s", doctor_restart()));
	else if (*missing != '\0')
		doctor_note(doctor, FINDING_FAULT, "responders",
		    doctor_text(doctor, "not running: %s", missing),
		    doctor_text(doctor, "see why, and start them:\n%s\n%s", doctor_log(),
		    doctor_restart()));
	else
		doctor_note(doctor, FINDING_FINE, "responders", doctor_text(doctor,
		    "all that are asked run, in %zu processes", responders->count), NULL);
}

/* After an update, what runs is the older program until it is started anew. */
static void
examine_programs(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const char *names = "";

	for (size_t i = 0; i < responders->count; i++)
		if (responders->list[i].is_replaced)
			add_pool(doctor, &names, responders->list[i].pool);
	doctor_note(doctor, *names == '\0' ? FINDING_FINE : FINDING_RISK, "programs",
	    *names == '\0' ? "those that are installed"
	    : doctor_text(doctor, "older than what is installed: %s", names),
	    doctor_text(doctor, "start them anew; no request is lost:\n%s", doctor_restart()));
}

/* ---- What keeps them running */

/* Returns whether systemd starts one of these units at boot. */
static bool
is_enabled(const char *const units[])
{
	struct output output;
	bool is_enabled = false;

	for (size_t i = 0; units[i] != NULL && !is_enabled; i++) {
		output_read((const char *const[]){ "systemctl", "is-enabled", units[i], NULL },
		    "", &output);
		is_enabled = strncmp(output.text, "enabled", 7) == 0;
		output_free(&output);
	}
	return is_enabled;
}

static bool
is_started_by_script(void)
{
	for (char level = '2'; level <= '5'; level++)
		for (int number = 0; number < 100; number++) {
			char path[64];

			snprintf(path, sizeof(path), "/etc/rc%c.d/S%02dbearward", level, number);
			if (access(path, F_OK) == 0)
				return true;
		}
	return false;
}

/* Returns what starts a responder also after the next boot; NULL: nothing does. */
static const char *
find_starter(const struct responder *responder, bool is_unit_enabled, bool has_script)
{
	if (strstr(responder->unit, "bearward") != NULL)
		return is_unit_enabled ? "systemd, also after the next boot" : NULL;
	if (strcmp(responder->parent, "apache2") == 0 ||
	    strcmp(responder->parent, "lighttpd") == 0)
		return "the web server";
	if (strcmp(responder->parent, "bearward") == 0 && has_script)
		return "the init script, also after the next boot";
	return NULL;
}

static void
examine_supervisor(struct doctor *doctor)
{
	static const char *const units[] = {
		"bearward.service", "bearward.target", "bearward@token.socket", NULL
	};
	const struct responders *responders = doctor->responders;
	const bool is_unit_enabled = doctor_has_systemd() && is_enabled(units);
	const bool has_script = is_started_by_script();
	const char *orphans = "", *starter = NULL;

	for (size_t i = 0; i < responders->count; i++) {
		const char *found = find_starter(&responders->list[i], is_unit_enabled,
		    has_script);

		if (found == NULL)
			add_pool(doctor, &orphans, responders->list[i].pool);
		else
			starter = found;
	}
	if (*orphans != '\0' && starter == NULL)
		orphans = "all of them";
	doctor_note(doctor, *orphans == '\0' ? FINDING_FINE : FINDING_RISK, "supervisor",
	    *orphans == '\0' ? starter
	    : doctor_text(doctor, "gone after the next boot: %s", orphans),
	    doctor_has_systemd() ? "have them started at each boot:\nsystemctl enable bearward"
	    : "have the init script start them (INSTALL, \"Start the responders\"):\n"
	    "update-rc.d bearward defaults");
}

/* ---- What they are given */

enum { OWN_DESCRIPTORS = 64 };

/* Of what a process may open, five eighths are for threads, each with a connection. */
static void
examine_descriptors(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const long needed = OWN_DESCRIPTORS + doctor->ctl->config.threads * 8 / 5;
	const struct responder *least = &responders->list[0];

	for (size_t i = 1; i < responders->count; i++)
		if (responders->list[i].descriptors < least->descriptors)
			least = &responders->list[i];
	doctor_note(doctor, least->descriptors >= needed ? FINDING_FINE : FINDING_RISK,
	    "descriptors", doctor_text(doctor, "%ld for %s, which uses %ld at most",
	    least->descriptors, responders_pools[least->pool], needed), doctor_text(doctor,
	    "it answers fewer requests at once than threads = %ld says. Give its unit more, or "
	    "ulimit -n in %s:\nLimitNOFILE=8192", doctor->ctl->config.threads,
	    "/etc/default/bearward"));
}

static void
examine_sandbox(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const char *names = "";

	for (size_t i = 0; i < responders->count; i++)
		if (!responders->list[i].is_confined)
			add_pool(doctor, &names, responders->list[i].pool);
	doctor_note(doctor, *names == '\0' ? FINDING_FINE : FINDING_RISK, "sandbox",
	    *names == '\0' ? "each has given up what it never needs"
	    : doctor_text(doctor, "not confined: %s", names),
	    "write into the settings, and restart the responders; see their log for what the "
	    "kernel cannot do:\nsandbox = yes");
}

/* ---- Their sockets */

static void
examine_sockets(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const char *open = "";
	struct stat st;

	for (size_t i = 0; i < responders->socket_count; i++)
		if (stat(responders->sockets[i].path, &st) == 0 && (st.st_mode & S_IWOTH) != 0)
			open = responders->sockets[i].path;
	if (responders->socket_count == 0)
		doctor_note(doctor, FINDING_UNKNOWN, "sockets", "none has a name",
		    "the web server has started them, and keeps the sockets to itself");
	else
		doctor_note(doctor, *open == '\0' ? FINDING_FINE : FINDING_FAULT, "sockets",
		    *open == '\0' ? doctor_text(doctor, "%zu, closed to all but a group",
		    responders->socket_count)
		    : doctor_text(doctor, "anybody may connect to %s", open),
		    doctor_text(doctor, "whoever connects may name any client and any user. Close "
		    "it:\nchmod o-rwx %s", open));
}

static void
examine_answers(struct doctor *doctor)
{
	const struct responders *responders = doctor->responders;
	const char *silent = "";

	for (size_t i = 0; i < responders->socket_count; i++) {
		const struct responder_socket *asked = &responders->sockets[i];

		if (asked->answer.status == 0)
			add_name(doctor, &silent, doctor_text(doctor, "%s (%s)",
			    responders_pools[asked->pool], asked->answer.fault));
	}
	if (responders->socket_count > 0)
		doctor_note(doctor, *silent == '\0' ? FINDING_FINE : FINDING_FAULT, "answers",
		    *silent == '\0' ? doctor_text(doctor, "%zu sockets answer",
		    responders->socket_count)
		    : doctor_text(doctor, "not from %s", silent),
		    doctor_text(doctor, "see the log, and start them anew:\n%s\n%s",
		    doctor_log(), doctor_restart()));
}

/* What /health/ready tells a client on this machine. */
static void
examine_readiness(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->responders->socket_count; i++) {
		const struct responder_socket *asked = &doctor->responders->sockets[i];
		const struct fastcgi_answer *answer = &asked->answer;

		if (strcmp(responders_pools[asked->pool], "meta") != 0 || answer->status == 0)
			continue;
		doctor_note(doctor, answer->status == 200 ? FINDING_FINE : FINDING_FAULT,
		    "readiness", answer->status == 200 ? "ready" : answer->body,
		    doctor_text(doctor, "the part that is not ok keeps users from signing in; the "
		    "log says more:\n%s", doctor_log()));
	}
}

void
responders_examine(struct doctor *doctor)
{
	if (doctor->responders == NULL || !doctor->responders->are_seen) {
		doctor_note(doctor, FINDING_UNKNOWN, "responders",
		    "only root sees which run, and how", "look again as root:\n"
		    "sudo bearward doctor");
		return;
	}
	examine_running(doctor);
	if (doctor->responders->count == 0)
		return;
	examine_programs(doctor);
	examine_supervisor(doctor);
	if (doctor->has_settings)
		examine_descriptors(doctor);
	examine_sandbox(doctor);
	examine_sockets(doctor);
	examine_answers(doctor);
	examine_readiness(doctor);
}
