/*
 * precis_class: which code points a PRECIS string class allows, and where (RFC 8264, section 4).
 *
 * Code points are judged by what libunistring's tables say of them, in the order of RFC 8264,
 * section 8; those that are fine in one place and not in another by their neighbours (RFC 5892,
 * appendix A). What the tables do not know yet is refused.
 */
#ifndef BEARWARD_TEXT_PRECIS_CLASS_H
#define BEARWARD_TEXT_PRECIS_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum precis_class {
	PRECIS_IDENTIFIER,	/* letters and digits, and all of printable ASCII but the space */
	PRECIS_FREEFORM,	/* also spaces, symbols, punctuation and compatibility forms */
};

/* Whether each of the len code points may stand in a text of the class where it stands. */
bool precis_class_may_hold(enum precis_class class, const uint32_t *text, size_t len);

#endif
