/*
 * credentials: a name and a password as a client sent them.
 */
#ifndef BEARWARD_TEXT_CREDENTIALS_H
#define BEARWARD_TEXT_CREDENTIALS_H

/* Both texts are borrowed and valid UTF-8 without NUL; the password is secret. */
struct credentials {
	const char *username;
	const char *password;
};

#endif
