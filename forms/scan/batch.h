/* Private to forms/scan: what the files of a batch share. */
#ifndef REPLI_SCAN_BATCH_H
#define REPLI_SCAN_BATCH_H

#include "geometry.h"
#include "repli/ledger_assign.h"
#include "repli/ledger_scan.h"
#include "worker.h"

struct relay;

struct batch {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const struct repli_scan_request *request;
    struct repli_scan_result *result;
    int64_t now_utc;
    struct relay *relay; /* snapshots and forms that were opened to lay sheets out again; NULL = none yet */
};

/* One file of the batch. */
struct scan_file {
    const char *path; /* as it was given or found */
    const char *name; /* its last part */
    uint8_t sha256[32];
    int64_t bytes;
    int64_t image_id;     /* in the ledger; 0 = not there when it was looked for */
    int fd;               /* the stored copy, read only; -1 = not stored */
    bool known;           /* the pool's: it was there when its first page began; image_id is the ledger's thread's */
    int pages, next_page; /* the pool's: how many it has (0 = not known yet), which nobody took yet */
};

enum job_step { JOB_WORKS, JOB_ASKS_SEEN, JOB_ASKS_SHEET, JOB_ASKS_OUT, JOB_ANSWERED, JOB_DONE };

/* A sheet that is still out, held against a page without a code. */
struct candidate {
    uint64_t serial;
    const char *patient, *ward;
    int side, sides;
    double likeness, score; /* of the band, of the printed frame: 0..1 */
};
#define CANDIDATES_MAX 12
struct search;

/* One page image on its way to its outcome. */
struct job {
    struct job *next; /* the pool's */
    enum job_step step;
    enum repli_status status;
    struct repli_err err;
    const struct batch *batch;
    struct scan_file *file;
    struct repli_arena *arena;
    int page;
    enum repli_outcome outcome;
    const char *reason;
    bool decoded; /* there were pixels */
    int bits;
    double dpi;
    uint8_t pixels[32];
    /* from the code */
    enum code_stage stage;
    bool authentic;
    char digits[REPLI_PAGECODE_DIGITS + 1]; /* "" = none */
    struct repli_page_code code;            /* when authentic */
    uint8_t mac[8];
    double corners[CODE_SEEN_MAX][8];
    size_t ncorners;
    /* from the ledger */
    struct repli_scan_row *before; /* what this page of this file was the first time; NULL = never seen */
    int64_t replaces;              /* the scan that waits for what may be there now; 0 = none */
    struct repli_sheet_row *row;   /* NULL = unknown serial */
    struct repli_page_map *map;
    const struct repli_adopted *adopted; /* row and map were laid out again: the ledger does not know the sheet */
    char sheet[12];                      /* serial as printed, "" = none */
    int64_t first_scan;
    const char *first_outcome; /* of a duplicate */
    /* what people said of a page without a code */
    const char *assigned[2]; /* two who name the same sheet; NULL = none */
    const char *assigned_code;
    bool refused; /* the paper says otherwise */
    /* of a page without a code: what is like it */
    struct search *search; /* while it lasts */
    const char *form_seen; /* by its printed frame; NULL = none of ours */
    struct candidate *candidates;
    size_t ncandidates, out; /* out: how many sheets of that form and side are */
    struct repli_box look_band, look_serial;
    /* from the pixels */
    struct repli_pose pose;
    bool registered;
    struct repli_field_reading *readings;
    double ms_load, ms_code, ms_fields;
    char *line; /* of the reading contract, once it is stored */
};

/* Of site.yaml. */
struct decode_limits repli_scan_limits(const struct repli_site *site);
/* Regular files of the request, in order.  REPLI_IO names a path that does not exist. */
REPLI_MUST_CHECK enum repli_status repli_scan_files(const struct repli_scan_request *request, struct repli_arena *a,
                                                    const char ***paths, size_t *count, struct repli_err *err);
