/*
 * doctor: what the parts of `bearward doctor` share.
 *
 * Each part looks at some things, changes none of them, and notes what it has found of each. A
 * part that is looked at as root looks before the account is changed, and says what it has seen
 * later: what belongs to other accounts, files of root, and other processes. Nothing waits for
 * longer than a few seconds.
 */
#ifndef BEARWARD_CTL_DOCTOR_DOCTOR_H
#define BEARWARD_CTL_DOCTOR_DOCTOR_H

#include <stdio.h>
#include <time.h>

#include "base/finding.h"
#include "ctl/ctl.h"
#include "ctl/table.h"

struct doctor_memory;
struct responders;
struct web;

struct doctor {
	struct ctl *ctl;		/* borrowed */
	bool was_root;			/* so it has seen what only root may */
	bool has_settings;		/* ctl->config is in force */
	bool is_owner;			/* of the state directory, by now */
	struct responders *responders;	/* owned: what runs; NULL until it was looked at */
	struct web *web;		/* owned: the web servers; likewise */
	time_t newest_backup;		/* when it was made; 0: there is none, or */
	int backup_reason;		/* why it cannot be looked for, as errno */
	int files_read, lines_read;	/* of the last configuration */
	size_t kept;			/* bytes of: */
	struct doctor_memory *memory;	/* owned: of doctor_keep() and doctor_text() */
	struct table table;
	FILE *advice;			/* owned; what it writes is, too */
	char *written;
	size_t written_len;
	int counts[FINDING_UNKNOWN + 1];
};

/*
 * Notes what was found of a check, which is a name of a few words. advice is a sentence that
 * begins in lower case; after each "\n" in it is a line to be typed or written into a file.
 * Nothing is kept of texts.
 */
void doctor_note(struct doctor *doctor, enum finding_kind kind, const char *check,
    const char *found, const char *advice);

/* The same, as the rooms below take it; arg is a struct doctor. */
void doctor_take(const struct finding *finding, void *arg);

/* Returns memory of zeros, which is good until the doctor has ended; NULL: there is none. */
void *doctor_keep(struct doctor *doctor, size_t size);

/* Free all memory that was kept since doctor_mark() has returned mark. */
const void *doctor_mark(const struct doctor *doctor);
void doctor_forget(struct doctor *doctor, const void *mark);

/* Makes a text, which is good until the doctor has ended. Returns "" where there is no memory. */
__attribute__((format(printf, 2, 3)))
const char *doctor_text(struct doctor *doctor, const char *format, ...);

/* Returns whether systemd is what starts everything. */
bool doctor_has_systemd(void);

/* Return the commands that start the responders anew, and that show their log; static. */
const char *doctor_restart(void);
const char *doctor_log(void);

/* ---- The parts, in the order in which they look. Each notes one thing or several. */

/* settings.c: reads the settings, and looks at what they say. */
void doctor_read_settings(struct doctor *doctor);
void doctor_examine_settings(struct doctor *doctor);

/* state.c: the state directory; as root, and as its owner. */
void doctor_examine_place(struct doctor *doctor);
void doctor_examine_state(struct doctor *doctor);

/* host.c: clock, memory and processors; libraries.c */
void doctor_examine_host(struct doctor *doctor);
void doctor_examine_libraries(struct doctor *doctor);

/* hashing.c: how fast passwords are hashed. */
void doctor_examine_hashing(struct doctor *doctor);

/* database.c, keys.c */
void doctor_examine_database(struct doctor *doctor);
void doctor_examine_keys(struct doctor *doctor);

/* backup.c */
void doctor_look_for_backup(struct doctor *doctor);
void doctor_examine_backup(struct doctor *doctor);

#endif
