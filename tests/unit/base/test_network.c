/* test_network: which network an address belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/network.h"

static const struct {
	const char *address, *network, *coarse;
} cases[] = {
	{ "192.0.2.7", "192.0.2.7", "192.0.2.0/24" },
	{ "255.255.255.255", "255.255.255.255", "255.255.255.0/24" },
	{ "0.0.0.1", "0.0.0.1", "0.0.0.0/24" },
	{ "::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24" },
	{ "::ffff:c000:207", "192.0.2.7", "192.0.2.0/24" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2::/64" },
	{ "2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1:2::/64" },
	{ "2001:0db8:0001:0002::ffff", "2001:db8:1:2::/64", "2001:db8:1:2::/64" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64",
	  "ffff:ffff:ffff:ffff::/64" },
	{ "::1", "::/64", "::/64" },
	{ "fe80::1", "fe80::/64", "fe80::/64" },
	{ "fe80::1%eth0", "-", "-" },
	{ "192.0.2.7:80", "-", "-" },
	{ "192.0.2.7, 198.51.100.1", "-", "-" },
	{ "192.0.2", "-", "-" },
	{ "192.0.2.007", "-", "-" },
	{ " 192.0.2.7", "-", "-" },
	{ "unix:", "-", "-" },
	{ "-", "-", "-" },
	{ "", "-", "-" },
	{ NULL, "-", "-" },
};

static void
every_address_has_one_network_in_one_spelling(void **state)
{
	char network[NETWORK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		network_of(cases[i].address, network);
		assert_string_equal(network, cases[i].network);
	}
}

static void
the_last_byte_of_an_ipv4_address_is_not_kept(void **state)
{
	char network[NETWORK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		network_coarse_of(cases[i].address, network);
		assert_string_equal(network, cases[i].coarse);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_has_one_network_in_one_spelling),
		cmocka_unit_test(the_last_byte_of_an_ipv4_address_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
