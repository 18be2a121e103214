/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "train.h"

static int
by_group(const void *pa, const void *pb)
{
    const struct train_scored *a = pa, *b = pb;

    return (a->group > b->group) - (a->group < b->group);
}

static int
greatest_first(const void *pa, const void *pb)
{
    const struct train_scored *a = pa, *b = pb;

    return (a->z < b->z) - (a->z > b->z);
}

/* All sources together are 1. */
static void
weigh(struct train_scored *v, size_t n)
{
    size_t sources = 0;

    qsort(v, n, sizeof *v, by_group);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && v[j].group == v[i].group; j++)
            ;
        sources++;
        for (size_t k = i; k < j; k++)
            v[k].share = 1 / (float)(j - i);
    }
    for (size_t i = 0; i < n; i++)
        v[i].share /= (float)sources;
}

float
train_quantile(struct train_scored *v, size_t n, double share)
{
    double over = 0;
    size_t i = 0;

    weigh(v, n);
    qsort(v, n, sizeof *v, greatest_first);
    while (i < n && (over += v[i].share) <= share)
        i++;
    return i == n ? 0 : v[i].z;
}
