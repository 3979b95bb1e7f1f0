/*
 * keyring_files: the files of keys as they are, for a backup, and back from there.
 */
#ifndef BEARWARD_TOKEN_KEYRING_FILES_H
#define BEARWARD_TOKEN_KEYRING_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

/* Takes a file: its path below the state directory, and its content; both are borrowed, secret. */
typedef enum err keyring_files_take(const char *path, const char *content, size_t len, void *arg);

/*
 * Visits all files of keys, while nobody changes keys. What is not ERR_OK ends the visit, and is
 * returned; else ERR_STORAGE, logged, when one cannot be read.
 */
ERR_CHECKED enum err keyring_files_visit(const struct config *config, keyring_files_take *take,
    void *arg);

/* Returns whether there is a file of that path with that content. */
bool keyring_files_has_same(const struct config *config, const char *path, const char *content,
    size_t len);

/* Returns ERR_STORAGE, logged, where the path or the content can be none of a key. */
ERR_CHECKED enum err keyring_files_check(const struct config *config, const char *path,
    const char *content, size_t len);

/*
 * Makes a file of a key, durably, with the mode that its directory wants, where there is none of
 * that path; one that is there stays. Returns ERR_STORAGE, logged, also for what can be no key.
 */
ERR_CHECKED enum err keyring_files_put(const struct config *config, const char *path,
    const char *content, size_t len);

#endif
