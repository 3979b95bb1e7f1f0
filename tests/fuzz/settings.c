/*
 * settings: a file of settings. One that is accepted is printed in a form that is accepted again,
 * with the same values; of one that is refused, each mistake is reported in a line.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

enum { PATH_SIZE = 64 };

static int
new_file(const char *text, size_t len, char path[PATH_SIZE])
{
	const int file = memfd_create("settings", MFD_CLOEXEC);

	assert(file >= 0 && write(file, text, len) == (ssize_t)len);
	assert(fchmod(file, S_IRUSR) == 0);	/* what others may write is refused */
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", file);
	return file;
}

/* Loads the settings, and prints them but for the line that names the file; or else the report. */
static bool
load(const char *text, size_t len, char **printed)
{
	char path[PATH_SIZE], *report = NULL;
	size_t report_len, printed_len;
	FILE *complaints = open_memstream(&report, &report_len);
	FILE *out = open_memstream(printed, &printed_len);
	const int file = new_file(text, len, path);
	struct config config;
	bool is_good;

	assert(complaints != NULL && out != NULL);
	is_good = config_load(path, &config, complaints) == ERR_OK;
	assert(fclose(complaints) == 0);
	if (is_good)
		config_print(&config, out);
	assert(fclose(out) == 0 && close(file) == 0);
	config_clear(&config);

	assert(is_good == (report_len == 0));
	if (is_good) {
		memmove(*printed, strchr(*printed, '\n') + 1, strlen(strchr(*printed, '\n')));
		free(report);
		return true;
	}
	free(*printed);
	*printed = report;
	return false;
}

static void
check_report(const char *report)
{
	assert(report[strlen(report) - 1] == '\n' && report[0] != '\n');
	assert(strstr(report, "\n\n") == NULL);
	for (const char *c = report; *c != '\0'; c++)
		assert(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f &&
		    !(c[0] == '\xc2' && (unsigned char)c[1] < 0xa0)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *printed, *again;

	assert(load("", 0, &printed));	/* were all files refused, nothing would be tried */
	free(printed);
	if (load(text, size, &printed)) {
		assert(load(printed, strlen(printed), &again));
		assert(strcmp(again, printed) == 0);
		free(again);
	} else {
		check_report(printed);
	}
	free(printed);
	free(text);
	return 0;
}
