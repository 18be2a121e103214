/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/net: the second stage, a small net over the words of one window: embeddings, two convolutions over neighbouring words, the greatest
 * value of each channel, two dense layers. Whole numbers throughout (activations 0 to 127, weights of 8 bits, sums of 32), so that the
 * AVX2 form and the portable one give the same answer, bit for bit. Activations are in units of 1/32; a layer's shift brings its sums back.
 */
#ifndef GH_SHIELD_NET_H
#define GH_SHIELD_NET_H

#include "shield/words.h"

#define GH_NET_WORDS 64      /* longest window                               */
#define GH_NET_WIDTH 64      /* channels of each layer                       */
#define GH_NET_HIDDEN 32
#define GH_NET_OUTPUTS 6     /* attack, then the classes from JAILBREAK on   */
#define GH_NET_WORD_ROWS 16384u
#define GH_NET_STEM_ROWS 4096u
#define GH_NET_CONCEPT_ROWS 64u
#define GH_NET_SIGN_ROWS 256u
#define GH_NET_PLACE_ROWS 32u /* kind * 8 + view */
#define GH_NET_TAPS 3u

/* What a word is to the net: a row of each table. */
struct gh_net_word {
    uint16_t word, stem;
    uint8_t concept, sign;
};

/* Borrowed from the model file. Rows are GH_NET_WIDTH bytes; weights are output-major. */
struct gh_net {
    const int8_t *word, *stem, *concept, *sign, *place; /* word NULL: the model has no net */
    const int8_t *conv[2];                              /* GH_NET_WIDTH * GH_NET_TAPS * GH_NET_WIDTH         */
    const int8_t *hidden;                               /* GH_NET_HIDDEN * GH_NET_WIDTH                      */
    const int8_t *last;                                 /* GH_NET_OUTPUTS * GH_NET_HIDDEN                    */
    int32_t conv_bias[2][GH_NET_WIDTH], hidden_bias[GH_NET_HIDDEN], last_bias[GH_NET_OUTPUTS];
    uint8_t shift[4];                                   /* of both convolutions, hidden, last               */
    /* The weights of the convolutions once more, four inputs of all outputs after the next four: as AVX2 takes them. Made by gh_net_read. */
    int8_t by_input[2][GH_NET_TAPS * GH_NET_WIDTH / 4][GH_NET_WIDTH][4];
};

#define GH_NET_ROWS (GH_NET_WORD_ROWS + GH_NET_STEM_ROWS + GH_NET_CONCEPT_ROWS + GH_NET_SIGN_ROWS + GH_NET_PLACE_ROWS)
#define GH_NET_BIASES (2 * GH_NET_WIDTH + GH_NET_HIDDEN + GH_NET_OUTPUTS)
/* In the file: four shifts as u32, biases as u32, then the tables, convolutions, hidden, last. */
#define GH_NET_BYTES (16u + 4u * GH_NET_BIASES + GH_NET_ROWS * GH_NET_WIDTH + 2u * GH_NET_WIDTH * GH_NET_TAPS * GH_NET_WIDTH + \
    GH_NET_HIDDEN * GH_NET_WIDTH + GH_NET_OUTPUTS * GH_NET_HIDDEN)

/* GH_NET_BYTES bytes, or none: a model without a second stage. GH_BAD. */
GH_MUST_USE enum gh_rc gh_net_read(struct gh_net *out, struct gh_str section);

/* The words [from, to) of `w`, at most GH_NET_WORDS of them. How many. */
size_t gh_net_words(struct gh_net_word out[GH_NET_WORDS], const struct gh_words *w, uint32_t from, uint32_t to);

/* Asks the net: out[0] is the attack's logarithmic odds in units of 1/256, the others those of the classes. `place`: kind * 8 + view. */
void gh_net_ask(int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place);
/* The same without AVX2, for machines that have none and for the test that both are one. */
void gh_net_ask_portable(int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place);

#endif
