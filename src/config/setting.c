/* config_setting: the kinds of value a setting may have. */
#include "config/setting.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/dialect.h"
#include "config/file.h"
#include "text/scope.h"

enum { WHOLE_DIGITS_MAX = 9, PLACES_OF_MILLISECONDS = 3 };

static bool
is_within(const struct setting *setting, long value)
{
	return value >= setting->min && value <= setting->max;
}

/* Takes text, and frees what stood in the field. */
static enum err
replace_text(void *field, char *text)
{
	char **owned = field;

	if (text == NULL)
		return ERR_MEMORY;
	free(*owned);
	*owned = text;
	return ERR_OK;
}

static void
print_text(const struct setting *setting, const void *field, FILE *out)
{
	(void)setting;
	fputs(*(char *const *)field, out);
}

static enum err
read_text(const struct setting *setting, const char *value, const char *dir, void *field)
{
	(void)dir;
	if (!is_within(setting, (long)strlen(value)))
		return ERR_REFUSED;
	/* Such a text can stand in a header's quoted string and in JSON as it is. */
	for (const char *c = value; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\')
			return ERR_REFUSED;
	return replace_text(field, strdup(value));
}

static void
expect_text(const struct setting *setting, FILE *out)
{
	fprintf(out, "%ld to %ld printable ASCII characters other than '\"' and '\\'",
	    setting->min, setting->max);
}

const struct setting_kind SETTING_TEXT = { true, read_text, expect_text, print_text };

static enum err
read_words(const struct setting *setting, const char *value, const char *dir, void *field)
{
	const size_t len = strlen(value);

	(void)dir;
	if (!is_within(setting, (long)len) || config_file_find_fault(value, len) != NULL)
		return ERR_REFUSED;
	return replace_text(field, strdup(value));
}

static void
expect_words(const struct setting *setting, FILE *out)
{
	fprintf(out, "%ld to %ld bytes of text in UTF-8", setting->min, setting->max);
}

const struct setting_kind SETTING_WORDS = { true, read_words, expect_words, print_text };

static enum err
read_path(const struct setting *setting, const char *value, const char *dir, void *field)
{
	char *path = NULL;

	if (!is_within(setting, (long)strlen(value)))
		return ERR_REFUSED;
	if (*value == '/' || *value == '\0')
		return replace_text(field, strdup(value));
	if (asprintf(&path, "%s/%s", dir, value) < 0)
		return ERR_MEMORY;
	return replace_text(field, path);
}

static void
expect_path(const struct setting *setting, FILE *out)
{
	fprintf(out, "a path of %ld to %ld bytes", setting->min, setting->max);
}

const struct setting_kind SETTING_PATH = { true, read_path, expect_path, print_text };

static enum err
read_list(const struct setting *setting, const char *value, const char *dir, void *field)
{
	if (strcmp(value, SETTING_SHIPPED) == 0)
		return replace_text(field, strdup(value));
	return read_path(setting, value, dir, field);
}

static void
expect_list(const struct setting *setting, FILE *out)
{
	fputs(SETTING_SHIPPED ", or ", out);
	expect_path(setting, out);
}

const struct setting_kind SETTING_LIST = { true, read_list, expect_list, print_text };

static enum err
read_scopes(const struct setting *setting, const char *value, const char *dir, void *field)
{
	(void)dir;
	if (!scope_is_valid(value) || !is_within(setting, (long)scope_count(value)))
		return ERR_REFUSED;
	return replace_text(field, strdup(value));
}

static void
expect_scopes(const struct setting *setting, FILE *out)
{
	if (setting->max == 1)
		fputs("one scope or nothing", out);
	else
		fprintf(out, "at most %ld scopes and %d bytes, separated by single spaces",
		    setting->max, SCOPE_LEN_MAX);
	fputs(", of printable ASCII characters other than '\"' and '\\'", out);
}

const struct setting_kind SETTING_SCOPES = { true, read_scopes, expect_scopes, print_text };

static enum err
read_flag(const struct setting *setting, const char *value, const char *dir, void *field)
{
	bool is_yes = strcmp(value, "yes") == 0;

	(void)setting;
	(void)dir;
	if (!is_yes && strcmp(value, "no") != 0)
		return ERR_REFUSED;
	*(bool *)field = is_yes;
	return ERR_OK;
}

static void
expect_flag(const struct setting *setting, FILE *out)
{
	(void)setting;
	fputs("yes or no", out);
}

static void
print_flag(const struct setting *setting, const void *field, FILE *out)
{
	(void)setting;
	fputs(*(const bool *)field ? "yes" : "no", out);
}

const struct setting_kind SETTING_FLAG = { false, read_flag, expect_flag, print_flag };

/* Reads digits with up to places decimals, as an integer: "0.5" with three places is 500. */
static bool
read_decimal(const char *text, int places, long *value)
{
	size_t whole = strspn(text, "0123456789");
	const char *rest = text + whole;

	if (whole == 0 || whole > WHOLE_DIGITS_MAX)
		return false;
	*value = strtol(text, NULL, 10);
	if (*rest == '.' && !isdigit((unsigned char)*++rest))
		return false;
	for (int i = 0; i < places; i++) {
		*value *= 10;
		if (isdigit((unsigned char)*rest))
			*value += *rest++ - '0';
	}
	return *rest == '\0';
}

static enum err
read_scaled(const struct setting *setting, const char *value, int places, void *field)
{
	long number;

	if (!read_decimal(value, places, &number) || !is_within(setting, number))
		return ERR_REFUSED;
	*(long *)field = number;
	return ERR_OK;
}

static enum err
read_number(const struct setting *setting, const char *value, const char *dir, void *field)
{
	(void)dir;
	return read_scaled(setting, value, 0, field);
}

static void
expect_number(const struct setting *setting, FILE *out)
{
	fprintf(out, "a whole number%s%s from %ld to %ld", setting->unit != NULL ? " of " : "",
	    setting->unit != NULL ? setting->unit : "", setting->min, setting->max);
}

static void
print_number(const struct setting *setting, const void *field, FILE *out)
{
	(void)setting;
	fprintf(out, "%ld", *(const long *)field);
}

const struct setting_kind SETTING_NUMBER = { false, read_number, expect_number, print_number };

static enum err
read_milliseconds(const struct setting *setting, const char *value, const char *dir, void *field)
{
	(void)dir;
	return read_scaled(setting, value, PLACES_OF_MILLISECONDS, field);
}

static void
put_seconds(long milliseconds, FILE *out)
{
	char decimals[8];
	size_t len = PLACES_OF_MILLISECONDS;

	fprintf(out, "%ld", milliseconds / 1000);
	snprintf(decimals, sizeof(decimals), "%03d", (int)(milliseconds % 1000));
	while (len > 0 && decimals[len - 1] == '0')
		len--;
	if (len > 0)
		fprintf(out, ".%.*s", (int)len, decimals);
}

static void
expect_milliseconds(const struct setting *setting, FILE *out)
{
	fputs("a number of seconds from ", out);
	put_seconds(setting->min, out);
	fputs(" to ", out);
	put_seconds(setting->max, out);
	fputs(", with up to three decimals", out);
}

static void
print_milliseconds(const struct setting *setting, const void *field, FILE *out)
{
	(void)setting;
	put_seconds(*(const long *)field, out);
}

const struct setting_kind SETTING_MILLISECONDS = { false, read_milliseconds, expect_milliseconds,
	print_milliseconds };

/* Reads two whole numbers, separated by spaces. */
static enum err
read_rate(const struct setting *setting, const char *value, const char *dir, void *field)
{
	const size_t digits = strspn(value, "0123456789");
	const char *second = value + digits + strspn(value + digits, " \t");
	char first[WHOLE_DIGITS_MAX + 1];
	struct rate rate;

	(void)dir;
	if (digits > WHOLE_DIGITS_MAX || second == value + digits)
		return ERR_REFUSED;
	snprintf(first, sizeof(first), "%.*s", (int)digits, value);
	if (!read_decimal(first, 0, &rate.at_once) || !read_decimal(second, 0, &rate.seconds))
		return ERR_REFUSED;
	if (!is_within(setting, rate.at_once) || !is_within(setting, rate.seconds))
		return ERR_REFUSED;
	*(struct rate *)field = rate;
	return ERR_OK;
}

static void
expect_rate(const struct setting *setting, FILE *out)
{
	fprintf(out, "two whole numbers from %ld to %ld: how many at once, and the seconds until "
	    "there is another one", setting->min, setting->max);
}

static void
print_rate(const struct setting *setting, const void *field, FILE *out)
{
	const struct rate *rate = field;

	(void)setting;
	fprintf(out, "%ld %ld", rate->at_once, rate->seconds);
}

const struct setting_kind SETTING_RATE = { false, read_rate, expect_rate, print_rate };

static enum err
read_choice(const struct setting *setting, const char *value, const char *dir, void *field)
{
	(void)dir;
	for (unsigned i = 0; setting->choices[i] != NULL; i++) {
		if (strcmp(setting->choices[i], value) == 0) {
			/* Our enums count from 0, so their type is unsigned int. */
			*(unsigned *)field = i;
			return ERR_OK;
		}
	}
	return ERR_REFUSED;
}

/* Writes one of the names that may be chosen; next follows it, NULL after the last. */
static void
put_choice(size_t i, const char *name, const void *next, FILE *out)
{
	fprintf(out, "%s%s", i == 0 ? "" : next != NULL ? ", " : " or ", name);
}

static void
expect_choice(const struct setting *setting, FILE *out)
{
	for (size_t i = 0; setting->choices[i] != NULL; i++)
		put_choice(i, setting->choices[i], setting->choices[i + 1], out);
}

static void
print_choice(const struct setting *setting, const void *field, FILE *out)
{
	fputs(setting->choices[*(const unsigned *)field], out);
}

const struct setting_kind SETTING_CHOICE = { false, read_choice, expect_choice, print_choice };

static enum err
read_dialect(const struct setting *setting, const char *value, const char *dir, void *field)
{
	const struct dialect *dialect = dialect_find(value);

	(void)setting;
	(void)dir;
	if (dialect == NULL)
		return ERR_REFUSED;
	*(const struct dialect **)field = dialect;
	return ERR_OK;
}

static void
expect_dialect(const struct setting *setting, FILE *out)
{
	const struct dialect *dialect;

	(void)setting;
	for (size_t i = 0; (dialect = dialect_get(i)) != NULL; i++)
		put_choice(i, dialect->name, dialect_get(i + 1), out);
}

static void
print_dialect(const struct setting *setting, const void *field, FILE *out)
{
	(void)setting;
	fputs((*(const struct dialect *const *)field)->name, out);
}

const struct setting_kind SETTING_DIALECT = { false, read_dialect, expect_dialect, print_dialect };
