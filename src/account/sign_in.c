/* sign_in: checks a name and a password. */
#include "account/sign_in.h"

#include "account/audit.h"
#include "account/metrics.h"
#include "account/prove.h"

enum err
sign_in(struct context *context, const struct credentials *credentials, struct user **user)
{
	enum err err = prove_user(context, credentials->username, credentials->password, user);

	metrics_count_sign_in(context->service, err);
	if (err == ERR_OK)
		audit_user(context, "signed in", *user, NULL);
	return err;
}
