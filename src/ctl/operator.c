/* operator: finds out who typed the command. */
#include "ctl/ctl.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
ctl_find_operator(char operator[CTL_OPERATOR_SIZE])
{
	const struct passwd *account = getpwuid(getuid());
	const char *caller = getenv("SUDO_USER");
	char number[sizeof("4294967295")];
	const char *name = number;

	snprintf(number, sizeof(number), "%lu", (unsigned long)getuid());
	if (account != NULL)
		name = account->pw_name;
	/* Anyone may set the variable; the account after it is the kernel's word. */
	if (caller != NULL && *caller != '\0')
		snprintf(operator, CTL_OPERATOR_SIZE, "%.60s/%.60s", caller, name);
	else
		snprintf(operator, CTL_OPERATOR_SIZE, "%.60s", name);
}
