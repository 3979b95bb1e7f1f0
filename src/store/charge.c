/* charge: finds who is to sign in and takes the attempt. */
#include "store/charge.h"

#include "store/buckets_internal.h"
#include "store/known_networks.h"

enum err
charge_sign_in(struct db *db, struct buckets *buckets, struct charge *charge, struct user **user)
{
	int64_t at = 0;
	enum err err;

	if (buckets->home->charge != NULL)
		return buckets->home->charge(buckets, charge, user);
	charge->known_at = 0;
	err = users_find_with_hash(db, charge->account, user);
	if (err == ERR_OK)
		err = known_networks_find(db, *user == NULL ? 0 : (*user)->id, charge->network,
		    &at);
	if (err != ERR_OK)
		return err;
	if (at > charge->known_since) {
		charge->known_at = at;
		charge->budgets[CHARGE_BUDGETS - 1] = charge->known;
	}
	return buckets_take(buckets, charge->budgets, CHARGE_BUDGETS, &charge->refusal);
}
