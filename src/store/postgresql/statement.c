/* statement: sends statements, each prepared once for a connection, and reads rows. */
#include "store/postgresql/statement.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARAMETERS_MOST = 32,
	NAME_SIZE = 24,
	PLACES = 512,		/* of prepared statements; a program has fewer than half */
	BINARY = 1,
};

/* Types of the server. */
enum { BOOL_OID = 16, BYTEA_OID = 17, INT8_OID = 20, TEXT_OID = 25, VARCHAR_OID = 1043 };

/* A statement that a connection has prepared, or is about to. */
struct place {
	const struct db_sql *sql;	/* static; NULL: the place is free */
	uint64_t name;
	bool is_ready;
};

/* Those of a connection: a table with open addressing. */
struct prepared {
	struct place places[PLACES];
};

/* The values of a statement as libpq wants them. */
struct parameters {
	int count;
	Oid types[PARAMETERS_MOST];
	const char *values[PARAMETERS_MOST];
	int lengths[PARAMETERS_MOST];
	int formats[PARAMETERS_MOST];
	uint64_t numbers[PARAMETERS_MOST];	/* in the order of the network */
};

static void
add_parameter(struct parameters *p, const struct db_value *value)
{
	static const Oid types[] = {
		[DB_INT] = INT8_OID, [DB_TEXT] = TEXT_OID, [DB_BYTES] = BYTEA_OID,
	};
	const int i = p->count++;

	p->types[i] = types[value->type];
	p->formats[i] = BINARY;
	p->numbers[i] = htobe64((uint64_t)value->number);
	p->values[i] = value->type == DB_INT ? (const char *)&p->numbers[i] : value->data;
	p->lengths[i] = value->type == DB_INT ? (int)sizeof(p->numbers[i]) : (int)value->len;
	if (value->is_null)
		p->values[i] = NULL;
}

static void
make_parameters(struct parameters *p, const struct db_value *values)
{
	p->count = 0;
	for (; values != NULL && values->type != DB_END; values++) {
		assert(p->count < PARAMETERS_MOST);
		add_parameter(p, values);
	}
}

static const char *
text_of(const struct db_sql *sql)
{
	return sql->postgresql != NULL ? sql->postgresql : sql->text;
}

/* FNV-1a. Two statements that share a name would have to share 64 bits by chance. */
static uint64_t
mix(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	while (len-- > 0)
		hash = (hash ^ *bytes++) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t
name_of(const struct db_sql *sql, const struct parameters *p)
{
	const char *text = text_of(sql);
	const uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), text, strlen(text));

	return mix(hash, p->types, (size_t)p->count * sizeof(p->types[0]));
}

/* Returns the place of a statement, or the one where it is to be; NULL: out of memory. */
static struct place *
find_place(struct connection *c, const struct db_sql *sql)
{
	size_t place = (size_t)(((uintptr_t)sql >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 55);

	if (c->prepared == NULL && (c->prepared = calloc(1, sizeof(*c->prepared))) == NULL)
		return NULL;
	for (size_t i = 0; i < PLACES; i++, place++) {
		struct place *at = &c->prepared->places[place % PLACES];

		if (at->sql == sql || at->sql == NULL)
			return at;
	}
	return NULL;
}

/* Statements of one text and one name may stand at several addresses. */
static bool
is_ready_elsewhere(const struct prepared *prepared, uint64_t name)
{
	for (size_t i = 0; i < PLACES; i++)
		if (prepared->places[i].is_ready && prepared->places[i].name == name)
			return true;
	return false;
}

void
statement_forget(struct connection *c, const struct db_sql *sql)
{
	struct place *place = find_place(c, sql);

	if (place != NULL)
		place->is_ready = false;
}

/* Names a statement that need not be prepared any more, or is to be. */
static bool
note(struct connection *c, const struct db_sql *sql, const struct parameters *p,
    struct place **place, bool *is_new)
{
	if ((*place = find_place(c, sql)) == NULL)
		return false;
	*is_new = !(*place)->is_ready;
	if (!*is_new)
		return true;
	(*place)->sql = sql;
	(*place)->name = name_of(sql, p);
	*is_new = !is_ready_elsewhere(c->prepared, (*place)->name);
	(*place)->is_ready = true;
	return true;
}

bool
statement_send(struct connection *c, const struct db_sql *sql, const struct db_value *values,
    struct statement_sent *sent)
{
	const char *text = text_of(sql);
	struct parameters p;
	struct place *place;	/* borrowed */
	char name[NAME_SIZE];

	make_parameters(&p, values);
	sent->is_prepared_too = false;
	if (atomic_load(&c->server->has_no_names))
		return PQsendQueryParams(c->pg, text, p.count, p.types, p.values, p.lengths,
		    p.formats, BINARY) == 1;
	if (!note(c, sql, &p, &place, &sent->is_prepared_too))
		return false;
	snprintf(name, NAME_SIZE, "bw_%016" PRIx64, place->name);
	if (sent->is_prepared_too && PQsendPrepare(c->pg, name, text, p.count, p.types) != 1)
		return false;
	return PQsendQueryPrepared(c->pg, name, p.count, p.values, p.lengths, p.formats,
	    BINARY) == 1;
}

/* ---- rows */

struct row {
	struct db_row base;
	const PGresult *result;		/* borrowed */
	int number;
};

enum err
statement_take(const struct db_sql *sql, const PGresult *result, db_take *take, void *arg,
    int64_t *rows)
{
	const bool has_rows = PQresultStatus(result) == PGRES_TUPLES_OK;
	struct row row = {
		.base = { .engine = &engine_postgresql, .sql = sql }, .result = result,
	};
	enum err err = ERR_OK;

	if (rows != NULL)
		*rows = has_rows ? PQntuples(result)
		    : strtoll(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
	if (!has_rows || take == NULL)
		return ERR_OK;
	for (; row.number < PQntuples(result) && err == ERR_OK; row.number++)
		err = take(&row.base, arg);
	return err;
}

bool
statement_is_null(const struct db_row *row, int column)
{
	const struct row *r = (const struct row *)row;

	return PQgetisnull(r->result, r->number, column) != 0;
}

bool
statement_is_text(const struct db_row *row, int column)
{
	const struct row *r = (const struct row *)row;
	const Oid type = PQftype(r->result, column);

	return !statement_is_null(row, column) && (type == TEXT_OID || type == VARCHAR_OID);
}

/* Numbers come in the order of the network, with 1, 2, 4 or 8 bytes; a boolean has one. */
int64_t
statement_number(const struct db_row *row, int column)
{
	const struct row *r = (const struct row *)row;
	const int len = PQgetlength(r->result, r->number, column);
	const unsigned char *data =
	    (const unsigned char *)PQgetvalue(r->result, r->number, column);
	uint64_t number;

	if (len < 1 || len > 8 || statement_is_null(row, column))
		return 0;
	number = len > 1 && (data[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (int i = 0; i < len; i++)
		number = number << 8 | data[i];
	return (int64_t)number;
}

const void *
statement_data(const struct db_row *row, int column, size_t *len)
{
	const struct row *r = (const struct row *)row;

	*len = (size_t)PQgetlength(r->result, r->number, column);
	return PQgetvalue(r->result, r->number, column);
}
