/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/shield_prompt.h"

#include "base/codec.h"
#include "wire/query.h"

static enum gh_rc
bad(const struct gh_json *body, gh_json_ref v, struct gh_err *err, const char *what)
{
    return gh_fail(err, GH_BAD, body->nodes[v].at, what);
}

/* Code points; what is no whole one counts as one. */
static size_t
count_characters(struct gh_str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; n++) {
        size_t step = gh_utf8_length(gh_str_sub(s, i, 4));
        i += step > 0 ? step : 1;
    }
    return n;
}

static enum gh_rc
read_prompt(struct gh_shield_prompt *out, struct gh_arena *a, const struct gh_json *body, gh_json_ref v, struct gh_err *err)
{
    enum gh_rc rc = gh_json_str(&out->prompt, a, body, v);

    if (rc != GH_OK)
        return rc == GH_BAD ? bad(body, v, err, "userPrompt is a text") : rc;
    if (count_characters(out->prompt) > GH_SHIELD_PROMPT_CHARACTERS_MAX)
        return bad(body, v, err, "userPrompt is longer than 10,000 characters");
    out->has_prompt = true;
    return GH_OK;
}

static enum gh_rc
read_documents(struct gh_shield_prompt *out, struct gh_arena *a, const struct gh_json *body, gh_json_ref list, struct gh_err *err)
{
    size_t characters = 0;
    enum gh_rc rc;

    if (gh_json_type(body, list) != GH_JSON_ARRAY)
        return bad(body, list, err, "documents are an array of texts");
    out->has_documents = true;
    for (gh_json_ref v = gh_json_first(body, list); v != GH_JSON_NO; v = gh_json_next(body, list, v)) {
        if (out->n_documents == GH_SHIELD_PROMPT_DOCUMENTS_MAX)
            return bad(body, v, err, "there are more than 5 documents");
        if ((rc = gh_json_str(&out->document[out->n_documents], a, body, v)) != GH_OK)
            return rc == GH_BAD ? bad(body, v, err, "documents are an array of texts") : rc;
        characters += count_characters(out->document[out->n_documents++]);
        if (characters > GH_SHIELD_PROMPT_CHARACTERS_MAX)
            return bad(body, v, err, "documents are longer than 10,000 characters together");
    }
    return GH_OK;
}

enum gh_rc
gh_shield_prompt_read(struct gh_shield_prompt *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    gh_json_ref prompt = gh_json_get(body, 0, GH_STR("userPrompt")), documents = gh_json_get(body, 0, GH_STR("documents"));
    enum gh_rc rc = GH_OK;

    *out = (struct gh_shield_prompt){.has_prompt = false};
    if (gh_json_type(body, 0) != GH_JSON_OBJECT)
        return bad(body, 0, err, "an object is wanted here");
    for (gh_json_ref v = gh_json_first(body, 0); v != GH_JSON_NO; v = gh_json_next(body, 0, v))
        if (v != prompt && v != documents)
            return bad(body, v, err, "there is userPrompt and documents, and nothing else"); /* "document" would not be judged */
    if (gh_json_type(body, prompt) > GH_JSON_NULL)
        rc = read_prompt(out, a, body, prompt, err);
    if (rc == GH_OK && gh_json_type(body, documents) > GH_JSON_NULL)
        rc = read_documents(out, a, body, documents, err);
    if (rc == GH_OK && !out->has_prompt && out->n_documents == 0)
        rc = bad(body, 0, err, "userPrompt or documents are wanted");
    return rc;
}

static void
put_analysis(struct gh_jsonw *w, bool is_attack)
{
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "attackDetected", is_attack);
    gh_jsonw_end(w, '}');
}

void
gh_shield_prompt_put(struct gh_buf *out, const struct gh_shield_prompt *asked, const bool *attacks)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    if (asked->has_prompt) {
        gh_jsonw_key(&w, "userPromptAnalysis");
        put_analysis(&w, *attacks++);
    }
    if (asked->has_documents) {
        gh_jsonw_key(&w, "documentsAnalysis");
        gh_jsonw_arr(&w);
        for (size_t i = 0; i < asked->n_documents; i++)
            put_analysis(&w, attacks[i]);
        gh_jsonw_end(&w, ']');
    }
    gh_jsonw_end(&w, '}');
}

bool
gh_shield_prompt_is_version(struct gh_arena *a, struct gh_str query)
{
    static const struct gh_str versions[] = {GH_STR_INIT("2023-10-01"),
        GH_STR_INIT("2024-09-01"), /* the client's default, and the first that has it */
        GH_STR_INIT("2024-02-15-preview"), GH_STR_INIT("2024-09-15-preview")};
    struct gh_str name, value;

    while (gh_query_next(&name, &value, a, &query) == GH_OK)
        for (size_t i = 0; gh_str_eq(name, GH_STR("api-version")) && i < sizeof(versions) / sizeof(*versions); i++)
            if (gh_str_eq(value, versions[i]))
                return true;
    return false;
}
