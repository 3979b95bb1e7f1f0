/* precis_class: which code points a PRECIS string class allows, and where. */
#include "text/precis_class.h"

#include <stdbool.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What RFC 8264, section 8 derives for a code point; UNASSIGNED is disallowed as well. */
enum property {
	PROPERTY_DISALLOWED,
	PROPERTY_VALID,		/* PVALID: in both classes */
	PROPERTY_FREEFORM,	/* FREE_PVAL or ID_DIS: in FreeformClass alone */
	PROPERTY_CONTEXT,	/* CONTEXTJ or CONTEXTO: where a rule says so */
};

/* Section 9.6 (RFC 5892, section 2.6): what the categories below would get wrong. */
static const struct {
	ucs4_t first;
	ucs4_t last;
	enum property property;
} exceptions[] = {
	{ 0x00b7, 0x00b7, PROPERTY_CONTEXT },
	{ 0x00df, 0x00df, PROPERTY_VALID },
	{ 0x0375, 0x0375, PROPERTY_CONTEXT },
	{ 0x03c2, 0x03c2, PROPERTY_VALID },
	{ 0x05f3, 0x05f4, PROPERTY_CONTEXT },
	{ 0x0640, 0x0640, PROPERTY_DISALLOWED },
	{ 0x0660, 0x0669, PROPERTY_CONTEXT },
	{ 0x06f0, 0x06f9, PROPERTY_CONTEXT },
	{ 0x06fd, 0x06fe, PROPERTY_VALID },
	{ 0x07fa, 0x07fa, PROPERTY_DISALLOWED },
	{ 0x0f0b, 0x0f0b, PROPERTY_VALID },
	{ 0x3007, 0x3007, PROPERTY_VALID },
	{ 0x302e, 0x302f, PROPERTY_DISALLOWED },
	{ 0x3031, 0x3035, PROPERTY_DISALLOWED },
	{ 0x303b, 0x303b, PROPERTY_DISALLOWED },
	{ 0x30fb, 0x30fb, PROPERTY_CONTEXT },
};

/* Section 9.10. */
static bool
is_unassigned(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn) &&
	    !uc_is_property_not_a_character(c);
}

/* Section 9.11. */
static bool
is_ascii7(ucs4_t c)
{
	return c >= 0x21 && c <= 0x7e;
}

/* Section 9.8. */
static bool
is_join_control(ucs4_t c)
{
	return uc_is_property_join_control(c);
}

/* Section 9.9: conjoining jamo, in three blocks that hold nothing else. */
static bool
is_old_hangul_jamo(ucs4_t c)
{
	return (c >= 0x1100 && c <= 0x11ff) || (c >= 0xa960 && c <= 0xa97f) ||
	    (c >= 0xd7b0 && c <= 0xd7ff);
}

/* Section 9.13. */
static bool
is_ignorable(ucs4_t c)
{
	return uc_is_property_default_ignorable_code_point(c) || uc_is_property_not_a_character(c);
}

/* Section 9.12. */
static bool
is_control(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc);
}

/* Section 9.17: what compatibility normalization would change. */
static bool
has_compat(ucs4_t c)
{
	uint32_t form[UC_DECOMPOSITION_MAX_LENGTH];
	size_t len = COUNT(form);

	return u32_normalize(UNINORM_NFKC, &c, 1, form, &len) != form || len != 1 || form[0] != c;
}

/* Section 9.1. */
static bool
is_letter_or_digit(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu |
	    UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Nd | UC_CATEGORY_MASK_Lm |
	    UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc);
}

/* Sections 9.18, 9.14, 9.15 and 9.16, which all mean the same to both classes. */
static bool
is_other_letter_space_symbol_or_punctuation(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Lt | UC_CATEGORY_MASK_Nl |
	    UC_CATEGORY_MASK_No | UC_CATEGORY_MASK_Me | UC_CATEGORY_MASK_Zs |
	    UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_P);
}

/* Section 8, after the exceptions: the first that holds decides. */
static const struct {
	bool (*holds)(ucs4_t);
	enum property property;
} categories[] = {
	{ is_unassigned, PROPERTY_DISALLOWED },
	{ is_ascii7, PROPERTY_VALID },
	{ is_join_control, PROPERTY_CONTEXT },
	{ is_old_hangul_jamo, PROPERTY_DISALLOWED },
	{ is_ignorable, PROPERTY_DISALLOWED },
	{ is_control, PROPERTY_DISALLOWED },
	{ has_compat, PROPERTY_FREEFORM },
	{ is_letter_or_digit, PROPERTY_VALID },
	{ is_other_letter_space_symbol_or_punctuation, PROPERTY_FREEFORM },
};

static enum property
property_of(ucs4_t c)
{
	for (size_t i = 0; i < COUNT(exceptions); i++)
		if (c >= exceptions[i].first && c <= exceptions[i].last)
			return exceptions[i].property;
	for (size_t i = 0; i < COUNT(categories); i++)
		if (categories[i].holds(c))
			return categories[i].property;
	return PROPERTY_DISALLOWED;
}

