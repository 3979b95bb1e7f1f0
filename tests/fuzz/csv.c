/*
 * csv: a file of comma-separated values. What is read is written again, with every field in
 * quotation marks, and read as the same. Reading it twice gives the same.
 */
#include "fuzz.h"

#include "text/csv.h"

/* Writes all records, each field in quotation marks. Returns what came at the end. */
static enum err
write_again(struct csv *csv, FILE *out)
{
	char fault[CSV_FAULT_SIZE] = "";
	int64_t line = 0;
	bool is_there;
	enum err err;

	csv_rewind(csv);
	while ((err = csv_next(csv, &is_there, fault)) == ERR_OK && is_there) {
		assert(csv->line > line);
		line = csv->line;
		assert(csv->count >= 1 && csv->count <= CSV_FIELDS_MAX);
		for (size_t i = 0; i < csv->count; i++) {
			assert(csv->fields[i][csv->lens[i]] == '\0');
			fputs(i > 0 ? ",\"" : "\"", out);
			for (size_t j = 0; j < csv->lens[i]; j++) {
				if (csv->fields[i][j] == '"')
					putc('"', out);
				putc(csv->fields[i][j], out);
			}
			putc('"', out);
		}
		putc('\n', out);
	}
	assert(err == ERR_OK || err == ERR_REFUSED);
	assert((err == ERR_REFUSED) == (*fault != '\0'));
	return err;
}

/* Reads a text and gives it as it is written again; owned. */
static char *
normalize(const char *text, size_t len, size_t *out_len, enum err *err)
{
	char *out = NULL, *again = NULL;	/* owned */
	size_t again_len = 0;
	FILE *in = fmemopen((void *)(uintptr_t)text, len, "r");
	FILE *first = open_memstream(&out, out_len), *second = open_memstream(&again, &again_len);
	struct csv csv;

	assert(in != NULL && first != NULL && second != NULL);
	assert(csv_init(&csv, in) == ERR_OK);
	*err = write_again(&csv, first);
	assert(write_again(&csv, second) == *err);
	csv_clear(&csv);
	fclose(in);
	fclose(first);
	fclose(second);
	assert(again_len == *out_len && memcmp(again, out, again_len) == 0);
	free(again);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *once, *twice;	/* owned */
	size_t once_len, twice_len;
	enum err err, again;

	if (size > 0) {
		once = normalize(text, size, &once_len, &err);
		if (once_len > 0) {
			twice = normalize(once, once_len, &twice_len, &again);
			assert(again == ERR_OK);
			assert(twice_len == once_len && memcmp(twice, once, once_len) == 0);
			free(twice);
		}
		free(once);
	}
	free(text);
	return 0;
}
