/* key_list: bearward key list. */
#include <json-c/json.h>
#include <stdio.h>

#include "account/manage.h"
#include "ctl/known_keys.h"
#include "ctl/table.h"
#include "ctl/when.h"

enum { STATE_SIZE = WHEN_SIZE + 32 };

static const struct table_column columns[] = {
	{ "KID", TABLE_WHOLE }, { "ALG", TABLE_WHOLE }, { "MADE", TABLE_WHOLE },
	{ "STATE", TABLE_CUT }, { "FILE", TABLE_WHOLE },
};

static const char *const states[] = {
	[KEY_PUBLISHED] = "published", [KEY_SIGNING] = "signing", [KEY_RETIRED] = "retired",
	[KEY_GONE] = "gone",
};

/* Says what a key does, and until when. */
static const char *
show_state(const struct known_key *key, int64_t now, char shown[STATE_SIZE])
{
	char when[WHEN_SIZE];

	if (key->state == KEY_PUBLISHED)
		snprintf(shown, STATE_SIZE, "published, signs %s",
		    when_show_moment(key->signs_at, now, when));
	else if (key->state == KEY_RETIRED && key->gone_at != 0)
		snprintf(shown, STATE_SIZE, "retired, gone %s",
		    when_show_moment(key->gone_at, now, when));
	else
		snprintf(shown, STATE_SIZE, "%s", states[key->state]);
	return shown;
}

static void
print_key(const struct known_key *key, int64_t now, const char *path, struct table *table)
{
	char made[CTL_TIME_SIZE], state[STATE_SIZE];

	table_add(table, (const char *const[]){
	    key->kid, key_alg_name(key->alg), ctl_show_time(key->created_at, made),
	    show_state(key, now, state), path });
}

static struct json_object *
moment(int64_t at)
{
	return at == 0 ? NULL : json_object_new_int64(at);
}

static void
print_as_json(const struct known_key *key, const char *path)
{
	struct json_object *object = json_object_new_object();	/* taken */

	json_object_object_add(object, "kid", json_object_new_string(key->kid));
	json_object_object_add(object, "alg", json_object_new_string(key_alg_name(key->alg)));
	json_object_object_add(object, "created_at", moment(key->created_at));
	json_object_object_add(object, "state", json_object_new_string(states[key->state]));
	json_object_object_add(object, "signs",
	    json_object_new_boolean(key->state == KEY_SIGNING));
	json_object_object_add(object, "signs_from", moment(key->signs_at));
	json_object_object_add(object, "gone_at", moment(key->gone_at));
	json_object_object_add(object, "file", json_object_new_string(path));
	ctl_print_object(object);
}

static void
warn(const char *kid, const char *fault, void *has_warned)
{
	(void)ctl_fail("the public key of %s: %s. `bearward init` mends it; until then, good "
	    "tokens may be refused", kid, fault);
	*(bool *)has_warned = true;
}

bool
ctl_warn_of_unpaired_keys(struct ctl *ctl)
{
	bool has_warned = false;

	if (manage_find_unpaired_keys(&ctl->context, warn, &has_warned) != ERR_OK)
		(void)ctl_fail("the keys cannot be read; the line above says why");
	else
		return has_warned;
	return true;
}

enum status
ctl_key_list(struct ctl *ctl)
{
	struct known_keys known;
	struct table table;
	char path[PATH_MAX];

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	if (!known_keys_read(ctl, &known))
		return ctl_fail_for(ERR_SETUP);
	table_init(&table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < known.count; i++) {
		known_keys_path(ctl, &known.list[i], path);
		if (table.is_json)
			print_as_json(&known.list[i], path);
		else
			print_key(&known.list[i], known.now, path, &table);
	}
	table_flush(&table);
	/* Above any complaint, also where both go to one place. */
	fflush(stdout);
	(void)ctl_warn_of_unpaired_keys(ctl);
	return STATUS_DONE;
}
