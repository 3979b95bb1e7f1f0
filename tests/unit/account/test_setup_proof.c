/* test_setup_proof: which file proves that it is who can upload files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "account/setup_proof.h"

static int
open_directory(char path[64])
{
	strcpy(path, "/tmp/bearward-proof-XXXXXX");
	assert_non_null(mkdtemp(path));
	return open(path, O_RDONLY | O_DIRECTORY);
}

static void
put_file(int directory, const char *text)
{
	const int fd = openat(directory, SETUP_PROOF_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
}

static void
remove_directory(const char *path, int directory)
{
	(void)unlinkat(directory, SETUP_PROOF_FILE, 0);
	(void)close(directory);
	assert_int_equal(rmdir(path), 0);
}

static void
a_file_proves_its_code_for_an_hour_and_no_other(void **state)
{
	char path[64], code[SETUP_PROOF_CODE_SIZE], other[SETUP_PROOF_CODE_SIZE];
	char digest[SETUP_PROOF_DIGEST_SIZE + 2];
	const int directory = open_directory(path);
	const int64_t now = time(NULL);

	(void)state;
	assert_int_equal(setup_proof_draw(code), ERR_OK);
	assert_int_equal(setup_proof_draw(other), ERR_OK);
	assert_int_equal(setup_proof_digest(code, digest), ERR_OK);
	assert_false(setup_proof_holds(directory, code, now));
	/* As a client in text mode leaves it. */
	put_file(directory, strcat(digest, "\r\n"));

	assert_true(setup_proof_holds(directory, code, now));
	assert_true(setup_proof_holds(directory, code, now + SETUP_PROOF_SECONDS - 60));
	assert_false(setup_proof_holds(directory, code, now + SETUP_PROOF_SECONDS + 60));
	assert_false(setup_proof_holds(directory, other, now));
	assert_false(setup_proof_holds(directory, NULL, now));
	assert_false(setup_proof_holds(directory, "", now));
	assert_false(setup_proof_holds(directory, digest, now));
	remove_directory(path, directory);
}

static void
half_a_file_and_the_code_itself_prove_nothing(void **state)
{
	char path[64], code[SETUP_PROOF_CODE_SIZE], digest[SETUP_PROOF_DIGEST_SIZE];
	const int directory = open_directory(path);

	(void)state;
	assert_int_equal(setup_proof_draw(code), ERR_OK);
	assert_int_equal(setup_proof_digest(code, digest), ERR_OK);
	put_file(directory, code);
	assert_false(setup_proof_holds(directory, code, time(NULL)));
	digest[SETUP_PROOF_DIGEST_SIZE - 2] = '\0';
	put_file(directory, digest);
	assert_false(setup_proof_holds(directory, code, time(NULL)));
	put_file(directory, "");
	assert_false(setup_proof_holds(directory, code, time(NULL)));
	remove_directory(path, directory);
}

static void
a_proof_is_used_once(void **state)
{
	char path[64];
	const int directory = open_directory(path);

	(void)state;
	put_file(directory, "any");
	assert_true(setup_proof_use(directory));
	assert_false(setup_proof_use(directory));
	remove_directory(path, directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_proves_its_code_for_an_hour_and_no_other),
		cmocka_unit_test(half_a_file_and_the_code_itself_prove_nothing),
		cmocka_unit_test(a_proof_is_used_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
