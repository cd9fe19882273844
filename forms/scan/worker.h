/* Private to forms/scan: the parent's side of the decoding child. */
#ifndef REPLI_SCAN_WORKER_H
#define REPLI_SCAN_WORKER_H

#include "decode.h"

/* Memory that the child sees too; kept from page to page while it is large enough. */
struct shared {
    int fd; /* -1 = none */
    uint8_t *at;
    size_t size;
    bool used; /* for a page of the file that is open */
};

struct worker {
    int nursery, control; /* the process that children are born from, the socket to it; 0, -1: none */
    int pid, socket;      /* the child of the file that is open; 0, -1: none */
    int file;             /* the image file; the caller's */
    struct decode_limits limits;
    int64_t page_seconds;
    bool render;             /* pages of a PDF may be drawn; the caller's */
    struct shared shared[2]; /* for gray pixels; for bits */
    bool packed;             /* the child has the page as bits, and page.gray is here alone */
    uint8_t *own;            /* pixels of such a page, kept like shared ones */
    size_t own_size;
    struct repli_image page; /* gray points into memory that the child cannot shrink */
    int pages;
};

enum worker_answer {
    WORKER_OK,
    WORKER_BAD, /* the child says why */
    WORKER_GONE /* it crashed, lied or took too long, and has been killed */
};

/* A worker without a file: nothing is started yet. */
void repli_worker_init(struct worker *w, const struct decode_limits *limits, int64_t page_seconds, bool render);
/* Starts a child on a file, in the place of the one before.  REPLI_IO only when no process can be started.  OK:
** w->pages is set. */
REPLI_MUST_CHECK enum repli_status repli_worker_open(struct worker *w, int file, enum worker_answer *answer,
                                                     enum repli_unreadable *why, struct repli_err *err);
/* Decodes a page into w->page. */
REPLI_MUST_CHECK enum repli_status repli_worker_page(struct worker *w, int page, enum worker_answer *answer,
                                                     enum repli_unreadable *why, struct repli_err *err);
/* One stage of the search for codes on w->page. */
REPLI_MUST_CHECK enum repli_status repli_worker_codes(struct worker *w, enum code_stage stage,
                                                      struct code_seen out[CODE_SEEN_MAX], size_t *count,
                                                      enum worker_answer *answer, struct repli_err *err);
/* Memory for a page that neither side can resize: w->page, still without pixels. */
REPLI_MUST_CHECK enum repli_status repli_worker_memory(struct worker *w, int width, int height, struct repli_err *err);
/* Draws a page of a PDF into w->page (render.c). */
REPLI_MUST_CHECK enum repli_status repli_render_page(struct worker *w, int page, enum worker_answer *answer,
                                                     enum repli_unreadable *why, struct repli_err *err);
/* Ends the child of the file; what it leaves in shared memory is wiped. */
void repli_worker_leave(struct worker *w);
/* The same, and gives all memory of pages back: what is left is the nursery. */
void repli_worker_rest(struct worker *w);
void repli_worker_close(struct worker *w);

#endif
