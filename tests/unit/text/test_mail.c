/* test_mail: messages, their headers and their bodies. */
#include "text/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LABEL FIFTY TEN

static void
an_address_is_one_and_has_no_quotes_comments_or_other_letters(void **state)
{
	static const char *const good[] = {
		"a@b", "alice@example.org", "a.b+c@x-1.example", "!#$%&'*+-/=?^_`{|}~@example.org",
		FIFTY TEN "1234@example.org",
	};
	static const char *const bad[] = {
		"", "@", "a@", "@b", "a", "a@b@c", "a b@c", "a@b c", ".a@b", "a.@b", "a..b@c",
		"a@.b", "a@b.", "a@b..c", "\"a\"@b", "a@[127.0.0.1]", "a@b_c", "<a@b>", "a@b,c@d",
		"a,b@c", "a@b;c", "a(b)@c", "a@b\r\nBcc: c@d", "a\n@b", "a@b\n", "a\t@b",
		"\xc3\xbc@b", "a@\xc3\xbc", "a:b@c", "a\\b@c", "a@b\x7f", FIFTY TEN "12345@b",
		"a@" LABEL "." LABEL "." LABEL "." LABEL "." FIFTY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!mail_is_address(good[i]))
			fail_msg("'%s' is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mail_is_address(bad[i]))
			fail_msg("'%s' is taken", bad[i]);
}

static struct mail
make(void)
{
	return (struct mail){
		.to = "alice@example.org", .from = "no-reply@example.net", .from_name = "",
		.subject = "Hello", .id = "id-1", .host = "example.com", .date = 1795692857,
		.body = "One\nTwo\n",
	};
}

static char *
write_mail(const struct mail *mail)
{
	char *text;
	size_t len;

	assert_int_equal(mail_write(mail, &text, &len), ERR_OK);
	assert_int_equal(strlen(text), len);
	return text;
}

static void
a_plain_message_stands_there_as_it_is(void **state)
{
	const struct mail mail = make();
	char *text = write_mail(&mail);

	(void)state;
	assert_string_equal(text,
	    "From: no-reply@example.net\r\n"
	    "To: alice@example.org\r\n"
	    "Subject: Hello\r\n"
	    "Date: Thu, 26 Nov 2026 11:34:17 +0000\r\n"
	    "Message-ID: <id-1@example.com>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "\r\n"
	    "One\r\nTwo\r\n");
	free(text);
}

static void
a_program_adds_the_sender_where_none_is_named(void **state)
{
	struct mail mail = make();
	char *text;

	(void)state;
	mail.from = "";
	mail.from_name = "Example";
	text = write_mail(&mail);
	assert_ptr_equal(strstr(text, "To: alice@example.org\r\nSubject: Hello\r\n"), text);
	free(text);
}

/* Looks for a header, with the CRLF before it, or for a body. */
static void
expect(const struct mail *mail, const char *expected)
{
	char *text = write_mail(mail);

	if (strstr(text, expected) == NULL)
		fail_msg("expected '%s' in '%s'", expected, text);
	free(text);
}

static void
names_and_subjects_are_quoted_or_encoded_and_add_no_line(void **state)
{
	static const struct {
		const char *text, *from, *subject;
	} cases[] = {
		{ "A \"B\" \\", "\"A \\\"B\\\" \\\\\"", "A \"B\" \\" },
		{ "a\r\nBcc: x@y", "\"a  Bcc: x@y\"", "a  Bcc: x@y" },
		{ "\xc3\xbc", "=?UTF-8?B?w7w=?=", "=?UTF-8?B?w7w=?=" },
		{ "a\xe2\x80\xa8" "b\xc2\x85" "c", "\"a   b  c\"", "a   b  c" },
		{ "=?x", "\"=?x\"", "=?UTF-8?B?PT94?=" },
		/* The second word begins with a character, not within one. */
		{ TEN TEN TEN "01234567\xc3\xbc" "8",
		  "=?UTF-8?B?MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc=?="
		  "\r\n =?UTF-8?B?w7w4?=",
		  "=?UTF-8?B?MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc=?="
		  "\r\n =?UTF-8?B?w7w4?=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mail mail = make();
		char expected[512];

		mail.from_name = mail.subject = cases[i].text;
		snprintf(expected, sizeof(expected), "From: %s\r\n <no-reply@example.net>\r\n"
		    "To: alice@example.org\r\nSubject: %s\r\nDate: ", cases[i].from,
		    cases[i].subject);
		expect(&mail, expected);
	}
}

static void
lines_are_folded_at_blanks_and_what_is_not_ascii_is_encoded(void **state)
{
	static const struct {
		const char *body, *expected;
	} cases[] = {
		{ "", "7bit\r\n\r\n" },
		{ "no end", "7bit\r\n\r\nno end\r\n" },
		{ "\n\na\r\n", "7bit\r\n\r\n\r\n\r\na \r\n" },
		{ FIFTY " " TEN " " TEN "  end\n",
		  "\r\n\r\n" FIFTY " " TEN " " TEN "\r\nend\r\n" },
		{ "x " FIFTY FIFTY " y z", "\r\n\r\nx\r\n" FIFTY FIFTY "\r\ny z\r\n" },
		{ "\xc3\xbc=\ta ", "quoted-printable\r\n\r\n=C3=BC=3D a=20\r\n" },
		{ "\xc3\xbc" FIFTY TEN TEN "x",
		  "quoted-printable\r\n\r\n=C3=BC" FIFTY TEN "012345678=\r\n9x\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mail mail = make();

		mail.body = cases[i].body;
		expect(&mail, cases[i].expected);
	}
}

static void
no_line_is_longer_than_a_mail_server_takes(void **state)
{
	struct mail mail = make();
	char word[5000], *text;

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	mail.body = mail.subject = mail.from_name = word;
	text = write_mail(&mail);
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 77);
	free(text);
}

static void
what_is_no_address_or_no_text_makes_no_message(void **state)
{
	struct mail mails[] = { make(), make(), make(), make(), make() };
	char *text;
	size_t len;

	(void)state;
	mails[0].to = "alice@example.org\r\nBcc: eve@example.org";
	mails[1].from = "no-reply";
	mails[2].subject = "\xff";
	mails[3].body = "\xc3";
	mails[4].from_name = "\xed\xa0\x80";
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		assert_int_equal(mail_write(&mails[i], &text, &len), ERR_REFUSED);
		assert_null(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_one_and_has_no_quotes_comments_or_other_letters),
		cmocka_unit_test(a_plain_message_stands_there_as_it_is),
		cmocka_unit_test(a_program_adds_the_sender_where_none_is_named),
		cmocka_unit_test(names_and_subjects_are_quoted_or_encoded_and_add_no_line),
		cmocka_unit_test(lines_are_folded_at_blanks_and_what_is_not_ascii_is_encoded),
		cmocka_unit_test(no_line_is_longer_than_a_mail_server_takes),
		cmocka_unit_test(what_is_no_address_or_no_text_makes_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
