/* hashing: doctor: how fast this host hashes passwords at the cost of the settings. */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "ctl/doctor/doctor.h"
#include "hash/password.h"

enum {
	TOGETHER = 16,			/* hashes: enough to fill the lanes of two cores */
	QUICK_MS = 100,			/* a hash that takes longer is computed alone */
	SLOW_MS = 1000,
};

/* What a process of its own would hash with: it shares no slots with the responders. */
struct measuring {
	struct config config;		/* borrowed but for state_dir */
	struct hasher *hasher;		/* owned */
	bool has_failed;
};

static void *
hash_one(void *arg)
{
	struct measuring *measuring = arg;
	char stored[PASSWORD_STORED_SIZE];
	struct password password;

	if (password_prepare("bearward doctor", NULL, &password) != ERR_OK ||
	    password_hash(&measuring->config, measuring->hasher, &password, stored) != ERR_OK)
		measuring->has_failed = true;
	password_clear(&password);
	return NULL;
}

/* Returns how many milliseconds so many hashes take side by side; at least 1. */
static int64_t
measure(struct measuring *measuring, int count)
{
	const int64_t begun_at = clock_ms();
	struct thread threads[TOGETHER];
	int started = 0;
	int64_t taken;

	while (started < count &&
	    thread_start(&threads[started], hash_one, measuring) == ERR_OK)
		started++;
	for (int i = 0; i < started; i++)
		thread_join(&threads[i]);
	measuring->has_failed |= started < count;
	taken = clock_ms() - begun_at;
	return taken > 0 ? taken : 1;
}

static void
note(struct doctor *doctor, struct measuring *measuring)
{
	const int64_t first = measure(measuring, 1), one = measure(measuring, 1);
	const int64_t ms = one < first ? one : first;
	const int count = ms > QUICK_MS ? 1 : TOGETHER;
	const int64_t all = count == 1 ? ms : measure(measuring, count);
	const char *kernel = hasher_kernel(measuring->hasher);

	if (measuring->has_failed)
		doctor_note(doctor, FINDING_FAULT, "hash speed", "no password can be hashed",
		    "mend what the line on stderr says");
	else
		doctor_note(doctor, kernel == NULL || ms > SLOW_MS ? FINDING_RISK : FINDING_FINE,
		    "hash speed", doctor_text(doctor, "%s: %lld ms each, %lld sign-ins a second",
		    kernel != NULL ? kernel : "libscrypt", (long long)ms,
		    (long long)(count * 1000 / all)), kernel == NULL
		    ? "no vector kernel is used. If the settings say so, take that out:\n"
		    "hash_kernel = auto"
		    : "people wait for it at each sign-in. Less is what OWASP recommends:\n"
		    "scrypt_log2_n = 14\nscrypt_r = 8\nscrypt_p = 5");
}

void
doctor_examine_hashing(struct doctor *doctor)
{
	char directory[] = "/tmp/bearward-doctor-XXXXXX";
	struct measuring measuring = { .config = doctor->ctl->config };

	if (mkdtemp(directory) == NULL) {
		doctor_note(doctor, FINDING_UNKNOWN, "hash speed", "/tmp cannot be written to",
		    "correct its mode:\nchmod 1777 /tmp");
		return;
	}
	measuring.config.state_dir = directory;
	if (hasher_open(&measuring.config, &measuring.hasher) == ERR_OK)
		note(doctor, &measuring);
	hasher_close(measuring.hasher);
	(void)unlink(doctor_text(doctor, "%s/hash.slots", directory));
	(void)rmdir(directory);
}
