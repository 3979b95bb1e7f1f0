/*
 * tree: the configuration of a web server, as far as it says what is where: words, in blocks.
 *
 * Each kind of web server has a file of its own that reads its language: tree_nginx.c and so on.
 * Files that are included stand where they are included. What the language computes is not
 * computed: of a condition, all of it is there. All memory is the doctor's, and good until it has
 * ended.
 */
#ifndef BEARWARD_CTL_DOCTOR_TREE_H
#define BEARWARD_CTL_DOCTOR_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/doctor/doctor.h"

enum { TREE_WORDS_MAX = 512, TREE_DEPTH_MAX = 16 };

/* A line of the configuration, or a block; the root has no words. */
struct tree {
	const char *file;
	int line;
	int count;			/* of words, which are without their quotation marks */
	const char **words;
	struct tree *parent, *first, *last, *next;
};

/* What is being read. */
struct tree_source {
	struct doctor *doctor;		/* borrowed */
	const char *directory;		/* to which paths of files to include are relative */
	const char *file;
	const char *at;			/* the rest of the text */
	int line;
	int depth;			/* of files that include one another */
};

/*
 * Read a configuration file, and what it includes below directory. Return its root, which has
 * nothing in it where there is no such file, or it cannot be read.
 */
struct tree *tree_read_nginx(struct doctor *doctor, const char *path, const char *directory);
struct tree *tree_read_apache(struct doctor *doctor, const char *path, const char *directory);
struct tree *tree_read_lighttpd(struct doctor *doctor, const char *path, const char *directory);
struct tree *tree_read_caddy(struct doctor *doctor, const char *path, const char *directory);

/* ---- For those who read */

/* Adds a line or block below parent; the words are copied, not what they point to. */
struct tree *tree_add(const struct tree_source *source, struct tree *parent, int line,
    const char *const *words, int count);

/* Returns len bytes as a text. */
const char *tree_word(const struct tree_source *source, const char *begin, size_t len);

/* Reads the files that a pattern matches, in the order of their names, each by a function. */
void tree_include(const struct tree_source *source, struct tree *parent, const char *pattern,
    void (*read)(struct tree_source *source, struct tree *parent));

/* Reads one file. */
struct tree *tree_read_file(struct doctor *doctor, const char *path, const char *directory,
    void (*read)(struct tree_source *source, struct tree *parent));

/* ---- For those who look */

/* Returns the line or block after this one, inner ones first; NULL after the last below top. */
struct tree *tree_next(const struct tree *top, const struct tree *node);

/* Returns word i, or "". */
const char *tree_get(const struct tree *node, int i);

/* Returns whether the first word is that. */
bool tree_is(const struct tree *node, const char *name);

/* Returns the first line below top, at whatever depth, whose first word is that; or NULL. */
struct tree *tree_find(const struct tree *top, const char *name);

/* Returns the same of the blocks around node, the inner one first, for lines right in them. */
struct tree *tree_find_around(const struct tree *node, const char *name);

/* Returns "FILE:LINE". */
const char *tree_place(struct doctor *doctor, const struct tree *node);

#endif
