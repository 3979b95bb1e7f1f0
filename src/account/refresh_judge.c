/* refresh_judge: the verdict on a refresh token that is shown. */
#include "account/refresh_judge.h"

enum refresh_verdict
refresh_judge(const struct config *config, const struct refresh_case *found)
{
	const long window = config->refresh_window;
	/* Clocks differ a little, but one that was far ahead must not keep it young. */
	const bool is_young = found->age < window && found->age > -window;

	switch (found->shown) {
	case REFRESH_SHOWN_CURRENT:
		return is_young || !found->rotates ? REFRESH_SAME : REFRESH_ROTATE;
	case REFRESH_SHOWN_PREVIOUS:
		if (is_young || found->is_counted)
			return REFRESH_AGAIN;
		return found->run + 1 < config->refresh_run ? REFRESH_COUNT : REFRESH_REUSE;
	case REFRESH_SHOWN_OTHER:
		return REFRESH_REUSE;
	}
	return REFRESH_REUSE;
}
