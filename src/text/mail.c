/* mail: writes a message of plain text as a program wants it that sends mail. */
#include "text/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "base/text.h"

enum {
	LOCAL_MAX = 64,		/* bytes before the @ (RFC 5321, section 4.5.3.1.1) */
	COLUMNS = 72,		/* characters of a line of the body */
	LINE_MAX_BYTES = 998,	/* RFC 5322, section 2.1.1 */
	QUOTED_MAX = 76,	/* of a quoted-printable line (RFC 2045, section 6.7) */
	PLAIN_MAX = 60,		/* bytes of a name or a subject that is not encoded */
	WORD_BYTES = 39,	/* in an encoded word, so that its line has no more than 76 */
};

/* ---- Addresses */

/* Parts of at least one of the characters, with a dot between any two. */
static bool
is_dotted(const char *text, size_t len, const char *others)
{
	size_t part = 0;

	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c == '.' ? part == 0 : c >= 0x80 || (!isalnum(c) && strchr(others, c) == NULL))
			return false;
		part = c == '.' ? 0 : part + 1;
	}
	return part > 0;
}

bool
mail_is_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && strlen(text) <= MAIL_ADDRESS_MAX && at - text <= LOCAL_MAX &&
	    is_dotted(text, (size_t)(at - text), "!#$%&'*+-/=?^_`{|}~") &&
	    is_dotted(at + 1, strlen(at + 1), "-");
}

/* ---- Headers */

static bool
is_ascii(const char *text)
{
	while ((unsigned char)*text - 1U < 0x7f)
		text++;
	return *text == '\0';
}

static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Writes encoded words, one a line (RFC 2047). None has a part of a character. */
static void
put_encoded(FILE *out, const char *text)
{
	char word[BASE64_SIZE(WORD_BYTES)];
	const size_t len = strlen(text);

	for (size_t i = 0, n; i < len; i += n) {
		n = len - i < WORD_BYTES ? len - i : WORD_BYTES;
		while (goes_on(text[i + n]))
			n--;
		(void)text_encode_base64(BASE64_STANDARD, text + i, n, word);
		fprintf(out, "%s=?UTF-8?B?%s?=", i == 0 ? "" : "\r\n ", word);
	}
}

/* Copies a text with spaces for what ends lines or controls terminals; the copy is owned. */
static char *
copy_line(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		/* C0, DEL; C1, which begin with C2; and U+2028 and U+2029. */
		if (iscntrl((unsigned char)*c))
			*c = ' ';
		else if (*c == '\xc2' && (unsigned char)c[1] < 0xa0)
			c[0] = c[1] = ' ';
		else if (strncmp(c, "\xe2\x80\xa8", 3) == 0 || strncmp(c, "\xe2\x80\xa9", 3) == 0)
			c[0] = c[1] = c[2] = ' ';
	return copy;
}

/* Writes a line as it is, or encoded; "=?" would be taken for the begin of an encoded word. */
static void
put_text(FILE *out, const char *line)
{
	if (is_ascii(line) && strlen(line) <= PLAIN_MAX && strstr(line, "=?") == NULL)
		fputs(line, out);
	else
		put_encoded(out, line);
}

static void
put_quoted(FILE *out, const char *line)
{
	putc('"', out);
	for (; *line != '\0'; line++) {
		if (*line == '"' || *line == '\\')
			putc('\\', out);
		putc(*line, out);
	}
	putc('"', out);
}

static void
put_from(FILE *out, const char *name, const char *address)
{
	if (*address == '\0')
		return;
	fputs("From: ", out);
	if (*name == '\0') {
		fprintf(out, "%s\r\n", address);
		return;
	}
	if (is_ascii(name) && strlen(name) <= PLAIN_MAX)
		put_quoted(out, name);
	else
		put_encoded(out, name);
	fprintf(out, "\r\n <%s>\r\n", address);
}

static void
put_date(FILE *out, int64_t date)
{
	const time_t moment = (time_t)date;
	char text[64];
	struct tm tm;

	if (gmtime_r(&moment, &tm) != NULL &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm) > 0)
		fprintf(out, "Date: %s\r\n", text);
}

static void
put_headers(FILE *out, const struct mail *mail, const char *from_name, const char *subject)
{
	put_from(out, from_name, mail->from);
	fprintf(out, "To: %s\r\nSubject: ", mail->to);
	put_text(out, subject);
	fputs("\r\n", out);
	put_date(out, mail->date);
	fprintf(out, "Message-ID: <%s@%s>\r\n", mail->id, mail->host);
	/* No answer of a machine to a machine (RFC 3834). */
	fputs("Auto-Submitted: auto-generated\r\n", out);
}