/* Hashes a file and stores it durably under its hash.  *why is set (and *ok false) when it cannot be taken: no regular
** file, larger than the limit.  REPLI_IO when it cannot be stored.  `who` tells threads apart. */
REPLI_MUST_CHECK enum repli_status repli_scan_store(const struct repli_site *site, struct scan_file *f, size_t who,
                                                    bool *ok, enum repli_unreadable *why, struct repli_err *err);

/* ---- in a thread of the pool */
/* Pixels and codes. */
REPLI_MUST_CHECK enum repli_status repli_scan_decode(struct job *job, struct worker *w, struct repli_err *err);
/* Codes alone: stage after stage until one is authentic. */
REPLI_MUST_CHECK enum repli_status repli_scan_find_code(struct job *job, struct worker *w, struct repli_err *err);
/* Takes what one stage of that search saw: from digits to outcome, sheet and corners.  true: the search is over. */
bool repli_scan_take_codes(struct job *job, const struct code_seen *seen, size_t n, enum code_stage stage);
/* Where the sheet lies, and what is in its fields. */
void repli_scan_register(struct job *job, const struct repli_image *image);
void repli_scan_unreadable(struct job *job, enum repli_unreadable why);
/* Milliseconds since *start, to a tenth; *start becomes now. */
double repli_scan_since(double *start);
/* Ranks the sheets that are still out by what a page without a code shows.  `ask` has the ledger's thread answer with
** repli_scan_out; false: it will not answer any more. */
void repli_scan_candidates(struct job *job, const struct repli_image *image, bool (*ask)(void *user), void *user);
/* Does nothing lie on the glass beside the sheet?  A lid may be white or black. */
bool repli_scan_alone(const struct repli_image *image, const struct repli_pose *pose);
/* A page that shows nothing: no ink beyond specks. */
bool repli_scan_blank(const struct repli_image *image);

/* ---- in the thread that holds the ledger */
/* Was this page of this file scanned before?  Sets job->before and job->replaces. */
REPLI_MUST_CHECK enum repli_status repli_scan_seen(struct job *job, struct repli_err *err);
/* The next sheets for job->search. */
REPLI_MUST_CHECK enum repli_status repli_scan_out(struct job *job, struct repli_err *err);
/* From an authentic code to an outcome, as far as code and ledger decide it.  REPLI_OUTCOME_READ: go on and register
** with job->map. */
REPLI_MUST_CHECK enum repli_status repli_scan_look_up(struct job *job, struct repli_err *err);
/* Row and map of a sheet that the ledger does not know; the outcome where there are none. */
const char *repli_scan_subject_word(int kind); /* whom a sheet is about: "patient", "ward", "site" */
REPLI_MUST_CHECK enum repli_status repli_scan_relay(struct job *job, struct repli_err *err);
void repli_scan_relay_done(struct relay *r);
/* Stores the page, and tells its line. */
REPLI_MUST_CHECK enum repli_status repli_scan_store_page(struct job *job, struct repli_err *err);

/* The line of the reading contract: with the times of its making, and as it is stored, without. In the arena. */
void repli_scan_json(const struct job *job, char **told, char **stored);
/* The line of an image that was scanned before, from the one that was stored then. */
char *repli_scan_json_again(const struct job *job, const char *stored);
/* The pose that such a line tells: its nine numbers and its creases.  false: none. */
bool repli_scan_json_pose(const char *line, struct repli_pose *pose);

/* ---- the pool: one thread a core, each with a decoding child of its own */
#define SCAN_THREADS_MAX 8 /* each holds the pixels of a page */
struct pool;
/* Threads for files[0..count).  REPLI_IO: none can be started. */
REPLI_MUST_CHECK enum repli_status repli_pool_open(const struct batch *b, struct scan_file *files, size_t count,
                                                   size_t threads, struct pool **pool, struct repli_err *err);
/* The next page that asks something (step ASKS_*: answer it and give it back), or the next in input order that is done;
** NULL: all are. */
struct job *repli_pool_next(struct pool *p);
void repli_pool_answer(struct pool *p, struct job *job);
/* A page that is done and stored; true: it was the last of its file. */
bool repli_pool_release(struct pool *p, struct job *job);
void repli_pool_close(struct pool *p);

#endif
