/* What the files of the station share: the request, sessions, children, pages.  One thread runs all of it. */
#ifndef REPLI_STATION_STATION_H
#define REPLI_STATION_STATION_H

#include <jansson.h>
#include <microhttpd.h>
#include <sys/types.h>

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"
#include "station/rules.h"
#include "station/tls.h"

#define SESSIONS       64
#define JOBS           32
#define JOB_PACKS      3
#define BODY_MAX       65536
#define IDLE_LOCK_MS   (5 * 60 * 1000)
#define CONNECTIONS    128
#define PER_ADDRESS    24
#define IDLE_TIMEOUT   30               /* seconds */
#define GLASS_MS       (30 * 60 * 1000) /* an emergency access ends, touched or not */
#define GLASS_KEPT     3
#define CHECKS_AT_ONCE 2 /* Argon2id takes 256 MiB each */

/* Roles as bits, so that a route names those that may. */
enum {
    ROLE_NURSE = 1,
    ROLE_CLERK = 2,
    ROLE_VERIFIER = 4,
    ROLE_COORDINATOR = 8,
    ROLE_PHARMACIST = 16,
    ROLE_ALL = 31,
    ROLE_GLASS = 32, /* an emergency access: prints, nothing else; never part of ROLE_ALL */
};

struct station_session {
    char id[33]; /* "" = free */
    char person[65], name[256], role[16];
    int64_t used_ms, began_ms;
    bool glass;                     /* an emergency access: prints, and sees nothing but that */
    int packs;                      /* asked for */
    struct station_review *review;  /* what this person was lent and answered; NULL = nothing yet (review.h) */
    char flash[128], flash_of[256]; /* said once on the next page of the desk */
};

struct station_child {
    struct station_child *next;
    pid_t pid;
    int fd; /* its stdout and stderr */
    struct repli_buf said;
    bool patient;                               /* nobody waits for it: others go first */
    size_t most;                                /* of what it says that is kept; 0 = SAID_MAX */
    void (*line)(void *user, const char *text); /* a whole line; may be NULL */
    void (*end)(void *user, int code, const char *said);
    void *user;
};

struct station_job { /* a print that was asked for */
    int64_t id;      /* 0 = free */
    char ward[64], what[32], person[65], bed[64], printer[128];
    int64_t asked_utc, asked_ms, ended_ms;
    int done, total; /* sides; of every ward: wards */
    bool running;
    int code;
    size_t npacks; /* an admission has three: packs, wristbands, labels */
    char packs[JOB_PACKS][32], forms[JOB_PACKS][16], why[512], numbers[512];
    int64_t queued; /* number of the job at the printer; 0 = none */
};

struct station {
    struct repli_site *site;
    const char *at;            /* --at, for children */
    struct repli_ledger *idle; /* the ledger, open and in nobody's name, between two requests; NULL = not open */
    uint64_t idle_file[2];     /* device and number of its file: one that was put in its place is opened anew */
    struct MHD_Daemon *daemon;
    char hosts[STATION_HOSTS][STATION_HOST_ROOM]; /* what it may be called: "127.0.0.1:8080", "localhost:8080" */
    size_t nhosts;
    struct station_tls *tls; /* NULL: this computer alone, without */
    uint8_t key[32];         /* of this run: form tokens */
    struct station_session sessions[SESSIONS];
    struct station_job jobs[JOBS];
    int64_t next_job;
    struct station_child *children;
    int checks, commands;            /* processes that requests wait for */
    struct station_desk *desk;       /* what the pages of the desk keep: desk.h */
    int64_t glass_ms[GLASS_KEPT];    /* when the last emergency accesses were opened */
    struct station_line *lines;      /* open connections */
    json_t *labels;                  /* of kinds of fields, as they stand on paper */
    struct station_cutting *cutting; /* crops that are being made (crops.c) */
    json_t *wards;                   /* as last asked */
    int64_t wards_ms;
    json_t *printers; /* as last told: {"queues": [...]}; NULL = not yet */
    int64_t printers_ms;
    bool asks_printers;
    struct {
        char person[65];
        int count;
        int64_t until_ms;
    } refused[16];
};

struct station_request;
typedef void station_proved_fn(struct station_request *, const char *person, bool right);
struct station_said; /* what a command of this program said: desk.h */
struct station_request {
    struct station *st;
    struct MHD_Connection *conn;
    const struct station_route *route;
    struct repli_arena a;
    const char *path;
    bool post, early, too_large;
    bool suspended, held; /* a child works for it, and the answer is made when it ends; held: until then, by MHD */
    struct repli_buf body;
    struct station_pair *form; /* fields of a POST */
    size_t nform;
    const char *cookie; /* id of the browser, checked; NULL = none yet */
    char fresh[33];     /* a new one to set; "" = none */
    const char *lang, *theme;
    struct station_session *who; /* NULL: nobody signed in */
    struct repli_ledger *ledger;
    struct repli_record *record; /* of the desk's pages */
    const char *back;            /* where a command that went well leads to */
    struct repli_err err;
    /* the answer */
    unsigned status;
    const char *type, *location;
    struct repli_buf out;
    const char *set[3]; /* cookies */
    size_t nset;
    bool keep;        /* may be kept by the browser: a picture, the style */
    const char *file; /* name shown for a PDF */
    /* whose passphrase is being checked: sign.c */
    const char *proves;
    station_proved_fn *proved;
    /* a command of this program that works for the request: command.c */
    void (*then)(struct station_request *, int code, const struct station_said *);
};

