/* service: what one thread of a process holds open, no more than its errand needs. */
#include "account/service.h"

#include "base/log.h"
#include "base/owner.h"

static enum err
check_state_dir(const struct config *config)
{
	char fault[OWNER_FAULT_SIZE];

	if (owner_check(config->state_dir, fault))
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot use the state directory", LOG_TEXT("reason", fault));
	return ERR_SETUP;
}

enum err
service_open(const struct config *config, unsigned needs, struct hasher *hasher,
    struct token_cache *tokens, struct service *service)
{
	enum err err = check_state_dir(config);

	*service = (struct service){
		.config = config, .tokens = tokens, .hasher = hasher, .client = "-",
	};
	if (config->registration == REGISTRATION_BEARER && (needs & NEED_CALLER))
		needs |= NEED_KEYS;
	if (config->verify == VERIFICATION_REVOCATION_AWARE && (needs & NEED_STATE))
		needs |= NEED_READING;

	if (err == ERR_OK && (needs & NEED_WRITING))
		err = db_open(config, DB_WRITE, &service->db);
	else if (err == ERR_OK && (needs & NEED_READING))
		err = db_open(config, DB_READ, &service->db);
	if (err == ERR_OK && (needs & NEED_KEYS))
		err = keyring_open(config->state_dir, &service->keyring);
	if (err == ERR_OK && (needs & NEED_HASHING) && hasher == NULL) {
		service->owns_hasher = true;
		err = hasher_open(config, &service->hasher);
	}
	if (err != ERR_OK)
		service_close(service);
	return err;
}

void
service_close(struct service *service)
{
	if (service->owns_hasher)
		hasher_close(service->hasher);
	keyring_close(service->keyring);
	db_close(service->db);
	service->hasher = NULL;
	service->owns_hasher = false;
	service->tokens = NULL;
	service->keyring = NULL;
	service->db = NULL;
}
