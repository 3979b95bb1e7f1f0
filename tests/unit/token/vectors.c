/*
 * vectors: says of each line of its input what a key says of a signature. A line is the name of an
 * algorithm, the public half of a key as PEM, and a text and its signature, these in base64, or a
 * token as it is; with tabs between them. The answer is a line: "good", "wrong", or "key: " and
 * what is wrong with the key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "token/jws.h"
#include "token/key_internal.h"

static const char *
say(enum err err)
{
	return err == ERR_OK ? "good" : err == ERR_TOKEN ? "wrong" : err_name(err);
}

/* Decodes base64: owned, free(). */
static char *
decode(const char *text, size_t *len)
{
	char *data = malloc(strlen(text) + 1);

	if (data == NULL ||
	    text_decode_base64(BASE64_STANDARD, text, strlen(text), data, strlen(text), len) !=
		ERR_OK)
		abort();
	return data;
}

/* Returns what is wrong with a key, or NULL; *key is owned. */
static const char *
read_key(const char *name, const char *pem_in_base64, struct key **key)
{
	static const struct key_life life = {0};
	struct key_material *material;
	enum key_alg alg;
	const char *fault;
	size_t len;
	char *pem = decode(pem_in_base64, &len);

	if (!key_alg_find(name, &alg))
		abort();
	fault = key_algorithm_of(alg)->read(pem, len, KEY_PUBLIC, &material);
	if (fault == NULL && (*key = key_new("kid", &life, alg, material)) == NULL)
		abort();
	free(pem);
	return fault;
}

static enum err
check_signature(const struct key *key, const char *text_in_base64,
    const char *signature_in_base64)
{
	size_t text_len, signature_len;
	char *text = decode(text_in_base64, &text_len);
	char *signature = decode(signature_in_base64, &signature_len);
	const enum err err = key_check(key, text, text_len, (const unsigned char *)signature,
	    signature_len);

	free(signature);
	free(text);
	return err;
}

static enum err
check_token(const struct key *key, const char *token)
{
	struct jws jws;

	if (!jws_parse(token, &jws))
		return ERR_TOKEN;
	return key_check(key, jws.input, jws.input_len, jws.signature, jws.signature_len);
}

int
main(void)
{
	char *line = NULL, *last = strdup("");	/* the key of the line before */
	struct key *key = NULL;
	const char *fault = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *rest = line;
		const char *name = strsep(&rest, "\t\n"), *pem = strsep(&rest, "\t\n");
		const char *text = strsep(&rest, "\t\n"), *signature = strsep(&rest, "\t\n");

		if (strcmp(pem, last) != 0) {
			free(last);
			last = strdup(pem);
			key_free(key);
			key = NULL;
			fault = read_key(name, pem, &key);
		}
		if (fault != NULL)
			printf("key: %s\n", fault);
		else if (rest == NULL)
			puts(say(check_token(key, text)));
		else
			puts(say(check_signature(key, text, signature)));
	}
	key_free(key);
	free(last);
	free(line);
	return 0;
}
