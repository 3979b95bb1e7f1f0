/*
 * credentials: a name and a password, as somebody typed them.
 */
#ifndef BEARWARD_TEXT_CREDENTIALS_H
#define BEARWARD_TEXT_CREDENTIALS_H

/* Borrowed; valid UTF-8 without NUL. The password is secret. */
struct credentials {
	const char *username;
	const char *password;
};

#endif
