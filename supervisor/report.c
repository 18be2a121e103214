/* SPDX-License-Identifier: Apache-2.0 */
/* What people and the audit are told. */
#include "supervisor/super.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/codec.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "wire/json.h"

#define STATUS_MAX 16384

void
gh_report_event(struct gh_super *s, const char *what, const char *detail)
{
    if (s->n_events == GH_SUPER_EVENTS_MAX) {
        s->n_events_lost++; /* control is down for long; the log has them all */
        return;
    }
    struct gh_event *e = &s->event[s->n_events++];
    e->what = what;
    (void)snprintf(e->detail, sizeof(e->detail), "%s", detail);
    if (s->part[GH_PART_CONTROL].is_ready)
        gh_talk_flush_events(s);
}

void
gh_report_origin(char *out, size_t n, const struct gh_super *s)
{
    const struct gh_listen *l = &s->listen;
    const char *host = l->host;

    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "::") == 0)
        host = "::1";
    (void)snprintf(out, n, l->is_v6 ? "https://[%s]:%u" : "https://%s:%u", host, l->port);
}

static const char *
state_of(const struct gh_part *p)
{
    if (p->pid == 0)
        return p->restart_at_ms != 0 ? "waiting" : "stopped";
    return p->is_ready ? "ready" : "starting";
}

static void
put_part(struct gh_jsonw *w, const struct gh_super *s, enum gh_part_id id)
{
    const struct gh_part *p = &s->part[id];

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "name", gh_str_z(gh_part_name(id)));
    gh_jsonw_ku64(w, "pid", (uint64_t)p->pid);
    gh_jsonw_kstr(w, "state", gh_str_z(state_of(p)));
    gh_jsonw_ku64(w, "restarts", p->n_restarts);
    gh_jsonw_kstr(w, "last_reason", gh_str_z(p->reason));
    gh_jsonw_end(w, '}');
}

static void
put_render(struct gh_jsonw *w, const struct gh_render_job *r)
{
    gh_jsonw_key(w, "render");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "generation", r->generation);
    gh_jsonw_kbool(w, "ok", r->is_done_once && r->reason[0] == '\0');
    gh_jsonw_kstr(w, "reason", gh_str_z(r->reason));
    gh_jsonw_end(w, '}');
}

void
gh_report_status(struct gh_super *s)
{
    char mem[STATUS_MAX];
    char origin[96];
    struct gh_buf b;
    struct gh_jsonw w;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_jsonw_init(&w, &b);
    gh_report_origin(origin, sizeof(origin), s);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "supervisor", (uint64_t)getpid());
    gh_jsonw_ku64(&w, "keeper", (uint64_t)s->keeper_pid);
    gh_jsonw_kbool(&w, "serving", s->has_served && s->part[GH_PART_EDGE].is_ready);
    gh_jsonw_kstr(&w, "separation", gh_str_z(gh_owners_separation(&s->house.owners)));
    gh_jsonw_kstr(&w, "installation", gh_str_z(s->house.installation));
    gh_jsonw_kstr(&w, "listen", gh_str_z(s->listen_text));
    gh_jsonw_kstr(&w, "url", gh_str_z(origin));
    put_render(&w, &s->render);
    gh_jsonw_key(&w, "parts");
    gh_jsonw_arr(&w);
    for (int i = 0; i < GH_PART_COUNT; i++)
        if (i != GH_PART_ECHO || s->settings->is_demo)
            put_part(&w, s, (enum gh_part_id)i);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    gh_buf_putc(&b, '\n');
    if (gh_file_replace(s->house.fd, GH_LAYOUT_STATUS, 0600, gh_buf_str(&b)) != GH_OK)
        gh_log(GH_LOG_WARN, "the status cannot be written", GH_KEND);
}

/* Lines that work when they are pasted: the token comes from the owner's own command and stands in no argv. */
static void
print_demo(const struct gh_super *s, const char *origin)
{
    static const char model[] = "workspaces/demo/endpoints/chat/openai/v1";
    char self[4096] = "gatehouse";
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n > 0)
        self[n] = '\0';
    printf("\nTry it:\n\n"
           "  %s token --data %s --as demo-client | sed 's/^/authorization: Bearer /' | \\\n"
           "    curl -sS --cacert %s/" GH_LAYOUT_CA " -H @- -H 'content-type: application/json' -d "
           "'{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}' \\\n"
           "    %s/%s/chat/completions\n",
        self, s->house.path, s->house.path, origin, model);
    const char *sdk = getenv("GATEHOUSE_SDK_DIR");
    printf("\nWith the official SDK:\n\n  %s%s\n"
           "  export NODE_EXTRA_CA_CERTS=%s/" GH_LAYOUT_CA " OPENAI_API_KEY=\"$(%s token --data %s --as demo-client)\"\n"
           "  node --input-type=module -e '\n"
           "    import OpenAI from \"openai\";\n"
           "    const client = new OpenAI({ baseURL: \"%s/%s\" });\n"
           "    const stream = await client.chat.completions.create({ model: \"echo\", stream: true,\n"
           "      messages: [{ role: \"user\", content: \"Hello\" }] });\n"
           "    for await (const part of stream) process.stdout.write(part.choices[0]?.delta?.content ?? \"\");'\n\n",
        sdk == NULL ? "npm install openai" : "cd ", sdk == NULL ? "" : sdk, s->house.path, self, s->house.path, origin, model);
}

void
gh_report_serving(struct gh_super *s)
{
    const char *separation = gh_owners_separation(&s->house.owners);
    char origin[96];

    gh_report_origin(origin, sizeof(origin), s);
    gh_log(GH_LOG_NOTICE, "serving", GH_KS("url", gh_str_z(origin)), GH_KS("separation", gh_str_z(separation)),
        GH_KU("after_ms", gh_monotonic_ms() - s->start_ms), GH_KEND);
    if (s->is_restart)
        return;
    printf("Gatehouse serves on %s (separation: %s, data: %s)\n", origin, separation, s->house.path);
    if (!s->house.owners.is_full)
        printf("All programs run as one user: what is then not protected stands in docs/threat-model.md.\n");
    if (s->settings->is_demo)
        print_demo(s, origin);
    (void)fflush(stdout);
}
