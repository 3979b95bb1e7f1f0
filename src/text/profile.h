/*
 * profile: the email address and the display name of a user.
 *
 * Nothing depends on either: nobody signs in with them, nothing is sent there, and two users may
 * have the same.
 */
#ifndef BEARWARD_TEXT_PROFILE_H
#define BEARWARD_TEXT_PROFILE_H

/* Of a user who is added or changed. Both texts are borrowed; NULL: not given; "": removed. */
struct profile {
	const char *email;
	const char *display_name;
};

enum { PROFILE_EMAIL_MAX = 254, PROFILE_DISPLAY_NAME_MAX = 200 };	/* code points */

/*
 * Return what is wrong with a text that is not empty, as a sentence that names what it is, without
 * a period at its end; static. NULL: nothing.
 */
const char *profile_find_email_fault(const char *email);
const char *profile_find_display_name_fault(const char *name);

#endif
