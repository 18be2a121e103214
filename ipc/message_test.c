/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/message.h"

#include "sweeps.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host.h"

/* The frame of a READY whose one field is "{}", byte for byte: the form that the header promises. */
static const char ready_frame[] = "\x0e\0\0\0"
                                  "\x02\0\x01\0"
                                  "\x07\0\0\0"
                                  "\x02\0\0\0{}";
#define READY_FRAME gh_str(ready_frame, sizeof(ready_frame) - 1)

static struct gh_ipc_msg
ready(uint32_t id, struct gh_str json)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_READY, id);

    gh_ipc_add(&m, json);
    return m;
}

static void
test_frame_form(void **state)
{
    char mem[64];
    struct gh_buf b;
    struct gh_ipc_msg m = ready(7, GH_STR("{}"));

    (void)state;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    assert_int_equal(gh_ipc_write(&b, &m), GH_OK);
    assert_int_equal(b.n, READY_FRAME.n);
    assert_memory_equal(mem, ready_frame, b.n);
}

/* Each row of the table: filled to its payload it is written and read back; one byte more, or one field less, is refused. */
static void
test_rows(void **state)
{
    struct gh_arena a;

    (void)state;
    gh_arena_init(&a, gh_heap(), 8 * (size_t)GH_IPC_BYTES_MAX);
    for (unsigned t = GH_IPC_NONE + 1; t < GH_IPC_COUNT; t++) {
        static const struct {
            uint16_t fields;
            uint32_t max;
        } rows[] = {{0, 0},
#define ROW(name, sender, fields, max, fd) {fields, max},
            GH_IPC_LIST(ROW)
#undef ROW
        };
        struct gh_ipc_msg m = gh_ipc_msg((enum gh_ipc_type)t, t), back;
        struct gh_buf b;
        size_t need;
        char *bytes = gh_arena_take(&a, (size_t)rows[t].max + 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < rows[t].fields; i++)
            gh_ipc_add(&m, i == 0 ? gh_str(bytes, rows[t].max) : GH_STR(""));
        gh_buf_init(&b, &a, 2 * (size_t)GH_IPC_BYTES_MAX);
        assert_int_equal(gh_ipc_write(&b, &m), GH_OK);
        assert_int_equal(gh_ipc_parse(&back, gh_buf_str(&b), &need), GH_OK);
        assert_int_equal(need, b.n);
        assert_int_equal(back.type, t);
        assert_int_equal(back.n_fields, rows[t].fields);
        if (rows[t].fields > 0) {
            assert_int_equal(back.field[0].n, rows[t].max);
            m.field[0].n++;
            assert_int_equal(gh_ipc_write(&b, &m), GH_LIMIT);
            m.n_fields--;
            assert_int_equal(gh_ipc_write(&b, &m), GH_BUG);
        }
        gh_arena_fini(&a);
    }
}

