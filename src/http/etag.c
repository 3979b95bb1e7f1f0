/* etag: tells one version of a document from another. */
#include "http/etag.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum err
etag_make(const char *text, char etag[ETAG_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char encoded[BASE64_SIZE(ETAG_LEN)];

	/* Nothing else can fail in it. */
	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1)
		return ERR_MEMORY;
	(void)text_encode_base64(BASE64_URL, digest, ETAG_LEN, encoded);
	snprintf(etag, ETAG_SIZE, "\"%s\"", encoded);
	return ERR_OK;
}

/* The length of an opaque-tag at the beginning, with its quotation marks; 0 for none. */
static size_t
tag_len(const char *text)
{
	size_t len = 1;

	if (*text != '"')
		return 0;
	while ((unsigned char)text[len] > ' ' && text[len] != '"' && text[len] != 0x7f)
		len++;
	return text[len] == '"' ? len + 1 : 0;
}

bool
etag_is_named(const char *if_none_match, const char *etag)
{
	static const char blanks[] = " \t";
	const char *next = if_none_match + strspn(if_none_match, blanks);
	size_t len;

	if (*next == '*')
		return next[1 + strspn(next + 1, blanks)] == '\0';
	/* An empty element of a list counts as none (section 5.6.1). */
	for (;;) {
		next += strspn(next, " \t,");
		if (strncmp(next, "W/", 2) == 0)
			next += 2;
		if ((len = tag_len(next)) == 0)
			return false;
		if (len == strlen(etag) && memcmp(next, etag, len) == 0)
			return true;
		next += len;
		next += strspn(next, blanks);
		if (*next != ',')
			return false;
	}
}
