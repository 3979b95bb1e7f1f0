/* sharing_fault: why a state directory cannot be shared. */
#include <stddef.h>

#include "account/sharing.h"

const char *
sharing_find_fault(const struct config *config)
{
	return config->journal_mode == JOURNAL_WAL ? NULL : "with journal_mode = delete each "
	    "change makes a file in state_dir, which only its owner can; set journal_mode = wal";
}
