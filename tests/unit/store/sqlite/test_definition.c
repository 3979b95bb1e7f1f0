/* test_definition: the text of a CREATE statement is read, and renamed, as SQLite would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/sqlite/definition.h"

static void
an_expression_is_found_whatever_stands_around_it(void **state)
{
	static const struct {
		const char *sql;
		const char *expression;		/* of column c; NULL: none */
	} cases[] = {
		{ "CREATE TABLE t (a, c AS (a + 1), d)", "a + 1" },
		{ "CREATE TABLE t (a, c INT GENERATED ALWAYS AS(f(a, (2))) STORED)", "f(a, (2))" },
		{ "create table \"t(\" (a default ('),('), \"C\"text as ( a ))", " a " },
		{ "CREATE TABLE t (a VARCHAR(2) CHECK (a > 0), [c] AS ('it''s )'))", "'it''s )'" },
		{ "CREATE TABLE t (a, -- c AS (1),\n `c` /* ( */ AS /* ) */ (a -- )\n))",
		  "a -- )\n" },
		{ "CREATE TABLE t (b AS (1), c AS (2) STORED NOT NULL, d AS (3))", "2" },
		{ "CREATE TABLE t (b AS (1) CHECK (b IN (1, 2)), c AS (b))", "b" },
		{ "CREATE TABLE t (c INT, d AS (c))", NULL },
		{ "CREATE TABLE t (\"c\"\"\" AS (1), b)", NULL },
		{ "CREATE TABLE t (a, CHECK (a), PRIMARY KEY (a))", NULL },
		{ "CREATE TABLE t (c AS (", "" },
		{ "CREATE TABLE t (c AS ('", "'" },
		{ "CREATE TABLE t (c AS (1 /* ", "1 /* " },
		{ "CREATE TABLE t (c", NULL },
		{ "CREATE TABLE t ('", NULL },
		{ "CREATE TABLE [", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *expression;

		assert_int_equal(definition_find_expression(cases[i].sql, "c", &expression),
		    ERR_OK);
		if (expression == NULL && cases[i].expression == NULL)
			continue;
		if (expression == NULL || cases[i].expression == NULL ||
		    strcmp(expression, cases[i].expression) != 0)
			fail_msg("%s: expected %s, came %s", cases[i].sql, cases[i].expression !=
			    NULL ? cases[i].expression : "none", expression != NULL ?
			    expression : "none");
		free(expression);
	}
}

static void
an_index_or_a_view_is_renamed_and_nothing_else_of_its_text(void **state)
{
	static const char *const cases[][2] = {
		{ "CREATE INDEX a ON t (a)", "CREATE INDEX \"new\" ON t (a)" },
		{ "CREATE UNIQUE INDEX \"a \"\"b\" ON a (a)",
		  "CREATE UNIQUE INDEX \"new\" ON a (a)" },
		{ "CREATE VIEW [view](b) AS SELECT 1", "CREATE VIEW \"new\"(b) AS SELECT 1" },
		{ "CREATE VIEW /* VIEW */ a AS SELECT a FROM a -- a",
		  "CREATE VIEW /* VIEW */ \"new\" AS SELECT a FROM a -- a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *renamed;

		assert_int_equal(definition_rename(cases[i][0], "new", &renamed), ERR_OK);
		assert_string_equal(renamed, cases[i][1]);
		free(renamed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_expression_is_found_whatever_stands_around_it),
		cmocka_unit_test(an_index_or_a_view_is_renamed_and_nothing_else_of_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
