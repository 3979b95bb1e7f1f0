/* host: doctor: clock, memory and processors of this host. */
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/host.h"
#include "ctl/doctor/doctor.h"
#include "hash/hasher.h"

enum { MIB = 1 << 20 };

/* ---- The clock decides what has expired */

/* Whether the kernel knows of somebody who keeps its clock right. */
static void
examine_synchronisation(struct doctor *doctor)
{
	struct timex state = { .modes = 0 };
	const int rc = adjtimex(&state);

	if (rc == -1)
		doctor_note(doctor, FINDING_UNKNOWN, "clock of this host",
		    "the kernel does not tell", "see whether NTP keeps it:\ntimedatectl");
	else
		doctor_note(doctor, (state.status & STA_UNSYNC) == 0 ? FINDING_FINE : FINDING_RISK,
		    "clock of this host", (state.status & STA_UNSYNC) == 0 ? "kept by NTP"
		    : "nothing keeps it right",
		    "tokens expire by it, and other hosts refuse tokens of a clock that is ahead; "
		    "a virtual machine may have it kept from outside, which cannot be seen:\n"
		    "apt-get install systemd-timesyncd\ntimedatectl set-ntp true");
}

/* ---- What hashing may take */

static void
examine_memory(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	const long long one = (128 * config->scrypt_r) << config->scrypt_log2_n;
	enum finding_kind kind = FINDING_FINE;
	struct hash_division division;
	struct host_limit given;

	host_find_memory("", &given);
	hasher_divide(config, &division);
	/* What is given is a part of what there is: a half at most. */
	if (division.memory.amount > given.amount)
		kind = division.memory.amount >= 2 * given.amount ? FINDING_FAULT : FINDING_RISK;
	doctor_note(doctor, kind, "memory for hashing", doctor_text(doctor,
	    "%lld MiB, and a hash takes %lld", division.memory.amount / MIB,
	    (one + MIB - 1) / MIB),
	    doctor_text(doctor, "the host gives %lld MiB: %s. When memory is out, the kernel "
	    "kills a responder. Give it more, or write into the settings:\nhash_memory = %lld",
	    given.amount / MIB, given.reason,
	    given.amount / MIB > one / MIB ? given.amount / MIB : one / MIB));
}

static void
examine_processors(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	struct host_limit given;
	struct hash_division division;

	host_find_processors("", &given);
	hasher_divide(config, &division);
	doctor_note(doctor, division.cores.amount > given.amount ? FINDING_RISK : FINDING_FINE,
	    "cores for hashing", doctor_text(doctor, "%lld of %lld: %s", division.cores.amount,
	    given.amount, given.reason), doctor_text(doctor,
	    "hashing takes the time of everything else. Write into the settings, or take "
	    "hash_slots out of them:\nhash_slots = %lld", given.amount));
}

void
doctor_examine_host(struct doctor *doctor)
{
	examine_synchronisation(doctor);
	examine_memory(doctor);
	examine_processors(doctor);
}
