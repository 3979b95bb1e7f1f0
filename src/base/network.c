/* network: which network an address belongs to, as far as a single subscriber has one. */
#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX_BYTES = 8 };

static void
write_ipv6(struct in6_addr *address, char network[NETWORK_SIZE])
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		(void)inet_ntop(AF_INET, address->s6_addr + 12, network, NETWORK_SIZE);
		return;
	}
	memset(address->s6_addr + PREFIX_BYTES, 0, sizeof(address->s6_addr) - PREFIX_BYTES);
	(void)inet_ntop(AF_INET6, address, text, sizeof(text));
	snprintf(network, NETWORK_SIZE, "%.*s/64", NETWORK_SIZE - (int)sizeof("/64"), text);
}

void
network_of(const char *address, char network[NETWORK_SIZE])
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (address != NULL && inet_pton(AF_INET, address, &ipv4) == 1)
		(void)inet_ntop(AF_INET, &ipv4, network, NETWORK_SIZE);
	else if (address != NULL && inet_pton(AF_INET6, address, &ipv6) == 1)
		write_ipv6(&ipv6, network);
	else
		snprintf(network, NETWORK_SIZE, "-");
}

void
network_coarse_of(const char *address, char network[NETWORK_SIZE])
{
	struct in_addr ipv4;
	char text[INET_ADDRSTRLEN];

	network_of(address, network);
	if (inet_pton(AF_INET, network, &ipv4) != 1)
		return;
	ipv4.s_addr &= htonl(0xffffff00);
	(void)inet_ntop(AF_INET, &ipv4, text, sizeof(text));
	snprintf(network, NETWORK_SIZE, "%s/24", text);
}

bool
network_is_loopback(const char *address)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (inet_pton(AF_INET, address, &ipv4) == 1)
		return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	if (inet_pton(AF_INET6, address, &ipv6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&ipv6) ||
	    (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == IN_LOOPBACKNET);
}
