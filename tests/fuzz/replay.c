/* replay: runs a fuzz target on files, so that seeds are tested where there is no libFuzzer. */
#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

int
main(int argc, char **argv)
{
	uint8_t *data = calloc(1, INPUT_MAX);	/* owned */

	assert(data != NULL);
	(void)LLVMFuzzerTestOneInput(data, 0);
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		size_t size;

		if (file == NULL) {
			perror(argv[i]);
			return 1;
		}
		/* The name is what is seen of an input that ends the program. */
		printf("%s\n", argv[i]);
		fflush(stdout);
		size = fread(data, 1, INPUT_MAX, file);
		fclose(file);
		(void)LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	return 0;
}
