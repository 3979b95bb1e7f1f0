/* test_mapped: who reaches past the end of a mapped file is told so, and lives on. */
#include "base/mapped.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 65536, THREADS = 4, TRIES = 500 };

/* A mapped file without a name. */
struct file {
	FILE *stream;
	volatile char *map;
};

static void
open_file(struct file *file, off_t length)
{
	file->stream = tmpfile();
	assert_non_null(file->stream);
	assert_int_equal(ftruncate(fileno(file->stream), length), 0);
	file->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file->stream), 0);
	assert_true((void *)file->map != MAP_FAILED);
	assert_int_equal(mapped_init(), ERR_OK);
}

static void
close_file(struct file *file)
{
	assert_int_equal(munmap((void *)file->map, SIZE), 0);
	assert_int_equal(fclose(file->stream), 0);
}

static void
write_last(void *arg)
{
	((struct file *)arg)->map[SIZE - 1] = 'x';
}

static void
what_is_there_is_reached(void **state)
{
	struct file file;

	(void)state;
	open_file(&file, SIZE);
	assert_true(mapped_try(write_last, &file));
	assert_int_equal(file.map[SIZE - 1], 'x');
	close_file(&file);
}

static void
what_is_not_there_is_told_as_often_as_it_is_tried(void **state)
{
	struct file file;

	(void)state;
	open_file(&file, 1);
	for (int i = 0; i < 3; i++)
		assert_false(mapped_try(write_last, &file));
	assert_int_equal(ftruncate(fileno(file.stream), SIZE), 0);
	assert_true(mapped_try(write_last, &file));
	close_file(&file);
}

static void *
try_often(void *arg)
{
	long told = 0;

	for (int i = 0; i < TRIES; i++)
		told += !mapped_try(write_last, arg);
	return (void *)told;
}

static void
each_thread_is_told_for_itself(void **state)
{
	pthread_t threads[THREADS];
	struct file there, not_there;

	(void)state;
	open_file(&there, SIZE);
	open_file(&not_there, 1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, try_often,
		    i % 2 == 0 ? &there : &not_there), 0);
	for (int i = 0; i < THREADS; i++) {
		void *told;

		assert_int_equal(pthread_join(threads[i], &told), 0);
		assert_int_equal((long)told, i % 2 == 0 ? 0 : TRIES);
	}
	close_file(&there);
	close_file(&not_there);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_reached),
		cmocka_unit_test(what_is_not_there_is_told_as_often_as_it_is_tried),
		cmocka_unit_test(each_thread_is_told_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
