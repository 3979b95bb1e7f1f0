/* database: doctor: the database, and the hosts that share it. */
#include "account/fellow_hosts.h"
#include "account/manage.h"
#include "ctl/doctor/doctor.h"

static void
examine_server(struct doctor *doctor)
{
	manage_examine_database(&doctor->ctl->config, doctor_take, doctor);
	if (*doctor->ctl->config.database != '\0')
		fellow_hosts_examine(&doctor->ctl->context, doctor_take, doctor);
}

/* A database that is down keeps nobody from opening it: it must be read as well. */
static void
examine_use(struct doctor *doctor)
{
	struct large_hashes found;
	bool is_read = ctl_open_shared(doctor->ctl, ctl_reading) &&
	    manage_find_large_hashes(&doctor->ctl->context, &found) == ERR_OK;

	ctl_close(doctor->ctl);
	doctor_note(doctor, is_read ? FINDING_FINE : FINDING_FAULT, "use of the database",
	    is_read ? "it can be read" : "it cannot be read",
	    "mend what the line on stderr says");
	if (!is_read)
		return;
	doctor_note(doctor, found.users == 0 ? FINDING_FINE : FINDING_FAULT, "memory of hashes",
	    found.users == 0 ? "enough for every user" : doctor_text(doctor,
	    "%lld users cannot sign in, whose hashes take up to %lld MiB", (long long)found.users,
	    (found.needed + (1 << 20) - 1) >> 20), doctor_text(doctor,
	    "write into the settings, and restart the responders:\nhash_memory = %lld",
	    (found.needed + (1 << 20) - 1) >> 20));
}

void
doctor_examine_database(struct doctor *doctor)
{
	examine_server(doctor);
	examine_use(doctor);
}
