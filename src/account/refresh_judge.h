/*
 * refresh_judge: the verdict on a refresh token that is shown (protocol section 19.4).
 *
 * A client whose answer was lost shows a token that has been replaced, and so does a thief. The
 * honest one comes soon, or does so rarely; two who use one grant in turn come late again and
 * again, or with a token that is older still.
 */
#ifndef BEARWARD_ACCOUNT_REFRESH_JUDGE_H
#define BEARWARD_ACCOUNT_REFRESH_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* Which secret of a grant was shown. */
enum refresh_shown { REFRESH_SHOWN_CURRENT, REFRESH_SHOWN_PREVIOUS, REFRESH_SHOWN_OTHER };

struct refresh_case {
	enum refresh_shown shown;
	int64_t age;		/* of the current one, in seconds, or since it was counted */
	int64_t run;		/* generations in a row that were counted */
	bool is_counted;	/* the current generation was */
	bool rotates;		/* false for a client that proves who it is (section 19.2) */
};

enum refresh_verdict {
	REFRESH_ROTATE,		/* the current one is replaced; its successor is given */
	REFRESH_SAME,		/* the one that was shown is given; nothing is written */
	REFRESH_AGAIN,		/* the current one is given; nothing is written */
	REFRESH_COUNT,		/* the current one is given, and the generation counted */
	REFRESH_REUSE,		/* the grant ends */
};

/* Returns the verdict on a token of a grant that is alive, by refresh_window and refresh_run. */
enum refresh_verdict refresh_judge(const struct config *config, const struct refresh_case *found);

#endif
