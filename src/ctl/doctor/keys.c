/* keys: doctor: the keys that sign tokens. */
#include <stdio.h>

#include "account/manage.h"
#include "ctl/doctor/doctor.h"
#include "ctl/known_keys.h"

enum { DAY = 86400, OLD_DAYS = 366, AHEAD_S = 60 };

static void
note_unpaired(const char *kid, const char *fault, void *arg)
{
	struct doctor *doctor = arg;

	doctor_note(doctor, FINDING_FAULT, doctor_text(doctor, "key %s", kid), fault,
	    "make its public key anew:\nbearward init");
}

/* A key that a clock has made which was ahead makes tokens that nobody takes yet. */
static void
examine_age(struct doctor *doctor, const struct known_keys *known)
{
	const struct known_key *key = known_keys_find_signing(known);
	const int64_t age = key == NULL || key->created_at == 0 ? 0 : known->now - key->created_at;

	if (key == NULL)
		doctor_note(doctor, FINDING_FAULT, "key that signs", "there is none",
		    "make one, which signs at once:\nbearward key new");
	else if (age < -AHEAD_S)
		doctor_note(doctor, FINDING_FAULT, "key that signs", doctor_text(doctor,
		    "%s was made in %lld minutes: a clock was or is wrong", key->kid,
		    (long long)-age / 60), "see whether the clock is right, and change keys:\n"
		    "timedatectl\nbearward key rotate");
	else if (age / DAY > OLD_DAYS)
		doctor_note(doctor, FINDING_RISK, "key that signs", doctor_text(doctor,
		    "%s (%s) is %lld days old", key->kid, key_alg_name(key->alg),
		    (long long)age / DAY), "whoever has copied it since could sign in as anybody. "
		    "Change keys once a year; nobody is signed out:\nbearward key rotate");
	else
		doctor_note(doctor, FINDING_FINE, "key that signs", doctor_text(doctor,
		    "%s, %s, %lld days old", key->kid, key_alg_name(key->alg),
		    (long long)age / DAY), NULL);
}

void
doctor_examine_keys(struct doctor *doctor)
{
	static const struct resource *const resources[] = { &resource_keys_signing, NULL };
	struct ctl *ctl = doctor->ctl;
	const bool is_open = ctl_open(ctl, resources);
	struct known_keys known;

	doctor_note(doctor, is_open ? FINDING_FINE : FINDING_FAULT, "keys",
	    is_open ? "they can be read" : "they cannot be used",
	    "mend what the line on stderr says");
	if (is_open && known_keys_read(ctl, &known))
		examine_age(doctor, &known);
	if (manage_find_unpaired_keys(&ctl->context, note_unpaired, doctor) != ERR_OK)
		doctor_note(doctor, FINDING_UNKNOWN, "public keys", "they cannot be listed",
		    "mend what the line on stderr says");
	ctl_close(ctl);
}
