/* test_pages: the pages that ship, and what a site puts in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/pages.h"

/* One test's world: settings, the directory of a site, and what was loaded. */
struct world {
	char dir[64];
	struct config config;
	struct pages *pages;
	char fault[PAGES_FAULT_SIZE];
	char *html;
};

static char nothing[] = "", automatic[] = "auto", slash[] = "/";

/* Programs look for www/ beside them; tests run at the top of the tree. */
static int
link_www(void **state)
{
	char program[1024], *top = get_current_dir_name(), target[2048];
	const ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	(void)state;
	assert_true(len > 0);
	program[len] = '\0';
	strcpy(strrchr(program, '/'), "/www");
	snprintf(target, sizeof(target), "%s/www", top);
	free(top);
	(void)!symlink(target, program);
	return access(program, R_OK);
}

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	umask(022);
	strcpy(world->dir, "/tmp/test_pages.XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	world->config = (struct config){ .pages = world->dir, .accent = nothing,
		.language = automatic, .service_name = nothing, .home = slash };
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", world->dir);
	pages_free(world->pages);
	free(world->html);
	free(world);
	return system(command);
}

static void
write_file(const struct world *world, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/words", world->dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/messages", world->dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s", world->dir, name);
	assert_non_null(file = fopen(path, "w"));
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static enum err
load(struct world *world)
{
	pages_free(world->pages);
	return pages_load(&world->config, &world->pages, world->fault);
}

static void
load_well(struct world *world)
{
	if (load(world) != ERR_OK)
		fail_msg("%s", world->fault);
}

static const char *
render(struct world *world, const char *name, const char *accept, const struct page_value *values)
{
	free(world->html);
	assert_int_equal(pages_render(world->pages, name, accept, values, &world->html), ERR_OK);
	return world->html;
}

static void
assert_says(const char *html, const char *text)
{
	if (strstr(html, text) == NULL)
		fail_msg("'%s' is not in: %s", text, html);
}

static const struct page_value no_values[] = { {0} };

static void
every_page_renders_in_every_language_that_ships(void **state)
{
	static const char *const names[] = { "signin", "register", "signed_in", "signout",
		"cookie", "error" };
	static const char *const languages[] = { "en", "de", "fr" };
	char start[64];

	load_well(*state);
	for (size_t i = 0; i < 3; i++) {
		snprintf(start, sizeof(start), "<html lang=\"%s\" dir=\"ltr\">", languages[i]);
		for (size_t j = 0; j < 6; j++) {
			const char *html = render(*state, names[j], languages[i], no_values);

			assert_says(html, start);
			assert_says(html, "</html>");
			assert_null(strstr(html, "{{"));
			assert_null(strstr(html, "<title></title>"));
		}
	}
}

/* Renders a message; the texts are the caller's. */
static void
render_message(const struct world *world, const char *name, const char *accept,
    const struct page_value *values, char **subject, char **body)
{
	assert_int_equal(pages_render_message(world->pages, name, accept, values, subject, body),
	    ERR_OK);
}

static void
every_message_is_plain_text_in_every_language_and_no_value_adds_a_line(void **state)
{
	static const char *const names[] = {
		"link", "password_changed", "email_changed", "reuse", "new_browser",
	};
	static const char *const languages[] = { "en", "de", "fr", "is" };
	static const struct page_value values[] = {
		{ .name = "username", .text = "<a>\r\n\r\nb" },
		{ .name = "network", .text = "192.0.2.0/24" },
		{ .name = "link", .text = "https://a/link?token=x&y" }, {0},
	};
	static char service[] = "A & B\nBcc: x";
	struct world *world = *state;
	char *subject, *body;

	world->config.service_name = service;
	load_well(world);
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++) {
			render_message(world, names[i], languages[j], values, &subject, &body);
			assert_says(subject, "A & B Bcc: x");
			assert_null(strchr(subject, '\n'));
			assert_says(body, " <a>    b,\n\n");
			assert_null(strchr(body, '\r'));
			assert_null(strstr(body, "{{"));
			assert_null(strstr(body, "\n\n\n"));
			if (i == 0)
				assert_says(body, "\nhttps://a/link?token=x&y\n");
			free(subject);
			free(body);
		}
	}
	assert_int_equal(pages_render_message(world->pages, "signin", "", values, &subject, &body),
	    ERR_INTERNAL);
	assert_null(subject);
	assert_null(body);
}

static void
a_site_has_messages_of_its_own(void **state)
{
	struct world *world = *state;
	char *subject, *body;

	write_file(world, "messages/reuse.txt", "Subject: {{#service_name}}\n{{/service_name}}Hm\n"
	    "{{greeting}}\n");
	write_file(world, "words/en", "greeting = Yours\nsubject_link = Key\n");
	load_well(world);
	render_message(world, "reuse", "", no_values, &subject, &body);
	assert_string_equal(subject, "Hm");
	assert_string_equal(body, "Yours\n");
	free(subject);
	free(body);
	render_message(world, "link", "", no_values, &subject, &body);
	assert_string_equal(subject, "Key");
	free(subject);
	free(body);
}

