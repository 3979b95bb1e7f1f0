/* lookalike: tells whether two names look alike to a person. */
#include "text/lookalike.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

struct likeness {
	uint16_t letter;
	char latin;
};

/* By code point. Small letters only: what is compared has been case-mapped. */
static const struct likeness table[] = {
	{ 0x00f0, 'd' }, { 0x00f8, 'o' }, { 0x0111, 'd' }, { 0x0127, 'h' }, { 0x0131, 'i' },
	{ 0x0142, 'l' }, { 0x014b, 'n' }, { 0x0167, 't' }, { 0x017f, 's' }, { 0x0185, 'b' },
	{ 0x0188, 'c' }, { 0x0192, 'f' }, { 0x0199, 'k' }, { 0x019a, 'l' }, { 0x01a8, 's' },
	{ 0x01b4, 'y' }, { 0x01c3, 'i' }, { 0x0237, 'j' }, { 0x0250, 'a' }, { 0x0251, 'a' },
	{ 0x0253, 'b' }, { 0x0257, 'd' }, { 0x0259, 'e' }, { 0x025b, 'e' }, { 0x0261, 'g' },
	{ 0x0262, 'g' }, { 0x0269, 'i' }, { 0x026a, 'i' }, { 0x026f, 'w' }, { 0x0271, 'm' },
	{ 0x0272, 'n' }, { 0x0274, 'n' }, { 0x0275, 'o' }, { 0x027d, 'r' }, { 0x027e, 'r' },
	{ 0x0280, 'r' }, { 0x028b, 'v' }, { 0x028f, 'y' }, { 0x0299, 'b' }, { 0x029c, 'h' },
	{ 0x029f, 'l' }, { 0x03b1, 'a' }, { 0x03b2, 'b' }, { 0x03b3, 'y' }, { 0x03b4, 'd' },
	{ 0x03b5, 'e' }, { 0x03b7, 'n' }, { 0x03b8, 'o' }, { 0x03b9, 'i' }, { 0x03ba, 'k' },
	{ 0x03bc, 'u' }, { 0x03bd, 'v' }, { 0x03bf, 'o' }, { 0x03c0, 'n' }, { 0x03c1, 'p' },
	{ 0x03c2, 's' }, { 0x03c3, 'o' }, { 0x03c4, 't' }, { 0x03c5, 'u' }, { 0x03c7, 'x' },
	{ 0x03c9, 'w' }, { 0x03f2, 'c' }, { 0x03f3, 'j' }, { 0x0430, 'a' }, { 0x0432, 'b' },
	{ 0x0433, 'r' }, { 0x0435, 'e' }, { 0x043a, 'k' }, { 0x043c, 'm' }, { 0x043d, 'h' },
	{ 0x043e, 'o' }, { 0x043f, 'n' }, { 0x0440, 'p' }, { 0x0441, 'c' }, { 0x0442, 't' },
	{ 0x0443, 'y' }, { 0x0445, 'x' }, { 0x0446, 'u' }, { 0x0448, 'w' }, { 0x044c, 'b' },
	{ 0x0454, 'e' }, { 0x0455, 's' }, { 0x0456, 'i' }, { 0x0458, 'j' }, { 0x0461, 'w' },
	{ 0x0475, 'v' }, { 0x049b, 'k' }, { 0x04af, 'y' }, { 0x04bb, 'h' }, { 0x04bd, 'e' },
	{ 0x04cf, 'l' }, { 0x04e9, 'o' }, { 0x0501, 'd' }, { 0x0509, 'n' }, { 0x050d, 'g' },
	{ 0x051b, 'q' }, { 0x051d, 'w' }, { 0x0561, 'w' }, { 0x0563, 'q' }, { 0x0565, 't' },
	{ 0x0566, 'q' }, { 0x0567, 't' }, { 0x0568, 'n' }, { 0x056b, 'h' }, { 0x056c, 'l' },
	{ 0x0570, 'h' }, { 0x0575, 'j' }, { 0x0578, 'n' }, { 0x057c, 'n' }, { 0x057d, 'u' },
	{ 0x057f, 'm' }, { 0x0581, 'g' }, { 0x0582, 'i' }, { 0x0584, 'p' }, { 0x0585, 'o' },
	{ 0x0586, 'f' }, { 0x13fc, 'b' }, { 0x1d00, 'a' }, { 0x1d04, 'c' }, { 0x1d05, 'd' },
	{ 0x1d07, 'e' }, { 0x1d0a, 'j' }, { 0x1d0b, 'k' }, { 0x1d0d, 'm' }, { 0x1d0f, 'o' },
	{ 0x1d18, 'p' }, { 0x1d1b, 't' }, { 0x1d1c, 'u' }, { 0x1d20, 'v' }, { 0x1d21, 'w' },
	{ 0x1d22, 'z' }, { 0x2c81, 'a' }, { 0x2c83, 'b' }, { 0x2c89, 'e' }, { 0x2c8f, 'h' },
	{ 0x2c93, 'i' }, { 0x2c95, 'k' }, { 0x2c99, 'm' }, { 0x2c9b, 'n' }, { 0x2c9f, 'o' },
	{ 0x2ca3, 'p' }, { 0x2ca5, 'c' }, { 0x2ca7, 't' }, { 0x2ca9, 'y' }, { 0x2cad, 'x' },
	{ 0x2cb1, 'w' }, { 0xa4d0, 'b' }, { 0xa4d1, 'p' }, { 0xa4d3, 'd' }, { 0xa4d4, 't' },
	{ 0xa4d6, 'g' }, { 0xa4d7, 'k' }, { 0xa4d9, 'j' }, { 0xa4da, 'c' }, { 0xa4dc, 'z' },
	{ 0xa4dd, 'f' }, { 0xa4df, 'm' }, { 0xa4e0, 'n' }, { 0xa4e1, 'l' }, { 0xa4e2, 's' },
	{ 0xa4e3, 'r' }, { 0xa4e6, 'v' }, { 0xa4e7, 'h' }, { 0xa4ea, 'w' }, { 0xa4eb, 'x' },
	{ 0xa4ec, 'y' }, { 0xa4ee, 'a' }, { 0xa4f0, 'e' }, { 0xa4f2, 'i' }, { 0xa4f3, 'o' },
	{ 0xa4f4, 'u' }, { 0xa730, 'f' }, { 0xa731, 's' }, { 0xa7fe, 'i' }, { 0xab70, 'd' },
	{ 0xab71, 'r' }, { 0xab72, 't' }, { 0xab74, 'o' }, { 0xab75, 'i' }, { 0xab79, 'y' },
	{ 0xab7a, 'a' }, { 0xab7b, 'j' }, { 0xab7c, 'e' }, { 0xab83, 'w' }, { 0xab87, 'm' },
	{ 0xab8b, 'h' }, { 0xab8d, 'y' }, { 0xab8e, 'o' }, { 0xab90, 'g' }, { 0xab91, 'n' },
	{ 0xab92, 'h' }, { 0xab93, 'z' }, { 0xab96, 'i' }, { 0xab97, 'w' }, { 0xab9c, 'u' },
	{ 0xab9e, '4' }, { 0xab9f, 'b' }, { 0xaba0, 'i' }, { 0xaba2, 'r' }, { 0xaba4, 'w' },
	{ 0xaba5, 's' }, { 0xaba9, 'v' }, { 0xabaa, 's' }, { 0xabae, 'l' }, { 0xabaf, 'c' },
	{ 0xabb2, 'p' }, { 0xabb6, 'k' }, { 0xabb7, 'd' },
};

