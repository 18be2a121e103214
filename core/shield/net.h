/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/net: the second stage, a small net over the words of one window. Whole numbers throughout, so that the AVX2 form and the portable
 * one give the same answer, bit for bit.
 */
#ifndef GH_SHIELD_NET_H
#define GH_SHIELD_NET_H

#include "shield/words.h"

struct gh_net {
    const int8_t *bytes; /* NULL: the model has none */
};

#endif
