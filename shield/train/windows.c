/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: the windows that the second stage would be asked about, as net.py reads them. One row each, of a fixed size:
 * u32 record, u32 group of its source, i32 sum of the first stage, u8 attack, class, place (kind * 8 + view), may train, words, made, weight (of 8), nothing,
 * then for each of GH_NET_WORDS words u16 word, u16 stem, u8 concept, u8 sign. */
#include <stdio.h>

#include "train.h"

static void
put_window(FILE *f, struct gh_arena *a, const struct train_set *s, size_t record, const struct gh_scan_piece *p,
    const struct gh_scan_window *w)
{
    const struct train_record *r = &s->record[record];
    struct gh_net_word words[GH_NET_WORDS] = {{0, 0, 0, 0}};
    size_t n = gh_net_words(words, &p->views.view[w->view_index].words, w->from, w->to);
    struct gh_buf b;

    gh_buf_init(&b, a, 1024);
    gh_buf_put_le32(&b, (uint32_t)record);
    gh_buf_put_le32(&b, r->group);
    gh_buf_put_le32(&b, (uint32_t)w->sum);
    gh_buf_putc(&b, (char)r->is_attack);
    gh_buf_putc(&b, (char)r->class_);
    gh_buf_putc(&b, (char)((unsigned)r->kind * 8 + (unsigned)w->view));
    gh_buf_putc(&b, (char)r->may_train);
    gh_buf_putc(&b, (char)n);
    gh_buf_putc(&b, (char)r->is_made);
    gh_buf_putc(&b, (char)(uint8_t)(r->weight * 8));
    gh_buf_putc(&b, 0);
    for (size_t i = 0; i < GH_NET_WORDS; i++) {
        gh_buf_put_le16(&b, words[i].word);
        gh_buf_put_le16(&b, words[i].stem);
        gh_buf_putc(&b, (char)words[i].concept);
        gh_buf_putc(&b, (char)words[i].sign);
    }
    if (fwrite(b.p, 1, b.n, f) != b.n)
        train_die("windows cannot be written", NULL);
}

void
train_windows(const struct train_set *s, const struct gh_shield_model *m, const char *path)
{
    FILE *f = fopen(path, "we");

    if (f == NULL)
        train_die("cannot be written", path);
    for (size_t i = 0; i < s->n; i++)
        for (size_t at = 0; at < s->record[i].text.n;) {
            struct gh_str text = s->record[i].text;
            size_t end = gh_scan_piece_end(text, at);
            struct gh_scan_piece p;
            struct gh_arena a;

            gh_arena_init(&a, s->arena.alloc, 256u << 20);
            if (gh_scan_piece(&p, m, &a, s->record[i].kind, gh_str_sub(text, at, end - at), (uint32_t)at) != GH_OK)
                train_die("no memory", NULL);
            for (size_t k = 0; k < p.asked.n; k++)
                put_window(f, &a, s, i, &p, &p.asked.w[k]);
            gh_arena_fini(&a);
            at = end == text.n ? end : gh_scan_piece_next(at, end);
        }
    (void)fclose(f);
}
