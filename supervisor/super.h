/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/super: the state of one running supervisor, and what its files promise each other. One thread, one poll loop (loop.c); every
 * function here is called from it and none blocks for longer than 200 ms.
 *
 *   env.c     the environment of children
 *   part.c    the table of parts; start, end, back-off
 *   talk.c    messages from and to them
 *   render.c  (room of the edge) configuration as a pure function; renderjob.c runs it in a child
 *   ready.c   the ready file
 *   report.c  status.json, events for the audit, words for the operator
 *   logs.c    logs that have grown; upgrade.c  new programs while the old ones run
 *   stop.c    the order in which parts are ended
 */
#ifndef GH_SUPERVISOR_SUPER_H
#define GH_SUPERVISOR_SUPER_H

#include "ipc/message.h"
#include "supervisor/house.h"
#include "supervisor/settings.h"
#include "supervisor/spawn.h"

#define GH_SUPER_FRAME_MAX (65536 + 64)  /* largest message that a part may send us: READY */
#define GH_SUPER_SEND_MS 200             /* a part that does not read for that long is ended */
#define GH_SUPER_MUTE_MS 500             /* between the end of a part's line and that of its process */
#define GH_SUPER_SILENT_MS 60000         /* a part that runs that long without serving is ended */
#define GH_SUPER_START_MS 30000          /* until everything serves, or the start is given up */
#define GH_RENDER_RETRY_MS 500
#define GH_SUPER_EVENTS_MAX 32           /* events kept for control while it is down */

enum gh_part_id { GH_PART_VAULT, GH_PART_CONTROL, GH_PART_ECHO, GH_PART_EDGE, GH_PART_COUNT };

struct gh_part {
    pid_t pid;             /* 0: does not run                                          */
    pid_t group;           /* of its last run; the edge's workers outlive their master */
    int sock;              /* our end, -1: none                                        */
    bool is_ready;
    bool has_served;       /* was ready, in the life that ended last                   */
    bool is_punished;      /* by us, and `reason` says why                             */
    int64_t started_ms;
    int64_t restart_at_ms; /* 0: no restart is due                                     */
    int64_t mute_until_ms; /* its line has ended; when it still runs then, it is ended; 0: no */
    int64_t backoff_ms;
    uint64_t n_restarts;
    char reason[160];      /* why it ended last                                        */
    size_t n_in;
    char in[GH_SUPER_FRAME_MAX];
};

struct gh_render_job {
    pid_t pid;
    int out; /* what it and `nginx -t` say */
    int64_t deadline_ms;
    int64_t retry_at_ms; /* 0: none; only while there is no edge */
    uint64_t generation;
    bool is_wanted;     /* one more when this one is done       */
    bool must_reload;   /* also when the text is as it was      */
    bool is_done_once;  /* there is a configuration of this run */
    char reason[160];   /* of the last failure, "" if it went well */
    size_t n_said;
    char said[2048];
};

struct gh_super {
    const struct gh_up_settings *settings;
    struct gh_listen listen;
    char listen_text[80]; /* "ADDR:PORT", resolved */
    struct gh_house house;
    int exe[GH_PROGRAM_COUNT];
    int management, local, echo; /* listening sockets, bound here */
    int master_key; /* $CREDENTIALS_DIRECTORY/gatehouse-master-key, which vault's user may not open itself; -1: none */
    uint16_t echo_port;
    int signals;
    int keeper;      /* line to the keeper, -1: none */
    pid_t keeper_pid;
    bool is_restart; /* the keeper has started a supervisor before this one */
    struct gh_part part[GH_PART_COUNT];
    struct gh_render_job render;
    char *ready_json; /* control's part of the ready file, until it is written; owned, a secret */
    size_t ready_json_n;
    struct gh_event {
        const char *what; /* literal */
        char detail[240];
    } event[GH_SUPER_EVENTS_MAX];
    size_t n_events, n_events_lost;
    bool has_served;  /* once since the start */
    int64_t start_ms; /* monotonic */
    int64_t renew_at_ms;
    int64_t logs_at_ms;
    int upgrade_step;  /* 0: none goes on                        */
    pid_t upgrade_pid; /* of the part that was told to end, or 0 */
    int64_t upgrade_kill_ms;
    int stop_stage;   /* 0: not stopping */
    int64_t stop_deadline_ms;
    char failure[400]; /* why it is given up; "" otherwise */
};

/* env.c: p ends with NULL. */
#define GH_ENV_MAX 12
#define GH_ENV_BYTES 512
struct gh_env {
    char text[GH_ENV_MAX][GH_ENV_BYTES];
    const char *p[GH_ENV_MAX + 1];
    size_t n;
};
void gh_env_fill(struct gh_env *e, const struct gh_super *s);