/* A code point of a text and its neighbours. */
struct place {
	const uint32_t *text;
	size_t len;
	size_t at;
};

/* The code point before; NUL, of which nothing below holds, where there is none. */
static ucs4_t
before(const struct place *place)
{
	return place->at > 0 ? place->text[place->at - 1] : 0;
}

static ucs4_t
after(const struct place *place)
{
	return place->at + 1 < place->len ? place->text[place->at + 1] : 0;
}

static bool
is_of_script(ucs4_t c, const char *name)
{
	const uc_script_t *script = uc_script(c);

	return script != NULL && strcmp(script->name, name) == 0;
}

static bool
has_digit_from(const struct place *place, ucs4_t zero)
{
	for (size_t i = 0; i < place->len; i++)
		if (place->text[i] >= zero && place->text[i] <= zero + 9)
			return true;
	return false;
}

/* Appendix A.2: ZERO WIDTH JOINER after a virama. */
static bool
may_join(const struct place *place)
{
	return uc_combining_class(before(place)) == UC_CCC_VR;
}

/* Appendix A.1: ZERO WIDTH NON-JOINER there, or between letters that would join without it. */
static bool
may_keep_apart(const struct place *place)
{
	size_t left = place->at, right = place->at + 1;
	int left_type, right_type;

	if (may_join(place))
		return true;
	while (left > 0 && uc_joining_type(place->text[left - 1]) == UC_JOINING_TYPE_T)
		left--;
	while (right < place->len && uc_joining_type(place->text[right]) == UC_JOINING_TYPE_T)
		right++;
	if (left == 0 || right == place->len)
		return false;
	left_type = uc_joining_type(place->text[left - 1]);
	right_type = uc_joining_type(place->text[right]);
	return (left_type == UC_JOINING_TYPE_L || left_type == UC_JOINING_TYPE_D) &&
	    (right_type == UC_JOINING_TYPE_R || right_type == UC_JOINING_TYPE_D);
}

/* Appendix A.3: MIDDLE DOT, as in Catalan. */
static bool
is_between_l(const struct place *place)
{
	return before(place) == 'l' && after(place) == 'l';
}

/* Appendix A.4: GREEK LOWER NUMERAL SIGN. */
static bool
is_before_greek(const struct place *place)
{
	return is_of_script(after(place), "Greek");
}

/* Appendix A.5 and A.6: HEBREW PUNCTUATION GERESH and GERSHAYIM. */
static bool
is_after_hebrew(const struct place *place)
{
	return is_of_script(before(place), "Hebrew");
}

/* Appendix A.7: KATAKANA MIDDLE DOT. */
static bool
is_among_japanese(const struct place *place)
{
	for (size_t i = 0; i < place->len; i++)
		if (is_of_script(place->text[i], "Hiragana") ||
		    is_of_script(place->text[i], "Katakana") ||
		    is_of_script(place->text[i], "Han"))
			return true;
	return false;
}

/* Appendix A.8 and A.9: the two series of Arabic digits look alike and must not mix. */
static bool
has_no_extended_digits(const struct place *place)
{
	return !has_digit_from(place, 0x06f0);
}

static bool
has_no_arabic_indic_digits(const struct place *place)
{
	return !has_digit_from(place, 0x0660);
}

static const struct {
	ucs4_t first;
	ucs4_t last;
	bool (*allows)(const struct place *);
} rules[] = {
	{ 0x200c, 0x200c, may_keep_apart },
	{ 0x200d, 0x200d, may_join },
	{ 0x00b7, 0x00b7, is_between_l },
	{ 0x0375, 0x0375, is_before_greek },
	{ 0x05f3, 0x05f4, is_after_hebrew },
	{ 0x30fb, 0x30fb, is_among_japanese },
	{ 0x0660, 0x0669, has_no_extended_digits },
	{ 0x06f0, 0x06f9, has_no_arabic_indic_digits },
};

static bool
is_in_context(const struct place *place)
{
	ucs4_t c = place->text[place->at];

	for (size_t i = 0; i < COUNT(rules); i++)
		if (c >= rules[i].first && c <= rules[i].last)
			return rules[i].allows(place);
	return false;
}

static bool
may_stand(enum precis_class class, const struct place *place)
{
	switch (property_of(place->text[place->at])) {
	case PROPERTY_VALID:
		return true;
	case PROPERTY_FREEFORM:
		return class == PRECIS_FREEFORM;
	case PROPERTY_CONTEXT:
		return is_in_context(place);
	case PROPERTY_DISALLOWED:
		break;
	}
	return false;
}

size_t
precis_class_find_refused(enum precis_class class, const uint32_t *text, size_t len)
{
	struct place place = { text, len, 0 };

	while (place.at < len && may_stand(class, &place))
		place.at++;
	return place.at;
}
