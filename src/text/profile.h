/*
 * profile: what is told of a user beside the name: email address, display name, groups.
 *
 * Nothing here depends on an address or a display name: nobody signs in with them, nothing is sent
 * there, and two users may have the same. Web servers and applications go by groups, and by an
 * address that is verified.
 */
#ifndef BEARWARD_TEXT_PROFILE_H
#define BEARWARD_TEXT_PROFILE_H

enum profile_verified { PROFILE_VERIFIED_KEPT, PROFILE_VERIFIED_NO, PROFILE_VERIFIED_YES };

/* Of a user who is added or changed. All texts are borrowed; NULL: not given; "": removed. */
struct profile {
	const char *email;
	const char *display_name;
	const char *groups;		/* see text/groups.h */
	enum profile_verified email_verified;	/* kept: another address is not verified */
};

enum { PROFILE_EMAIL_MAX = 254, PROFILE_DISPLAY_NAME_MAX = 200 };	/* code points */

/*
 * Return what is wrong with a text that is not empty, as a sentence that names what it is, without
 * a period at its end; static. NULL: nothing.
 */
const char *profile_find_email_fault(const char *email);
const char *profile_find_display_name_fault(const char *name);

#endif
