/* sandbox, internal to base/: its parts. Each returns 0 or an errno. */
#ifndef BEARWARD_BASE_SANDBOX_INTERNAL_H
#define BEARWARD_BASE_SANDBOX_INTERNAL_H

#include "base/sandbox.h"

/* Leaves the files of the plan to be opened; *version is 0 where the kernel has no Landlock. */
int sandbox_files_enter(const struct sandbox_plan *plan, int *version);

/* Leaves the system calls of the list; *is_there is false where the kernel has no seccomp. */
int sandbox_calls_enter(const struct sandbox_plan *plan, bool *is_there);

#endif
