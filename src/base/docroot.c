/* docroot: tells whether a file lies where the web server serves files from. */
#include "base/docroot.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	while (len > 0 && root[len - 1] == '/')
		len--;
	return strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

bool
docroot_holds(const char *document_root, const char *path)
{
	char *real_root, *real_path;	/* owned; NULL where we may not look */
	bool holds = false;

	if (*document_root != '/')
		return false;
	real_root = realpath(document_root, NULL);
	real_path = realpath(path, NULL);
	if (real_root != NULL && real_path != NULL)
		holds = is_below(real_root, real_path);
	/* By name: a symbolic link there is handed out as well. What has a ".." may lead out. */
	if (!holds && strstr(path, "/..") == NULL)
		holds = is_below(document_root, path) ||
		    (real_root != NULL && is_below(real_root, path));
	free(real_root);
	free(real_path);
	return holds;
}

const char *
docroot_guess(const char *path)
{
	static const char *const names[] = {
		"public_html", "htdocs", "httpdocs", "wwwroot", "cgi-bin", "var/www/html",
	};
	char part[64], closed[PATH_MAX];

	snprintf(closed, sizeof(closed), "%s/", path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(part, sizeof(part), "/%s/", names[i]);
		if (strstr(closed, part) != NULL)
			return names[i];
	}
	return NULL;
}
