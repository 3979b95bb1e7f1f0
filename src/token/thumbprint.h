/*
 * thumbprint: the id of an asymmetric key, which anybody can work out from the public key (RFC
 * 7638). For this room alone.
 */
#ifndef BEARWARD_TOKEN_THUMBPRINT_H
#define BEARWARD_TOKEN_THUMBPRINT_H

#include "token/key_internal.h"

/*
 * Writes the SHA-256 thumbprint of a key as a key id, 43 characters of base64url. Returns
 * ERR_MEMORY on failure; kid is then empty.
 */
ERR_CHECKED enum err thumbprint_of(const struct key_algorithm *algorithm,
    const struct key_material *material, char kid[KEY_ID_SIZE]);

#endif
