/* hash_width: how many lanes are worth computing at once. */
#include "hash/width.h"

enum {
	TRY_EVERY = 16,			/* choices */
	MANY = 4,			/* batches of the widest kind */
};

#define NEARLY 0.97			/* of the rate of the fastest */

struct choices {
	int lanes[SCRYPT_LANES_MAX];
	double rate[SCRYPT_LANES_MAX];
	int count;
};

/* What is not known yet is taken to be no faster: it would take more memory, which is new. */
static void
find_choices(const struct hash_width *width, const struct scrypt_kernel *kernel, int room,
    struct choices *choices)
{
	*choices = (struct choices){0};
	for (const struct scrypt_width *w = kernel->widths; w->lanes > 0; w++) {
		if (w->lanes < kernel->busy || w->lanes > room)
			continue;
		choices->rate[choices->count] = width->rate[w->lanes];
		choices->lanes[choices->count++] = w->lanes;
	}
}

static int
find_nearly_fastest(const struct choices *choices)
{
	double fastest = 0;
	int i = 0;

	for (int k = 0; k < choices->count; k++)
		if (choices->rate[k] > fastest)
			fastest = choices->rate[k];
	while (choices->rate[i] < fastest * NEARLY)
		i++;
	return choices->lanes[i];
}

int
hash_width_choose(struct hash_width *width, const struct scrypt_kernel *kernel, int room,
    long waiting)
{
	struct choices choices;

	if (room <= kernel->busy)
		return room;
	find_choices(width, kernel, room, &choices);
	if (waiting >= MANY * scrypt_kernel_lanes(kernel) && ++width->choices % TRY_EVERY == 0)
		return choices.lanes[width->choices / TRY_EVERY % (unsigned long)choices.count];
	return find_nearly_fastest(&choices);
}

void
hash_width_measure(struct hash_width *width, int lanes, uint64_t cost, double ms)
{
	double *const rate = &width->rate[lanes];
	double measured;

	if (ms <= 0)
		return;
	measured = (double)cost / ms;
	*rate = *rate <= 0 ? measured : *rate * 0.75 + measured * 0.25;
}
