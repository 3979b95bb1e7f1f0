/* admin_passwords: the passwords of the roles that an administrator makes. */
#include "store/postgresql/admin_internal.h"

#include <string.h>

#include "base/clock.h"
#include "store/postgresql/password_file.h"

/* A role that signs in, and where its password is. */
struct login {
	const char *role;		/* borrowed */
	const char *path;		/* borrowed; "": it has none */
	enum db_mode mode;		/* whose processes sign in as it */
	char *verifier;			/* borrowed: ROLES_VERIFIER_SIZE bytes */
	bool *sets_password;		/* borrowed */
};

/* Tells whether a role can sign in with the password that is in its file. */
static bool
is_in_force(const struct admin_work *work, const struct login *login)
{
	struct server *server = NULL;		/* owned */
	struct connection *connection = NULL;	/* owned */
	FILE *nowhere = fopen("/dev/null", "we");	/* owned */
	bool is_so = nowhere != NULL &&
	    server_new(work->config, login->mode, nowhere, &server) == ERR_OK &&
	    connection_open_any(server, clock_ms() + server->wait, &connection) ==
	    VERDICT_FINE && PQconnectionUsedPassword(connection->pg);

	connection_close(connection);
	server_free(server);
	if (nowhere != NULL)
		(void)fclose(nowhere);
	return is_so;
}

/* Makes what the server stores of a password, which it does not get to see. */
static enum err
make_verifier(const struct admin_work *work, PGconn *pg, const struct login *login)
{
	struct server *server = NULL;	/* owned */
	char *verifier = NULL;		/* owned, by libpq */
	enum err err = server_new(work->config, login->mode, work->admin->report, &server);

	if (err != ERR_OK)
		return err;
	verifier = PQencryptPasswordConn(pg, server->password, login->role, "scram-sha-256");
	if (verifier == NULL || strlen(verifier) >= ROLES_VERIFIER_SIZE) {
		server_complain(server, "encrypt a password", PQerrorMessage(pg));
		err = ERR_SETUP;
	} else {
		snprintf(login->verifier, ROLES_VERIFIER_SIZE, "%s", verifier);
	}
	PQfreemem(verifier);
	server_free(server);
	return err;
}

static enum err
make_password(const struct admin_work *work, const struct login *login)
{
	enum err err = password_file_make(login->path, work->admin->report);

	if (err == ERR_OK)
		fprintf(work->admin->said, "made a random password for %s, in %s; every host "
		    "needs a copy of this file\n", login->role, login->path);
	return err;
}

/* Finds what is to become of a role's password. pg is where the role is, or would be. */
static enum err
settle_password(const struct admin_work *work, PGconn *pg, const struct login *login,
    bool is_there)
{
	const bool is_missing = password_file_is_missing(login->path);
	enum err err = ERR_OK;

	if (is_missing && is_there) {
		fprintf(work->admin->report, "bearward: role %s is there already, and there is no "
		    "password in %s: copy this file from a host that has it; or write a new "
		    "password into it, which every other host needs then as well\n", login->role,
		    login->path);
		return ERR_SETUP;
	}
	if (is_missing)
		err = make_password(work, login);
	*login->sets_password = !is_missing && (work->out != NULL ||
	    (is_there && !is_in_force(work, login)));
	return err == ERR_OK ? make_verifier(work, pg, login) : err;
}

enum err
admin_settle_passwords(struct admin_work *work, PGconn *pg)
{
	struct roles *roles = &work->roles;
	const struct login logins[] = {
		{ roles->writer, work->config->database_password_file, DB_WRITE,
		  roles->writer_verifier, &roles->sets_writer_password },
		{ roles->reader, work->config->database_reader_password_file, DB_READ,
		  roles->reader_verifier, &roles->sets_reader_password },
	};
	char question[ROLES_NAME_SIZE + 64];
	bool is_there = false;
	enum err err = ERR_OK;

	for (int i = 0; i < 2 && err == ERR_OK; i++) {
		if (*logins[i].role == '\0' || *logins[i].path == '\0')
			continue;
		snprintf(question, sizeof(question), "SELECT 1::text FROM pg_roles "
		    "WHERE rolname = '%s'", logins[i].role);
		if (work->out == NULL)
			err = admin_ask_whether(work->connection, question, &is_there);
		if (err == ERR_OK)
			err = settle_password(work, pg, &logins[i], is_there);
	}
	return err;
}
