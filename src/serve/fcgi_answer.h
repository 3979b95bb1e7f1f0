/*
 * fcgi_answer: a short answer over FastCGI, which leaves in one piece.
 *
 * libfcgi begins each answer with a request that it reads, and with a dozen pieces of memory. Most
 * answers fit one record, on a connection that stays open: this writes those, with what ends the
 * request behind them. All others are libfcgi's: long ones, and where a connection is closed.
 */
#ifndef BEARWARD_SERVE_FCGI_ANSWER_H
#define BEARWARD_SERVE_FCGI_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FCGI_ANSWER_MAX = 8192,		/* bytes of headers and body; a multiple of 8 */
	FCGI_ANSWER_HEADER = 8,		/* bytes before each record */
	FCGI_ANSWER_END = 24,		/* bytes of the two records that end a request */
};

struct fcgi_answer {
	size_t len;			/* bytes of headers and body so far */
	/* Secret: a record, with its header before it, and what comes after. */
	unsigned char bytes[FCGI_ANSWER_HEADER + FCGI_ANSWER_MAX + FCGI_ANSWER_END];
};

/* Makes an empty answer. */
void fcgi_answer_init(struct fcgi_answer *answer);

/* Adds to an answer. Returns false, with nothing added, when it would be too long. */
bool fcgi_answer_add(struct fcgi_answer *answer, const char *data, size_t len);

/* Returns what was added so far; borrowed, answer->len bytes. */
const char *fcgi_answer_text(const struct fcgi_answer *answer);

/*
 * Writes the answer, and that the request has ended. Returns false when the peer is gone or takes
 * nothing. Afterwards only fcgi_answer_clear() may follow.
 */
bool fcgi_answer_send(struct fcgi_answer *answer, int fd, uint16_t request_id);

/* Wipes the answer. */
void fcgi_answer_clear(struct fcgi_answer *answer);

#endif
