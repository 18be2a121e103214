/* SPDX-License-Identifier: Apache-2.0 */
/* status, down, recover: what the owner asks of an installation that runs, or does not. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/house.h"
#include "supervisor/supervisor.h"
#include "wire/json.h"

#define DOWN_MS     30000
#define RENEW_MS    5000
#define STATUS_MAX  65536
#define NOT_RUNNING 1

struct found {
    struct gh_house house;
    int lock;
    pid_t supervisor, keeper; /* 0: not there */
};

static void
found_fini(struct found *f)
{
    gh_close(f->lock);
    gh_house_close(&f->house);
}
#define auto_found __attribute__((cleanup(found_fini))) struct found

static void
look(struct found *f)
{
    f->supervisor = gh_lock_holder(f->lock, GH_LOCK_SUPERVISOR);
    f->keeper = gh_lock_holder(f->lock, GH_LOCK_KEEPER);
}

/* False: the reason was told. */
static bool
find(struct found *f, const char *data)
{
    struct gh_house_err err = {0};

    f->lock = -1;
    if (gh_house_find(&f->house, data, &err) == GH_OK && gh_lock_open(&f->lock, &f->house, false, &err) == GH_OK) {
        look(f);
        return true;
    }
    (void)fprintf(stderr, "gatehouse: %s: %s\n", err.about, err.what);
    return false;
}

