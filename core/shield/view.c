/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/view.h"

const char *const gh_view_names[GH_VIEWS] = {
#define ROW(name, text) text,
    GH_VIEW_LIST(ROW)
#undef ROW
};

enum gh_rc
gh_views_read(struct gh_views *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text, uint32_t base)
{
    out->n = 1;
    out->view[0] = (struct gh_view){.id = GH_VIEW_PLAIN, .text = text};
    return gh_words_read(&out->view[0].words, scratch, lexicon, text, NULL, base);
}
