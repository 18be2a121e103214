/* SPDX-License-Identifier: Apache-2.0 */
/* Where the other programs lie. */
#include "supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

static const struct {
    const char *name;     /* in a folder of programs                     */
    const char *in_build; /* below the build folder; NULL: not ours       */
    const char *missing;
} programs[GH_PROGRAM_COUNT] = {
    [GH_PROGRAM_CONTROL] = {"gatehoused", "control/gatehoused", "the program gatehoused"},
    [GH_PROGRAM_VAULT] = {"gatehouse-vault", "vault/gatehouse-vault", "the program gatehouse-vault"},
    [GH_PROGRAM_ECHO] = {"gatehouse-echo", "echo/gatehouse-echo", "the program gatehouse-echo"},
    [GH_PROGRAM_NGINX] = {"nginx", NULL, "nginx (run `make deps`)"},
    [GH_PROGRAM_MODULE] = {"ngx_http_gatehouse_module.so", "edge/ngx_http_gatehouse_module.so", "ngx_http_gatehouse_module.so"},
    [GH_PROGRAM_SHIELD_MODEL] = {"shield.bin", "shield/model/shield.bin", "shield.bin (the shield's model)"},
    [GH_PROGRAM_PATTERNS] = {"patterns.db", "patterns/patterns.db", "patterns.db (the pattern database)"},
    [GH_PROGRAM_PROBES] = {"redteam.jsonl", "shield/redteam/redteam.jsonl", "redteam.jsonl (the probes of the red team)"},
};

static const char *const nginx_places[] = {"/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/nginx/sbin"};

static int
open_in(const char *folder, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* .../build/cli/gatehouse -> .../build */
static bool
build_folder(char out[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    if (n <= 0)
        return false;
    out[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(out, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    return true;
}

static int
open_ours(enum gh_program which)
{
    const char *libexec = getenv("GATEHOUSE_LIBEXEC");
    char build[PATH_MAX];
    int fd = -1;

    if (libexec != NULL && libexec[0] == '/')
        return open_in(libexec, programs[which].name);
    if (build_folder(build))
        fd = open_in(build, programs[which].in_build);
    return fd >= 0 ? fd : open_in(GH_PROGRAMS_DIR, programs[which].name);
}

static int
open_nginx(void)
{
    int fd = -1;

    for (size_t i = 0; fd < 0 && i < sizeof(nginx_places) / sizeof(nginx_places[0]); i++)
        fd = open_in(nginx_places[i], programs[GH_PROGRAM_NGINX].name);
    return fd;
}

/* A file of mode 0700 in root's home is one that a system user cannot execute, whoever opened it: it gets a copy in memory. */
static int
executable_by_all(int file)
{
    struct stat st;
    off_t at = 0;

    if (file < 0 || fstat(file, &st) != 0 || (st.st_mode & 0005) == 0005)
        return file;
    gh_auto_fd original = file;
    gh_auto_fd copy = memfd_create("gatehouse", MFD_CLOEXEC);
    while (copy >= 0 && at < st.st_size) {
        ssize_t n = sendfile(copy, original, &at, (size_t)(st.st_size - at));
        if (n <= 0 && errno != EINTR)
            return -1;
    }
    /* Read-only for the world and for us: a program that runs must not change. */
    if (copy < 0 || fchmod(copy, 0555) != 0)
        return -1;
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
    return open(path, O_RDONLY | O_CLOEXEC);
}

int
gh_program_open(enum gh_program which, const char **looked)
{
    int fd = executable_by_all(which == GH_PROGRAM_NGINX ? open_nginx() : open_ours(which));

    *looked = programs[which].missing;
    return fd;
}
