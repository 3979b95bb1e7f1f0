/*
 * ctl: the command `bearward`, for whoever runs the service.
 *
 * command.c has the table of commands; each command is a function that gets what was typed and the
 * settings, does one thing, and returns an exit status. What was done goes to
 * stdout, what went wrong and what to do about it to stderr.
 */
#ifndef BEARWARD_CTL_CTL_H
#define BEARWARD_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "account/context.h"
#include "base/err.h"
#include "config/config.h"
#include "ctl/options.h"
#include "text/faults.h"
#include "text/profile.h"
#include "text/user_columns.h"

struct import_file;
struct json_object;
struct owner;
struct user;

enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

enum { CTL_OPERATOR_SIZE = 128 };

/* What was typed, the settings it applies to, and the service it uses. */
struct ctl {
	struct options options;
	char *const *typed;		/* of options, by enum opt: NULL, or the value, or "" */
	char **args;			/* what follows the command's name, NULL-terminated */
	int arg_count;
	int64_t limit;			/* list so many at most */
	struct profile profile;		/* what was typed for it */
	struct user_columns_named columns;	/* what was typed for them */
	struct config config;
	char operator[CTL_OPERATOR_SIZE];	/* who typed it, for the log */
	struct service service;		/* what ctl_open() opened */
	const struct resource *const *resources;	/* by this list; NULL: nothing is open */
	struct context context;		/* of what the command does */
	struct import_file *import;	/* owned: what ctl_import_open() opened; or NULL */
	FILE *export;			/* owned unless it is stdout: likewise */
	int restore;			/* owned; what ctl_restore_open() opened, or -1 */
	char *key;			/* owned, secret: what ctl_key_import_open() has read */
};

/* ---- calibrate.c */

enum status ctl_calibrate(struct ctl *ctl);

/* ---- setup.c */

enum status ctl_init(struct ctl *ctl);
enum status ctl_check_config(struct ctl *ctl);

/* Says on stderr when users have a hash for which there will not be the memory. */
void ctl_warn_of_large_hashes(struct ctl *ctl);

/* ---- setup_cost.c: the cost of hashes in a new installation */

/* Tells whether it may be chosen: nothing names one, and there is no database here yet. */
bool ctl_may_choose_cost(const struct ctl *ctl);

/*
 * Measures what this host can bear, writes that where it is more than the default, and says so. A
 * failure leaves the default, and is said.
 */
void ctl_choose_cost(struct ctl *ctl);

/* ---- setup_postgresql.c */

/*
 * Makes a PostgreSQL ready as the administrator of --database-admin, and says what was done. Makes
 * no tables where there are keys whose database they cannot be.
 */
bool ctl_prepare_as_admin(struct ctl *ctl);

/* Prints what an administrator is to run instead. */
enum status ctl_print_for_admin(struct ctl *ctl);

/* Checks that no key is to be made here while other hosts of the database have theirs. */
bool ctl_has_no_foreign_keys(struct ctl *ctl);

/* Tells the other hosts of this one, and of its keys. */
void ctl_tell_of_host(struct ctl *ctl);

/* ---- doctor/doctor.c; reads the settings itself, since mistakes in them are a finding */

enum status ctl_doctor(struct ctl *ctl);

/* Says on stderr what is amiss with the hosts that use the database. */
void ctl_warn_of_hosts(struct ctl *ctl);

/* ---- sharing.c */

/*
 * Opens state_dir to the group of --group, or anew to the one that it is open to; does nothing
 * where it is open to none. Says on stderr what went wrong.
 */
bool ctl_share_state(struct ctl *ctl);

/* Does what check-config does where another account runs it, which is a member of the group. */
enum status ctl_check_as_member(struct ctl *ctl, const struct owner *owner);

/* ---- user.c; the first argument of all but the last is a name, as typed */

enum status ctl_user_add(struct ctl *ctl);
enum status ctl_user_show(struct ctl *ctl);
enum status ctl_user_disable(struct ctl *ctl);
enum status ctl_user_enable(struct ctl *ctl);
enum status ctl_user_passwd(struct ctl *ctl);
enum status ctl_user_scope(struct ctl *ctl);
enum status ctl_user_set(struct ctl *ctl);
enum status ctl_user_sign_out(struct ctl *ctl);
enum status ctl_user_delete(struct ctl *ctl);
enum status ctl_user_list(struct ctl *ctl);
enum status ctl_user_export(struct ctl *ctl);

