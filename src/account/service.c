/* service: what one process holds open, shared by all its threads. */
#include "account/service.h"

#include <stddef.h>
#include <unistd.h>

#include "account/sharing.h"
#include "base/docroot_memo.h"
#include "base/log.h"

static enum err
refuse_state_dir(const char *fault)
{
	log_event(LEVEL_ERROR, "cannot use the state directory", LOG_TEXT("reason", fault));
	return ERR_SETUP;
}

/* Sets *is_ours where the directory belongs to the account that we run as. */
static enum err
check_state_dir(const struct config *config, bool *is_ours)
{
	char fault[OWNER_FAULT_SIZE];
	const char *unshared;	/* static */
	struct owner owner;

	if (!owner_find(config->state_dir, &owner, fault))
		return refuse_state_dir(fault);
	*is_ours = owner.account == geteuid();
	unshared = *is_ours ? NULL : sharing_find_fault(config);
	return unshared == NULL ? ERR_OK : refuse_state_dir(unshared);
}

/* What has failed may have wanted a file that is missing. */
static void
tell_who_makes_files(void)
{
	log_event(LEVEL_ERROR, "cannot make files in the state directory", LOG_TEXT("reason",
	    "it belongs to another account than this program runs as; what is missing there, "
	    "`bearward check-config` makes, run by root or as that account"));
}

static bool
is_needed(const struct resource *resource, const struct config *config)
{
	return resource->is_needed == NULL || resource->is_needed(config);
}

enum err
service_open(const struct config *config, const struct resource *const *resources,
    struct service *service)
{
	const struct resource *const *next = resources;
	bool is_ours = true;
	enum err err = check_state_dir(config, &is_ours);

	*service = (struct service){ .config = config, .is_brief = service->is_brief };
	if (err == ERR_OK && (service->served = docroot_memo_new(config->state_dir)) == NULL)
		err = ERR_MEMORY;
	for (; *next != NULL && err == ERR_OK; next++)
		if (is_needed(*next, config))
			err = (*next)->open(service);
	if (err == ERR_STORAGE && !is_ours)
		tell_who_makes_files();
	if (err != ERR_OK)
		service_close(service, resources);
	return err;
}

enum err
service_confine(const struct service *service, const struct resource *const *resources,
    enum log_level level)
{
	struct sandbox_plan plan = {
		.connects_locally = service->config->log == LOG_TO_SYSLOG,
	};
	struct sandbox_state state;
	enum err err;

	if (!service->config->sandbox || !sandbox_is_possible()) {
		log_event(level, "not confined", LOG_TEXT("reason", service->config->sandbox ?
		    "it was built with sanitizers" : "sandbox = no"));
		return ERR_OK;
	}
	for (; *resources != NULL; resources++)
		if ((*resources)->allow != NULL && is_needed(*resources, service->config))
			(*resources)->allow(service->config, &plan);
	err = sandbox_enter(&plan, &state);
	sandbox_plan_clear(&plan);
	if (err == ERR_OK)
		log_event(level, "confined", LOG_NUMBER("landlock", state.landlock),
		    LOG_TEXT("seccomp", state.has_seccomp ? "yes" : "no"));
	return err;
}

void
service_close(struct service *service, const struct resource *const *resources)
{
	for (; *resources != NULL; resources++)
		(*resources)->close(service);
	docroot_memo_free(service->served);
	service->served = NULL;
}
