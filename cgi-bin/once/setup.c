/*
 * setup: sets bearward up on a host without a shell. It is no pool: it answers before there is
 * anything to serve, removes itself, and is only in what `make dist-cgi` packs.
 */
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "account/setup.h"
#include "base/account.h"
#include "base/docroot_memo.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/page.h"
#include "http/setup_pages.h"
#include "serve/cgi.h"

enum { READ = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS };

/* The paths behind the first are below the program itself, since nothing else answers yet. */
static const struct endpoint endpoints[] = {
	{ "/setup.cgi", READ | METHOD_POST, MEDIA_FORM, FAMILY_PAGE, CORS_NEVER,
	  setup_pages_answer },
	{ "/setup.cgi/signin/style.css", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_style },
	{ "/setup.cgi/signin/page.js", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_script },
	{ "/setup.cgi/signin/mark.svg", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_mark },
	{0},
};

static const struct pool setup = {
	.name = "setup",
	.purpose = "sets bearward up on a host without a shell",
	.endpoints = endpoints,
};

/* Reads the settings beside the program, and no others. */
static enum err
read_settings(struct config *config)
{
	char program[CONFIG_PATH_SIZE], path[CONFIG_PATH_SIZE + sizeof("/bearward.conf")];
	const char *directory;
	enum err err;

	config_find_part("setup.cgi", program);
	directory = dirname(program);
	setup_mend_modes(directory);
	snprintf(path, sizeof(path), "%s/bearward.conf", directory);
	if ((err = config_load(path, config, stderr)) != ERR_OK)
		return err;
	log_open("bearward-setup", config->log, config->log_level);
	if (!account_is_root() || config->allow_root)
		return ERR_OK;
	log_event(LEVEL_ERROR, "will not run as root", LOG_TEXT("reason", "see INSTALL"));
	return ERR_SETUP;
}

/* The state directory may not be there yet, nor what is in it: so there are pages and no more. */
static enum err
open_pages(const struct config *config, struct service *service)
{
	service->config = config;
	if ((service->served = docroot_memo_new("/nowhere")) == NULL)
		return ERR_MEMORY;
	return resource_pages.open(service);
}

static void
serve(void)
{
	struct config config = {0};
	struct service service = { .is_brief = true, .root = "setup.cgi/" };
	enum err err = read_settings(&config);

	if (err == ERR_OK)
		err = open_pages(&config, &service);
	if (err == ERR_OK)
		(void)cgi_serve(&setup, &service);
	else
		cgi_refuse(&setup, &config, err);
	resource_pages.close(&service);
	docroot_memo_free(service.served);
	config_clear(&config);
	log_close();
}

int
main(int argc, char **argv)
{
	if (!cgi_is_our_start()) {
		if (argc == 2 && strcmp(argv[1], "--version") == 0)
			return printf("setup.cgi (bearward) %s\n", VERSION) < 0;
		fprintf(stderr, "setup.cgi: %s; a web server starts it\n", setup.purpose);
		return 2;
	}
	(void)umask(077);
	secret_guard_process();
	serve();
	return 0;
}
