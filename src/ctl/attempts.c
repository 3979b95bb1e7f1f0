/* attempts: bearward attempts list, bearward attempts clear. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "account/attempts.h"
#include "account/user_list.h"
#include "ctl/table.h"

static const struct resource *const listing[] = {
	&resource_database_asking, &resource_attempts, NULL
};
static const struct resource *const clearing[] = {
	&resource_database_writing, &resource_attempts, NULL
};

/* Returns whether there is anything to list or to forgive; else says so. */
static bool
are_counted(const struct ctl *ctl)
{
	if (!ctl->config.attempts)
		(void)ctl_fail("attempts are not counted; the setting is attempts = no");
	return ctl->config.attempts;
}

static const struct table_column columns[] = {
	{ "NAME", TABLE_WHOLE }, { "BUDGET", TABLE_WHOLE }, { "USED", TABLE_NUMBER },
	{ "OF", TABLE_NUMBER }, { "WAIT", TABLE_NUMBER },
};

struct printing {
	const struct ctl *ctl;
	struct table table;
	enum err err;
};

static void
print_budget(const struct user *user, const struct attempts_budget *budget, struct table *table)
{
	char taken[24], at_once[24], wait[24];

	snprintf(taken, sizeof(taken), "%ld", budget->taken);
	snprintf(at_once, sizeof(at_once), "%ld", budget->at_once);
	snprintf(wait, sizeof(wait), "%llds", (long long)budget->wait);
	table_add(table, (const char *const[]){
	    user->username, budget->name, taken, at_once, wait });
}

static void
print_budget_as_json(const struct user *user, const struct attempts_budget *budget)
{
	struct json_object *object = json_object_new_object();	/* taken */

	json_object_object_add(object, "username", json_object_new_string(user->username));
	json_object_object_add(object, "budget", json_object_new_string(budget->name));
	json_object_object_add(object, "taken", json_object_new_int64(budget->taken));
	json_object_object_add(object, "at_once", json_object_new_int64(budget->at_once));
	json_object_object_add(object, "wait", json_object_new_int64(budget->wait));
	ctl_print_object(object);
}

/* Prints the budgets of an account from which something is taken. */
static void
print_account(const struct user *user, void *arg)
{
	struct printing *printing = arg;
	struct attempts_budget budgets[ATTEMPTS_ACCOUNT_BUDGETS];

	if (printing->err == ERR_OK)
		printing->err = attempts_look(&printing->ctl->context, user->username_key,
		    budgets);
	for (size_t i = 0; printing->err == ERR_OK && i < ATTEMPTS_ACCOUNT_BUDGETS; i++) {
		if (budgets[i].taken == 0)
			continue;
		if (printing->table.is_json)
			print_budget_as_json(user, &budgets[i]);
		else
			print_budget(user, &budgets[i], &printing->table);
	}
}

/* Prints what is known of networks, and of names that nobody has: their number. */
static void
print_counts(const struct printing *printing, const size_t counts[BUCKET_KINDS])
{
	struct json_object *object;	/* taken */

	if (!printing->table.is_json) {
		printf("\nnetworks that failed to sign in: %zu; names they tried: %zu; "
		    "networks that registered: %zu; names links were asked for: %zu\n",
		    counts[BUCKET_SOURCE], counts[BUCKET_STRANGERS] + counts[BUCKET_KNOWN],
		    counts[BUCKET_REGISTRATION], counts[BUCKET_LINK]);
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "networks", json_object_new_uint64(counts[BUCKET_SOURCE]));
	json_object_object_add(object, "names",
	    json_object_new_uint64(counts[BUCKET_STRANGERS] + counts[BUCKET_KNOWN]));
	json_object_object_add(object, "registering_networks",
	    json_object_new_uint64(counts[BUCKET_REGISTRATION]));
	json_object_object_add(object, "names_with_links",
	    json_object_new_uint64(counts[BUCKET_LINK]));
	ctl_print_object(object);
}

enum status
ctl_attempts_list(struct ctl *ctl)
{
	struct printing printing = { .ctl = ctl };
	size_t counts[BUCKET_KINDS];
	enum err err;

	if (!are_counted(ctl) || !ctl_open(ctl, listing))
		return STATUS_FAILED;
	table_init(&printing.table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	err = user_list_visit(&ctl->context, &(struct user_list){ .limit = INT64_MAX },
	    print_account, &printing);
	if (err == ERR_OK && (err = printing.err) == ERR_OK)
		err = attempts_count(&ctl->context, counts);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	table_flush(&printing.table);
	print_counts(&printing, counts);
	return STATUS_DONE;
}

/* Reads the network from the address that was typed; else says so. */
static bool
read_network(const struct ctl *ctl, char network[NETWORK_SIZE])
{
	const char *typed = ctl->typed[OPT_NETWORK];
	char shown[CTL_SHOWN_SIZE];

	network_of(typed, network);
	if (strcmp(network, "-") != 0)
		return true;
	(void)ctl_fail("\"%s\" is not an IPv4 or IPv6 address", ctl_show(typed, shown));
	return false;
}

static enum status
clear_account(struct ctl *ctl, const struct user *user)
{
	char name[CTL_SHOWN_SIZE], network[NETWORK_SIZE];
	enum err err;

	if (ctl->typed[OPT_NETWORK] != NULL && !read_network(ctl, network))
		return STATUS_FAILED;
	err = attempts_clear_account(&ctl->context, user,
	    ctl->typed[OPT_NETWORK] != NULL ? network : NULL);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%s: failed attempts are forgiven\n", ctl_show(user->username, name));
	return STATUS_DONE;
}

static enum status
clear_network(struct ctl *ctl)
{
	char network[NETWORK_SIZE];
	enum err err;

	if (!read_network(ctl, network) || !ctl_open(ctl, clearing))
		return STATUS_FAILED;
	if ((err = attempts_clear_network(&ctl->context, network)) != ERR_OK)
		return ctl_fail_for(err);
	printf("%s: failed attempts are forgiven\n", network);
	return STATUS_DONE;
}

enum status
ctl_attempts_clear(struct ctl *ctl)
{
	enum err err;

	if (!are_counted(ctl))
		return STATUS_FAILED;
	if (ctl->arg_count > 0)
		return ctl_with_user(ctl, clearing, clear_account);
	if (ctl->typed[OPT_NETWORK] != NULL)
		return clear_network(ctl);
	if (!ctl_open(ctl, clearing))
		return STATUS_FAILED;
	if ((err = attempts_clear_all(&ctl->context)) != ERR_OK)
		return ctl_fail_for(err);
	puts("all failed attempts are forgiven");
	return STATUS_DONE;
}
