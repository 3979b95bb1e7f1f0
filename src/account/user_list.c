/* user_list: lists users by what they are. */
#include "account/user_list.h"

#include "hash/password.h"
#include "text/search.h"

enum { PAGE = 1024 };	/* users looked at before it asks whether there are enough */

struct listing {
	const struct context *context;
	const struct user_list *wanted;
	struct search search;
	int64_t left;		/* to visit */
	int64_t last;		/* the id looked at last */
	int64_t looked_at;	/* of this page */
	enum err err;
	void (*visit)(const struct user *user, void *arg);
	void *arg;
};

/* Tells whether one of the texts that users are looked up by has the part. */
static bool
has_part(struct listing *listing, const struct user *user)
{
	const char *const texts[] = { user->username, user->email, user->display_name };
	bool is_found = false;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !is_found; i++)
		if (texts[i] != NULL && listing->err == ERR_OK)
			listing->err = search_find(&listing->search, texts[i], &is_found);
	return is_found;
}

static bool
has_old_hash(const struct listing *listing, const struct user *user)
{
	return password_is_checkable(user->hashed_password) &&
	    !password_is_current(listing->context->service->config, user->hashed_password);
}

static bool
is_wanted(struct listing *listing, const struct user *user)
{
	const struct user_list *wanted = listing->wanted;

	if (wanted->is_disabled && user->is_active)
		return false;
	if (wanted->is_without_password && password_is_checkable(user->hashed_password))
		return false;
	if (wanted->is_with_old_hash && !has_old_hash(listing, user))
		return false;
	return wanted->match == NULL || has_part(listing, user);
}

static void
look_at(const struct user *user, void *arg)
{
	struct listing *listing = arg;

	listing->last = user->id;
	listing->looked_at++;
	if (listing->left == 0 || listing->err != ERR_OK || !is_wanted(listing, user))
		return;
	listing->left--;
	listing->visit(user, listing->arg);
}

static enum err
list_pages(struct listing *listing)
{
	struct db *db = listing->context->service->db;
	const struct user_list *wanted = listing->wanted;
	enum err err;

	do {
		listing->looked_at = 0;
		err = wanted->is_without_password || wanted->is_with_old_hash
		    ? users_list_with_hashes(db, listing->last, PAGE, look_at, listing)
		    : users_list(db, listing->last, PAGE, look_at, listing);
		if (err == ERR_OK)
			err = listing->err;
	} while (err == ERR_OK && listing->left > 0 && listing->looked_at == PAGE);
	return err;
}

enum err
user_list_visit(struct context *context, const struct user_list *wanted,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	struct listing listing = {
		.context = context, .wanted = wanted, .left = wanted->limit,
		.last = wanted->after, .err = ERR_OK, .visit = visit, .arg = arg,
	};
	enum err err = ERR_OK;

	if (wanted->match != NULL)
		err = search_init(&listing.search, wanted->match);
	if (err == ERR_OK)
		err = list_pages(&listing);
	search_clear(&listing.search);
	return err;
}
