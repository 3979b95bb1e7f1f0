/* test_media: which media type a Content-Type header announces. */
#include "http/media.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))
#define FORM "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data"
#define OF_70 "0123456789012345678901234567890123456789012345678901234567890123456789"

enum { EITHER = MEDIA_FORM | MEDIA_MULTIPART };

static void
a_header_is_read_to_its_end(void **state)
{
	static const struct { const char *header; unsigned set; enum err err; enum media media; }
	vectors[] = {
		{ FORM, MEDIA_FORM, ERR_OK, MEDIA_FORM },
		{ FORM, EITHER, ERR_OK, MEDIA_FORM },
		{ FORM "; Charset=\"UTF8\"; x", EITHER, ERR_OK, MEDIA_FORM },
		{ FORM "; boundary=", EITHER, ERR_OK, MEDIA_FORM },
		{ "APPLICATION/json;charset=us-ascii", MEDIA_JSON, ERR_OK, MEDIA_JSON },
		{ MULTIPART "; boundary=x", EITHER, ERR_OK, MEDIA_MULTIPART },
		{ MULTIPART "; charset=utf-8; boundary=\"x y\"", EITHER, ERR_OK, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=" OF_70, EITHER, ERR_OK, MEDIA_MULTIPART },
		{ "", EITHER, ERR_MEDIA_TYPE, MEDIA_NONE },
		{ FORM, MEDIA_JSON, ERR_MEDIA_TYPE, MEDIA_NONE },
		{ FORM, MEDIA_NONE, ERR_MEDIA_TYPE, MEDIA_NONE },
		{ MULTIPART "; boundary=x", MEDIA_FORM, ERR_MEDIA_TYPE, MEDIA_NONE },
		{ FORM " x", EITHER, ERR_MEDIA_TYPE, MEDIA_FORM },
		{ FORM "; charset=latin1", EITHER, ERR_CHARSET, MEDIA_FORM },
		{ FORM "; charset=utf-8; charset=latin1", EITHER, ERR_CHARSET, MEDIA_FORM },
		{ FORM "; charset", EITHER, ERR_CHARSET, MEDIA_FORM },
		{ MULTIPART "; charset=latin1; boundary=x", EITHER, ERR_CHARSET, MEDIA_MULTIPART },
		{ MULTIPART, EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=\"x \"", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=\"x\\\"y\"", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=x\xc3\xa4", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=x; boundary=x", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
		{ MULTIPART "; boundary=" OF_70 "x", EITHER, ERR_BOUNDARY, MEDIA_MULTIPART },
	};
	struct media_type type;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const enum err err = media_read(vectors[i].header, vectors[i].set, &type);

		if (err != vectors[i].err || type.media != vectors[i].media)
			fail_msg("'%s': came error %d, medium %d", vectors[i].header, (int)err,
			    (int)type.media);
	}
}

static void
a_boundary_is_given_without_its_quotation_marks(void **state)
{
	struct media_type type;

	(void)state;
	assert_int_equal(media_read(MULTIPART "; a=b; BOUNDARY=\"x '()+_,-./:=?y\"; c", EITHER,
	    &type), ERR_OK);

	assert_int_equal(type.boundary_len, strlen("x '()+_,-./:=?y"));
	assert_memory_equal(type.boundary, "x '()+_,-./:=?y", type.boundary_len);
}

static void
the_medium_to_send_is_one_of_the_set(void **state)
{
	(void)state;
	assert_string_equal(media_name(EITHER), FORM);
	assert_string_equal(media_name(MEDIA_MULTIPART), MULTIPART);
	assert_string_equal(media_name(MEDIA_JSON), "application/json");
	assert_string_equal(media_name(MEDIA_NONE), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_to_its_end),
		cmocka_unit_test(a_boundary_is_given_without_its_quotation_marks),
		cmocka_unit_test(the_medium_to_send_is_one_of_the_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
