/* tree: the configuration of a web server: words, in blocks. */
#include "ctl/doctor/tree.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Of a configuration, as much as none has: a file may include itself, and several at once. One
 * that has more is read in part, and keeps nothing from the others.
 */
enum { FILE_MAX = 1 << 20, FILES_MAX = 500, LINES_MAX = 30000 };

struct tree *
tree_add(const struct tree_source *source, struct tree *parent, int line,
    const char *const *words, int count)
{
	struct tree *node;
	const char **copy;

	if (source->doctor->lines_read++ >= LINES_MAX ||
	    (node = doctor_keep(source->doctor, sizeof(*node))) == NULL ||
	    (copy = doctor_keep(source->doctor, (size_t)count * sizeof(*copy) + 1)) == NULL)
		return parent;
	memcpy(copy, words, (size_t)count * sizeof(*copy));
	*node = (struct tree){ source->file, line, count, copy, .parent = parent };
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

const char *
tree_word(const struct tree_source *source, const char *begin, size_t len)
{
	return doctor_text(source->doctor, "%.*s", (int)len, begin);
}

/* Returns the text of a file; NULL: it cannot be read, or is too large to be a configuration. */
static const char *
read_text(struct doctor *doctor, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* owned */
	char *text = NULL;
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_MAX &&
	    (text = doctor_keep(doctor, (size_t)st.st_size + 1)) != NULL) {
		got = read(fd, text, (size_t)st.st_size);
		text[got > 0 ? got : 0] = '\0';
	}
	(void)close(fd);
	return text;
}

static void
read_one(const struct tree_source *from, struct tree *parent, const char *path,
    void (*read)(struct tree_source *source, struct tree *parent))
{
	struct tree_source source;

	if (from->doctor->files_read++ >= FILES_MAX)
		return;
	source = (struct tree_source){
		from->doctor, from->directory, doctor_text(from->doctor, "%s", path),
		read_text(from->doctor, path), 1, from->depth + 1,
	};

	if (source.at != NULL && source.depth < TREE_DEPTH_MAX)
		read(&source, parent);
}

void
tree_include(const struct tree_source *source, struct tree *parent, const char *pattern,
    void (*read)(struct tree_source *source, struct tree *parent))
{
	const char *path = *pattern == '/' ? pattern
	    : doctor_text(source->doctor, "%s/%s", source->directory, pattern);
	glob_t found;

	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_one(source, parent, found.gl_pathv[i], read);
	globfree(&found);
}

struct tree *
tree_read_file(struct doctor *doctor, const char *path, const char *directory,
    void (*read)(struct tree_source *source, struct tree *parent))
{
	const struct tree_source source = { .doctor = doctor, .directory = directory };
	struct tree *root = doctor_keep(doctor, sizeof(*root));

	doctor->files_read = doctor->lines_read = 0;
	if (root != NULL)
		read_one(&source, root, path, read);
	return root;
}

struct tree *
tree_next(const struct tree *top, const struct tree *node)
{
	if (node->first != NULL)
		return node->first;
	for (; node != top; node = node->parent)
		if (node->next != NULL)
			return node->next;
	return NULL;
}

const char *
tree_get(const struct tree *node, int i)
{
	return i >= 0 && i < node->count ? node->words[i] : "";
}

bool
tree_is(const struct tree *node, const char *name)
{
	return strcasecmp(tree_get(node, 0), name) == 0;
}

struct tree *
tree_find(const struct tree *top, const char *name)
{
	for (struct tree *node = top->first; node != NULL; node = tree_next(top, node))
		if (tree_is(node, name))
			return node;
	return NULL;
}

struct tree *
tree_find_around(const struct tree *node, const char *name)
{
	for (; node != NULL; node = node->parent)
		for (struct tree *line = node->first; line != NULL; line = line->next)
			if (tree_is(line, name))
				return line;
	return NULL;
}

const char *
tree_place(struct doctor *doctor, const struct tree *node)
{
	if (node->parent == NULL && node->first != NULL)
		node = node->first;
	return doctor_text(doctor, "%s:%d", node->file, node->line);
}
