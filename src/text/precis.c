/* precis: the Unicode profiles for names and passwords. */
#include "text/precis.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/secret.h"
#include "text/precis_class.h"
#include "text/precis_words.h"

/*
 * A text on its way through a profile. libunistring writes into our own room, so that every copy
 * of what may be a password is wiped.
 */
struct work {
	uint32_t *text;		/* owned, secret: the text so far */
	size_t len;
	uint32_t *spare;	/* owned, secret: room for what the next step makes of it */
	size_t size;		/* of text and of spare, in code points */
	struct precis_refusal refusal;	/* filled in by a step that returns ERR_REFUSED */
};

/* One rule of a profile. */
typedef enum err step(struct work *work);

static void
work_clear(struct work *work)
{
	secret_wipe(work->text, work->text == NULL ? 0 : work->size * sizeof(*work->text));
	secret_wipe(work->spare, work->spare == NULL ? 0 : work->size * sizeof(*work->spare));
	free(work->text);
	free(work->spare);
}

/* Says what is refused; code_point is 0 where it is not about one. */
static enum err
refuse(struct work *work, const char *words, uint32_t code_point)
{
	work->refusal = (struct precis_refusal){ words, code_point };
	return ERR_REFUSED;
}

/* On failure, too, the caller clears the work. */
static enum err
work_init(struct work *work, const char *utf8)
{
	size_t utf8_len = strlen(utf8);

	/* No more code points than bytes; NFC triples a text at most, lower case does less. */
	work->size = 3 * utf8_len + 1;
	work->text = calloc(work->size, sizeof(*work->text));
	work->spare = calloc(work->size, sizeof(*work->spare));
	work->len = work->size;
	if (work->text == NULL || work->spare == NULL)
		return ERR_MEMORY;
	/* With room enough, it can only fail for what is not UTF-8. */
	if (u8_to_u32((const uint8_t *)utf8, utf8_len, work->text, &work->len) == NULL)
		return refuse(work, "bytes that are not UTF-8", 0);
	return ERR_OK;
}

static enum err
work_result(const struct work *work, char **utf8)
{
	size_t utf8_len = 4 * work->len;
	char *out = malloc(utf8_len + 1);	/* owned, then handed over */

	if (out == NULL)
		return ERR_MEMORY;
	(void)u32_to_u8(work->text, work->len, (uint8_t *)out, &utf8_len);
	out[utf8_len] = '\0';
	*utf8 = out;
	return ERR_OK;
}

/* Goes on with the len code points that a function of libunistring was to put into spare. */
static enum err
go_on_with(struct work *work, uint32_t *result, size_t len)
{
	if (result != work->spare) {
		free(result);
		return ERR_MEMORY;
	}
	work->spare = work->text;
	work->text = result;
	work->len = len;
	return ERR_OK;
}

/* Width Mapping Rule: fullwidth and halfwidth forms become what they are forms of. */
static enum err
map_width(struct work *work)
{
	ucs4_t form[UC_DECOMPOSITION_MAX_LENGTH];

	for (size_t i = 0; i < work->len; i++) {
		int tag;
		int len = uc_decomposition(work->text[i], &tag, form);

		/* All of these stand for one code point. */
		if (len == 1 && (tag == UC_DECOMP_WIDE || tag == UC_DECOMP_NARROW))
			work->text[i] = form[0];
	}
	return ERR_OK;
}

/* Additional Mapping Rule of OpaqueString: any space is the one on the keyboard. */
static enum err
map_spaces(struct work *work)
{
	for (size_t i = 0; i < work->len; i++)
		if (uc_is_general_category_withtable(work->text[i], UC_CATEGORY_MASK_Zs))
			work->text[i] = ' ';
	return ERR_OK;
}

/* Case Mapping Rule. No language: Turkish names must not depend on where we run. */
static enum err
map_case(struct work *work)
{
	size_t len = work->size;
	uint32_t *lower = u32_tolower(work->text, work->len, NULL, NULL, work->spare, &len);

	return go_on_with(work, lower, len);
}

static enum err
normalize_to(struct work *work, uninorm_t form)
{
	size_t len = work->size;
	uint32_t *normal = u32_normalize(form, work->text, work->len, work->spare, &len);

	return go_on_with(work, normal, len);
}

/* Normalization Rule. */
static enum err
normalize(struct work *work)
{
	return normalize_to(work, UNINORM_NFC);
}

static enum err
decompose(struct work *work)
{
	return normalize_to(work, UNINORM_NFD);
}

static enum err
check_class(struct work *work, enum precis_class class)
{
	const size_t at = precis_class_find_refused(class, work->text, work->len);

	if (at == work->len)
		return ERR_OK;
	return refuse(work, precis_words_of(work->text[at]), work->text[at]);
}

static enum err
check_identifier(struct work *work)
{
	return check_class(work, PRECIS_IDENTIFIER);
}

static enum err
check_freeform(struct work *work)
{
	return check_class(work, PRECIS_FREEFORM);
}

#define BIDI(class) (1U << UC_BIDI_##class)

/*
 * The Bidi Rule (RFC 5893, section 2) for a text with right-to-left code points. Since it lets
 * none of them into a left-to-right text (condition 5), only the conditions 1 to 4 are left.
 */
