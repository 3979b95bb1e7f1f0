/* page_agent: the name of a program or a browser as a page tells it. */
#include "http/page_agent.h"

#include <stdio.h>
#include <string.h>

/* What has a word of the page for it. */
static const struct { const char *stored, *word; } words[] = {
	{ "", "agent_unknown" },
	{ "another program", "agent_another" },
	{ "an app", "agent_app" },
	{ "an Apple device", "agent_apple" },
};

static struct page_value
tell(const char *name, const char *stored)
{
	struct page_value value = { .name = name, .text = stored };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].stored, stored) == 0)
			value.word = words[i].word;
	return value;
}

void
page_agent_fill(struct page_agent *agent, const char *stored)
{
	char *on;

	snprintf(agent->name, sizeof(agent->name), "%s", stored);
	on = strstr(agent->name, " on ");
	agent->system = (struct page_value){ .name = "system" };
	if (on != NULL) {
		*on = '\0';
		agent->system = tell("system", on + strlen(" on "));
	}
	agent->program = tell("program", agent->name);
}
