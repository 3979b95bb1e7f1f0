/* host_that: a library to be preloaded, behind which a host is otherwise: as each macro says. */
#include <string.h>
#include <sys/timex.h>
#include <sys/vfs.h>

#ifdef CLOCK
int
adjtimex(struct timex *state)
{
	memset(state, 0, sizeof(*state));
	state->status = CLOCK;
	return CLOCK == STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
#endif

#ifdef FILE_SYSTEM
int
statfs(const char *path, struct statfs *fs)
{
	(void)path;
	memset(fs, 0, sizeof(*fs));
	fs->f_type = FILE_SYSTEM;
	return 0;
}

/* What the compiler calls where files may be large. */
int
statfs64(const char *path, struct statfs64 *fs)
{
	(void)path;
	memset(fs, 0, sizeof(*fs));
	fs->f_type = FILE_SYSTEM;
	return 0;
}
#endif

#ifdef STRICT
/* As json-c 0.18, which takes a byte beyond ASCII for a control character. */
struct json_tokener;
struct json_object;

struct json_object *json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int len);

struct json_object *
json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int len)
{
	(void)tokener;
	(void)text;
	(void)len;
	return NULL;
}
#endif
