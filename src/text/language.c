/* language: chooses one of the languages that there are by what a browser prefers. */
#include "text/language.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TAG_LEN_MAX = 35 };	/* what RFC 5646, section 4.4.1 wants room for */

static bool
is_tag(const char *text, size_t len)
{
	size_t part = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '-' ? part == 0 : !isalnum((unsigned char)text[i]))
			return false;
		part = text[i] == '-' ? 0 : part + 1;
		if (part > 8)
			return false;
	}
	return part > 0 && len <= TAG_LEN_MAX && isalpha((unsigned char)*text);
}

bool
language_is_tag(const char *text)
{
	return is_tag(text, strlen(text));
}

/* Whether one begins with the other, and goes on with another part. */
static bool
suits(const char *range, size_t len, const char *tag)
{
	const size_t tag_len = strlen(tag), shorter = len < tag_len ? len : tag_len;

	return strncasecmp(range, tag, shorter) == 0 &&
	    (len == tag_len || (len > shorter ? range : tag)[shorter] == '-');
}

/* Thousandths of ";q=0.8", of 1 where there is none; 0 where it is malformed. */
static int
read_weight(const char *text)
{
	int weight;

	text += strspn(text, " \t");
	if (*text == '\0' || *text == ',')
		return 1000;
	if (*text++ != ';')
		return 0;
	text += strspn(text, " \t");
	if ((text[0] != 'q' && text[0] != 'Q') || text[1] != '=' ||
	    (text[2] != '0' && text[2] != '1'))
		return 0;
	weight = text[2] == '1' ? 1000 : 0;
	if (text[3] != '.')
		return weight;
	text += 4;
	for (int unit = 100; unit > 0 && isdigit((unsigned char)*text); unit /= 10)
		weight += unit * (*text++ - '0');
	return weight > 1000 ? 0 : weight;
}

size_t
language_choose(const char *header, const char *const *tags, size_t count)
{
	size_t best = count;
	int best_weight = 0;

	for (const char *next = header; *next != '\0'; next += strcspn(next, ",")) {
		const char *range = next += strspn(next, ", \t");
		const size_t len = strcspn(range, ",; \t");
		const int weight = read_weight(range + len);

		if (!is_tag(range, len) || weight <= best_weight)
			continue;
		for (size_t i = 0; i < count; i++) {
			if (!suits(range, len, tags[i]))
				continue;
			best = i;
			best_weight = weight;
			break;
		}
	}
	return best;
}
