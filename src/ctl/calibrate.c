/* calibrate: bearward calibrate. */
#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/options.h"
#include "ctl/progress.h"
#include "hash/calibration.h"
#include "hash/hasher.h"

enum { LOGINS = 10, MS = 200, BUSY = 15, MIB = 1 << 20 };

static struct hash_wish
read_wish(const struct ctl *ctl)
{
	struct hash_wish wish = { .logins = LOGINS, .ms = MS };

	if (ctl->typed[OPT_LOGINS] != NULL)
		(void)options_read_number(ctl->typed[OPT_LOGINS], 1, &wish.logins);
	if (ctl->typed[OPT_MS] != NULL)
		(void)options_read_number(ctl->typed[OPT_MS], 1, &wish.ms);
	return wish;
}

static void
tell_cost(const struct cost *cost, void *progress)
{
	char doing[64];

	snprintf(doing, sizeof(doing), "measuring scrypt N=2^%ld r=%ld p=%ld ...", cost->log2_n,
	    cost->r, cost->p);
	progress_tell(doing, 0, 0, progress);
}

static enum err
calibrate_in(struct ctl *ctl, const char *directory, const struct hash_wish *wish,
    struct hash_calibration *calibration)
{
	struct config config = ctl->config;
	struct progress progress;
	enum err err;

	config.state_dir = (char *)(uintptr_t)directory;
	progress_start(&progress);
	err = hash_calibration_make(&config, wish, tell_cost, &progress, calibration);
	progress_end(&progress);
	return err;
}

/* Before `bearward init` there is no state directory, and no responder to share slots with. */
static enum err
calibrate(struct ctl *ctl, const struct hash_wish *wish, struct hash_calibration *calibration)
{
	char directory[] = "/tmp/bearward-calibrate-XXXXXX";
	char slots[sizeof(directory) + sizeof("/hash.slots")];
	enum err err;

	if (access(ctl->config.state_dir, F_OK) == 0)
		return ctl_state_is_ours(ctl->config.state_dir)
		    ? calibrate_in(ctl, ctl->config.state_dir, wish, calibration) : ERR_SETUP;
	if (mkdtemp(directory) == NULL)
		return ERR_SETUP;
	err = calibrate_in(ctl, directory, wish, calibration);
	snprintf(slots, sizeof(slots), "%s/hash.slots", directory);
	(void)unlink(slots);
	(void)rmdir(directory);
	return err;
}

static void
print_host(const struct config *config, const struct hash_wish *wish)
{
	struct hash_division division;
	struct hasher *hasher;
	const char *kernel;

	hasher_divide(config, &division);
	if (hasher_open(config, &hasher) != ERR_OK)
		return;
	kernel = hasher_kernel(hasher);
	printf("# Measured on this host with the kernel %s; hashing may use %lld cores.\n",
	    kernel != NULL ? kernel : "libscrypt", division.cores.amount);
	printf("# Asked for: %lld logins a second, and a lone login within %lld ms.\n",
	    (long long)wish->logins, (long long)wish->ms);
	hasher_close(hasher);
}

static void
print_measured(const struct hash_measured *measured)
{
	const struct cost *cost = &measured->cost;
	const long strength = cost_strength(cost);

	printf("# %-5s2^%-3ld %2ld %3ld %6ld.%02ld %5lld MiB ",
	    measured->verdict == HASH_HOLDS ? "" : "no", cost->log2_n, cost->r, cost->p,
	    strength / 100, strength % 100,
	    ((128LL * cost->r << cost->log2_n) + MIB - 1) / MIB);
	if (measured->verdict == HASH_IS_TOO_LARGE)
		puts("   more memory than hashing may take");
	else if (measured->per_second <= 0 && measured->verdict == HASH_HOLDS)
		printf("%9.1f ms  enough\n", measured->alone_ms);
	else if (measured->per_second <= 0)
		printf("%9.1f ms  not measured\n", measured->alone_ms);
	else
		printf("%9.1f ms %7.1f\n", measured->alone_ms, measured->per_second);
}

static void
print_all(const struct hash_calibration *calibration)
{
	puts("#      N      r   p  strength    memory   lone login  logins/s");
	for (size_t i = 0; i < calibration->count; i++)
		print_measured(&calibration->shapes[i]);
	puts("# Strength 1.00 is what OWASP recommends.");
	if (calibration->busy >= BUSY)
		printf("# The host is busy: others used %d %% of its processors meanwhile. The "
		    "figures\n# vary with that; measure again when it is idle.\n",
		    calibration->busy);
}

static void
print_settings(const struct config *config, const struct cost *cost)
{
	const struct cost now = { config->scrypt_log2_n, config->scrypt_r, config->scrypt_p };

	if (cost_is_dearer(&now, cost))
		printf("# The settings in force, %ld %ld %ld, are dearer; hashes made with them "
		    "stay.\n", now.log2_n, now.r, now.p);
	if (*config->database != '\0')
		puts("# All hosts of the database need the same lines: measure on the slowest.");
	if (config->insecure_hash_cost)
		puts("# For tests only, since the settings say insecure_hash_cost = yes.");
	printf("scrypt_log2_n = %ld\nscrypt_r = %ld\nscrypt_p = %ld\n", cost->log2_n, cost->r,
	    cost->p);
}

/* Says what came nearest, which is no advice. */
static enum status
fail_for_wish(const struct hash_calibration *calibration)
{
	const struct hash_measured *nearest = calibration->nearest;

	fflush(stdout);
	if (nearest == NULL)
		return ctl_fail("hashing may take too little memory for any of these costs; see "
		    "hash_memory: bearward check-config | grep hash_memory");
	return ctl_fail("no cost that OWASP recommends does what was asked for on this host. The "
	    "nearest is %ld %ld %ld: a lone login takes %.0f ms. Ask for less with --logins, or "
	    "allow more with --ms", nearest->cost.log2_n, nearest->cost.r, nearest->cost.p,
	    nearest->alone_ms);
}

enum status
ctl_calibrate(struct ctl *ctl)
{
	const struct hash_wish wish = read_wish(ctl);
	struct hash_calibration calibration;
	const enum err err = calibrate(ctl, &wish, &calibration);

	if (err != ERR_OK)
		return ctl_fail("no password can be hashed; the line above says why");
	print_host(&ctl->config, &wish);
	print_all(&calibration);
	if (calibration.best == NULL)
		return fail_for_wish(&calibration);
	print_settings(&ctl->config, &calibration.best->cost);
	return STATUS_DONE;
}
