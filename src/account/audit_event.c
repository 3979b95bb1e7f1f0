/* audit_event: what happens, in the words of rows (protocol section 39.1). */
#include "account/audit.h"

#include <stddef.h>

const char *const audit_events[] = {
	"attempts forgiven",
	"budget reached",
	"data exported",
	"grant ended",
	"groups changed",
	"introspection credential added",
	"introspection credential removed",
	"key added",
	"key removed",
	"link made",
	"link used",
	"password changed",
	"profile changed",
	"refresh ended",
	"refused",
	"reuse",
	"scope changed",
	"session ended",
	"sign-in",
	"sign-out",
	"token revoked",
	"user deleted",
	"user disabled",
	"user enabled",
	"user made",
	"users exported",
	"users imported",
	NULL,
};
