/* docroot_memo: remembers whether a file lies where the web server serves files from. */
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

/* Returns the place of a root, or the first free one, or NULL. The mutex is held. */
static char **
find_place(struct docroot_memo *memo, const char *document_root)
{
	for (size_t i = 0; i < ROOTS_MAX; i++)
		if (memo->harmless[i] == NULL || strcmp(memo->harmless[i], document_root) == 0)
			return &memo->harmless[i];
	return NULL;
}

bool
docroot_memo_holds(struct docroot_memo *memo, const char *document_root)
{
	char **place;
	bool is_known;

	if (*document_root == '\0')
		return false;
	(void)pthread_mutex_lock(&memo->mutex);
	place = find_place(memo, document_root);
	is_known = place != NULL && *place != NULL;
	(void)pthread_mutex_unlock(&memo->mutex);
	if (is_known)
		return false;
	if (docroot_holds(document_root, memo->path))
		return true;
	(void)pthread_mutex_lock(&memo->mutex);
	/* Another thread may have been quicker. */
	if ((place = find_place(memo, document_root)) != NULL && *place == NULL)
		*place = strdup(document_root);
	(void)pthread_mutex_unlock(&memo->mutex);
	return false;
}