static const struct {
    const char *name;
    struct gh_str frame;
    enum gh_rc rc;
    size_t need;
} frames[] = {
    {"empty", GH_STR_INIT(""), GH_MORE, 0},
    {"head is short", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0"), GH_MORE, 0},
    {"body is missing", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0\0"), GH_MORE, 18},
    {"type 0", GH_STR_INIT("\x08\0\0\0\0\0\0\0\0\0\0\0"), GH_BAD, 0},
    {"unknown type", GH_STR_INIT("\x08\0\0\0\xff\xff\0\0\0\0\0\0"), GH_BAD, 0},
    {"more fields than the row", GH_STR_INIT("\x10\0\0\0\x02\0\x02\0\x07\0\0\0\0\0\0\0\0\0\0\0"), GH_BAD, 0},
    {"length below the heads", GH_STR_INIT("\x0b\0\0\0\x02\0\x01\0\x07\0\0\0"), GH_BAD, 0},
    {"length above the row", GH_STR_INIT("\xff\xff\xff\x7f\x02\0\x01\0\x07\0\0\0"), GH_BAD, 0},
    {"field longer than the frame", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0\0\x03\0\0\0{}"), GH_BAD, 18},
    {"field shorter than the frame", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0\0\x01\0\0\0{}"), GH_BAD, 18},
    {"whole", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0\0\x02\0\0\0{}"), GH_OK, 18},
    {"whole, and the next begins", GH_STR_INIT("\x0e\0\0\0\x02\0\x01\0\x07\0\0\0\x02\0\0\0{}\x0e"), GH_OK, 18},
};

static void
test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct gh_ipc_msg m;
        size_t need = 99;
        enum gh_rc rc = gh_ipc_parse(&m, frames[i].frame, &need);
        if (rc != frames[i].rc || need != frames[i].need)
            fail_msg("%s: rc %d, need %zu; wanted %d, %zu", frames[i].name, (int)rc, need, (int)frames[i].rc, frames[i].need);
    }
}

static enum gh_rc
parse_one(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_ipc_msg m;
    size_t need;
    enum gh_rc rc = gh_ipc_parse(&m, in, &need);

    (void)a;
    if (rc == GH_OK)
        assert_int_equal(gh_ipc_write(meaning, &m), GH_OK);
    return rc;
}

static void
test_sweeps(void **state)
{
    (void)state;
    gh_test_mangle(parse_one, READY_FRAME, false);
    gh_test_page(parse_one, READY_FRAME);
}

static const struct {
    enum gh_ipc_type type;
    enum gh_ipc_sender who;
    bool is_allowed;
} senders[] = {
    {GH_IPC_READY, GH_IPC_FROM_CHILD, true},
    {GH_IPC_READY, GH_IPC_FROM_CONTROL, true},
    {GH_IPC_READY, GH_IPC_FROM_SUPERVISOR, false},
    {GH_IPC_RENDER, GH_IPC_FROM_CONTROL, true},
    {GH_IPC_RENDER, GH_IPC_FROM_CHILD, false},
    {GH_IPC_RENDER, GH_IPC_FROM_VAULT, false},
    {GH_IPC_TOKEN, GH_IPC_FROM_VAULT, false},
    {GH_IPC_OK_TOKEN, GH_IPC_FROM_VAULT, true},
    {GH_IPC_ERROR, GH_IPC_FROM_SUPERVISOR, true},
    {GH_IPC_NONE, GH_IPC_FROM_CONTROL, false},
};

static void
test_senders(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
        if (gh_ipc_is_from(senders[i].type, senders[i].who) != senders[i].is_allowed)
            fail_msg("row %zu", i);
}

/* --- over a socket --- */

struct pair {
    int end[2];
    struct gh_arena a;
};

static int
pair_up(void **state)
{
    static struct pair p;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p.end) != 0)
        return -1;
    gh_arena_init(&p.a, gh_heap(), 64u << 20);
    *state = &p;
    return 0;
}

static int
pair_down(void **state)
{
    struct pair *p = *state;

    gh_close(p->end[0]);
    gh_close(p->end[1]);
    gh_arena_fini(&p->a);
    return 0;
}

static void
test_fd_travels(void **state)
{
    struct pair *p = *state;
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_PEER, 1), got;
    int pipes[2];

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    gh_ipc_add(&m, GH_STR("vault"));
    assert_int_equal(gh_ipc_send(p->end[0], &m), GH_BUG); /* the row wants a descriptor */
    m.fd = pipes[1];
    assert_int_equal(gh_ipc_send(p->end[0], &m), GH_OK);
    gh_close(pipes[1]);
    assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 1000), GH_OK);
    assert_true(got.fd >= 0);
    assert_true(fcntl(got.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(got.fd, "x", 1), 1);
    gh_close(got.fd);
    gh_close(pipes[0]);
}

/* Descriptors where the row has none, or two where it has one: refused or closed, never left open. */
static void
test_fd_unwanted(void **state)
{
    struct pair *p = *state;
    struct gh_ipc_msg got;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } room = {0};
    char frame[sizeof(ready_frame)];
    struct iovec part = {.iov_base = frame, .iov_len = READY_FRAME.n};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    int before = dup(0), after;

    memcpy(frame, ready_frame, sizeof(frame));
    gh_close(before);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(c), (int[2]){0, 1}, 2 * sizeof(int));
    assert_int_equal(sendmsg(p->end[0], &h, 0), READY_FRAME.n);
    assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 1000), GH_BAD);
    after = dup(0);
    gh_close(after);
    assert_int_equal(before, after);
}

