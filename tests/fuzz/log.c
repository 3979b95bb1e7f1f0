/*
 * log: any text in a log line. The line is one line without control characters, whatever the text;
 * and where it was not cut, the text can be had from it again.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/log.h"

enum { LINE_MAX_LEN = 2048 };

/* No control character, neither C0 nor C1, and no line separator of Unicode; all of it UTF-8. */
static bool
is_harmless(const char *text, size_t len)
{
	if (!fuzz_is_utf8(text, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			return false;
		if (c == 0xe2 && (memcmp(text + i, "\u2028", 3) == 0 ||
		    memcmp(text + i, "\u2029", 3) == 0))
			return false;
	}
	return true;
}

/* Turns \xNN back into bytes, in place. Returns the length. */
static size_t
unescape(char *text, size_t len)
{
	size_t to = 0;

	for (size_t from = 0; from < len; to++) {
		unsigned int byte;

		if (text[from] != '\\') {
			text[to] = text[from++];
			continue;
		}
		assert(len - from >= 4 && sscanf(text + from, "\\x%2x", &byte) == 1);
		text[to] = (char)byte;
		from += 4;
	}
	return to;
}

static void
check_escaped(const char *text, size_t size)
{
	char *out = malloc(4 * size + 1);
	size_t len;

	assert(out != NULL && escape_text(text, out, 4 * size + 1) == out);
	len = strlen(out);
	assert(is_harmless(out, len));
	/* It goes on for as long as there is room, and a character is never halved. */
	for (size_t room = 1; room <= len && room < 24; room++) {
		char *tight = malloc(room);

		assert(tight != NULL && escape_text(text, tight, room) == tight);
		assert(strlen(tight) < room && strncmp(tight, out, strlen(tight)) == 0);
		assert(is_harmless(tight, strlen(tight)));
		free(tight);
	}
	assert(strchr(out, '"') == NULL);
	len = unescape(out, len);
	assert(len == strlen(text) && memcmp(out, text, len) == 0);
	free(out);
}

/* Logs an event with text between two other fields. Returns the length of what was written. */
static size_t
log_to(const char *text, char line[LINE_MAX_LEN + 1])
{
	static int saved = -1, file = -1;	/* as long as we live: to open them takes long */
	ssize_t len;

	if (saved < 0) {
		saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		file = memfd_create("log", MFD_CLOEXEC);
	}
	assert(saved >= 0 && ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	assert(dup2(file, STDERR_FILENO) >= 0);
	log_event(LEVEL_INFO, "signed in", LOG_NUMBER("uid", 7), LOG_TEXT("user", text),
	    LOG_TEXT("client", "::1"));
	assert(dup2(saved, STDERR_FILENO) >= 0);
	len = pread(file, line, LINE_MAX_LEN + 1, 0);
	assert(len > 0 && len <= LINE_MAX_LEN);
	line[len] = '\0';
	return (size_t)len;
}

static void
check_line(const char *text)
{
	char line[LINE_MAX_LEN + 1], *field, *end;
	const size_t len = log_to(text, line);
	size_t field_len;

	assert(line[len - 1] == '\n' && is_harmless(line, len - 1));
	assert((field = strstr(line, " uid=7 user=")) != NULL);
	field += strlen(" uid=7 user=");
	if (strcmp(line + len - 4, "...\n") == 0 && strstr(field, " client=::1\n") == NULL)
		return;				/* cut */
	assert((end = strstr(field, " client=::1\n")) != NULL);
	end = line + len - strlen(" client=::1\n");
	field_len = (size_t)(end - field);
	if (*field == '"') {
		assert(field_len >= 2 && field[field_len - 1] == '"');
		field++;
		field_len -= 2;
	} else {
		assert(memchr(field, ' ', field_len) == NULL && field_len > 0);
	}
	assert(memchr(field, '"', field_len) == NULL);
	field_len = unescape(field, field_len);
	assert(field_len == strlen(text) && memcmp(field, text, field_len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_escaped(text, size);
	check_line(text);
	free(text);
	return 0;
}
