/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: which class an attack is of: one weight for each class and coarse feature, softmax over the attacks' best windows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "train.h"

#define EPOCHS 6
#define COARSE (1u << GH_MODEL_CLASS_BITS)

static uint32_t
coarse(uint32_t id)
{
    return id >> (GH_FEATURE_BITS - GH_MODEL_CLASS_BITS) & (COARSE - 1);
}

static void
step(float *w, const struct train_view *v, struct train_best b, enum gh_shield_class truth, float rate)
{
    float z[8] = {0}, sum = 0, top = -1e9f, scale = 1 / sqrtf((float)b.n + 1);

    for (uint32_t k = v->off[b.from]; k < v->off[b.to]; k++)
        for (size_t c = 0; c < 8; c++)
            z[c] += w[(size_t)coarse(v->ids[k]) * 8 + c] * scale;
    for (size_t c = GH_SHIELD_JAILBREAK; c < GH_SHIELD_CLASSES; c++)
        top = z[c] > top ? z[c] : top;
    for (size_t c = GH_SHIELD_JAILBREAK; c < GH_SHIELD_CLASSES; c++)
        sum += expf(z[c] - top);
    for (size_t c = GH_SHIELD_JAILBREAK; c < GH_SHIELD_CLASSES; c++) {
        float g = (expf(z[c] - top) / sum - (c == (size_t)truth ? 1.0f : 0.0f)) * scale * rate;

        for (uint32_t k = v->off[b.from]; k < v->off[b.to]; k++)
            w[(size_t)coarse(v->ids[k]) * 8 + c] -= g;
    }
}

void
train_classes(struct train_model *m, const struct train_set *s)
{
    float *w = train_alloc(COARSE * 8, sizeof *w), most = 1e-6f;

    for (int e = 0; e < EPOCHS; e++)
        for (size_t i = 0; i < s->n; i++) {
            const struct train_record *r = &s->record[i];
            struct train_best b;

            if (!r->is_attack || !r->may_train || (b = train_score(&m->w, s, r)).z < -1e8f)
                continue;
            step(w, &s->view[b.view], b, r->class_, 0.5f / (float)(e + 1));
        }
    for (size_t i = 0; i < COARSE * 8; i++)
        most = fabsf(w[i]) > most ? fabsf(w[i]) : most;
    for (size_t i = 0; i < COARSE * 8; i++)
        m->classes[i] = (int8_t)roundf(w[i] * 127 / most);
    free(w);
}
