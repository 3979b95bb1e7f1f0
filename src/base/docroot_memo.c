/* docroot_memo: whether something lies where the web server hands out files, asked once a root. */
#include "base/docroot_memo.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/docroot.h"

enum { ROOTS_MAX = 16 };

struct docroot_memo {
	char *path;			/* owned */
	pthread_mutex_t mutex;		/* over what follows */
	char *harmless[ROOTS_MAX];	/* owned; NULL: free */
};

struct docroot_memo *
docroot_memo_new(const char *path)
{
	struct docroot_memo *memo = calloc(1, sizeof(*memo));

	if (memo == NULL || (memo->path = strdup(path)) == NULL) {
		free(memo);
		return NULL;
	}
	(void)pthread_mutex_init(&memo->mutex, NULL);
	return memo;
}

void
docroot_memo_free(struct docroot_memo *memo)
{
	if (memo == NULL)
		return;
	for (size_t i = 0; i < ROOTS_MAX; i++)
		free(memo->harmless[i]);
	(void)pthread_mutex_destroy(&memo->mutex);
	free(memo->path);
	free(memo);
}

/* With the mutex held: whether the root stands there; else it is put in the first free place. */
static bool
find_or_put(struct docroot_memo *memo, const char *document_root, bool puts)
{
	for (size_t i = 0; i < ROOTS_MAX; i++) {
		if (memo->harmless[i] == NULL) {
			if (puts)
				memo->harmless[i] = strdup(document_root);
			return false;
		}
		if (strcmp(memo->harmless[i], document_root) == 0)
			return true;
	}
	return false;
}

bool
docroot_memo_holds(struct docroot_memo *memo, const char *document_root)
{
	bool is_known;

	if (*document_root == '\0')
		return false;
	(void)pthread_mutex_lock(&memo->mutex);
	is_known = find_or_put(memo, document_root, false);
	(void)pthread_mutex_unlock(&memo->mutex);
	if (is_known)
		return false;
	if (docroot_holds(document_root, memo->path))
		return true;
	(void)pthread_mutex_lock(&memo->mutex);
	(void)find_or_put(memo, document_root, true);
	(void)pthread_mutex_unlock(&memo->mutex);
	return false;
}
