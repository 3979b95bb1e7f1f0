/*
 * method: the HTTP methods that endpoints tell apart (RFC 9110, section 9).
 */
#ifndef BEARWARD_HTTP_METHOD_H
#define BEARWARD_HTTP_METHOD_H

enum method {
	METHOD_GET = 1,
	METHOD_HEAD = 2,
	METHOD_POST = 4,
	METHOD_OPTIONS = 8,
	METHOD_OTHER = 16,
	METHOD_ANY = 31,	/* the endpoint does not care: it is asked about another request */
};

/* Returns the method of that name; METHOD_OTHER for all that no endpoint of ours has. */
enum method method_of(const char *name);

enum { METHOD_LIST_SIZE = 32 };		/* has room for all of them */

/* Writes methods (of enum method) as an Allow header has them: "OPTIONS, POST". */
void method_list(unsigned methods, char list[METHOD_LIST_SIZE]);

#endif