static void
what_is_typed_is_there_again_and_is_never_markup(void **state)
{
	static const struct page_value values[] = {
		{ .name = "username", .text = "\"><script>alert(1)</script>" },
		{ .name = "return", .text = "/a?b&c" },
		{ .name = "error", .word = "wrong_credentials" },
		{ .name = "problem", .text = "1" }, {0} };
	const char *html;

	load_well(*state);
	html = render(*state, "signin", "", values);
	assert_says(html, "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"");
	assert_says(html, "value=\"/a?b&amp;c\"");
	assert_says(html, "Name or password is wrong.");
	assert_null(strstr(html, "alert(1)</script>"));
}

static void
the_language_is_that_of_the_settings_or_else_of_the_browser(void **state)
{
	static char german[] = "de", icelandic[] = "is";
	struct world *world = *state;

	load_well(world);
	assert_says(render(world, "signin", "fr-CH, en", no_values), "lang=\"fr\"");
	assert_says(render(world, "signin", "is", no_values), "lang=\"en\"");
	world->config.language = german;
	load_well(world);
	assert_says(render(world, "signin", "fr", no_values), "lang=\"de\"");
	world->config.language = icelandic;
	assert_int_equal(load(world), ERR_SETUP);
	assert_says(world->fault, "language = is: there is no such file of words");
}

static void
a_site_has_its_own_page_words_mark_and_style(void **state)
{
	static char accent[] = "#123456", name[] = "Example & Co";
	struct world *world = *state;
	const char *html;

	write_file(world, "signout.html", "<p>{{title}}, {{imprint}} {{sign_out}}</p>\n");
	write_file(world, "words/en", "# ours\nimprint = Imprint of {{service_name}}\n"
	    "title_signin = Welcome\n");
	write_file(world, "words/is", "title_signin = Velkomin\n");
	write_file(world, "words/en~", "left by an editor");
	write_file(world, "mark.svg", "<svg/>");
	world->config.accent = accent;
	world->config.service_name = name;
	load_well(world);

	html = render(world, "signout", "", no_values);
	assert_says(html, "<p>Sign out?, Imprint of Example &amp; Co Sign out</p>");
	assert_says(html, "<header>");
	html = render(world, "signin", "", no_values);
	assert_says(html, "<h1>Welcome</h1>");
	assert_says(html, "Keep me signed in");
	html = render(world, "signin", "is", no_values);
	assert_says(html, "<h1>Velkomin</h1>");
	assert_says(html, "Keep me signed in");
	assert_string_equal(pages_get_file(world->pages, PAGES_MARK), "<svg/>");
	assert_says(pages_get_file(world->pages, PAGES_STYLE), "--accent: #123456;");
	assert_says(pages_get_file(world->pages, PAGES_STYLE), ".card");

	write_file(world, "style.css", "body { }\n");
	load_well(world);
	assert_null(strstr(pages_get_file(world->pages, PAGES_STYLE), ".card"));
	assert_says(pages_get_file(world->pages, PAGES_STYLE),
	    "body { }\n:root { --accent: #123456;");
}

static void
a_mistake_in_a_file_of_a_site_is_told_with_its_place(void **state)
{
	static const struct { const char *name, *text, *fault; } cases[] = {
		{ "signin.html", "a\n{{#usernme}}\n{{/usernme}}",
		  "/signin.html, line 2: there is neither value nor word usernme; did you mean "
		  "username?" },
		{ "head.html", "{{#return}}", "/head.html, line 1: {{/return}} is missing" },
		{ "foot.html", "\xff", "/foot.html: is not UTF-8 text" },
		{ "words/de", "\ntitle_sign_in = x",
		  "/words/de, line 2: there is neither value nor word title_sign_in; did you mean "
		  "title_signin?" },
		{ "words/de", "sign_in = {{naem}}",
		  "/words/de, line 1: there is neither value nor word naem; did you mean name?" },
		{ "words/de", "sign_in", "/words/de, line 1: expected key = value" },
		{ "words/de", "Sign-In = x",
		  "/words/de, line 1: expected a key of small letters" },
		{ "words/de", "sign_in = {{", "/words/de, line 1: {{ has no }}" },
		{ "messages/link.txt", "Hello\n", "/messages/link.txt, line 1: expected "
		  "\"Subject: ...\" here" },
		{ "messages/link.txt", "Subject: {{subject_lnk}}\n",
		  "/messages/link.txt, line 1: there is neither value nor word subject_lnk; did "
		  "you mean subject_link?" },
		{ "words/deutsch.txt", "", "/words/deutsch.txt: its name is no language" },
	};
	struct world *world = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(world, cases[i].name, cases[i].text);
		assert_int_equal(load(world), ERR_SETUP);
		assert_null(world->pages);
		assert_says(world->fault, cases[i].fault);
		snprintf(path, sizeof(path), "%s/%s", world->dir, cases[i].name);
		unlink(path);
	}
}

static void
nobody_else_may_be_able_to_change_a_page(void **state)
{
	struct world *world = *state;
	char path[128];

	write_file(world, "signin.html", "x");
	snprintf(path, sizeof(path), "%s/signin.html", world->dir);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(load(world), ERR_SETUP);
	assert_says(world->fault, "/signin.html: others may change it");
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(world->dir, 0777), 0);
	assert_int_equal(load(world), ERR_SETUP);
	assert_says(world->fault, "others may change it");
}

static void
a_directory_that_is_named_has_to_be_there(void **state)
{
	static char missing[] = "/nonexistent/pages";
	struct world *world = *state;

	world->config.pages = missing;
	assert_int_equal(load(world), ERR_SETUP);
	assert_says(world->fault, "/nonexistent/pages: is not a directory");
	world->config.pages = nothing;
	load_well(world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_page_renders_in_every_language_that_ships),
		TEST(every_message_is_plain_text_in_every_language_and_no_value_adds_a_line),
		TEST(a_site_has_messages_of_its_own),
		TEST(what_is_typed_is_there_again_and_is_never_markup),
		TEST(the_language_is_that_of_the_settings_or_else_of_the_browser),
		TEST(a_site_has_its_own_page_words_mark_and_style),
		TEST(a_mistake_in_a_file_of_a_site_is_told_with_its_place),
		TEST(nobody_else_may_be_able_to_change_a_page),
		TEST(a_directory_that_is_named_has_to_be_there),
	};

	return cmocka_run_group_tests(tests, link_www, NULL);
}
