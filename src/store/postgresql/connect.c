/*
 * connect: finds the host that takes changes, and connects to it.
 *
 * The host of the last connection is asked first. Those that do not answer at once are asked
 * beside one another, and the first that is right is taken.
 */
#include "store/postgresql/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/migrate.h"
#include "store/postgresql/schema.h"
#include "store/postgresql/statement.h"

enum {
	HEAD_START = 250,		/* milliseconds until the next host is asked as well */
	OLDEST_SERVER = 150000,
	SERVER_PATIENCE = 5000,		/* milliseconds beyond storage_wait */
};

/* A host that is asked. */
struct attempt {
	PGconn *pg;			/* owned; NULL: not begun, or no memory for it */
	PostgresPollingStatusType wants;
	bool is_over;			/* it has failed: pg knows why */
};

struct search {
	struct server *server;
	int64_t deadline;
	struct attempt attempts[SERVER_HOSTS_MAX];
	size_t first;			/* the host that is asked first */
	size_t begun;			/* so many hosts have been asked */
	int64_t next_at;		/* when the next one is */
	enum verdict verdict;		/* of those that failed */
};

/* The hosts in the order in which they are asked. */
static size_t
host_of(const struct search *search, size_t number)
{
	return (search->first + number) % search->server->count;
}

/* Says why a host could not be used, where none could be: of several, one is a standby always. */
static void
complain(const struct search *search, size_t number)
{
	const struct attempt *attempt = &search->attempts[number];
	const char *reason = !attempt->is_over ? "no answer within storage_wait" :
	    attempt->pg != NULL ? PQerrorMessage(attempt->pg) : "out of memory";
	const char *location = strstr(reason, "LOCATION:");	/* in the source of the server */
	const int len = location != NULL ? (int)(location - reason) : (int)strlen(reason);
	char *shown = NULL;	/* owned */

	if (asprintf(&shown, "%s: %.*s", search->server->hosts[host_of(search, number)].name,
	    len, reason) < 0)
		shown = NULL;
	server_complain(search->server, "connect", shown != NULL ? shown : reason);
	free(shown);
}

/* Notes that a host cannot be used. */
static void
give_up(struct search *search, size_t number)
{
	struct attempt *attempt = &search->attempts[number];

	search->server->wants_password =
	    attempt->pg != NULL && PQconnectionNeedsPassword(attempt->pg);
	/* Verbose, as it is asked for below, a message has its SQLSTATE after the severity. */
	if (attempt->pg != NULL && strstr(PQerrorMessage(attempt->pg), ":  53300: ") != NULL)
		search->verdict = VERDICT_FULL;
	else if (search->verdict != VERDICT_FULL)
		search->verdict = VERDICT_GONE;
	attempt->is_over = true;
	search->next_at = clock_ms();
}

/* What a server says beside its answers, libpq would write to where the log goes. */
static void
ignore_notice(void *nothing, const PGresult *result)
{
	(void)nothing;
	(void)result;
}

static void
begin(struct search *search)
{
	struct attempt *attempt = &search->attempts[search->begun];
	const struct server_host *host =
	    &search->server->hosts[host_of(search, search->begun)];

	attempt->pg = PQconnectStartParams(host->keywords, host->values, 0);
	attempt->wants = PGRES_POLLING_WRITING;
	search->next_at = clock_ms() + HEAD_START;
	search->begun++;
	if (attempt->pg == NULL || PQstatus(attempt->pg) == CONNECTION_BAD)
		give_up(search, search->begun - 1);
	if (attempt->pg == NULL)
		return;
	(void)PQsetErrorVerbosity(attempt->pg, PQERRORS_VERBOSE);
	(void)PQsetNoticeReceiver(attempt->pg, ignore_notice, NULL);
}

/* Goes on with a host whose socket is ready; returns true when it is the one. */
static bool
go_on(struct search *search, size_t number)
{
	struct attempt *attempt = &search->attempts[number];

	attempt->wants = PQconnectPoll(attempt->pg);
	if (attempt->wants == PGRES_POLLING_FAILED)
		give_up(search, number);
	return attempt->wants == PGRES_POLLING_OK;
}

/* Waits for any of those that are asked, until it is time for the next one. */
static PGconn *
wait_for_any(struct search *search)
{
	struct pollfd fds[SERVER_HOSTS_MAX];
	size_t numbers[SERVER_HOSTS_MAX], count = 0;
	const bool has_more = search->begun < search->server->count;
	const int64_t until = has_more && search->next_at < search->deadline ? search->next_at
	    : search->deadline;
	const int64_t left = until - clock_ms();

	for (size_t i = 0; i < search->begun; i++)
		if (!search->attempts[i].is_over) {
			fds[count].fd = PQsocket(search->attempts[i].pg);
			fds[count].events = search->attempts[i].wants == PGRES_POLLING_READING
			    ? POLLIN : POLLOUT;
			numbers[count++] = i;
		}
	if (poll(fds, count, left > 0 ? (int)left : 0) <= 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (fds[i].revents != 0 && go_on(search, numbers[i])) {
			PGconn *found = search->attempts[numbers[i]].pg;

			search->attempts[numbers[i]].pg = NULL;
			atomic_store(&search->server->preferred, host_of(search, numbers[i]));
			return found;
		}
	return NULL;
}

static bool
is_hopeless(const struct search *search)
{
	if (search->begun < search->server->count)
		return false;
	for (size_t i = 0; i < search->begun; i++)
		if (!search->attempts[i].is_over)
			return false;
	return true;
}

/* Returns the connection to the right host; NULL: none, and the verdict says why. */
static PGconn *
find_host(struct server *server, int64_t deadline, enum verdict *verdict)
{
	struct search search = {
		.server = server, .deadline = deadline, .first = atomic_load(&server->preferred),
	};
	PGconn *found = NULL;	/* owned */

	while (found == NULL && !is_hopeless(&search) && clock_ms() < deadline) {
		if (search.begun < server->count && clock_ms() >= search.next_at)
			begin(&search);
		else
			found = wait_for_any(&search);
	}
	*verdict = found != NULL ? VERDICT_FINE :
	    is_hopeless(&search) ? search.verdict : VERDICT_LATE;
	for (size_t i = 0; i < search.begun; i++) {
		/* Where others have all connections, one may be had yet: who gives up says so. */
		if (found == NULL && *verdict != VERDICT_FULL)
			complain(&search, i);
		PQfinish(search.attempts[i].pg);
	}
	return found;
}

/* What the server says without being asked is no failure; during a change it is a doubt. */
static void
note_warning(void *connection, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity != NULL && strcmp(severity, "WARNING") == 0)
		((struct connection *)connection)->has_warned = true;
}