/*
 * How long to wait before the next start, given the last wait (0: none) and what the last life was: 100 ms, doubling to 10 s, so that a
 * crash at each start is not hammered. Who served before it died waits 1 s at most, and who lived ten times as long as its last wait, or
 * 30 s, begins anew: a death in the midst of work must cost little.
 */
int64_t gh_part_backoff_ms(int64_t last_ms, int64_t lived_ms, bool has_served);

/* part.c */
const char *gh_part_name(enum gh_part_id id);
enum gh_ipc_sender gh_part_sender(enum gh_part_id id);
void gh_part_start(struct gh_super *s, enum gh_part_id id);
/* From SIGCHLD. */
void gh_part_ended(struct gh_super *s, enum gh_part_id id, int wait_status);
/* Ends a part that broke a rule; it comes back by the usual way. `why` is told. */
void gh_part_punish(struct gh_super *s, enum gh_part_id id, const char *why);
/* Starts what is due, ends what has lost its line; the time until the next start, or -1. */
int64_t gh_part_due(struct gh_super *s, int64_t now_ms);
/* Whether a process of the part's last run is still there. */
bool gh_part_is_left(const struct gh_part *p);

/* talk.c */
void gh_talk_readable(struct gh_super *s, enum gh_part_id id);
void gh_talk_send(struct gh_super *s, enum gh_part_id id, struct gh_ipc_msg *m);
/* Gives control and vault a new line to each other, if both run. */
void gh_talk_join(struct gh_super *s);
void gh_talk_flush_events(struct gh_super *s);

/* renderjob.c */
/* supervise.c: gh_program_open, or what the settings name in its place. */
int gh_supervise_open(const struct gh_up_settings *settings, enum gh_program which, const char **looked);

void gh_renderjob_want(struct gh_super *s, uint64_t generation, bool must_reload);
void gh_renderjob_start(struct gh_super *s);
void gh_renderjob_readable(struct gh_super *s);
void gh_renderjob_ended(struct gh_super *s, int wait_status);

/* ready.c: GH_DOWN if the file cannot be written. */
GH_MUST_USE enum gh_rc gh_ready_write(const struct gh_super *s, struct gh_str control_json);
/* The composition alone. `origin` is "https://host:port", `ca` a path. GH_BAD: control's values are not a JSON object of strings. */
GH_MUST_USE enum gh_rc gh_ready_compose(struct gh_buf *out, struct gh_arena *a, struct gh_str control_json, struct gh_str origin,
    struct gh_str ca, struct gh_err *err);

/* report.c */
void gh_report_event(struct gh_super *s, const char *what, const char *detail);
void gh_report_status(struct gh_super *s);
void gh_report_serving(struct gh_super *s);
void gh_report_origin(char *out, size_t n, const struct gh_super *s); /* "https://127.0.0.1:8443" */

/* sockets.c */
GH_MUST_USE enum gh_rc gh_sockets_bind(struct gh_super *s, struct gh_house_err *err);
/* A port that is free now, for port 0; and whether the given one can be had. */
GH_MUST_USE enum gh_rc gh_sockets_resolve(struct gh_listen *l, struct gh_house_err *err);
bool gh_sockets_answers(const struct gh_listen *l); /* whether somebody listens there */
bool gh_sockets_can_bind(const struct gh_listen *l); /* errno says why not */
/* Removes what an edge that died left in DIR/run/listen: nginx binds no name that is there. */
void gh_sockets_forget(const struct gh_house *h);

/* logs.c: those that have grown too large, or (forced) all. */
void gh_logs_rotate(struct gh_super *s, bool is_forced);

/* upgrade.c: SIGUSR2: programs are opened anew, the edge's module goes in by a reload, then one part after the other is started again. */
void gh_upgrade_begin(struct gh_super *s);
void gh_upgrade_step(struct gh_super *s);

/* stop.c */
void gh_stop_begin(struct gh_super *s, const char *failure);
bool gh_stop_step(struct gh_super *s, int64_t now_ms); /* true: all is ended */

/* loop.c: runs until told to stop; the exit status. */
int gh_loop(struct gh_super *s);

/* keeper.c: what the supervisor tells its keeper. */
enum gh_note { GH_NOTE_SERVES = 'S', GH_NOTE_EDGE = 'E' /* value: process group */, GH_NOTE_DONE = 'D' /* value: exit status; text: why */ };
void gh_keeper_note(const struct gh_super *s, enum gh_note kind, int value, const char *text);
/* The keeper is gone. Detached: another one is started; in the foreground somebody else watches, and this is the end. */
void gh_keeper_lost(struct gh_super *s);

#endif
