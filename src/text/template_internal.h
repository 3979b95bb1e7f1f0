/* template_internal: what a template is made of. For the files of `template` alone. */
#ifndef BEARWARD_TEXT_TEMPLATE_INTERNAL_H
#define BEARWARD_TEXT_TEMPLATE_INTERNAL_H

#include <stddef.h>

#include "text/template.h"

enum kind { KIND_TEXT, KIND_VALUE, KIND_SECTION, KIND_INVERTED, KIND_END };

struct node {
	enum kind kind;
	const char *text;	/* borrowed from the copy: a text's; others have a name */
	size_t len;
	char name[TEMPLATE_NAME_SIZE];
	long line;
	size_t next;		/* of a section: the node behind it */
};

struct template {
	char *copy;		/* owned */
	struct node *nodes;	/* owned */
	size_t count, size;
};

#endif