enum verdict
connection_open_any(struct server *server, int64_t deadline, struct connection **connection)
{
	struct connection *c = calloc(1, sizeof(*c));	/* owned until it is given away */
	enum verdict verdict = VERDICT_MEMORY;

	*connection = NULL;
	if (c == NULL)
		goto out;
	c->base.engine = &engine_postgresql;
	c->server = server;
	c->deadline = deadline;
	if ((c->pg = find_host(server, deadline, &verdict)) == NULL)
		goto out;
	(void)PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
	(void)PQsetNoticeReceiver(c->pg, note_warning, c);
	verdict = VERDICT_FAILED;
	if (PQserverVersion(c->pg) < OLDEST_SERVER) {
		(void)server_refuse(server, "PostgreSQL 15 or newer is needed");
		goto out;
	}
	verdict = VERDICT_MEMORY;
	if (secret_random(c->slot, sizeof(c->slot)) != ERR_OK)
		goto out;
	if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1)
		goto out;
	*connection = c;
	c = NULL;
	verdict = VERDICT_FINE;
out:
	connection_close(c);
	return verdict;
}

static void
refuse(struct connection *c, enum migrate_fit fit)
{
	static const char *const refusals[] = {
		[MIGRATE_OLDER] = "made by an older bearward than this one: run `bearward init`",
		[MIGRATE_NEWER] = "made by a newer bearward than this one",
	};
	char moved[MOVE_REASON_SIZE];

	if (fit == MIGRATE_MOVED)
		schema_explain_move(c, moved);
	(void)server_refuse(c->server, fit == MIGRATE_MOVED ? moved : refusals[fit]);
}

/* Whether the schema is one that this program goes on with; a move does in spite of a mark. */
static bool
is_usable(const struct connection *c, enum migrate_fit fit)
{
	return fit == MIGRATE_FITS || (fit == MIGRATE_MOVED && c->server->mode == DB_MOVE);
}

/*
 * The server is to find out by itself that we are gone, behind a cable that was pulled: a
 * transaction that nobody goes on with keeps its locks, and each connection a place of the role's.
 */
static const struct db_sql set_patience = {
	.text = "SELECT set_config('idle_in_transaction_session_timeout', $1, false), "
		"set_config('tcp_keepalives_idle', '10', false), "
		"set_config('tcp_keepalives_interval', '3', false), "
		"set_config('tcp_keepalives_count', '3', false)",
};

/* Asks for the version, and says how long the server is to wait for us, in one round trip. */
static enum verdict
ask_first(struct connection *c, struct exchange exchanges[2])
{
	char patience[24];

	snprintf(patience, sizeof(patience), "%ld", c->server->wait + SERVER_PATIENCE);
	exchanges[0] = (struct exchange){ .sql = &migrate_row };
	exchanges[1] = (struct exchange){
		.sql = &set_patience, .values = DB_VALUES(db_text(patience)),
	};
	return connection_exchange(c, exchanges, 2);
}

static enum verdict
look(struct connection *c)
{
	struct exchange exchanges[2];
	enum verdict verdict = ask_first(c, exchanges);
	const char *state = exchanges[0].result != NULL
	    ? PQresultErrorField(exchanges[0].result, PG_DIAG_SQLSTATE) : NULL;
	int64_t numbers[2] = {0};
	enum migrate_fit fit;

	if (state != NULL && strcmp(state, "42P01") == 0) {
		(void)server_refuse(c->server, "it has not been made ready: run `bearward init`");
		verdict = VERDICT_FAILED;
	} else if (verdict != VERDICT_FINE) {
		(void)connection_tell(c->server, verdict, migrate_row.text,
		    connection_reason(c, exchanges, 2));
		verdict = verdict == VERDICT_FAILED || verdict == VERDICT_SCHEMA ? VERDICT_GONE
		    : verdict;
	} else if (statement_take(&migrate_row, exchanges[0].result, migrate_take, numbers,
	    NULL) == ERR_OK && !is_usable(c, fit = migrate_compare(numbers[0], numbers[1]))) {
		refuse(c, fit);
		verdict = VERDICT_FAILED;
	}
	PQclear(exchanges[0].result);
	PQclear(exchanges[1].result);
	return verdict;
}

enum verdict
connection_open(struct server *server, int64_t deadline, struct connection **connection)
{
	enum verdict verdict = connection_open_any(server, deadline, connection);

	if (verdict == VERDICT_FINE)
		verdict = look(*connection);
	if (verdict != VERDICT_FINE) {
		connection_close(*connection);
		*connection = NULL;
	}
	return verdict;
}
