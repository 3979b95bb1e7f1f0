/*
 * precis_class, internal to text/: which code points a PRECIS string class allows, and where
 * (RFC 8264, section 4).
 *
 * A code point is judged by its properties in libunistring's tables, in the order of RFC 8264,
 * section 8. Some code points are allowed only beside certain others (RFC 5892, appendix A). Code
 * points that the tables do not know are refused.
 */
#ifndef BEARWARD_TEXT_PRECIS_CLASS_H
#define BEARWARD_TEXT_PRECIS_CLASS_H

#include <stddef.h>
#include <stdint.h>

enum precis_class {
	PRECIS_IDENTIFIER,	/* letters, digits, and printable ASCII but the space */
	PRECIS_FREEFORM,	/* also spaces, symbols, punctuation and compatibility forms */
};

/*
 * Returns the place of the first of the len code points of text that the class does not allow
 * where it stands, or len when it allows all of them.
 */
size_t precis_class_find_refused(enum precis_class class, const uint32_t *text, size_t len);

#endif
