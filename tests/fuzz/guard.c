/*
 * guard: what a web server says of a request of its own, a parameter a line. What it demands is
 * understood whole or not at all; and who is led to sign in is led where the web server says, and
 * back to a path of the same host, whatever stands in the request.
 */
#include "fuzz.h"

#include "http/cookie.h"
#include "http/guard.h"
#include "http/navigation.h"
#include "http/return_address.h"

enum { PARAMETERS_MAX = 32, VALUE_SIZE = 44 };

static char realm[] = "api";
static struct config config = { .signin = true, .verify = VERIFICATION_REVOCATION_AWARE,
	.realm = realm };

static void
check_demands(const struct gateway_demands *demands)
{
	const char *signin = demands->signin;

	assert(scope_is_valid(demands->requirements.scope));
	assert(scope_is_valid(demands->requirements.group));
	assert(demands->requirements.age >= 0);
	assert(*signin == '\0' || (*signin == '/' && signin[1] != '/') ||
	    strncmp(signin, "http", 4) == 0);
	for (; *signin != '\0'; signin++)
		assert(*signin > 0x20 && *signin < 0x7f && strchr("\"\\<>#", *signin) == NULL);
}

/* Checks where a person is led, and gives what stands behind it in the headers. */
static void
check_address(const char *address, const struct gateway_demands *demands)
{
	const size_t signin_len = strlen(demands->signin), len = strcspn(address, "\r\n");
	char *text = strndup(address, len), *back;
	size_t back_len;

	assert(text != NULL && memcmp(address + len, "\r\n", 2) == 0);
	assert(strncmp(text, demands->signin, signin_len) == 0);
	assert(text[signin_len] == '\0' || strchr("?&", text[signin_len]) != NULL);
	for (const char *c = text; *c != '\0'; c++)
		assert(*c > 0x20 && *c < 0x7f);
	back = text + signin_len;
	if (*back != '\0' && strncmp(back + 1, "return=", strlen("return=")) == 0) {
		back += 1 + strlen("return=");
		back[strcspn(back, "&")] = '\0';
		back_len = strlen(back);
		/* What is no UTF-8 is not taken there. */
		if (*demands->signin == '/' && text_decode_form(back, &back_len) == ERR_OK)
			assert(return_address_is_allowed(back, ""));
	}
	free(text);
}

static void
check_refusal(struct context *context, const struct request *request,
    const struct gateway_demands *demands)
{
	static const char *const names[] = { "Location: ", "X-Auth-Signin: " };
	struct identity identity;
	struct reply reply;
	enum err err;

	assert(guard_identify(context, request, demands, &identity) == ERR_NO_TOKEN);
	reply_init(&reply, &config, FAMILY_GATEWAY);
	err = guard_refuse(context, request, demands, &identity, ERR_NO_TOKEN, &reply);
	assert(err == ERR_NO_TOKEN || err == ERR_OK);
	if (err == ERR_OK) {
		assert(*demands->signin != '\0');
		assert(reply.status == 401 || (reply.status == 303 && demands->redirects));
		for (size_t i = 0; i < 2; i++) {
			const char *line = strstr(reply.headers, names[i]);

			assert(line == NULL || navigation_is_persons(request->wire));
			if (line != NULL)
				check_address(line + strlen(names[i]), demands);
		}
	}
	reply_clear(&reply);
	identity_clear(&identity);
}

static void
check_cookie(const struct wire *wire)
{
	char value[VALUE_SIZE];

	if (cookie_find(wire, cookie_name(&config), value, sizeof(value))) {
		assert(strlen(value) == VALUE_SIZE - 1);
		assert(strpbrk(value, "\"\\;,= \t\r\n") == NULL);
		assert(!cookie_is_repeated(wire, cookie_name(&config)));
	} else {
		assert(*value == '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	char *params[PARAMETERS_MAX + 1] = {0};
	struct wire wire = { .params = params };
	const struct request request = { .wire = &wire };
	struct service service = { .config = &config };
	struct gateway_demands demands;
	struct context context;

	config.dialect = dialect_find("fastapi");
	for (size_t i = 0; i < PARAMETERS_MAX && rest != NULL; i++)
		params[i] = strsep(&rest, "\n");
	context_init(&context, &service, "127.0.0.1", NULL);
	check_cookie(&wire);
	if (gateway_redirected_demands(&request, &demands) == ERR_OK)
		check_demands(&demands);
	if (gateway_demands(&request, &config, &demands) == ERR_OK) {
		check_demands(&demands);
		check_refusal(&context, &request, &demands);
	}
	free(text);
	return 0;
}
