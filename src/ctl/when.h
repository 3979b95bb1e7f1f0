/*
 * when: says moments and spans of time in words, for people.
 */
#ifndef BEARWARD_CTL_WHEN_H
#define BEARWARD_CTL_WHEN_H

#include <stdint.h>

enum { WHEN_SIZE = 64 };

/* Writes a span of seconds: "90 seconds", "15 minutes", "24 hours", "7 days". Returns shown. */
const char *when_show_span(int64_t seconds, char shown[WHEN_SIZE]);

/*
 * Writes a moment as seen from now, both in seconds since 1970: "15:15 UTC", with the date where
 * it is another day, and with seconds where that makes a difference. Returns shown.
 */
const char *when_show_moment(int64_t moment, int64_t now, char shown[WHEN_SIZE]);

/* The same, and how far away it is: "15:15 UTC (in 15 minutes)". */
const char *when_show(int64_t moment, int64_t now, char shown[WHEN_SIZE]);

#endif
