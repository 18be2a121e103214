/* SPDX-License-Identifier: Apache-2.0 */
/* Which snapshot files stay, and which go. One that cannot be removed goes at the next start. */
#include "control/publish/publish_int.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/host.h"

void
gh_kept_add(struct gh_kept *k, int dirfd, const char *kind, uint64_t generation)
{
    char name[GH_PUBLISH_NAME_MAX];
    size_t n = gh_str_eq(gh_str_z(kind), GH_STR("base")) ? GH_KEPT_BASES : GH_KEPT_OVERLAYS;
    uint64_t oldest = k->generation[n - 1];
    memmove(k->generation + 1, k->generation, (n - 1) * sizeof(*k->generation));
    k->generation[0] = generation;
    if (oldest == 0)
        return;
    gh_publish_name(name, kind, oldest);
    (void)unlinkat(dirfd, name, 0);
}

static bool
is_half_written(struct gh_str name)
{
    static const struct gh_str prefixes[] = {GH_STR_INIT(".base-"), GH_STR_INIT(".overlay-"), GH_STR_INIT(".current")};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (gh_str_starts(name, prefixes[i]))
            return true;
    return false;
}

void
gh_kept_clean(int dirfd, uint64_t base_generation, uint64_t overlay_generation)
{
    char base[GH_PUBLISH_NAME_MAX], overlay[GH_PUBLISH_NAME_MAX];
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        gh_close(fd);
        return;
    }
    gh_publish_name(base, "base", base_generation);
    gh_publish_name(overlay, "overlay", overlay_generation);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        struct gh_str name = gh_str_z(e->d_name);
        bool is_named = gh_str_eq(name, gh_str_z(base)) || gh_str_eq(name, gh_str_z(overlay));
        if (is_half_written(name) || (gh_str_ends(name, GH_STR(".snap")) && !is_named))
            (void)unlinkat(dirfd, e->d_name, 0);
    }
    (void)closedir(d);
}
