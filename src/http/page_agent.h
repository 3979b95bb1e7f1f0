/*
 * page_agent: the name of a program or a browser as a page tells it.
 *
 * What is stored has English words in it (text/agent.h). On a page they are words of its language,
 * and names stay as they are.
 */
#ifndef BEARWARD_HTTP_PAGE_AGENT_H
#define BEARWARD_HTTP_PAGE_AGENT_H

#include "config/pages.h"
#include "text/agent.h"

struct page_agent {
	char name[AGENT_SIZE];		/* cut in two */
	struct page_value program;	/* named "program"; never empty */
	struct page_value system;	/* named "system": what it runs on; or "" */
};

/* Fills in an agent from what is stored, "" for one that is not known. It must not be moved. */
void page_agent_fill(struct page_agent *agent, const char *stored);

#endif
