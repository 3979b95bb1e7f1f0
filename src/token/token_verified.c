/* token: holds what a verified token says. Who only holds it links no cryptography. */
#include "token/token.h"

#include <stdlib.h>
#include <string.h>

bool
token_is_for(const struct token *token, const char *audience)
{
	for (const char *aud = token->audiences; *aud != '\0'; aud += strlen(aud) + 1)
		if (strcmp(aud, audience) == 0)
			return true;
	return false;
}

enum err
token_copy(const struct token *token, struct token *copy)
{
	char *text = malloc(token->text_size);

	*copy = (struct token){0};
	if (text == NULL)
		return ERR_MEMORY;
	memcpy(text, token->text, token->text_size);
	*copy = *token;
	copy->text = text;
	copy->subject = text + (token->subject - token->text);
	copy->username = text + (token->username - token->text);
	copy->client_id = text + (token->client_id - token->text);
	copy->scope = text + (token->scope - token->text);
	copy->audiences = text + (token->audiences - token->text);
	return ERR_OK;
}

void
token_clear(struct token *token)
{
	free(token->text);
	*token = (struct token){0};
}
