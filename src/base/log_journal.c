/* log_journal: log lines for the journal of systemd. */
#include "base/log_journal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define SYSLOG_OF_JOURNAL "/run/systemd/journal/dev-log"

struct buffer {
	char *at;
	size_t left;
};

bool
log_journal_has_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

bool
log_journal_has_syslog(void)
{
	char path[PATH_MAX];

	return realpath("/dev/log", path) != NULL && strcmp(path, SYSLOG_OF_JOURNAL) == 0;
}

/* Appends all of it, or nothing. */
static bool
append(struct buffer *buffer, const char *name, const char *value, size_t len)
{
	const size_t name_len = strlen(name);

	if (name_len + len + 2 > buffer->left)
		return false;
	memcpy(buffer->at, name, name_len);
	buffer->at[name_len] = '=';
	memcpy(buffer->at + name_len + 1, value, len);
	buffer->at[name_len + 1 + len] = '\n';
	buffer->at += name_len + len + 2;
	buffer->left -= name_len + len + 2;
	return true;
}

static void
append_number(struct buffer *buffer, const char *name, int number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", number);
	(void)append(buffer, name, digits, strlen(digits));
}

/* BEARWARD_ and the key in capitals; false where it is longer than any of ours. */
static bool
name_field(const char *key, size_t len, char name[64])
{
	static const char prefix[] = "BEARWARD_";

	if (len == 0 || len > 64 - sizeof(prefix))
		return false;
	memcpy(name, prefix, sizeof(prefix) - 1);
	for (size_t i = 0; i < len; i++)
		name[sizeof(prefix) - 1 + i] = (char)(key[i] >= 'a' && key[i] <= 'z' ?
		    key[i] - 'a' + 'A' : key[i]);
	name[sizeof(prefix) - 1 + len] = '\0';
	return true;
}

/*
 * Appends the field that begins at text, and returns what follows it. A value ends with a space,
 * or with a quotation mark, which stands nowhere else in one that begins with it.
 */
static const char *
append_field(struct buffer *buffer, const char *text, const char *equals, const char *end)
{
	const bool is_quoted = equals + 1 < end && equals[1] == '"';
	const char *value = equals + 1 + is_quoted;
	const char *value_end = memchr(value, is_quoted ? '"' : ' ', (size_t)(end - value));
	char name[64];

	if (value_end == NULL)
		value_end = end;
	if (name_field(text, (size_t)(equals - text), name))
		(void)append(buffer, name, value, (size_t)(value_end - value));
	return value_end + is_quoted + 1;
}

static void
append_fields(struct buffer *buffer, const char *text, const char *end)
{
	const char *equals;

	while (text < end && (equals = memchr(text, '=', (size_t)(end - text))) != NULL)
		text = append_field(buffer, text, equals, end);
}

size_t
log_journal_write(const struct log_journal_line *line, char *out, size_t size)
{
	struct buffer buffer = { out, size };

	append_number(&buffer, "PRIORITY", line->priority);
	append_number(&buffer, "SYSLOG_FACILITY", LOG_AUTHPRIV >> 3);
	(void)append(&buffer, "SYSLOG_IDENTIFIER", line->name, strlen(line->name));
	(void)append(&buffer, "MESSAGE", line->text, line->len);
	append_fields(&buffer, line->text, line->text + line->len);
	return size - buffer.left;
}
