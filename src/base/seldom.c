/* seldom: lets something be logged once in a while. */
#include "base/seldom.h"

bool
seldom_may(struct seldom *seldom, int64_t now, long *passed_over)
{
	int64_t next_at = seldom->next_at;

	*passed_over = 0;
	if ((next_at != 0 && now < next_at) ||
	    !atomic_compare_exchange_strong(&seldom->next_at, &next_at, now + SELDOM_MS)) {
		seldom->passed_over++;
		return false;
	}
	*passed_over = atomic_exchange(&seldom->passed_over, 0);
	return true;
}
