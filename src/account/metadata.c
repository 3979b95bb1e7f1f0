/* metadata: tells programs what this service is and where its endpoints are. */
#include "account/metadata.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/public_url.h"
#include "text/json.h"
#include "text/scope.h"

#define SCHEME "https://"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool
is_https(const char *url)
{
	return strncmp(url, SCHEME, sizeof(SCHEME) - 1) == 0;
}

/* The path of an https URL: what follows its host. */
static const char *
path_of(const char *url)
{
	const char *host = url + sizeof(SCHEME) - 1;

	return host + strspn(host, LETTERS "0123456789-.:[]");
}

/* Whether web servers, which take "//", "." and ".." out of a path, leave it as it is. */
static bool
is_plain_path(const char *path)
{
	while (*path == '/') {
		const char *segment = path + 1;
		const size_t len = strcspn(segment, "/");

		if ((len == 0 && *segment != '\0') || (len == 1 && segment[0] == '.') ||
		    (len == 2 && segment[0] == '.' && segment[1] == '.'))
			return false;
		path = segment + len;
	}
	return *path == '\0';
}

/* It has neither query nor fragment (section 2), and web servers must find its path as it is. */
static bool
is_issuer(const char *issuer)
{
	const char *path;

	if (!is_https(issuer))
		return false;
	path = path_of(issuer);
	return path != issuer + sizeof(SCHEME) - 1 && is_plain_path(path) &&
	    path[strspn(path, LETTERS "0123456789-._~/!$&'()*+,;=:@")] == '\0';
}

const char *
metadata_find_fault(const struct config *config)
{
	const char *url = public_url_get(config);

	if (!is_issuer(config->issuer))
		return "issuer is no https address; set it to that of the service, as in "
		       "https://id.example.org";
	if (url == NULL || !is_https(url))
		return "the address of the endpoints is not known to be https; set public_url to "
		       "it, as in https://id.example.org";
	/* Without the list of grants, clients would take others for granted (section 2). */
	if (!config->password_grant && !config->refresh_tokens)
		return "password_grant and refresh_tokens are no, so there is no grant to name";
	return NULL;
}

void
metadata_path(const struct config *config, char path[METADATA_PATH_SIZE])
{
	const char *of_issuer = path_of(config->issuer);
	size_t len = strlen(of_issuer);

	if (len > 0 && of_issuer[len - 1] == '/')
		len--;
	snprintf(path, METADATA_PATH_SIZE, "%s%.*s", METADATA_PATH, (int)len, of_issuer);
}

/* A document under way. */
struct writing {
	struct json_object *object;	/* owned */
	bool is_whole;			/* false: memory was out, and something is missing */
};

/* Adds a member; value is taken, and NULL where memory is out. */
static void
add(struct writing *writing, const char *name, struct json_object *value)
{
	if (value != NULL && json_object_object_add(writing->object, name, value) == 0)
		return;
	json_object_put(value);
	writing->is_whole = false;
}

/* Adds an address: that of the endpoints, and a path. */
static void
add_address(struct writing *writing, const char *name, const char *url, const char *path)
{
	char address[512];

	snprintf(address, sizeof(address), "%s%s", url, path);
	add(writing, name, json_object_new_string(address));
}

/* Adds to a list words that are separated by blanks. */
static void
append_words(struct writing *writing, struct json_object *list, const char *words)
{
	while (*(words += strspn(words, " ")) != '\0') {
		const size_t len = strcspn(words, " ");
		struct json_object *word = json_object_new_string_len(words, (int)len);

		if (word == NULL || json_object_array_add(list, word) != 0) {
			json_object_put(word);
			writing->is_whole = false;
			return;
		}
		words += len;
	}
}

/* Adds a list of words and more words; an empty one is left out (section 3.2). */
static void
add_list(struct writing *writing, const char *name, const char *words, const char *more)
{
	struct json_object *list;	/* taken */

	if (*words == '\0' && *more == '\0')
		return;
	list = json_object_new_array();
	if (list != NULL) {
		append_words(writing, list, words);
		append_words(writing, list, more);
	}
	add(writing, name, list);
}

/* Nobody has to be registered as a client to sign users in, or to end a token. */
static void
add_members(struct writing *writing, const struct config *config)
{
	const char *url = public_url_get(config);
	const bool may_bearers_ask = scope_has(config->restricted_scopes, SCOPE_INTROSPECT);

	add(writing, "issuer", json_object_new_string(config->issuer));
	add_address(writing, "token_endpoint", url, "/token");
	add_address(writing, "jwks_uri", url, METADATA_KEYS_PATH);
	add_address(writing, "revocation_endpoint", url, "/revoke");
	add_address(writing, "introspection_endpoint", url, "/introspect");
	add_list(writing, "grant_types_supported", config->password_grant ? "password" : "",
	    config->refresh_tokens ? "refresh_token" : "");
	/* It must be there, and not be empty; no endpoint has such a response. */
	add_list(writing, "response_types_supported", "none", "");
	add_list(writing, "scopes_supported", config->scopes, config->restricted_scopes);
	/* Left out, it would mean Basic. */
	add_list(writing, "token_endpoint_auth_methods_supported", "none", "");
	add_list(writing, "revocation_endpoint_auth_methods_supported", "none", "");
	add_list(writing, "introspection_endpoint_auth_methods_supported", "client_secret_basic",
	    may_bearers_ask ? "Bearer" : "");
	add_address(writing, "service_documentation", url, "/docs");
}

enum err
metadata_write(const struct config *config, char **text)
{
	struct writing writing = { .object = json_object_new_object(), .is_whole = true };
	enum err err = ERR_MEMORY;

	*text = NULL;
	if (writing.object == NULL)
		return ERR_MEMORY;
	add_members(&writing, config);
	if (writing.is_whole)
		err = json_write(writing.object, text);
	json_object_put(writing.object);
	return err;
}