static bool
is_right_to_left(const uint32_t *text, size_t len, unsigned int classes)
{
	const unsigned int allowed = BIDI(R) | BIDI(AL) | BIDI(AN) | BIDI(EN) | BIDI(ES) |
	    BIDI(CS) | BIDI(ET) | BIDI(ON) | BIDI(BN) | BIDI(NSM);
	const unsigned int both_digits = BIDI(EN) | BIDI(AN);
	unsigned int first = 1U << uc_bidi_class(text[0]);

	if ((first & (BIDI(R) | BIDI(AL))) == 0)
		return false;
	if ((classes & ~allowed) != 0 || (classes & both_digits) == both_digits)
		return false;
	/* The first one is no mark, so this ends. */
	while (uc_bidi_class(text[len - 1]) == UC_BIDI_NSM)
		len--;
	return (1U << uc_bidi_class(text[len - 1]) &
	    (BIDI(R) | BIDI(AL) | BIDI(EN) | BIDI(AN))) != 0;
}

/* Directionality Rule. */
static enum err
check_direction(struct work *work)
{
	unsigned int classes = 0;

	for (size_t i = 0; i < work->len; i++)
		classes |= 1U << uc_bidi_class(work->text[i]);
	if ((classes & (BIDI(R) | BIDI(AL) | BIDI(AN))) == 0)
		return ERR_OK;
	if (is_right_to_left(work->text, work->len, classes))
		return ERR_OK;
	return refuse(work, "right-to-left letters and others; write it in one direction", 0);
}

static enum err
check_not_empty(struct work *work)
{
	return work->len > 0 ? ERR_OK : refuse(work, "no characters", 0);
}

/*
 * The profiles, step by step as RFC 8265 orders them; NULL ends each. The class is checked after
 * NFC (RFC 8264, section 7): what is canonically equivalent is one text, however it was typed. It
 * is checked before case mapping (RFC 8265, section 3.3.2), which makes letters out of others that
 * have no place in it.
 */
static step *const username_case_mapped[] = {
	map_width, normalize, check_identifier, map_case, normalize, check_direction,
	check_not_empty, NULL
};
static step *const username_case_preserved[] = {
	map_width, normalize, check_identifier, check_direction, check_not_empty, NULL
};
static step *const opaque_string[] = {
	map_spaces, normalize, check_freeform, check_not_empty, NULL
};

/* No profiles, and no more than what their names say. */
static step *const composed[] = { normalize, NULL };
static step *const decomposed[] = { decompose, NULL };

static enum err
apply_once(step *const *profile, const char *text, char **out, struct precis_refusal *refusal)
{
	struct work work = {0};
	enum err err = work_init(&work, text);

	for (; err == ERR_OK && *profile != NULL; profile++)
		err = (*profile)(&work);
	if (err == ERR_OK)
		err = work_result(&work, out);
	*refusal = work.refusal;
	work_clear(&work);
	return err;
}

/* Until nothing changes any more, at most three times after the first (RFC 8264, section 7). */
static enum err
apply(step *const *profile, const char *text, char **out, struct precis_refusal *refusal)
{
	bool is_stable = false;
	enum err err;

	*out = NULL;
	err = apply_once(profile, text, out, refusal);
	for (int i = 0; err == ERR_OK && !is_stable && i < 3; i++) {
		char *again = NULL;	/* owned, secret */

		if ((err = apply_once(profile, *out, &again, refusal)) != ERR_OK)
			break;
		is_stable = strcmp(*out, again) == 0;
		secret_free(*out);
		*out = again;
	}
	if (err == ERR_OK && is_stable)
		return ERR_OK;
	secret_free(*out);
	*out = NULL;
	if (err != ERR_OK)
		return err;
	refusal->words = "characters that change one another";
	return ERR_REFUSED;
}

enum err
precis_username(const char *name, char **out)
{
	struct precis_refusal unused;

	return apply(username_case_preserved, name, out, &unused);
}

enum err
precis_username_key(const char *name, char **out)
{
	struct precis_refusal unused;

	return apply(username_case_mapped, name, out, &unused);
}

enum err
precis_password(const char *password, char **out)
{
	struct precis_refusal unused;

	return apply(opaque_string, password, out, &unused);
}

enum err
precis_compose(const char *text, char **out)
{
	struct precis_refusal unused;

	*out = NULL;
	return apply_once(composed, text, out, &unused);
}

enum err
precis_decompose(const char *text, char **out)
{
	struct precis_refusal unused;

	*out = NULL;
	return apply_once(decomposed, text, out, &unused);
}

static enum err
explain(step *const *profile, const char *text, struct precis_refusal *refusal)
{
	char *out = NULL;	/* owned, secret */
	const enum err err = apply(profile, text, &out, refusal);

	secret_free(out);
	if (err != ERR_REFUSED)
		*refusal = (struct precis_refusal){ "", 0 };
	return err;
}

enum err
precis_explain_username(const char *name, struct precis_refusal *refusal)
{
	const enum err err = explain(username_case_preserved, name, refusal);

	return err == ERR_OK ? explain(username_case_mapped, name, refusal) : err;
}

enum err
precis_explain_password(const char *password, struct precis_refusal *refusal)
{
	return explain(opaque_string, password, refusal);
}