/* Checks that a scope that was typed can be given to users; else says so on stderr. */
bool ctl_check_scope(const struct ctl *ctl, const char *scope);

/* Opens the resources, finds the user named by the first argument and does something with it. */
enum status ctl_with_user(struct ctl *ctl, const struct resource *const *resources,
    enum status (*act)(struct ctl *ctl, const struct user *user));

/*
 * Say at the end of most actions what was done to a user, or what went wrong; the second of what
 * refuses tokens, and where they are good nevertheless.
 */
enum status ctl_report(const struct ctl *ctl, enum err err, const struct user *user,
    const char *done);
enum status ctl_report_refused(const struct ctl *ctl, enum err err, const struct user *user,
    const char *done);

/* ---- link.c; the first argument is a name. The link alone is printed to stdout. */

enum status ctl_user_link(struct ctl *ctl);

/* ---- audit.c */

enum status ctl_audit(struct ctl *ctl);

/* ---- session.c */

enum status ctl_session_list(struct ctl *ctl);
enum status ctl_session_end(struct ctl *ctl);

/* Ends the one of that id of a user (NULL: of any), and says so. */
enum status ctl_session_end_of(struct ctl *ctl, const struct user *user, const char *id);

/* ---- attempts.c */

enum status ctl_attempts_list(struct ctl *ctl);
enum status ctl_attempts_clear(struct ctl *ctl);

/* ---- message.c */

/*
 * Deliver the message that the command has written, if any, or all that are due; what cannot be
 * sent is said on stderr, and stays. The database must be open, to write.
 */
void ctl_deliver_message(struct ctl *ctl);
void ctl_deliver_due(struct ctl *ctl);

enum { CTL_NOTIFY_FAULT_SIZE = 1400 };

/* Returns whether the program of the setting notify cannot be run, and writes what is wrong. */
bool ctl_find_notify_fault(const struct config *config, char fault[CTL_NOTIFY_FAULT_SIZE]);

/* Checks that it can be run; else says so on stderr. */
bool ctl_check_notify(const struct config *config);

/* ---- move.c */

enum status ctl_move(struct ctl *ctl);

/* ---- backup.c, restore.c; a file is opened before the account is changed, as for import */

enum status ctl_backup(struct ctl *ctl);
enum status ctl_restore(struct ctl *ctl);
enum status ctl_restore_open(struct ctl *ctl);

/* ---- tidy.c */

enum status ctl_tidy(struct ctl *ctl);

/* ---- key.c, key_import.c, key_list.c, key_export.c, key_remove.c */

enum status ctl_key_new(struct ctl *ctl);
enum status ctl_key_rotate(struct ctl *ctl);
enum status ctl_key_list(struct ctl *ctl);
enum status ctl_key_export(struct ctl *ctl);
enum status ctl_key_remove(struct ctl *ctl);

/* Says on stderr of which keys the public key is missing or wrong. Returns whether any is. */
bool ctl_warn_of_unpaired_keys(struct ctl *ctl);

/* The file is read by the second before the account is changed, as for import below. */
enum status ctl_key_import(struct ctl *ctl);
enum status ctl_key_import_open(struct ctl *ctl);

/* ---- documents.c */

enum status ctl_documents(struct ctl *ctl);

/* ---- introspection.c */

enum status ctl_introspection_add(struct ctl *ctl);
enum status ctl_introspection_list(struct ctl *ctl);
enum status ctl_introspection_remove(struct ctl *ctl);

/*
 * ---- import.c, export.c
 *
 * Root may name a file that the owner of state_dir cannot open, so the first functions open or
 * make it before the account is changed. What they return is STATUS_DONE, or said on stderr.
 */

enum status ctl_import_open(struct ctl *ctl);
enum status ctl_import(struct ctl *ctl);
enum status ctl_export_open(struct ctl *ctl);
enum status ctl_export(struct ctl *ctl);

/* Removes the file that ctl_export_open() has made, if it has made one. */
void ctl_export_abandon(struct ctl *ctl);

/* ---- supervise.c */

