/*
 * mail: writes a message of plain text as a program wants it that sends mail (RFC 5322, MIME).
 *
 * Nothing that a text has in it can become a header or another recipient: addresses are of the
 * plain kind below, control characters become spaces, and other text is encoded (RFC 2047). Lines
 * end with CRLF. The body is as it stands where all of it is ASCII, so that people and scripts
 * can read it, and quoted-printable else, which every mail server passes on as it is.
 */
#ifndef BEARWARD_TEXT_MAIL_H
#define BEARWARD_TEXT_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A message. All is borrowed, and UTF-8. */
struct mail {
	const char *to;		/* an address */
	const char *from;	/* an address; "": the program that sends the message adds it */
	const char *from_name;	/* "" for none */
	const char *subject;
	const char *id;		/* of the Message-ID, before and after the @: letters, digits */
	const char *host;	/* '-' and '.' */
	int64_t date;		/* seconds since 1970 */
	const char *body;	/* lines, which are folded at blanks to 72 characters */
};

enum { MAIL_ADDRESS_MAX = 254 };	/* bytes of an address */

/*
 * Tells whether text is one address that mail can be sent to without more ado: ASCII, a local part
 * without quotes, and the name of a host.
 */
bool mail_is_address(const char *text);

/*
 * Writes a message to *text, which is owned and of *len bytes. Returns ERR_REFUSED when one of the
 * addresses is none, or a text not UTF-8, or ERR_MEMORY; *text is NULL then.
 */
ERR_CHECKED enum err mail_write(const struct mail *mail, char **text, size_t *len);

#endif
