/* audit_event: what happens, in the words of rows (protocol section 39.1). */
#include "account/audit.h"

#include <stddef.h>
#include <string.h>

const char *const audit_events[] = {
	"attempts forgiven",
	"backup made",
	"backup restored",
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
	"users moved",
	NULL,
};

static bool
has_words(const char *event, const char *words)
{
	const size_t len = strlen(words);

	for (const char *at = strstr(event, words); at != NULL; at = strstr(at + 1, words))
		if ((at == event || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

bool
audit_is_event(const char *words)
{
	for (const char *const *event = audit_events; *event != NULL; event++)
		if (*words != '\0' && has_words(*event, words))
			return true;
	return false;
}
