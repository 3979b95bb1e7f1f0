/* buckets_table_take: takes attempts from buckets in a table, and gives them back. */
#include "store/buckets_table_internal.h"
#include "store/charge.h"
#include "store/users_row.h"

/* What belongs to a bucket's kind, in an upsert. */
#define OF_KIND(a, b, c, d) "CASE excluded.kind WHEN $2 THEN " a " WHEN $6 THEN " b \
	" WHEN $10 THEN " c " ELSE " d " END"
#define MS OF_KIND("$3", "$7", "$11", "$15")
#define ROOM OF_KIND("$4", "$8", "$12", "$16")

/*
 * What is refused writes and locks nothing. Else rows are changed in the order of names, so that
 * no two statements wait for each other. Each is looked at again once it is locked: its bucket
 * never gives more than it holds, whoever was quicker. Only then some may have been taken and
 * others not; see judge().
 */
#define TAKING ", judged AS MATERIALIZED (" \
	"SELECT slot, coalesce(full_at, 0) - (SELECT now FROM clock) - room AS wait " \
	"FROM wanted LEFT JOIN attempts USING (name)), " \
	"taken AS (INSERT INTO attempts AS a (name, kind, full_at) " \
	"SELECT name, kind, (SELECT now FROM clock) + ms FROM wanted " \
	"WHERE (SELECT max(wait) FROM judged) <= 0 ORDER BY name " \
	"ON CONFLICT (name) DO UPDATE SET full_at = greatest(a.full_at, " BUCKETS_NOW ") + " MS \
	" WHERE a.full_at <= " BUCKETS_NOW " + " ROOM " RETURNING kind) "
#define TAKEN "(SELECT bit_or(CAST(1 AS bigint) << CAST(kind AS integer)) FROM taken), " \
	"(SELECT min(slot) FROM judged WHERE wait > 0), (SELECT max(wait) FROM judged)"
enum { TAKEN_KINDS, REFUSED, WAIT };

static const struct db_sql take_soon = {
	.text = "take attempts",
	.postgresql = BUCKETS_CLOCK(BUCKETS_SOON) BUCKETS_WANTED("") TAKING
		"SELECT " TAKEN " FROM clock",
};
static const struct db_sql take_in_transaction = {
	.text = "take an attempt",
	.postgresql = BUCKETS_CLOCK("") BUCKETS_WANTED("") TAKING "SELECT " TAKEN " FROM clock",
};
/* Finds the user as well; slot 3 is charged in place of 2 where the network is known. */
static const struct db_sql charge_soon = {
	.text = "find a user and take attempts",
	.postgresql = BUCKETS_CLOCK(BUCKETS_SOON) ", who AS MATERIALIZED (SELECT " USERS_ROW ", "
		"users.hashed_password, (SELECT at FROM known_networks "
		"WHERE user_id = users.id AND network = $18 AND at > $19) AS known_at "
		"FROM users WHERE username_key = $17)"
		BUCKETS_WANTED(" AND slot <> CASE WHEN (SELECT known_at FROM who) IS NULL "
		"THEN 3 ELSE 2 END") TAKING "SELECT who.*, " TAKEN " FROM clock "
		"LEFT JOIN who ON TRUE",
};
enum { WHO_ID = 0, WHO_HASH = USERS_ROW_COLUMNS, WHO_KNOWN_AT, WHO_COLUMNS };

/* In the order of names as well. A row that is gone meanwhile was full. */
static const struct db_sql give_back_soon = {
	.text = "give back attempts",
	.postgresql = BUCKETS_CLOCK(BUCKETS_SOON) BUCKETS_WANTED("") " INSERT INTO attempts AS a "
		"(name, kind, full_at) SELECT name, wanted.kind, 0 "
		"FROM clock, wanted JOIN attempts USING (name) ORDER BY name "
		"ON CONFLICT (name) DO UPDATE SET full_at = a.full_at - " MS
		" WHERE a.full_at > " BUCKETS_NOW,
};
/* A clock that went back, or a setting that is smaller now, leaves a moment that is too far. */
static const struct db_sql bound_soon = {
	.text = "bound the wait for attempts",
	.postgresql = BUCKETS_CLOCK(BUCKETS_SOON) " UPDATE attempts SET full_at = now + $2 "
		"FROM clock WHERE name = " BUCKETS_NAME("$1") " AND full_at > now + $2",
};

/* What an attempt came to. */
struct taking {
	bool is_told;			/* a row has come */
	int64_t kinds;			/* a bit for each bucket that it was taken from */
	bool is_refused;
	int64_t which, wait;		/* the slot that refused it, and milliseconds */
	struct user *user;		/* owned; NULL: nobody, or not asked for */
	int64_t known_at;
};

static void
read_taking(const struct db_row *row, int first, struct taking *taking)
{
	taking->is_told = true;
	taking->kinds = db_row_int(row, first + TAKEN_KINDS);
	taking->is_refused = !db_row_is_null(row, first + REFUSED);
	taking->which = db_row_int(row, first + REFUSED);
	taking->wait = db_row_int(row, first + WAIT);
}

static enum err
take_taking(const struct db_row *row, void *arg)
{
	read_taking(row, 0, arg);
	return ERR_OK;
}

