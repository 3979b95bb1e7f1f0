/*
 * key: the file of an asymmetric key, or a PEM block that is to become one. What is refused is
 * told with what to do about it. What is taken is written and read again to the same key, whose
 * private half signs what the public one finds good.
 */
#include "fuzz.h"

#include "base/secret.h"
#include "token/jws.h"
#include "token/key_internal.h"
#include "token/key_text.h"
#include "token/thumbprint.h"

static struct key_material *
read_again(const struct key_algorithm *algorithm, const struct key_material *material,
    enum key_half half)
{
	struct key_material *again;
	char *text = NULL;	/* owned */

	assert(algorithm->write(material, half, &text) == ERR_OK);
	assert(algorithm->read(text, strlen(text), half, &again) == NULL);
	assert(algorithm->is_same(material, again));
	secret_free(text);
	return again;
}

static void
check_signature(const struct key_algorithm *algorithm, const struct key_material *private,
    const struct key_material *public)
{
	struct jws jws;
	char *jwt = NULL;	/* owned */

	assert(algorithm->sign(private, "kid", "header", "claims", &jwt) == ERR_OK);
	assert(jws_parse(jwt, &jws));
	assert(jws.signature_len == algorithm->signature_len(public));
	assert(algorithm->check(public, jws.input, jws.input_len, jws.signature) == ERR_OK);
	jws.signature[jws.signature_len - 1] ^= 1;
	assert(algorithm->check(public, jws.input, jws.input_len, jws.signature) == ERR_TOKEN);
	secret_free(jwt);
}

static void
check_file(const struct key_life *life, enum key_alg alg, const struct key_material *material,
    enum key_half half)
{
	const struct key_algorithm *algorithm = key_algorithm_of(alg);
	char kid[KEY_ID_SIZE], *text = NULL;	/* owned */
	struct key_life life_again;
	enum key_alg alg_again;
	struct key *key;	/* owned */
	size_t pem_at;

	assert(thumbprint_of(algorithm, material, kid) == ERR_OK && strlen(kid) == 43);
	key = key_new(kid, life, alg, algorithm->copy_material(material));
	assert(key != NULL && key_text_write(key, half, &text) == ERR_OK);
	assert(key_text_read(text, strlen(text), &alg_again, &life_again, &pem_at) == NULL);
	assert(alg_again == alg && life_again.made_at == life->made_at);
	assert(life_again.signs_at == life->signs_at && life_again.older_for == life->older_for);
	secret_free(text);
	key_free(key);
}

/* Reads a block. life is NULL where no lines stand before it. */
static void
check_block(const struct key_life *life, enum key_alg alg, const char *text, size_t len,
    enum key_half half)
{
	const struct key_algorithm *algorithm = key_algorithm_of(alg);
	struct key_material *material, *again, *public;
	const char *fault = algorithm->read(text, len, half, &material);

	assert((fault == NULL) == (material != NULL));
	if (fault != NULL) {
		assert(strchr(fault, ';') != NULL);
		return;
	}
	again = read_again(algorithm, material, half);
	public = read_again(algorithm, material, KEY_PUBLIC);
	if (half == KEY_PRIVATE)
		check_signature(algorithm, again, public);
	if (life != NULL)
		check_file(life, alg, material, half);
	algorithm->free_material(public);
	algorithm->free_material(again);
	algorithm->free_material(material);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct key_life life;
	enum key_alg alg;
	size_t pem_at;
	const char *fault = key_text_read(text, size, &alg, &life, &pem_at);

	for (int half = KEY_PRIVATE; half <= KEY_PUBLIC; half++)
		if (fault == NULL) {
			assert(pem_at <= size);
			check_block(&life, alg, text + pem_at, size - pem_at, half);
		} else {
			assert(strchr(fault, ';') != NULL);
			for (alg = KEY_ES256; alg < KEY_ALGS; alg++)
				check_block(NULL, alg, text, size, half);
		}
	free(text);
	return 0;
}
