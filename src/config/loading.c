/* config_loading: fills a table of settings from its sources. */
#include "config/loading.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/suggest.h"
#include "config/file.h"

enum {
	MISTAKES_MAX = 50,		/* more come from a file that is no settings file */
	SHOWN_KEY_MAX = 32,		/* longer, it is no key; perhaps a secret */
};

/* The index of a key, or the number of settings. */
static size_t
find(const struct loading *loading, const char *key)
{
	size_t i = 0;

	while (i < loading->count && strcmp(loading->settings[i].key, key) != 0)
		i++;
	return i;
}

/* The known key meant by one that is not; NULL when none is near. */
static const char *
suggest_key(const struct loading *loading, const char *key)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, key);
	for (size_t i = 0; i < loading->count; i++)
		suggest_offer(&suggestion, loading->settings[i].key);
	return suggestion.best;
}

static void
put_variable(struct loading *loading, const char *key)
{
	fputs(LOADING_VARIABLE_PREFIX, loading->report);
	for (; *key != '\0'; key++)
		putc(toupper((unsigned char)*key), loading->report);
}

/* Writes the first len bytes of a name that somebody made up: the report goes to a terminal. */
static void
put_escaped(struct loading *loading, const char *name, size_t len)
{
	const char *end = name + len;
	char unit[ESCAPE_SIZE];

	while (name < end) {
		name += escape_next(name, unit);
		fputs(unit, loading->report);
	}
}

/* Begins the line about a mistake that was made at origin. */
static void
put_origin(struct loading *loading, const char *key, struct origin origin)
{
	loading->mistakes++;
	if (origin.source == FROM_VARIABLE) {
		put_variable(loading, key);
		fputs(": ", loading->report);
		return;
	}
	fputs(*loading->path != '\0' ? loading->path : "settings", loading->report);
	if (origin.line > 0)
		fprintf(loading->report, ":%u", origin.line);
	fprintf(loading->report, ": %s%s", key, *key != '\0' ? ": " : "");
}

void
loading_mistake(struct loading *loading, unsigned line, const char *format, ...)
{
	const struct origin origin = { FROM_FILE, line };
	va_list args;

	put_origin(loading, "", origin);
	va_start(args, format);
	vfprintf(loading->report, format, args);
	va_end(args);
	putc('\n', loading->report);
}

void
loading_mistake_in(struct loading *loading, const char *key, const char *text)
{
	put_origin(loading, key, loading->origins[find(loading, key)]);
	fprintf(loading->report, "%s\n", text);
}

void
loading_mistake_at(struct loading *loading, const char *path, const char *text)
{
	loading->mistakes++;
	fprintf(loading->report, "%s: %s\n", path, text);
}

bool
loading_is_set(const struct loading *loading, const char *key)
{
	return loading->origins[find(loading, key)].source != FROM_DEFAULT;
}

/* As in a shell, in TOML or in YAML. No setting has such a value in earnest. */
static bool
is_in_quotes(const char *value)
{
	const size_t len = strlen(value);

	return len >= 2 && (*value == '"' || *value == '\'') && value[len - 1] == *value;
}

static void
set(struct loading *loading, size_t i, const char *value, const char *dir, struct origin origin)
{
	const struct setting *setting = &loading->settings[i];
	enum err err;

	loading->origins[i] = origin;
	if (is_in_quotes(value)) {
		loading_mistake_in(loading, setting->key, "write the value without quotes");
		return;
	}
	err = setting->kind->read(setting, value, dir, (char *)loading->values + setting->offset);
	if (err == ERR_OK)
		return;
	if (err != ERR_REFUSED) {
		loading_mistake_in(loading, setting->key, "out of memory");
		return;
	}
	put_origin(loading, setting->key, origin);
	fputs("expected ", loading->report);
	setting->kind->expect(setting, loading->report);
	putc('\n', loading->report);
}

void
loading_take_defaults(struct loading *loading)
{
	const struct origin origin = { FROM_DEFAULT, 0 };

	for (size_t i = 0; i < loading->count; i++)
		set(loading, i, loading->settings[i].standard, "", origin);
}

