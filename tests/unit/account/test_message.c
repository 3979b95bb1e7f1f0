/* test_message: what is written for a message, and what is read of it again. */
#include "account/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char program[] = "/usr/bin/true", address[] = "alice@example.org", nothing[] = "";

/* Returns the row that is to be written, or NULL. */
static const struct outbox_row *
draft_of(const struct context *context, enum message_kind kind, const struct user *user,
    struct message_draft *draft)
{
	assert_int_equal(message_draft(context, kind, user, draft), ERR_OK);
	return draft->message;
}

static void
a_link_is_due_later_whether_or_not_there_is_somebody_to_get_it(void **state)
{
	const struct config config = { .notify = program };
	struct service service = { .config = &config };
	const struct user alice = { .id = 7, .email = address };
	const struct user bob = { .id = 8, .email = nothing };
	const struct user *const users[] = { &alice, &bob, NULL };
	struct message_draft draft;
	struct context context;

	(void)state;
	context_init(&context, &service, "192.0.2.7", NULL);
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		const struct outbox_row *row = draft_of(&context, MESSAGE_LINK, users[i],
		    &draft);

		assert_int_equal(row->at, context.now + 2);
		assert_int_equal(row->user_id, i == 0 ? 7 : 0);
	}
	assert_int_equal(draft_of(&context, MESSAGE_REUSE, &alice, &draft)->at, context.now);
	assert_null(draft_of(&context, MESSAGE_REUSE, &bob, &draft));
	assert_null(draft_of(&context, MESSAGE_NONE, &alice, &draft));
}

static void
what_a_browser_says_of_its_languages_adds_no_line(void **state)
{
	const struct config config = { .notify = program };
	struct service service = { .config = &config };
	const struct user alice = { .id = 7, .email = address };
	struct message_draft draft;
	struct message_facts facts;
	struct context context;

	(void)state;
	context_init(&context, &service, "192.0.2.7", NULL);
	context.language = "de-AT, en;q=0.5\nnetwork=x\xff";
	assert_non_null(draft_of(&context, MESSAGE_REUSE, &alice, &draft));
	assert_true(message_read(draft.row.kind, draft.row.data, &facts));
	assert_int_equal(facts.kind, MESSAGE_REUSE);
	assert_int_equal(facts.at, context.now);
	assert_string_equal(facts.language, "de-AT, en;q=0.5");
	assert_string_equal(facts.network, "192.0.2.0/24");
	assert_false(message_read("of tomorrow", draft.row.data, &facts));
	assert_false(message_read("reuse", "", &facts));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_due_later_whether_or_not_there_is_somebody_to_get_it),
		cmocka_unit_test(what_a_browser_says_of_its_languages_adds_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
