/* SPDX-License-Identifier: Apache-2.0 */
/* audit/event: an administrative act as a record. Which member becomes which field is one table. */
#include <stddef.h>

#include "control/audit/audit_int.h"

// clang-format off
#define TEXT(FIELD, member) {GH_FIELD_##FIELD, offsetof(struct gh_audit_event, member)}
static const struct {
    enum gh_field field;
    size_t at;
} texts[] = {
    TEXT(REQUEST_ID, request_id), TEXT(CALLER, caller), TEXT(ISSUER, issuer), TEXT(CREDENTIAL_ID, credential_id),
    TEXT(CREDENTIAL_KIND, credential_kind), TEXT(PEER, peer), TEXT(LISTENER, listener), TEXT(METHOD, method), TEXT(ROUTE, route),
    TEXT(SURFACE, surface), TEXT(SCOPE, scope), TEXT(ACTION, action), TEXT(VERDICT, verdict), TEXT(RULE, rule), TEXT(ROLE, role),
    TEXT(REASON, reason), TEXT(RESOURCE, resource), TEXT(OPERATION, operation), TEXT(DETAIL, detail), TEXT(KID, kid),
}, numbers[] = {
    TEXT(STATUS, status), TEXT(GENERATION, generation), TEXT(DURATION_US, duration_us),
};
// clang-format on

static void
put_fields(struct gh_record_writer *w, const struct gh_audit_event *e)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gh_str s;

        memcpy(&s, (const char *)e + texts[i].at, sizeof s);
        gh_record_text(w, texts[i].field, s);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t v;

        memcpy(&v, (const char *)e + numbers[i].at, sizeof v);
        if (v != 0)
            gh_record_u64(w, numbers[i].field, v);
    }
    gh_record_bytes(w, GH_FIELD_DIGEST, e->digest);
}

static enum gh_rc
add(struct gh_audit *au, struct gh_store_tx *tx, const struct gh_audit_event *e)
{
    const struct gh_audit_learner *l = au->config.learner;
    struct audit_tail t;
    struct audit_own o;
    enum gh_rc rc;

    if (l != NULL && (rc = l->own(l->ctx, tx, e)) != GH_OK)
        return rc;
    if ((rc = gh_audit_append_open(&t, au, tx)) != GH_OK || (rc = gh_audit_append_begin(&o, &t, e->kind)) != GH_OK)
        return rc;
    put_fields(&o.w, e);
    return gh_audit_append_end(&o, &t);
}

enum gh_rc
gh_audit_admin(struct gh_audit *au, struct gh_store_tx *tx, const struct gh_audit_event *e)
{
    gh_auto_store_tx *own = NULL;
    enum gh_rc rc;

    if (tx != NULL)
        return add(au, tx, e);
    if ((rc = gh_store_begin(&own, au->config.store, GH_STORE_FULL)) != GH_OK || (rc = add(au, own, e)) != GH_OK)
        return rc;
    return gh_store_commit(gh_store_steal(&own));
}