static int
compare_letters(const void *a, const void *b)
{
	const struct likeness *x = a, *y = b;

	return x->letter - y->letter;
}

/* What a code point looks like; itself where it is like no other. */
static ucs4_t
latin_of(ucs4_t c)
{
	const struct likeness wanted = { .letter = (uint16_t)c };
	const struct likeness *found = c > UINT16_MAX ? NULL : bsearch(&wanted, table,
	    sizeof(table) / sizeof(table[0]), sizeof(table[0]), compare_letters);

	if (found != NULL)
		c = (unsigned char)found->latin;
	if (c == 'i' || c == '1')
		return 'l';
	return c == '0' ? 'o' : c;
}

/* Writes what a code point looks like, in one letter or two. */
static size_t
put_likeness(ucs4_t c, uint32_t *out)
{
	c = latin_of(c);
	if (c == 'm' || c == 'w') {
		out[0] = c == 'm' ? 'r' : 'v';
		out[1] = c == 'm' ? 'n' : 'v';
		return 2;
	}
	out[0] = c;
	return 1;
}

/* What all look-alikes of a text have in common; owned; NULL: out of memory. */
static uint32_t *
make_skeleton(const char *text, size_t text_len, size_t *len)
{
	size_t decomposed_len = 0, wide_len = 0;
	uint32_t *skeleton = NULL, *decomposed = NULL, *wide;

	*len = 0;
	wide = u8_to_u32((const uint8_t *)text, text_len, NULL, &wide_len);
	if (wide != NULL)
		decomposed = u32_normalize(UNINORM_NFD, wide, wide_len, NULL, &decomposed_len);
	if (decomposed != NULL)
		skeleton = calloc(2 * decomposed_len + 1, sizeof(*skeleton));
	for (size_t i = 0; skeleton != NULL && i < decomposed_len; i++)
		if (!uc_is_general_category_withtable(decomposed[i], UC_CATEGORY_MASK_M))
			*len += put_likeness(decomposed[i], skeleton + *len);
	free(wide);
	free(decomposed);
	return skeleton;
}

enum err
lookalike_is_listed(const char *name, const char *list, bool *is_listed)
{
	size_t name_len, word_len, len;
	uint32_t *name_skeleton = make_skeleton(name, strlen(name), &name_len);	/* owned */
	enum err err = name_skeleton == NULL ? ERR_MEMORY : ERR_OK;

	*is_listed = false;
	for (; err == ERR_OK && !*is_listed && *list != '\0'; list += len) {
		uint32_t *word;		/* owned */

		list += strspn(list, " ");
		len = strcspn(list, " ");
		if (len == 0)
			break;
		if ((word = make_skeleton(list, len, &word_len)) == NULL)
			err = ERR_MEMORY;
		else
			*is_listed = word_len == name_len &&
			    memcmp(word, name_skeleton, word_len * sizeof(*word)) == 0;
		free(word);
	}
	if (err != ERR_OK)
		*is_listed = true;
	free(name_skeleton);
	return err;
}
