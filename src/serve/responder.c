/* responder: the runtime every endpoint stands on. */
#include "serve/responder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "serve/cgi.h"
#include "serve/fcgi.h"

/* Refusing a flood of logins must not slow token checks either; the hashes give way to both. */
enum { HASHING_NICENESS = 5 };

static int
show_help(const struct endpoint *endpoint, FILE *out)
{
	fprintf(out,
	    "%s.fcgi: %s\n\n"
	    "It is started by a web server or a FastCGI spawner with a listening socket as its\n"
	    "standard input, or by a web server as a CGI program; not by hand. The settings come\n"
	    "from bearward.conf; see INSTALL, bearward.conf(5), and try: bearward check-config\n\n"
	    "  --help     show this\n"
	    "  --version  show the version\n",
	    endpoint->name, endpoint->purpose);
	return out == stdout ? 0 : 2;
}

static int
serve(const struct endpoint *endpoint, bool is_cgi)
{
	struct config config;
	enum err err = config_load(NULL, &config, stderr);
	int status = 1;

	if (err == ERR_OK)
		log_open(endpoint->name, config.log, config.log_level);
	if (err == ERR_OK && (endpoint->needs & NEED_HASHING))
		(void)setpriority(PRIO_PROCESS, 0, HASHING_NICENESS);
	if (is_cgi)
		status = cgi_serve(endpoint, err == ERR_OK ? &config : NULL);
	else if (err == ERR_OK)
		status = fcgi_serve(endpoint, &config);
	config_clear(&config);
	return status;
}

/* Whoever starts us may leave stdout and stderr closed: no file of ours may take their place. */
static void
fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int
responder_run(int argc, char **argv, const struct endpoint *endpoint)
{
	bool is_fcgi = fcgi_is_our_start();

	fill_standard_descriptors();
	if (!is_fcgi && !cgi_is_our_start()) {
		if (argc == 2 && strcmp(argv[1], "--version") == 0)
			return printf("%s.fcgi (bearward) %s\n", endpoint->name, VERSION) < 0;
		return show_help(endpoint,
		    argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
	}
	(void)umask(077);
	secret_guard_process();
	return serve(endpoint, !is_fcgi);
}
