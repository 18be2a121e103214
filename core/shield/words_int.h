/* SPDX-License-Identifier: Apache-2.0 */
/* What words.c (reading) and words_mend.c (mending) share. */
#ifndef GH_SHIELD_WORDS_INT_H
#define GH_SHIELD_WORDS_INT_H

#include "shield/words.h"

/* Writes `n` folded letters as a word's text, with a space before and behind; the offset. There is always room: see cap_text. */
uint32_t gh_words_put_text(struct gh_words *w, const char *p, size_t n);

/* Looks the word up by its letters and fills hash, concept and frequency. */
void gh_words_look_up(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x);

/* All that is mended when the words are read; `text` is what they were read from. */
void gh_words_mend(const struct gh_lexicon *l, struct gh_words *w);

/* Digits and signs for letters: the words from `first` on came from one run without spaces, `raw` (folded to ASCII). Maybe they become one. */
void gh_words_mend_leet(const struct gh_lexicon *l, struct gh_words *w, uint32_t first, const char *raw, size_t n, uint32_t at, uint32_t end);

/* Cuts n letters (at most GH_WORDS_SEGMENT_MAX, readable 8 bytes beyond) into words at least cost: ends[] receives where each ends; how many. */
#define GH_WORDS_SEGMENT_MAX 512
size_t gh_words_segment(const struct gh_lexicon *l, const char *p, size_t n, uint16_t *ends);

#endif