static void
test_gone_and_silent(void **state)
{
    struct pair *p = *state;
    struct gh_ipc_msg got, m = ready(1, GH_STR("{}"));

    assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 20), GH_DOWN);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(write(p->end[0], ready_frame, 15), 15); /* a frame that stops before its end */
    gh_close(p->end[0]);
    p->end[0] = -1;
    assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 1000), GH_DOWN);
    assert_int_equal(gh_ipc_send(p->end[1], &m), GH_DOWN); /* and no SIGPIPE */
}

/* Larger than any socket buffer: both sides have to go on after short reads and writes. */
static void *
send_large(void *arg)
{
    struct pair *p = arg;
    static char bytes[3u << 20];
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_CREDENTIALS, 3);

    memset(bytes, 'c', sizeof(bytes));
    gh_ipc_add(&m, GH_STR("\x01\0\0\0\0\0\0\0"));
    gh_ipc_add(&m, gh_str(bytes, sizeof(bytes)));
    return gh_ipc_send(p->end[0], &m) == GH_OK ? p : NULL;
}

static void
test_large(void **state)
{
    struct pair *p = *state;
    struct gh_ipc_msg got;
    pthread_t t;
    void *sent;
    uint64_t generation;

    assert_int_equal(pthread_create(&t, NULL, send_large, p), 0);
    assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 5000), GH_OK);
    pthread_join(t, &sent);
    assert_non_null(sent);
    assert_int_equal(gh_ipc_u64(&generation, &got, 0), GH_OK);
    assert_int_equal(generation, 1);
    assert_int_equal(got.field[1].n, 3u << 20);
    assert_int_equal(got.field[1].p[(3u << 20) - 1], 'c');
}

static const struct {
    const char *name;
    enum gh_ipc_type type;
    uint32_t id;
    uint64_t error;
    enum gh_rc rc;
} replies[] = {
    {"the answer", GH_IPC_OK_HEAD, 5, 0, GH_OK},
    {"answer to another question", GH_IPC_OK_HEAD, 6, 0, GH_BAD},
    {"another answer", GH_IPC_OK_WRAP, 5, 0, GH_BAD},
    {"an error", GH_IPC_ERROR, 5, GH_LIMIT, GH_LIMIT},
    {"an error that says OK", GH_IPC_ERROR, 5, GH_OK, GH_BAD},
    {"an error without a name", GH_IPC_ERROR, 5, 1000, GH_BAD},
};

static void
test_call(void **state)
{
    struct pair *p = *state;

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        struct gh_ipc_msg request = gh_ipc_msg(GH_IPC_HEAD, 5), reply, got;
        struct gh_ipc_msg answer = gh_ipc_msg(replies[i].type, replies[i].id);
        if (replies[i].type == GH_IPC_ERROR)
            answer = gh_ipc_error(&p->a, replies[i].id, (enum gh_rc)replies[i].error, "said so");
        else
            gh_ipc_add(&answer, GH_STR("signature"));
        gh_ipc_add_u64(&request, &p->a, 1);
        gh_ipc_add(&request, GH_STR("hash"));
        gh_ipc_add_u64(&request, &p->a, 2);
        assert_int_equal(gh_ipc_send(p->end[1], &answer), GH_OK); /* it waits in the buffer */
        enum gh_rc rc = gh_ipc_call(&reply, &p->a, p->end[0], &request, 1000);
        if (rc != replies[i].rc)
            fail_msg("%s: %d, wanted %d", replies[i].name, (int)rc, (int)replies[i].rc);
        assert_int_equal(gh_ipc_recv(&got, &p->a, p->end[1], 1000), GH_OK);
        assert_int_equal(got.type, GH_IPC_HEAD);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_form),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_sweeps),
        cmocka_unit_test(test_senders),
        cmocka_unit_test_setup_teardown(test_fd_travels, pair_up, pair_down),
        cmocka_unit_test_setup_teardown(test_fd_unwanted, pair_up, pair_down),
        cmocka_unit_test_setup_teardown(test_gone_and_silent, pair_up, pair_down),
        cmocka_unit_test_setup_teardown(test_large, pair_up, pair_down),
        cmocka_unit_test_setup_teardown(test_call, pair_up, pair_down),
    };

    return cmocka_run_group_tests_name("ipc", tests, NULL, NULL);
}
