/* user_source: gives the users of another program, row by row. */
#include "text/user_source.h"

void
user_source_close(struct user_source *source)
{
	if (source->close != NULL)
		source->close(source);
	*source = (struct user_source){0};
}
