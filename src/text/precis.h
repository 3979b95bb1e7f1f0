/*
 * precis: the Unicode profiles for names and passwords (RFC 8264, RFC 8265), on libunistring's
 * tables.
 *
 * A name is shown in its case-preserved form and is unique by its case-mapped form, so that
 * `Alice`, `alice` and fullwidth `ａｌｉｃｅ` are one account. A password is compared in its
 * OpaqueString form, so that it can be typed on any keyboard. Profiles only: how long a name may
 * be is a rule of `username`.
 *
 * All three take NUL-terminated UTF-8 and give a new text in *out (owned by the caller, freed
 * with free(), or secret_free() for passwords). ERR_REFUSED: the profile does not allow the text,
 * the empty one included, or it is not stable when the profile is applied again (RFC 8264,
 * section 7). ERR_INTERNAL: out of memory. On failure *out is NULL.
 */
#ifndef BEARWARD_TEXT_PRECIS_H
#define BEARWARD_TEXT_PRECIS_H

#include "base/err.h"

/* UsernameCasePreserved: RFC 8265, section 3.4. */
ERR_CHECKED enum err precis_username(const char *name, char **out);

/* UsernameCaseMapped: RFC 8265, section 3.3. */
ERR_CHECKED enum err precis_username_key(const char *name, char **out);

/* OpaqueString: RFC 8265, section 4.2. Wipes what it used on the way. */
ERR_CHECKED enum err precis_password(const char *password, char **out);

#endif
