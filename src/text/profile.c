/* profile: what may be told of a user beside the name. */
#include "text/profile.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

/* What a text has in it. */
struct survey {
	size_t points, spaces, unfit;	/* unfit: characters that steer what shows the text */
};

static bool
is_unfit(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Zl |
	    UC_CATEGORY_MASK_Zp) || uc_is_property_bidi_control(c);
}

/* Returns false for what is not UTF-8. */
static bool
look_at(const char *text, struct survey *survey)
{
	ucs4_t c;

	*survey = (struct survey){0};
	if (!text_is_utf8(text, strlen(text)))
		return false;
	for (const uint8_t *next = (const uint8_t *)text; (next = u8_next(&c, next)) != NULL; ) {
		survey->points++;
		survey->spaces += uc_is_property_white_space(c);
		survey->unfit += is_unfit(c);
	}
	return true;
}

const char *
profile_find_email_fault(const char *email)
{
	const char *at = strchr(email, '@');
	struct survey survey;

	if (!look_at(email, &survey))
		return "The email address is not UTF-8 text";
	if (survey.points > PROFILE_EMAIL_MAX)
		return "The email address is longer than 254 characters";
	if (survey.spaces > 0 || survey.unfit > 0)
		return "The email address has a space or a control character in it";
	if (at == NULL || at == email || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return "The email address is not of the form name@host, with one @";
	return NULL;
}

const char *
profile_find_display_name_fault(const char *name)
{
	struct survey survey;

	if (!look_at(name, &survey))
		return "The display name is not UTF-8 text";
	if (survey.points > PROFILE_DISPLAY_NAME_MAX)
		return "The display name is longer than 200 characters";
	if (survey.unfit > 0)
		return "The display name has a control character in it";
	if (survey.spaces == survey.points)
		return "The display name is only spaces";
	return NULL;
}
