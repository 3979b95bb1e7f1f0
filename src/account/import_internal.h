/*
 * import, internal to account/: the file or database that users are read from.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_INTERNAL_H
#define BEARWARD_ACCOUNT_IMPORT_INTERNAL_H

#include "account/import.h"
#include "text/user_source.h"

struct foreign;

/*
 * Make a file or a database a source of rows; what cannot be read twice is copied into state_dir
 * first. The source borrows from it, and from named and faults. Return ERR_REFUSED, with a fault
 * in source, ERR_SETUP, said in faults, or ERR_MEMORY. user_source_close() follows in any case.
 */
ERR_CHECKED enum err import_file_read(struct import_file *file, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source);
ERR_CHECKED enum err import_database_read(struct foreign *foreign, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source);

#endif
