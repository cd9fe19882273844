/* Private to forms/scan: what the files of a batch share. */
#ifndef REPLI_SCAN_BATCH_H
#define REPLI_SCAN_BATCH_H

#include "geometry.h"
#include "worker.h"

struct batch {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const struct repli_scan_request *request;
    struct repli_scan_result *result;
    int64_t now_utc;
};

/* One file of the batch, once it is stored. */
struct scan_file {
    const char *path; /* as it was given or found */
    const char *name; /* its last part */
    uint8_t sha256[32];
    int64_t bytes;
    int64_t image_id; /* in the ledger; 0 = not there when the file was opened */
    int fd;           /* the stored copy, read only; -1 = not stored */
};

/* One page image on its way to its outcome. */
struct job {
    const struct batch *batch;
    const struct scan_file *file;
    struct repli_arena *arena;
    int page;
    enum repli_outcome outcome;
    const char *reason;
    const struct repli_image *image; /* NULL = nothing was decoded */
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
    struct repli_sheet_row *row; /* NULL = unknown serial */
    struct repli_page_map *map;
    char sheet[12]; /* serial as printed, "" = none */
    int64_t first_scan;
    const char *first_outcome; /* of a duplicate */
    /* from the pixels */
    struct repli_pose pose;
    bool registered;
    struct repli_field_reading *readings;
    const char **crops;
    double ms_load, ms_code, ms_fields;
};

/* Regular files of the request, in order.  REPLI_IO names a path that does not exist. */
REPLI_MUST_CHECK enum repli_status repli_scan_files(const struct repli_scan_request *request, struct repli_arena *a,
                                                    const char ***paths, size_t *count, struct repli_err *err);
/* Hashes a file and stores it durably under its hash.  *why is set (and *ok false) when it cannot be taken: no regular
** file, larger than the limit.  REPLI_IO when it cannot be stored. */
REPLI_MUST_CHECK enum repli_status repli_scan_store(const struct repli_site *site, const char *path,
                                                    struct scan_file *f, bool *ok, enum repli_unreadable *why,
                                                    struct repli_err *err);

/* Waits until no other process has a page of this site in hand, and keeps it so until *turn is closed. */
REPLI_MUST_CHECK enum repli_status repli_scan_turn(const struct job *job, int *turn, struct repli_err *err);

/* From codes that were seen to an outcome, as far as code and ledger decide it.  REPLI_OUTCOME_READ: go on and
** register. */
REPLI_MUST_CHECK enum repli_status repli_scan_find_code(struct job *job, struct worker *w, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_scan_look_up(struct job *job, struct repli_err *err);
/* Inside the transaction that stores the page: what became of its sheet while it was looked at (voided, lost). */
REPLI_MUST_CHECK enum repli_status repli_scan_state_again(struct job *job, struct repli_err *err);
/* A page that shows nothing: no ink beyond specks. */
bool repli_scan_blank(const struct repli_image *image);

/* Crops of the fields with ink or doubt; job->crops gets their names ("SERIAL/FIELD.png") or NULL. */
REPLI_MUST_CHECK enum repli_status repli_scan_crops(struct job *job, struct repli_err *err);

/* The line of the reading contract; with the times of its making or without (as it is stored). In the arena. */
char *repli_scan_json(const struct job *job, bool with_times);
/* The line of an image that was scanned before, from the one that was stored then. */
char *repli_scan_json_again(const struct job *job, const char *stored);

#endif
