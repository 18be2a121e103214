/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that the supervisor binds for others, and its looks at the one that nginx binds itself. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/super.h"

#define BACKLOG  128
#define PROBE_US 50000

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
};

static socklen_t
to_address(union address *out, const struct gh_listen *l)
{
    memset(out, 0, sizeof(*out));
    if (l->is_v6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(l->port);
        (void)inet_pton(AF_INET6, l->host, &out->v6.sin6_addr);
        return sizeof(out->v6);
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(l->port);
    (void)inet_pton(AF_INET, l->host, &out->v4.sin_addr);
    return sizeof(out->v4);
}

/* A bound socket; the port that it got in *port. */
static int
bind_tcp(uint16_t *port, const struct gh_listen *l)
{
    union address at;
    socklen_t n = to_address(&at, l);
    const int yes = 1;
    gh_auto_fd fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
        return -1;
    if (l->is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0)
        return -1;
    if (bind(fd, &at.any, n) != 0 || getsockname(fd, &at.any, &n) != 0)
        return -1;
    *port = ntohs(l->is_v6 ? at.v6.sin6_port : at.v4.sin_port);
    return gh_steal_fd(&fd);
}

enum gh_rc
gh_sockets_resolve(struct gh_listen *l, struct gh_house_err *err)
{
    gh_auto_fd fd = bind_tcp(&l->port, l);

    /* Listening is what shows that nobody else does: with SO_REUSEADDR two may be bound. */
    if (fd < 0 || listen(fd, 1) != 0)
        return gh_house_fail_errno(err, "cannot listen on this address", l->host);
    return GH_OK;
}

bool
gh_sockets_answers(const struct gh_listen *l)
{
    struct gh_listen own = *l;
    union address at;

    /* All addresses include loopback. */
    if (strcmp(own.host, "0.0.0.0") == 0)
        memcpy(own.host, "127.0.0.1", 10);
    else if (strcmp(own.host, "::") == 0)
        memcpy(own.host, "::1", 4);
    socklen_t n = to_address(&at, &own);
    /* An address of this machine answers or refuses at once; a firewall that swallows must not stop the loop. */
    const struct timeval patience = {.tv_usec = PROBE_US};
    gh_auto_fd fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 && connect(fd, &at.any, n) == 0;
}

/* Mode 0600 from birth, then given to its owner. */
static int
bind_unix(const struct gh_house *h, const char *name, enum gh_owner owner)
{
    union address at = {.un = {.sun_family = AF_UNIX}};
    char path[sizeof(at.un.sun_path)];
    gh_auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || !gh_house_path(path, sizeof(path), h, name))
        return -1;
    memcpy(at.un.sun_path, path, sizeof(path));
    (void)unlinkat(h->fd, name, 0);
    mode_t mask = umask(0177);
    int bound = bind(fd, &at.any, sizeof(at.un));
    (void)umask(mask);
    if (bound != 0 || listen(fd, BACKLOG) != 0)
        return -1;
    /* The directory is ours alone, so the name still means the socket that was just bound. */
    if (h->owners.is_full && fchownat(h->fd, name, h->owners.of[owner].uid, h->owners.of[owner].gid, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    return gh_steal_fd(&fd);
}

enum gh_rc
gh_sockets_bind(struct gh_super *s, struct gh_house_err *err)
{
    const struct gh_listen loopback = {.host = "127.0.0.1"};

    s->management = bind_unix(&s->house, GH_LAYOUT_MANAGEMENT_SOCK, GH_OWNER_EDGE);
    s->local = bind_unix(&s->house, GH_LAYOUT_LOCAL_SOCK, GH_OWNER_SELF);
    if (s->management < 0 || s->local < 0)
        return gh_house_fail_errno(err, "a socket cannot be bound", GH_LAYOUT_RUN);
    if (!s->settings->is_demo)
        return GH_OK;
    s->echo = bind_tcp(&s->echo_port, &loopback);
    if (s->echo < 0 || listen(s->echo, BACKLOG) != 0)
        return gh_house_fail_errno(err, "no port for the echo model", loopback.host);
    return GH_OK;
}

void
gh_sockets_forget(const struct gh_house *h)
{
    gh_auto_fd fd = openat(h->fd, GH_LAYOUT_LISTEN, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    gh_auto_fd copy = fd < 0 ? -1 : dup(fd);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);

    if (d == NULL)
        return;
    (void)gh_steal_fd(&copy); /* closedir closes it */
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        (void)unlinkat(fd, e->d_name, 0); /* "." and ".." are directories, which this call refuses */
    (void)closedir(d);
}

bool
gh_sockets_can_bind(const struct gh_listen *l)
{
    uint16_t port;
    gh_auto_fd fd = bind_tcp(&port, l);

    return fd >= 0;
}
