/* test_arc4random: random bytes of any number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Where the C library has this function, our own stands in for it all the same. */
void arc4random_buf(void *data, size_t len);

static void
every_byte_is_drawn_and_none_beyond(void **state)
{
	static const size_t lens[] = { 0, 1, 16, 255, 256, 257, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		unsigned char drawn[1024] = {0}, ever[1024] = {0};

		/* That a byte is 0 forty times in a row does not happen. */
		for (int round = 0; round < 40; round++) {
			arc4random_buf(drawn, lens[i]);
			for (size_t at = 0; at < sizeof(drawn); at++)
				ever[at] |= drawn[at];
		}
		for (size_t at = 0; at < sizeof(ever); at++)
			if ((ever[at] != 0) != (at < lens[i]))
				fail_msg("byte %zu of %zu", at, lens[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_drawn_and_none_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
