/* user_export: bearward user export. */
#include "account/self_export.h"
#include "base/secret.h"
#include "ctl/ctl.h"

static enum status
print(struct ctl *ctl, const struct user *user)
{
	char *json = NULL;	/* owned */
	enum err err = self_export(&ctl->context, user, &json);

	if (err == ERR_TOKEN)
		err = ERR_NO_USER;
	if (err != ERR_OK)
		return ctl_fail_for(err);
	ctl_print_json(json);
	secret_free(json);
	return STATUS_DONE;
}

enum status
ctl_user_export(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_writing, print);
}
