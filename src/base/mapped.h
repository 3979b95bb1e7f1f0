/*
 * mapped: reaches into a mapped file without a system call, though somebody may cut it short
 * meanwhile, or its disk may be full. The kernel ends a process that reaches where the file has
 * nothing (SIGBUS); here it does not.
 */
#ifndef BEARWARD_BASE_MAPPED_H
#define BEARWARD_BASE_MAPPED_H

#include <stdbool.h>

#include "base/err.h"

/* Makes mapped_try() work in this process. Returns ERR_INTERNAL, logged, on failure. */
ERR_CHECKED enum err mapped_init(void);

/*
 * Runs work(arg), which reads or writes mapped memory and does nothing else: it may be left in the
 * middle. Returns false when it was, because the file had nothing there.
 */
bool mapped_try(void (*work)(void *arg), void *arg);

#endif
