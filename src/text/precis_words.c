/* precis_words: says what kind of character a PRECIS string class refuses. */
#include "text/precis_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <uninorm.h>
#include <unictype.h>

static bool
is_joiner(ucs4_t c)
{
	return c == 0x200d;
}

static bool
is_non_joiner(ucs4_t c)
{
	return c == 0x200c;
}

static bool
is_variation_selector(ucs4_t c)
{
	return uc_is_property_variation_selector(c);
}

/* Flags of England, Scotland and Wales are spelt with them. */
static bool
is_tag(ucs4_t c)
{
	return c > 0xe0000 && c <= 0xe007f;
}

static bool
is_control(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc);
}

static bool
is_no_character(ucs4_t c)
{
	return uc_is_property_not_a_character(c);
}

static bool
is_unassigned(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cn);
}

static bool
is_invisible(ucs4_t c)
{
	return uc_is_property_default_ignorable_code_point(c) ||
	    uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf);
}

static bool
is_private(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Co);
}

static bool
is_separator(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

static bool
is_space(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zs);
}

static bool
is_symbol(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_S);
}

static bool
is_punctuation(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_P);
}

static bool
is_compatibility_form(ucs4_t c)
{
	ucs4_t form[UC_DECOMPOSITION_MAX_LENGTH];
	int tag;

	return uc_decomposition(c, &tag, form) > 0 && tag != UC_DECOMP_CANONICAL;
}

/* The first that holds counts. */
static const struct {
	bool (*holds)(ucs4_t);
	const char *words;
} kinds[] = {
	{ is_joiner, "an invisible joiner, as some emoji have" },
	{ is_non_joiner, "an invisible non-joiner" },
	{ is_variation_selector, "an invisible variation selector, as some emoji have" },
	{ is_tag, "an invisible tag, as some flags have" },
	{ is_control, "a control character, such as a tab or a line break" },
	{ is_no_character, "a code point that is no character" },
	{ is_unassigned, "a character that this server does not know yet, such as a new emoji" },
	{ is_invisible, "an invisible character" },
	{ is_private, "a character of private use" },
	{ is_separator, "a line separator" },
	{ is_space, "a space" },
	{ is_symbol, "a symbol" },
	{ is_punctuation, "a punctuation mark that may not stand there" },
	{ is_compatibility_form, "another form of common characters, such as a ligature" },
};

const char *
precis_words_of(uint32_t code_point)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].holds(code_point))
			return kinds[i].words;
	return "a letter, digit or mark that may not stand there";
}
