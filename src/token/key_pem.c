/* key_pem: reads and writes a private or a public key as one PEM block. */
#include "token/key_pem.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>

#include "token/evp_error.h"

/* A block as OpenSSL finds it in a text. */
struct block {
	char *label;		/* owned, as all of these: OPENSSL_free() */
	char *header;
	unsigned char *der;	/* secret */
	long der_len;
};

static const char *const labels[][3] = {
	[KEY_PRIVATE] = { "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY" },
	[KEY_PUBLIC] = { "PUBLIC KEY" },
};

static bool
is_label_of(enum key_half half, const char *label)
{
	for (size_t i = 0; i < sizeof(labels[0]) / sizeof(labels[0][0]); i++)
		if (labels[half][i] != NULL && strcmp(labels[half][i], label) == 0)
			return true;
	return false;
}

/* Returns whether nothing but white space is left to be read. */
static bool
is_at_end(BIO *bio)
{
	char *rest;
	const long len = BIO_get_mem_data(bio, &rest);

	for (long i = 0; i < len; i++)
		if (strchr(" \t\r\n", rest[i]) == NULL || rest[i] == '\0')
			return false;
	return true;
}

static void
clear_block(struct block *block)
{
	OPENSSL_clear_free(block->der, (size_t)block->der_len);
	OPENSSL_free(block->header);
	OPENSSL_free(block->label);
	*block = (struct block){0};
}

/* Reads the next block that is not of parameters, which openssl ecparam writes above a key. */
static bool
read_block(BIO *bio, struct block *block)
{
	do {
		clear_block(block);
		if (PEM_read_bio(bio, &block->label, &block->header, &block->der,
		    &block->der_len) != 1)
			return false;
	} while (strcmp(block->label, PEM_STRING_ECPARAMETERS) == 0);
	return true;
}

static const char *
find_fault(const struct block *block, enum key_half half)
{
	const enum key_half other = half == KEY_PRIVATE ? KEY_PUBLIC : KEY_PRIVATE;

	if (strcmp(block->label, PEM_STRING_PKCS8) == 0 || block->header[0] != '\0')
		return "needs a password; decrypt it first, with openssl pkey";
	if (is_label_of(half, block->label))
		return NULL;
	if (!is_label_of(other, block->label))
		return "a PEM block that is no key; write the key with openssl pkey";
	return half == KEY_PRIVATE ? "a public key; the private one is needed" :
	    "a private key where only the public one belongs; put that in its place";
}

/* Reads what is in a block. Returns NULL, with reports of OpenSSL, when it is no key. */
static EVP_PKEY *
decode(const struct block *block, enum key_half half)
{
	const unsigned char *der = block->der;
	EVP_PKEY *pkey = half == KEY_PUBLIC ? d2i_PUBKEY(NULL, &der, block->der_len) :
	    d2i_AutoPrivateKey(NULL, &der, block->der_len);

	if (pkey == NULL || der == block->der + block->der_len)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

const char *
key_pem_read(const char *text, size_t len, enum key_half half, EVP_PKEY **pkey)
{
	BIO *bio = len > KEY_TEXT_MAX ? NULL : BIO_new_mem_buf(text, (int)len);	/* owned */
	struct block block = {0};
	const char *fault = NULL;

	*pkey = NULL;
	if (bio == NULL || !read_block(bio, &block))
		fault = "not a whole PEM block; write the key with openssl pkey";
	else if (!is_at_end(bio))
		fault = "something stands behind the PEM block; keep one key alone";
	else if ((fault = find_fault(&block, half)) == NULL &&
	    (*pkey = decode(&block, half)) == NULL)
		fault = "damaged, or of a kind that OpenSSL does not know; make a new key";

	clear_block(&block);
	BIO_free(bio);
	return evp_error_take(ERR_OK) == ERR_OK || fault == NULL ? fault : strerror(ENOMEM);
}

enum err
key_pem_write(const EVP_PKEY *pkey, enum key_half half, char **text)
{
	BIO *bio = BIO_new(BIO_s_mem());	/* owned, secret: BIO_free() wipes */
	char *pem;				/* borrowed from bio */
	bool is_written = false;

	*text = NULL;
	if (bio != NULL && half == KEY_PUBLIC)
		is_written = PEM_write_bio_PUBKEY(bio, pkey) == 1;
	else if (bio != NULL)
		is_written = PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
		    NULL) == 1;
	if (is_written) {
		const long len = BIO_get_mem_data(bio, &pem);

		*text = strndup(pem, (size_t)len);
	}
	BIO_free(bio);
	if (is_written)
		return *text != NULL ? ERR_OK : ERR_MEMORY;
	return evp_error_log("cannot write a key");
}
