"""The clock that the service goes by."""

import time

CLOCK_REALTIME_COARSE = 5       # <linux/time.h>


def now():
    """The second that the service would write down: time(2) is behind time.time() by up to a tick of the kernel."""
    return int(time.clock_gettime(CLOCK_REALTIME_COARSE))