struct station_route {
    const char *path; /* "/print"; with a star at its end: what begins so */
    bool post;
    int roles;    /* 0: nobody needs to be signed in */
    bool passive; /* does not count as somebody being there */
    void (*run)(struct station_request *);
};
const struct station_route *station_route(const char *path, bool post, bool *path_known);
const struct station_route *station_route_at(size_t i); /* NULL after the last; for tests, which go through all */

/* ---- http.c, answer.c */
bool station_http_start(struct station *, const char *host, unsigned port, struct repli_err *);
void station_http_stop(struct station *);
void station_dispatch(struct station_request *);
void station_hold(struct station_request *);    /* a child works for it from now on; held already: fine */
void station_release(struct station_request *); /* its answer is there */
enum MHD_Result station_send(struct station_request *);
void station_page(struct station_request *, const char *page, json_t *view); /* takes the view */
void station_error(struct station_request *, unsigned status, const char *text);
void station_go(struct station_request *, const char *to); /* 303 */
void station_json(struct station_request *, json_t *value);
const char *station_field(const struct station_request *, const char *name); /* of a form; NULL */
const char *station_query(const struct station_request *, const char *name);
void station_token(const struct station *, const char *cookie, char out[65]);
const char *station_scheme(const struct station *); /* "http" or "https" */
/* Sets a cookie of this browser for `seconds`; 0: until it is closed; < 0: takes it away. */
void station_set(struct station_request *, const char *name, const char *value, long seconds);

/* ---- sessions */
struct station_session *station_session_find(struct station *, const char *id, bool touch);
struct station_session *station_session_new(struct station *, const struct repli_person *);
void station_session_end(struct station_session *);
int station_role(const char *role);
void station_random_id(char out[33]);

/* Checks a passphrase; the request waits, then `then` hears whether it was right, and writes that down.  Otherwise,
** with r->status set, why it is not checked. */
const char *station_prove(struct station_request *, const char *person, const char *phrase, station_proved_fn *then);

/* The ledger, opened for this request under the name of who is signed in; false: the page of the error is set. */
bool station_ledger(struct station_request *);
bool station_ledger_as(struct station_request *, const char *person);
bool station_ledger_try(struct station_request *, const char *person); /* no page is set; r->err says why */
void station_ledger_rest(struct station_request *);                    /* the request is over: the next one has it */
void station_ledger_drop(struct station *); /* closes it: another file may stand in its place */
bool station_note(struct station_request *, const char *event, const char *object, const char *outcome,
                  const char *reason);

/* ---- children.  argv[0] is this program.  `in` is written to its stdin. */
bool station_spawn(struct station *, const char *const *argv, const char *in, const struct station_child *how,
                   struct repli_err *);
void station_child_read(struct station *, struct station_child *);

/* ---- crops are cut by children: crops.c */
/* Lines "SHEET NAME": wanted soon.  What is there already costs little. */
void station_crops_want(struct station *, const char *lines);
bool station_crops_idle(const struct station *); /* no request waits for one */
void station_crops_end(struct station *);

/* ---- words of pages */
/* A complaint in the language of this request, as far as *.words has a line for it: said.c. */
const char *station_said(struct station_request *, const char *text);
/* What a merge says of a value, the same way, with its times on the clock of the wards.  NULL: it says nothing. */
const char *station_detail(struct station_request *, const char *detail);
json_t *station_time(const struct station_request *, int64_t utc); /* "23-11 04:00" */
json_t *station_age(int64_t seconds);                              /* "2 h 27" */

/* ---- keys.c: {"title","has_keys","keys":[{"parts":[..],"line","help"}]} of templates/station/PAGE.keys, for the key
** line and F1 (foot.html); new. */
json_t *station_keys(const char *page);

/* ---- pages */
void page_help(struct station_request *);
void page_signin(struct station_request *);
void page_signin_show(struct station_request *, const char *why, bool glass); /* glass: about the emergency access */
void get_alive(struct station_request *);
void post_glass(struct station_request *);
void page_glass(struct station_request *);
void post_glass_seen(struct station_request *);
void post_signin(struct station_request *);
void post_signout(struct station_request *);
void post_look(struct station_request *);
void get_asset(struct station_request *);
void page_print(struct station_request *);
void post_print(struct station_request *);
void get_job(struct station_request *);
void get_pack(struct station_request *);
void page_review(struct station_request *);
void post_review_take(struct station_request *);
void post_review_next(struct station_request *);
void post_review_entry(struct station_request *);
void post_review_reopen(struct station_request *);
void page_review_queues(struct station_request *);
void page_review_ticks(struct station_request *);
void post_review_ticks(struct station_request *);
void page_sheet(struct station_request *);
void post_sheet_entry(struct station_request *);
void get_crop(struct station_request *);
void page_outage(struct station_request *);
void post_outage_open(struct station_request *);
void post_outage_close(struct station_request *);
/* Wards of the newest snapshot, {"data_utc","age_s","wards":[...]}; asked again every 20 s.  Borrowed. */
json_t *station_wards(struct station_request *);

#endif
