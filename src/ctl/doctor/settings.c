/* settings: doctor: what the settings say, and whether that is safe. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/metadata.h"
#include "config/cost.h"
#include "config/plain_http.h"
#include "config/public_url.h"
#include "ctl/doctor/doctor.h"

extern char **environ;

/* ---- Reading them */

/* Variables that say otherwise than the file: the responders do not see those of a shell. */
static void
examine_environment(struct doctor *doctor)
{
	const char *names = "";

	for (char **variable = environ; *variable != NULL; variable++)
		if (strncmp(*variable, "BEARWARD_", 9) == 0 &&
		    strncmp(*variable, "BEARWARD_CONF=", 14) != 0)
			names = doctor_text(doctor, "%s%s%.*s", names, *names != '\0' ? ", " : "",
			    (int)strcspn(*variable, "="), *variable);
	if (*names == '\0')
		doctor_note(doctor, FINDING_FINE, "environment", "no variable overrides the file",
		    NULL);
	else
		doctor_note(doctor, FINDING_RISK, "environment",
		    doctor_text(doctor, "%s overrides the file", names), doctor_text(doctor,
		    "the responders may see other settings than this command; unset it, and run "
		    "this again"));
}

void
doctor_read_settings(struct doctor *doctor)
{
	struct config *config = &doctor->ctl->config;
	char *said = NULL;	/* owned */
	size_t len = 0;
	FILE *report = open_memstream(&said, &len);

	if (report == NULL)
		return;
	doctor->has_settings =
	    config_load(doctor->ctl->typed[OPT_CONFIG], config, report) == ERR_OK;
	if (fclose(report) != 0 || said == NULL)
		return;
	if (len > 0 && said[len - 1] == '\n')
		said[len - 1] = '\0';
	if (!doctor->has_settings)
		doctor_note(doctor, FINDING_FAULT, "settings", said,
		    "correct these lines; with a mistake in them, no responder starts anew");
	else if (*config->path == '\0')
		doctor_note(doctor, FINDING_FINE, "settings", "there is no file: defaults", NULL);
	else
		doctor_note(doctor, FINDING_FINE, "settings", config->path, NULL);
	free(said);
	examine_environment(doctor);
}

/* ---- What they say */

/* Where people and programs find it. Few need that it is an address. */
static void
examine_issuer(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	const char *address = public_url_get(config);
	const char *fault = plain_http_find_fault(config);
	const char *risk = plain_http_find_risk(config);
	const bool sends_links = *config->notify != '\0' ||
	    config->registration == REGISTRATION_INVITE;

	if (fault != NULL)
		doctor_note(doctor, FINDING_FAULT, "issuer",
		    doctor_text(doctor, "the responder signin will not start: %s", fault),
		    "set issuer to the address that people type, as it begins with https://");
	else if (risk != NULL)
		doctor_note(doctor, FINDING_RISK, "issuer", risk,
		    "take this out of the settings:\ninsecure_cookie = yes");
	else if (address == NULL && sends_links)
		doctor_note(doctor, FINDING_FAULT, "issuer", doctor_text(doctor,
		    "%s is no address, so no link can be made for a user", config->issuer),
		    "write into the settings, with your own name:\n"
		    "public_url = https://www.example.org");
	else if (strcmp(config->dialect->name, "rfc") == 0 &&
	    (fault = metadata_find_fault(config)) != NULL)
		doctor_note(doctor, FINDING_RISK, "issuer", doctor_text(doctor,
		    "programs do not find the metadata: %s", fault),
		    "write into the settings, with your own name:\n"
		    "issuer = https://www.example.org");
	else
		doctor_note(doctor, FINDING_FINE, "issuer",
		    doctor_text(doctor, "%s, dialect %s", address != NULL ? address
		    : config->issuer, config->dialect->name), NULL);
}

static void
examine_registration(struct doctor *doctor)
{
	static const char *const words[] = {
		[REGISTRATION_OPEN] = "open to everybody",
		[REGISTRATION_BEARER] = "for those whom a token allows it",
		[REGISTRATION_INVITE] = "for those who are invited",
		[REGISTRATION_CLOSED] = "closed",
	};
	const struct config *config = &doctor->ctl->config;
	const struct rate *rate = &config->attempts_registrations;

	if (config->registration != REGISTRATION_OPEN)
		doctor_note(doctor, FINDING_FINE, "registration", words[config->registration],
		    NULL);
	else if (!config->attempts)
		doctor_note(doctor, FINDING_FAULT, "registration",
		    "open to everybody, without a limit",
		    "write into the settings, and restart the responders:\nattempts = yes\n"
		    "or, if you add all users yourself:\nregistration = closed");
	else
		doctor_note(doctor, FINDING_FINE, "registration", doctor_text(doctor,
		    "open to everybody, %ld at once from a network, then one in %ld s",
		    rate->at_once, rate->seconds), NULL);
}

static void
examine_guessing(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;

	doctor_note(doctor, config->attempts ? FINDING_FINE : FINDING_RISK, "guessing",
	    config->attempts ? "failed sign-ins are counted and bounded"
	    : "anybody may try any number of passwords",
	    "write into the settings, and restart the responders:\nattempts = yes");
}

static const char *const cost_sources[] = {
	[COST_FROM_DEFAULT] = "the default", [COST_FROM_SETTINGS] = "as the settings say",
	[COST_FROM_HOST] = "as measured here (hash.cost)",
};

static void
examine_cost(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	const bool is_secure = cost_is_secure(config->scrypt_log2_n, config->scrypt_r,
	    config->scrypt_p);

	doctor_note(doctor, is_secure ? FINDING_FINE : FINDING_RISK, "hash cost",
	    doctor_text(doctor, "scrypt N=2^%ld r=%ld p=%ld, %s what OWASP recommends; %s",
	    config->scrypt_log2_n, config->scrypt_r, config->scrypt_p,
	    is_secure ? "at least" : "less than", cost_sources[config->cost_from]),
	    "write into the settings, and restart the responders; hashes are replaced as users "
	    "sign in:\nscrypt_log2_n = 14\nscrypt_r = 8\nscrypt_p = 5");
}

static void
examine_notify(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	char fault[CTL_NOTIFY_FAULT_SIZE];

	if (*config->notify == '\0')
		doctor_note(doctor, FINDING_FINE, "notify", "no messages are sent", NULL);
	else if (ctl_find_notify_fault(config, fault))
		doctor_note(doctor, FINDING_FAULT, "notify", fault,
		    "install it, or correct the setting notify: until then, messages wait, for a "
		    "day at most");
	else
		doctor_note(doctor, FINDING_FINE, "notify", config->notify, NULL);
}

void
doctor_examine_settings(struct doctor *doctor)
{
	examine_issuer(doctor);
	examine_registration(doctor);
	examine_guessing(doctor);
	examine_cost(doctor);
	examine_notify(doctor);
}