static enum err
take_charged(const struct db_row *row, void *arg)
{
	struct taking *taking = arg;
	enum err err;

	read_taking(row, WHO_COLUMNS, taking);
	taking->known_at = db_row_int(row, WHO_KNOWN_AT);
	if (db_row_is_null(row, WHO_ID))
		return ERR_OK;
	if ((err = users_row_read(row, &taking->user)) != ERR_OK)
		return err;
	return db_row_text(row, WHO_HASH, &taking->user->hashed_password);
}

/* No wait is longer than an interval, unless a moment is too far away. */
static void
bound(struct buckets_table *table, const struct bucket *list, size_t count, int64_t wait)
{
	char identity[BUCKETS_IDENTITY_SIZE];
	int64_t longest = 0;

	for (size_t i = 0; i < count; i++)
		if (buckets_table_interval(&list[i]) > longest)
			longest = buckets_table_interval(&list[i]);
	for (size_t i = 0; wait > longest && i < count; i++) {
		const size_t len = buckets_identify(&list[i], identity);

		(void)!db_change_soon(table->db, &bound_soon, DB_VALUES(db_bytes(identity, len),
		    db_int(buckets_table_interval(&list[i]) + buckets_table_room(&list[i]))),
		    NULL, NULL, NULL);
	}
}

static enum err
refuse(const struct bucket *list, size_t which, int64_t wait, struct buckets_refusal *refusal)
{
	*refusal = (struct buckets_refusal){ which,
		wait > 0 ? wait : buckets_table_interval(&list[which]) };
	return ERR_ATTEMPTS;
}

/*
 * Judges what came back. Where another took the last attempt of a bucket between two looks at it,
 * that bucket refuses, and what was taken from the others is given back.
 */
static enum err
judge(struct buckets_table *table, const struct bucket *list, size_t count,
    const struct taking *taking, struct buckets_refusal *refusal)
{
	size_t which = count;

	if (!taking->is_told)
		return ERR_STORAGE;
	if (taking->is_refused) {
		bound(table, list, count, taking->wait);
		return refuse(list, (size_t)taking->which < count ? (size_t)taking->which
		    : count - 1, taking->wait, refusal);
	}
	for (size_t i = count; i-- > 0; )
		if ((taking->kinds >> list[i].kind & 1) == 0)
			which = i;
	if (which == count) {
		buckets_table_tidy(table);
		return ERR_OK;
	}
	for (size_t i = 0; i < count; i++)
		if ((taking->kinds >> list[i].kind & 1) != 0)
			buckets_table_give_back(&table->base, &list[i], 1);
	return refuse(list, which, 0, refusal);
}

enum err
buckets_table_take(struct buckets *buckets, const struct bucket *list, size_t count,
    struct buckets_refusal *refusal)
{
	struct buckets_table *table = (struct buckets_table *)buckets;
	struct buckets_values values;
	struct taking taking = {0};
	enum err err;

	buckets_table_set(&values, list, count);
	err = db_change_soon(table->db, &take_soon, values.list, take_taking, &taking, NULL);
	return err == ERR_OK ? judge(table, list, count, &taking, refusal) : err;
}

enum err
buckets_table_take_within(struct buckets *buckets, struct db_connection *connection,
    const struct bucket *bucket, struct buckets_refusal *refusal)
{
	struct buckets_values values;
	struct taking taking = {0};
	enum err err;

	(void)buckets;
	buckets_table_set(&values, bucket, 1);
	err = db_run(connection, &take_in_transaction, values.list, take_taking, &taking, NULL);
	if (err != ERR_OK || !taking.is_told)
		return err == ERR_OK ? ERR_STORAGE : err;
	return (taking.kinds >> bucket->kind & 1) != 0 ? ERR_OK
	    : refuse(bucket, 0, taking.wait, refusal);
}

void
buckets_table_give_back(struct buckets *buckets, const struct bucket *list, size_t count)
{
	struct buckets_values values;

	buckets_table_set(&values, list, count);
	(void)!db_change_soon(((struct buckets_table *)buckets)->db, &give_back_soon, values.list,
	    NULL, NULL, NULL);
}

enum err
buckets_table_charge(struct buckets *buckets, struct charge *charge, struct user **user)
{
	struct buckets_table *table = (struct buckets_table *)buckets;
	struct bucket list[CHARGE_BUDGETS + 1];
	struct buckets_values values;
	struct taking taking = {0};
	enum err err;

	for (size_t i = 0; i < CHARGE_BUDGETS; i++)
		list[i] = charge->budgets[i];
	list[CHARGE_BUDGETS] = charge->known;
	buckets_table_set(&values, list, CHARGE_BUDGETS + 1);
	struct db_value *others = &values.list[BUCKETS_SLOTS * BUCKETS_SLOT_VALUES];
	others[0] = db_text(charge->account);
	others[1] = db_text(charge->network);
	others[2] = db_int(charge->known_since);
	others[3] = (struct db_value){ .type = DB_END };

	err = db_change_soon(table->db, &charge_soon, values.list, take_charged, &taking, NULL);
	*user = taking.user;
	charge->known_at = taking.known_at;
	if (taking.known_at > 0)
		charge->budgets[CHARGE_BUDGETS - 1] = charge->known;
	return err == ERR_OK ? judge(table, charge->budgets, CHARGE_BUDGETS, &taking,
	    &charge->refusal) : err;
}
