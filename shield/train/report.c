/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: what was used, and what each source gives at the thresholds. Sources that were not trained on are marked. */
#include <stdio.h>
#include <stdlib.h>

#include "train.h"

static int
by_source(const void *pa, const void *pb)
{
    const struct train_record *a = *(const struct train_record *const *)pa, *b = *(const struct train_record *const *)pb;
    int c = gh_str_cmp(a->source, b->source);

    if (c != 0)
        return c;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->class_ != b->class_)
        return a->class_ < b->class_ ? -1 : 1;
    return 0;
}

void
train_report(const struct train_set *s, const float *z, const float threshold[GH_SHIELD_KINDS])
{
    const struct train_record **p = train_alloc(s->n, sizeof *p);

    for (size_t i = 0; i < s->n; i++)
        p[i] = &s->record[i];
    qsort(p, s->n, sizeof *p, by_source);
    for (int is_attack = 0; is_attack < 2; is_attack++)
        for (size_t i = 0, j; i < s->n; i = j) {
            size_t over = 0;

            for (j = i; j < s->n && by_source(&p[i], &p[j]) == 0; j++)
                over += z[p[j] - s->record] >= threshold[p[j]->kind];
            if (p[i]->is_attack == (is_attack != 0))
                printf("%s %-28.*s %-11s %-11s %6zu  %s %.2f %%\n", p[i]->may_train ? "train" : "VALID", (int)p[i]->source.n,
                    p[i]->source.p, gh_shield_kind_names[p[i]->kind], gh_shield_class_names[p[i]->class_], j - i,
                    is_attack ? "caught" : "alarms", 100.0 * (double)over / (double)(j - i));
        }
    free(p);
}
