/*
 * finding: what was looked at of the place where bearward runs, and how it is.
 */
#ifndef BEARWARD_BASE_FINDING_H
#define BEARWARD_BASE_FINDING_H

/* One thing that was looked at. Texts are borrowed for the call that tells of it. */
struct finding {
	enum finding_kind {
		FINDING_FINE,
		FINDING_RISK,		/* it works, and something could be lost or refused */
		FINDING_FAULT,
		FINDING_UNKNOWN,	/* it cannot be told */
	} kind;
	const char *check;		/* what was looked at: "fsync" */
	const char *found;		/* may have lines */
	const char *advice;		/* what to do; NULL where it is fine */
};
typedef void finding_note(const struct finding *finding, void *arg);

#endif
