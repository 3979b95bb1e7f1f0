/*
 * import, internal to account/: a file that users are read from.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_INTERNAL_H
#define BEARWARD_ACCOUNT_IMPORT_INTERNAL_H

#include "account/import.h"
#include "text/user_source.h"

/*
 * Makes the file a source of rows; what cannot be read twice is copied into state_dir first. The
 * source borrows from the file. Returns ERR_REFUSED, with a fault in source, or ERR_MEMORY.
 * user_source_close() follows in any case.
 */
ERR_CHECKED enum err import_file_read(struct import_file *file, const char *state_dir,
    const struct user_columns_named *named, struct user_source *source);

#endif