static void
refuse_key(struct loading *loading, unsigned line, const char *key)
{
	const struct origin origin = { FROM_FILE, line };
	const char *meant = suggest_key(loading, key);

	put_origin(loading, "", origin);
	fputs("unknown key", loading->report);
	if (strlen(key) <= SHOWN_KEY_MAX) {
		fputs(" \"", loading->report);
		put_escaped(loading, key, strlen(key));
		putc('"', loading->report);
	}
	if (meant != NULL)
		fprintf(loading->report, "; did you mean %s?", meant);
	putc('\n', loading->report);
}

static void
take_line(struct loading *loading, const struct config_line *line, const char *dir)
{
	const struct origin origin = { FROM_FILE, line->number };
	size_t i;

	if (line->fault != NULL) {
		loading_mistake(loading, line->number, "%s", line->fault);
		return;
	}
	i = find(loading, line->key);
	if (i == loading->count) {
		refuse_key(loading, line->number, line->key);
		return;
	}
	if (loading->origins[i].source == FROM_FILE) {
		loading_mistake(loading, line->number, "%s: set in line %u already; keep one",
		    line->key, loading->origins[i].line);
		return;
	}
	set(loading, i, line->value, dir, origin);
}

void
loading_take_file(struct loading *loading, FILE *file)
{
	char *dir = strndup(loading->path, (size_t)(strrchr(loading->path, '/') - loading->path));
	struct config_line line = { .number = 0 };

	if (dir == NULL) {
		loading_mistake(loading, 0, "out of memory");
		return;
	}
	while (loading->mistakes < MISTAKES_MAX && config_file_next(file, &line))
		take_line(loading, &line, dir);
	if (loading->mistakes >= MISTAKES_MAX)
		loading_mistake(loading, line.number,
		    "too many mistakes; is this the right file?");
	if (ferror(file))
		loading_mistake(loading, 0, "cannot be read: %s", strerror(errno));
	free(dir);
}

/* Whether a variable's name, up to its '=', is the key in upper case. */
static bool
is_variable_of(const char *key, const char *name)
{
	while (*key != '\0' && *name == toupper((unsigned char)*key)) {
		key++;
		name++;
	}
	return *key == '\0' && *name == '=';
}

/* name follows the prefix, and goes on with '=' and the value. */
static void
refuse_variable(struct loading *loading, const char *name)
{
	size_t len = strcspn(name, "=");
	char key[SHOWN_KEY_MAX + 1];
	const char *meant;

	snprintf(key, sizeof(key), "%.*s", (int)len, name);
	for (char *c = key; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	meant = suggest_key(loading, key);

	loading->mistakes++;
	fputs(LOADING_VARIABLE_PREFIX, loading->report);
	put_escaped(loading, name, len);
	fputs(": no such setting", loading->report);
	if (meant != NULL) {
		fputs("; did you mean ", loading->report);
		put_variable(loading, meant);
		putc('?', loading->report);
	}
	putc('\n', loading->report);
}

static void
take_variable(struct loading *loading, const char *name, const char *dir)
{
	const struct origin origin = { FROM_VARIABLE, 0 };
	const char *value, *fault;
	size_t i = 0;

	while (i < loading->count && !is_variable_of(loading->settings[i].key, name))
		i++;
	if (i == loading->count) {
		refuse_variable(loading, name);
		return;
	}
	value = strchr(name, '=') + 1;
	if ((fault = config_file_find_fault(value, strlen(value))) != NULL) {
		put_origin(loading, loading->settings[i].key, origin);
		fprintf(loading->report, "%s\n", fault);
		return;
	}
	set(loading, i, value, dir, origin);
}

void
loading_take_environment(struct loading *loading, const char *dir)
{
	const char *prefix = LOADING_VARIABLE_PREFIX, *of_file = LOADING_VARIABLE_OF_FILE "=";

	for (char **variable = environ; *variable != NULL; variable++)
		if (strncmp(*variable, prefix, strlen(prefix)) == 0 &&
		    strncmp(*variable, of_file, strlen(of_file)) != 0)
			take_variable(loading, *variable + strlen(prefix), dir);
}
