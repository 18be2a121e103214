/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/shield_prompt: Azure AI Content Safety's `text:shieldPrompt`: {"userPrompt"?: text, "documents"?: [text]} is asked,
 * {"userPromptAnalysis"?: {"attackDetected": bool}, "documentsAnalysis"?: [...]} is answered, in the order of the documents (protocols.md 2).
 */
#ifndef GH_WIRE_SHIELD_PROMPT_H
#define GH_WIRE_SHIELD_PROMPT_H

#include "wire/json.h"

#define GH_SHIELD_PROMPT_DOCUMENTS_MAX 5      /* Azure's own bounds: more documents ... */
#define GH_SHIELD_PROMPT_CHARACTERS_MAX 10000 /* ... or characters, of the prompt and of all documents each, are refused */

struct gh_shield_prompt {
    bool has_prompt, has_documents;
    struct gh_str prompt;
    struct gh_str document[GH_SHIELD_PROMPT_DOCUMENTS_MAX];
    size_t n_documents;
};

/* GH_BAD with the reason and offset: not of this form, nothing to be judged, or beyond the bounds. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_shield_prompt_read(struct gh_shield_prompt *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);

/* The answer; `attacks` has the prompt's verdict first, where there is one. */
void gh_shield_prompt_put(struct gh_buf *out, const struct gh_shield_prompt *asked, const bool *attacks);

/* Whether the query names a version that is spoken here. */
bool gh_shield_prompt_is_version(struct gh_arena *a, struct gh_str query);

#endif
