/* media: the media types of bodies that endpoints read. */
#include "http/media.h"

#include <stdbool.h>
#include <string.h>

#include "text/header.h"
#include "text/multipart.h"

/* The first of a set is the one to send. */
static const struct { enum media media; const char *name; } names[] = {
	{ MEDIA_FORM, "application/x-www-form-urlencoded" },
	{ MEDIA_JSON, "application/json" },
	{ MEDIA_MULTIPART, "multipart/form-data" },
};

enum { MEDIA = sizeof(names) / sizeof(names[0]) };

const char *
media_name(unsigned media)
{
	for (size_t i = 0; i < MEDIA; i++)
		if (media & names[i].media)
			return names[i].name;
	return "";
}

/* *rest is what follows the value, as long as the set is not empty. */
static enum media
find(const char *header, unsigned media, const char **rest)
{
	for (size_t i = 0; i < MEDIA; i++)
		if ((media & names[i].media) && header_is_value(header, names[i].name, rest))
			return names[i].media;
	return MEDIA_NONE;
}

static bool
is_boundary(const struct header_parameter *parameter)
{
	const size_t len = parameter->value_len;

	return len > 0 && len <= MULTIPART_BOUNDARY_MAX && parameter->value[len - 1] != ' ' &&
	    strspn(parameter->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789'()+_,-./:=? ") >= len;
}

/* Others are ignored. */
static enum err
read_parameter(const struct header_parameter *parameter, struct media_type *type)
{
	if (header_is_parameter(parameter, "charset") && !header_is_utf8(parameter))
		return ERR_CHARSET;
	if (type->media != MEDIA_MULTIPART || !header_is_parameter(parameter, "boundary"))
		return ERR_OK;
	if (type->boundary != NULL || !is_boundary(parameter))
		return ERR_BOUNDARY;
	type->boundary = parameter->value;
	type->boundary_len = parameter->value_len;
	return ERR_OK;
}

enum err
media_read(const char *header, unsigned media, struct media_type *type)
{
	const char *rest = "";
	struct header_parameter parameter;
	enum err err;

	*type = (struct media_type){ .media = find(header, media, &rest) };
	if (type->media == MEDIA_NONE)
		return ERR_MEDIA_TYPE;
	while (header_next_parameter(&rest, &parameter))
		if ((err = read_parameter(&parameter, type)) != ERR_OK)
			return err;
	if (*rest != '\0')
		return ERR_MEDIA_TYPE;
	return type->media == MEDIA_MULTIPART && type->boundary == NULL ? ERR_BOUNDARY : ERR_OK;
}
