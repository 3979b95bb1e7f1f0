/*
 * network: which network an address belongs to, as far as a single subscriber has one.
 *
 * Whoever has IPv6 has at least a /64 of addresses, and can use another one for each request. So
 * what is counted for each source counts a /64 as one. An IPv4 address is a network of its own.
 */
#ifndef BEARWARD_BASE_NETWORK_H
#define BEARWARD_BASE_NETWORK_H

#include <stdbool.h>

enum { NETWORK_SIZE = sizeof("ffff:ffff:ffff:ffff::/64") };

/*
 * Writes the network of an address in one spelling: "192.0.2.7", or "2001:db8:1:2::/64". An IPv4
 * address that is written as an IPv6 one is an IPv4 address. Any other text, and NULL, give "-":
 * all that have no address count as one.
 */
void network_of(const char *address, char network[NETWORK_SIZE]);

/*
 * Writes, in the same way, what is kept of the address from which somebody signed in: the network
 * of 256 IPv4 addresses, "192.0.2.0/24", or the same /64.
 */
void network_coarse_of(const char *address, char network[NETWORK_SIZE]);

/* Returns whether that is an address by which a host speaks to itself. */
bool network_is_loopback(const char *address);

#endif