/*
 * Keeps args[0] copies of the program args[1] running, which take over standard input: a listening
 * socket. One that ends is replaced at once, or ever later, up to five seconds, if it lived for
 * less than a second; it never gives up. Returns when it was told to stop by TERM, INT or HUP, and
 * all copies, which are told so too, have ended. If it is killed, the kernel sends them TERM.
 */
enum status ctl_supervise(struct ctl *ctl);

/* ---- state.c */

/* Checks that state_dir is outside of DOCUMENT_ROOT, where that is set; else says so on stderr. */
bool ctl_state_is_unserved(const char *state_dir);

/*
 * Finds the group that --group names, by name or number: *group is (gid_t)-1 where none was typed.
 * Else says on stderr that there is none, and returns false.
 */
bool ctl_find_group(const struct ctl *ctl, gid_t *group);

/*
 * Where root has typed the command: changes to the account that state_dir belongs to, for good,
 * and reads the settings anew as that account. Says nothing unless it fails; then returns false.
 */
bool ctl_become_owner(struct ctl *ctl);

/*
 * Checks that as well, and that state_dir is the caller's own: the service could not read files
 * that another user has made. Else says so on stderr.
 */
bool ctl_state_is_ours(const char *state_dir);

/*
 * Checks the same, and opens the resources (NULL ends the list) for ctl->context. Returns false
 * when that failed, which it has said on stderr. ctl_close() must follow in any case.
 */
bool ctl_open(struct ctl *ctl, const struct resource *const *resources);

/*
 * Opens the resources where state_dir is another account's as well, but open to a group of ours.
 * Else as ctl_open().
 */
bool ctl_open_shared(struct ctl *ctl, const struct resource *const *resources);

/* Closes what ctl_open() has opened, if anything. */
void ctl_close(struct ctl *ctl);

/* What commands about users open: to look, to change, and to hash a password as well. */
extern const struct resource *const ctl_reading[], *const ctl_writing[], *const ctl_hashing[];

/* ---- operator.c */

/*
 * Finds out who typed the command: the account that runs it ("bearward"), and behind sudo also the
 * account that called sudo ("alice/root"). Comes before ctl_become_owner().
 */
void ctl_find_operator(char operator[CTL_OPERATOR_SIZE]);

/* ---- prompt.c */

/*
 * Read a new password, twice, or a key, from the terminal without echo; or one line of stdin where
 * that is no terminal. *secret is owned: secret_free(). Return false when nothing was read, which
 * they have said on stderr.
 */
bool ctl_read_password(const struct ctl *ctl, const char *username, char **secret);
bool ctl_read_key(char **secret);

/* Asks for a password that somebody else has set, where stdin is a terminal; likewise. */
bool ctl_read_known_password(const char *question, char **secret);

/*
 * Returns whether ctl_confirm() asks: not where --yes was typed, nor where stdin is no terminal,
 * as in a script, which could not answer.
 */
bool ctl_asks(const struct ctl *ctl);

/*
 * Asks on the terminal whether to go on with what cannot be undone; the question ends in "?".
 * Returns true where "yes" was typed, or ctl_asks() is false. Else it has said that nothing was
 * changed.
 */
bool ctl_confirm(const struct ctl *ctl, const char *question);

/* ---- say.c */

/*
 * Say on stderr, after "bearward: ", what went wrong: in words of the caller, what an error of the
 * library means and what to do, or each of the faults. Return STATUS_FAILED.
 */
__attribute__((format(printf, 1, 2)))
enum status ctl_fail(const char *format, ...);
enum status ctl_fail_for(enum err err);
enum status ctl_fail_with_faults(const struct faults *faults);

/* Says in the same way what is wrong with what was typed for a command. Returns STATUS_USAGE. */
enum status ctl_refuse_usage(const char *command, const char *fault);

enum { CTL_SHOWN_SIZE = 1100, CTL_TIME_SIZE = sizeof("2026-01-02T03:04:05Z") };

/* Returns a name or a scope list fit for a terminal, or "-" for "". */
const char *ctl_show(const char *text, char shown[CTL_SHOWN_SIZE]);

/*
 * Print JSON, in which what could steer a terminal is written as \uNNNN; the second an object on a
 * line, which is taken.
 */
void ctl_print_json(const char *json);
void ctl_print_object(struct json_object *object);

/* Returns a moment in UTC, or "-" for 0. */
const char *ctl_show_time(int64_t moment, char shown[CTL_TIME_SIZE]);

#endif
