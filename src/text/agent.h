/*
 * agent: names the program that a request comes from, by its header User-Agent.
 *
 * The name is for a list of sign-ins in which a person looks for his own. It is made of words that
 * stand in a table here, never of the header: anyone may send anything there, and what says more
 * than a kind of program would tell people apart.
 */
#ifndef BEARWARD_TEXT_AGENT_H
#define BEARWARD_TEXT_AGENT_H

enum { AGENT_SIZE = 40 };

/*
 * Writes a name for a header: "Firefox on Linux", "curl", "another program", or "" where there is
 * no header (NULL) or an empty one.
 */
void agent_name(const char *header, char name[AGENT_SIZE]);

#endif
