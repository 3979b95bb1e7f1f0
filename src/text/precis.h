/*
 * precis: the Unicode profiles for names and passwords (RFC 8264, RFC 8265), on libunistring's
 * tables.
 *
 * A name is shown in its case-preserved form and is unique by its case-mapped form, so that
 * `Alice`, `alice` and fullwidth `ａｌｉｃｅ` are one account. A password is compared in its
 * OpaqueString form, so that it can be typed on any keyboard. How long a name may be is not part
 * of a profile; `username` decides it.
 *
 * Each function takes NUL-terminated UTF-8 and gives a new text in *out, which the caller frees
 * with free(), or with secret_free() for passwords. It returns ERR_REFUSED when the profile does
 * not allow the text, which includes the empty text and one that still changes after the profile
 * was applied three times more (RFC 8264, section 7), and ERR_MEMORY when memory is out. On
 * failure *out is NULL. All intermediate texts are wiped.
 *
 * A text is judged in its normal form (NFC), so that it does not matter in which form it was
 * typed: a Korean name is allowed in syllables and in the letters that make them up.
 */
#ifndef BEARWARD_TEXT_PRECIS_H
#define BEARWARD_TEXT_PRECIS_H

#include <stdint.h>

#include "base/err.h"

/* Applies UsernameCasePreserved (RFC 8265, section 3.4). */
ERR_CHECKED enum err precis_username(const char *name, char **out);

/* Applies UsernameCaseMapped (RFC 8265, section 3.3). */
ERR_CHECKED enum err precis_username_key(const char *name, char **out);

/* Applies OpaqueString (RFC 8265, section 4.2). */
ERR_CHECKED enum err precis_password(const char *password, char **out);

/*
 * Give the normal forms NFC and NFD of a text, which need be of no profile: as other programs may
 * have hashed it. Return ERR_REFUSED when it is not UTF-8, or ERR_MEMORY.
 */
ERR_CHECKED enum err precis_compose(const char *text, char **out);
ERR_CHECKED enum err precis_decompose(const char *text, char **out);

/* What a profile refuses, for a message. */
struct precis_refusal {
	const char *words;	/* static; they follow "cannot have": "a space" */
	uint32_t code_point;	/* the first that is refused; 0 where it is about more than one */
};

/*
 * Tell why one of the profiles for names, or the one for passwords, refuses a text. Return
 * ERR_REFUSED with refusal filled in; ERR_OK, with words "", when the text is allowed; or
 * ERR_MEMORY. A code point of a password is a part of the secret: show the words alone.
 */
ERR_CHECKED enum err precis_explain_username(const char *name, struct precis_refusal *refusal);
ERR_CHECKED enum err precis_explain_password(const char *password,
    struct precis_refusal *refusal);

#endif
