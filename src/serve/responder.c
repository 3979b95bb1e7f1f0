/* responder: the runtime of every pool. */
#include "serve/responder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/supervisor.h"
#include "serve/cgi.h"
#include "serve/descriptors.h"
#include "serve/server.h"

/* Refusing a flood of logins must not slow token checks either; the hashes give way to both. */
enum { HASHING_NICENESS = 5 };

/* Seconds until a process that cannot start ends: its supervisor starts another at once. */
enum { FAILING_PAUSE = 5 };

static int
show_help(const struct pool *pool, FILE *out)
{
	fprintf(out,
	    "%s.fcgi: %s\n\n"
	    "It is started by a web server or a FastCGI spawner with a listening socket as its\n"
	    "standard input, or by a web server as a CGI program; not by hand. The settings come\n"
	    "from bearward.conf; see INSTALL, bearward.conf(5), and try: bearward check-config\n\n"
	    "  --help       show this\n"
	    "  --version    show the version\n"
	    "  --endpoints  list what it answers: methods and path\n",
	    pool->name, pool->purpose);
	return out == stdout ? 0 : 2;
}

/* One line an endpoint: what the samples of the web servers route here. */
static int
list_endpoints(const struct pool *pool)
{
	char list[METHOD_LIST_SIZE];

	for (const struct endpoint *row = pool->endpoints; row->path != NULL; row++) {
		method_list(row->methods, list);
		if (printf("%s\t%s\n", row->path, row->methods == METHOD_ANY ? "any" : list) < 0)
			return 1;
	}
	return 0;
}

/* Refuses to run as root, unless that is allowed; then it warns. */
static enum err
check_account(const struct config *config)
{
	if (!account_is_root())
		return ERR_OK;
	if (config->allow_root) {
		log_event(LEVEL_WARNING, "runs as root", LOG_TEXT("reason",
		    "allow_root is yes; whoever takes over this process has the whole machine"));
		return ERR_OK;
	}
	log_event(LEVEL_ERROR, "will not run as root", LOG_TEXT("reason",
	    "whoever took over this process would have the whole machine; start it as another "
	    "account, to which state_dir belongs, or set allow_root = yes"));
	return ERR_SETUP;
}

/* Reads the settings and opens what the pool needs; says why not. */
static enum err
open_all(const struct pool *pool, bool is_cgi, struct config *config, struct service *service,
    struct server_host *host)
{
	char name[32];
	enum err err;

	if ((err = config_load(NULL, config, stderr)) != ERR_OK)
		return err;
	snprintf(name, sizeof(name), "bearward-%s", pool->name);
	log_open(name, config->log, config->log_level);
	if ((err = check_account(config)) != ERR_OK)
		return err;
	if ((err = service_open(config, pool->resources, service)) != ERR_OK) {
		log_event(LEVEL_ERROR, "cannot start", LOG_TEXT("reason", err_name(err)));
		return err;
	}
	if (service->hasher != NULL)
		(void)setpriority(PRIO_PROCESS, 0, HASHING_NICENESS);
	if (!is_cgi)
		server_widen_queue();
	if (!is_cgi && (err = server_find_host(config, host)) != ERR_OK)
		return err;
	/* A CGI process is started for each request. */
	return service_confine(service, pool->resources, is_cgi ? LEVEL_DEBUG : LEVEL_INFO);
}

/* Where nobody is told, whoever has started the process has a pause of his own. */
static void
fail_slowly(struct supervisor *supervisor)
{
	if (!supervisor_is_told(supervisor))
		return;
	supervisor_say(supervisor, "cannot start; its log says why");
	(void)sleep(FAILING_PAUSE);
}

static int
serve(const struct pool *pool, bool is_cgi)
{
	struct supervisor supervisor = { .fd = -1 };
	struct config config;
	struct service service = { .is_brief = is_cgi };
	struct server_host host = {0};
	int status = 1;
	enum err err;

	if (!is_cgi)
		supervisor_open(&supervisor);
	err = open_all(pool, is_cgi, &config, &service, &host);
	if (err == ERR_OK && !is_cgi && service.begin != NULL)
		service.begin(&service);
	if (err != ERR_OK && is_cgi)
		cgi_refuse(pool, &config, err);
	else if (err == ERR_OK)
		status = is_cgi ? cgi_serve(pool, &service) :
				  server_run(pool, &service, &host, &supervisor);
	service_close(&service, pool->resources);
	config_clear(&config);
	log_close();
	if (err != ERR_OK)
		fail_slowly(&supervisor);
	supervisor_close(&supervisor);
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
responder_run(int argc, char **argv, const struct pool *pool)
{
	bool is_fcgi = server_is_our_start();

	fill_standard_descriptors();
	if (!is_fcgi && !cgi_is_our_start()) {
		if (argc == 2 && strcmp(argv[1], "--version") == 0)
			return printf("%s.fcgi (bearward) %s\n", pool->name, VERSION) < 0;
		if (argc == 2 && strcmp(argv[1], "--endpoints") == 0)
			return list_endpoints(pool);
		return show_help(pool,
		    argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
	}
	(void)umask(077);
	secret_guard_process();
	descriptors_raise();
	return serve(pool, !is_fcgi);
}
