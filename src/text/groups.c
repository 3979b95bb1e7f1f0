/* groups: which groups a user is in, as a list of names separated by single spaces. */
#include "text/groups.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-";

static const char *
find_name_fault(const char *name, size_t len)
{
	if (strspn(name, letters) < len)
		return "A group may have only letters, digits and _.:/- in its name";
	if (len == 0)
		return "Groups are separated by single spaces";
	return len > GROUPS_NAME_MAX ? "A group's name is longer than 64 characters" : NULL;
}

/* Returns whether a name is among those that stand before it. */
static bool
is_repeated(const char *list, const char *name, size_t len)
{
	for (size_t one; list < name; list += one + 1)
		if ((one = strcspn(list, " ")) == len && memcmp(list, name, len) == 0)
			return true;
	return false;
}

const char *
groups_find_fault(const char *list)
{
	const char *fault = NULL, *name = list;
	size_t count = 0, len;

	if (strlen(list) > GROUPS_LEN_MAX)
		return "A user's groups are longer than 1024 characters together";
	while (*list != '\0' && fault == NULL) {
		len = strcspn(name, " ");
		if (++count > GROUPS_MAX)
			return "A user can be in 32 groups at most";
		if ((fault = find_name_fault(name, len)) == NULL && is_repeated(list, name, len))
			fault = "A group is named twice";
		if (name[len] == '\0')
			break;
		name += len + 1;
	}
	return fault;
}
