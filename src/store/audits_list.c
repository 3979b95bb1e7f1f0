/* audits_list: reads what happened. */
#include "store/audits.h"

#include <stdlib.h>

enum { PAGE_SIZE = 64 };	/* rows read at once */

enum { ID, AT, EVENT, USER_ID, USERNAME, ACTOR, CLIENT_ID, NETWORK, DETAIL, COUNT };
enum { TEXTS = 6 };

/* Of rows $1 to $2, by the number; the words $4 are in a text that is another without them. */
#define WORDS(text) "' ' || " text " || ' '"
#define ASKED "audit.id BETWEEN $1 AND $2 AND at >= $3 AND ($4 = '' OR replace(" WORDS("event") \
	", " WORDS("$4") ", '') <> " WORDS("event") ")"
#define OF_USER " AND user_id = $6"
#define LIST(condition, order) { .text = "SELECT audit.id, at, event, user_id, " \
	"coalesce(users.username, ''), actor, client_id, network, detail, count " \
	"FROM audit LEFT JOIN users ON users.id = user_id WHERE " ASKED condition \
	" ORDER BY audit.id " order " LIMIT $5" }
#define FIND(condition) { .text = "SELECT id FROM audit WHERE " ASKED condition \
	" ORDER BY id DESC LIMIT 1 OFFSET $5" }

enum { OF_ALL, OF_ONE, SCOPES };
static const struct db_sql lists[SCOPES][2] = {
	[OF_ALL] = { [AUDITS_OLDEST_FIRST] = LIST("", "ASC"),
	    [AUDITS_NEWEST_FIRST] = LIST("", "DESC") },
	[OF_ONE] = { [AUDITS_OLDEST_FIRST] = LIST(OF_USER, "ASC"),
	    [AUDITS_NEWEST_FIRST] = LIST(OF_USER, "DESC") },
};
/* Where the newest so many begin. */
static const struct db_sql find_newest[SCOPES] = {
	[OF_ALL] = FIND(""), [OF_ONE] = FIND(OF_USER),
};
static const struct db_sql find_since = {
	.text = "SELECT id FROM audit WHERE at >= $1 ORDER BY at, id LIMIT 1",
};

/* A list under way: what is left of it. */
struct listing {
	const struct audits_list *list;
	int64_t first, last;		/* numbers of rows */
};

/* Runs a statement on what is left. */
static enum err
ask(struct db *db, const struct db_sql *sql, const struct listing *listing, int64_t number,
    db_take *take, void *arg)
{
	const struct audits_list *list = listing->list;
	const struct db_value first = db_int(listing->first), last = db_int(listing->last);
	const struct db_value since = db_int(list->since), event = db_text(list->event);

	if (list->user_id == 0)
		return db_read(db, sql, DB_VALUES(first, last, since, event, db_int(number)),
		    take, arg);
	return db_read(db, sql, DB_VALUES(first, last, since, event, db_int(number),
	    db_int(list->user_id)), take, arg);
}

struct entry {
	struct audits_entry entry;
	char *texts[TEXTS];		/* owned: its texts */
};

struct page {
	struct entry entries[PAGE_SIZE];
	size_t count;
};

static enum err
take_into_page(const struct db_row *row, void *arg)
{
	static const int columns[TEXTS] = { EVENT, USERNAME, ACTOR, CLIENT_ID, NETWORK, DETAIL };
	struct page *page = arg;
	struct entry *taken = &page->entries[page->count++];
	char **texts = taken->texts;
	enum err err = ERR_OK;

	*taken = (struct entry){0};
	for (size_t i = 0; i < TEXTS && err == ERR_OK; i++)
		err = db_row_text(row, columns[i], &texts[i]);
	taken->entry = (struct audits_entry){
		.id = db_row_int(row, ID), .username = texts[1], .row = {
			.at = db_row_near_int(row, AT), .event = texts[0],
			.user_id = db_row_int(row, USER_ID), .actor = texts[2],
			.client_id = texts[3], .network = texts[4], .detail = texts[5],
			.count = db_row_near_int(row, COUNT),
		},
	};
	return err;
}

static void
clear(struct entry *entry)
{
	for (size_t i = 0; i < TEXTS; i++)
		free(entry->texts[i]);
}

/* Finds where a list begins and ends. */
static enum err
begin(struct db *db, struct listing *listing)
{
	const struct audits_list *list = listing->list;
	int64_t since = INT64_MAX;
	enum err err = ERR_OK;

	listing->first = 1;
	listing->last = INT64_MAX;
	if (list->after != 0 && list->order == AUDITS_OLDEST_FIRST)
		listing->first = list->after + 1;
	else if (list->after != 0)
		listing->last = list->after - 1;
	/* The clock may have been wrong: rows are asked for their time as well. */
	if (list->since > 0)
		err = db_read(db, &find_since, DB_VALUES(db_int(list->since)), db_take_int,
		    &since);
	if (err == ERR_OK && list->since > 0 && since > listing->first)
		listing->first = since;
	if (err == ERR_OK && list->newest > 0)
		err = ask(db, &find_newest[list->user_id != 0], listing, list->newest - 1,
		    db_take_int, &listing->first);
	return err;
}

/* Notes how far a list has come. */
static void
advance(struct listing *listing, int64_t id)
{
	if (listing->list->order == AUDITS_OLDEST_FIRST)
		listing->first = id + 1;
	else
		listing->last = id - 1;
}

enum err
audits_list(struct db *db, const struct audits_list *list, audits_visit *visit, void *arg)
{
	const struct db_sql *sql = &lists[list->user_id != 0][list->order];
	struct listing listing = { .list = list };
	int64_t left = list->limit;
	struct page page;
	enum err err;

	if ((err = begin(db, &listing)) != ERR_OK)
		return err;
	do {
		page.count = 0;
		err = ask(db, sql, &listing, left < PAGE_SIZE ? left : PAGE_SIZE, take_into_page,
		    &page);
		for (size_t i = 0; i < page.count; i++) {
			advance(&listing, page.entries[i].entry.id);
			if (err == ERR_OK)
				visit(&page.entries[i].entry, arg);
			clear(&page.entries[i]);
		}
		left -= (int64_t)page.count;
	} while (err == ERR_OK && left > 0 && page.count == PAGE_SIZE);
	return err;
}