static void
pause_ms(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- status ---- */

static struct gh_str
text_of(const struct gh_json *j, gh_json_ref v, const char *key)
{
    gh_json_ref value = gh_json_get(j, v, gh_str_z(key));
    struct gh_str raw = gh_json_raw(j, value);

    return gh_json_type(j, value) == GH_JSON_STRING ? gh_str_sub(raw, 1, raw.n - 2)
                                                    : raw; /* our own text: no escapes that matter */
}

#define SHOW(s) (int)(s).n, (s).p

static void
print_part(const struct gh_json *j, gh_json_ref part)
{
    struct gh_str name = text_of(j, part, "name"), state = text_of(j, part, "state"), pid = text_of(j, part, "pid");
    struct gh_str restarts = text_of(j, part, "restarts"), reason = text_of(j, part, "last_reason");

    printf("  %-8.*s %-9.*s pid %.*s", SHOW(name), SHOW(state), SHOW(pid));
    if (!gh_str_eq(restarts, GH_STR("0")))
        printf(", restarted %.*s times, last: %.*s", SHOW(restarts), SHOW(reason));
    printf("\n");
}

static enum gh_rc
print_status(struct gh_str text)
{
    gh_auto_arena a;
    struct gh_json j;

    gh_arena_init(&a, gh_heap(), 4u << 20);
    if (gh_json_parse(&j, &a, text, NULL) != GH_OK)
        return GH_BAD;
    struct gh_str url = text_of(&j, 0, "url"), separation = text_of(&j, 0, "separation"), pid = text_of(&j, 0, "supervisor");
    gh_json_ref render = gh_json_get(&j, 0, GH_STR("render")), parts = gh_json_get(&j, 0, GH_STR("parts"));
    bool is_serving = gh_json_type(&j, gh_json_get(&j, 0, GH_STR("serving"))) == GH_JSON_TRUE;
    struct gh_str why = text_of(&j, render, "reason");
    printf(
        "%s %.*s, separation %.*s, pid %.*s\n", is_serving ? "serves on" : "starting on", SHOW(url), SHOW(separation), SHOW(pid));
    for (gh_json_ref p = gh_json_first(&j, parts); p != GH_JSON_NO; p = gh_json_next(&j, parts, p))
        print_part(&j, p);
    if (why.n > 0)
        printf("  configuration of the edge could not be renewed: %.*s\n", SHOW(why));
    return GH_OK;
}

int
gh_supervisor_status(const char *data, bool is_json)
{
    auto_found f;
    gh_auto_arena a;
    struct gh_str text;

    gh_arena_init(&a, gh_heap(), 4 * STATUS_MAX);
    if (!find(&f, data))
        return NOT_RUNNING;
    if (f.supervisor == 0) {
        (void)fprintf(stderr, "gatehouse: %s: %s\n", f.house.path, f.keeper == 0 ? "does not run" : "is being started again");
        return NOT_RUNNING;
    }
    if (gh_file_read(&text, &a, f.house.fd, GH_LAYOUT_STATUS, STATUS_MAX) != GH_OK) {
        (void)fprintf(stderr, "gatehouse: %s/" GH_LAYOUT_STATUS ": %s\n", f.house.path, strerrordesc_np(errno));
        return 1;
    }
    if (!is_json)
        return print_status(text) == GH_OK ? 0 : 1;
    return gh_write_all(STDOUT_FILENO, text) == GH_OK ? 0 : 1;
}

/* ---- down ---- */

int
gh_supervisor_down(const char *data)
{
    auto_found f;
    int64_t deadline = gh_monotonic_ms() + DOWN_MS;

    if (!find(&f, data))
        return 1;
    if (f.keeper == 0 && f.supervisor == 0)
        return 0;
    /* To the keeper, which passes it on, or ends the waiting between two supervisors. */
    if (kill(f.keeper != 0 ? f.keeper : f.supervisor, SIGTERM) != 0) {
        (void)fprintf(stderr, "gatehouse: process %ld: %s\n", (long)f.keeper, strerrordesc_np(errno));
        return 1;
    }
    for (look(&f); f.keeper != 0 || f.supervisor != 0; look(&f)) {
        if (gh_monotonic_ms() > deadline) {
            (void)fprintf(stderr, "gatehouse: process %ld has not ended in 30 s\n", (long)f.supervisor);
            return 1;
        }
        pause_ms(5);
    }
    return 0;
}

/* ---- recover ---- */

static struct timespec
changed_at(const struct gh_house *h)
{
    struct stat st = {0};

    (void)fstatat(h->fd, GH_LAYOUT_CERT, &st, AT_SYMLINK_NOFOLLOW);
    return st.st_ctim;
}

int
gh_supervisor_recover(const char *data)
{
    auto_found f;
    int64_t deadline = gh_monotonic_ms() + RENEW_MS;

    if (!find(&f, data))
        return 1;
    if (f.supervisor == 0) {
        (void)fprintf(stderr, "gatehouse: %s: does not run; start it first (gatehouse up)\n", f.house.path);
        return NOT_RUNNING;
    }
    struct timespec before = changed_at(&f.house), now;
    if (kill(f.supervisor, SIGHUP) != 0) {
        (void)fprintf(stderr, "gatehouse: process %ld: %s\n", (long)f.supervisor, strerrordesc_np(errno));
        return 1;
    }
    do {
        pause_ms(5);
        now = changed_at(&f.house);
    } while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec && gh_monotonic_ms() < deadline);
    if (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec) {
        (void)fprintf(stderr, "gatehouse: the certificate was not renewed in 5 s; see the log of the supervisor\n");
        return 1;
    }
    (void)fprintf(stderr, "the certificate is renewed\n");
    return 0;
}

/* ---- logs, upgrade ---- */

static int
tell(const char *data, int signo, const char *done)
{
    auto_found f;

    if (!find(&f, data))
        return 1;
    if (f.supervisor == 0) {
        (void)fprintf(stderr, "gatehouse: %s: does not run\n", f.house.path);
        return NOT_RUNNING;
    }
    if (kill(f.supervisor, signo) != 0) {
        (void)fprintf(stderr, "gatehouse: process %ld: %s\n", (long)f.supervisor, strerrordesc_np(errno));
        return 1;
    }
    (void)fprintf(stderr, "%s\n", done);
    return 0;
}

int
gh_supervisor_rotate(const char *data)
{
    return tell(data, SIGUSR1, "the logs are rotated");
}

int
gh_supervisor_upgrade(const char *data)
{
    return tell(data, SIGUSR2, "the upgrade has begun; gatehouse status and the log say how it goes");
}