/* ---- The body */

/* Returns how many bytes of a line stand before its break, and how many more are left out. */
static size_t
find_break(const char *line, size_t *blanks)
{
	size_t columns = 0, i, last = 0;

	*blanks = 0;
	for (i = 0; line[i] != '\0'; i++) {
		if (line[i] == ' ' && (columns <= COLUMNS || last == 0))
			last = i;
		columns += !goes_on(line[i]);
		if (columns > COLUMNS && last > 0)
			break;
	}
	if (line[i] == '\0' && (columns <= COLUMNS || last == 0))
		return i;
	*blanks = strspn(line + last, " ");
	return last;
}

/* Writes the lines of a body folded, each with an LF. */
static enum err
fold(const char *body, char **folded)
{
	size_t len;
	FILE *out = open_memstream(folded, &len);
	enum err err = out == NULL ? ERR_MEMORY : ERR_OK;

	while (*body != '\0' && err == ERR_OK) {
		char *given = strndup(body, strcspn(body, "\n")), *line = NULL;	/* owned */
		size_t begin = 0, bytes, blanks;

		body += strcspn(body, "\n");
		body += *body == '\n';
		if (given == NULL || (line = copy_line(given)) == NULL)
			err = ERR_MEMORY;
		else
			do {
				bytes = find_break(line + begin, &blanks);
				fprintf(out, "%.*s\n", (int)bytes, line + begin);
				begin += bytes + blanks;
			} while (line[begin] != '\0');
		secret_free(line);
		secret_free(given);
	}
	if (out != NULL && (fclose(out) != 0 || err != ERR_OK)) {
		secret_free(*folded);
		*folded = NULL;
		err = ERR_MEMORY;
	}
	return err;
}

static bool
has_long_line(const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n'))
		if ((len = strcspn(text, "\n")) > LINE_MAX_BYTES)
			return true;
	return false;
}

static void
put_plain(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			putc('\r', out);
		putc(*text, out);
	}
}

/* Writes a character of a quoted-printable line, at a column; returns the next column. */
static int
put_printable(FILE *out, const char *c, int column)
{
	const bool ends_line = c[1] == '\n' || c[1] == '\0';
	const bool is_plain = (*c > ' ' && *c < 0x7f && *c != '=') || (*c == ' ' && !ends_line);
	const int width = is_plain ? 1 : 3;

	/* The last column is for what says that the line goes on. */
	if (column + width > QUOTED_MAX - 1) {
		fputs("=\r\n", out);
		column = 0;
	}
	if (is_plain)
		putc(*c, out);
	else
		fprintf(out, "=%02X", (unsigned char)*c);
	return column + width;
}

static void
put_quoted_printable(FILE *out, const char *text)
{
	int column = 0;

	for (; *text != '\0'; text++) {
		if (*text != '\n') {
			column = put_printable(out, text, column);
			continue;
		}
		fputs("\r\n", out);
		column = 0;
	}
}

static void
put_body(FILE *out, const char *folded)
{
	const bool is_plain = is_ascii(folded) && !has_long_line(folded);

	fprintf(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n", is_plain ? "7bit" : "quoted-printable");
	if (is_plain)
		put_plain(out, folded);
	else
		put_quoted_printable(out, folded);
}

static bool
is_writable(const struct mail *mail)
{
	return mail_is_address(mail->to) && (*mail->from == '\0' || mail_is_address(mail->from)) &&
	    text_is_utf8(mail->from_name, strlen(mail->from_name)) &&
	    text_is_utf8(mail->subject, strlen(mail->subject)) &&
	    text_is_utf8(mail->body, strlen(mail->body));
}

enum err
mail_write(const struct mail *mail, char **text, size_t *len)
{
	char *from_name = NULL, *subject = NULL, *folded = NULL;	/* owned */
	FILE *out = NULL;		/* owned */
	enum err err = ERR_MEMORY;

	*text = NULL;
	*len = 0;
	if (!is_writable(mail))
		return ERR_REFUSED;
	if ((from_name = copy_line(mail->from_name)) == NULL ||
	    (subject = copy_line(mail->subject)) == NULL ||
	    fold(mail->body, &folded) != ERR_OK || (out = open_memstream(text, len)) == NULL)
		goto out;
	put_headers(out, mail, from_name, subject);
	put_body(out, folded);
	err = ferror(out) ? ERR_MEMORY : ERR_OK;
	if (fclose(out) != 0)
		err = ERR_MEMORY;
out:
	if (err != ERR_OK) {
		secret_free(*text);
		*text = NULL;
	}
	secret_free(folded);
	free(subject);
	free(from_name);
	return err;
}
