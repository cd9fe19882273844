/* Printing: packs of sheets as PDF.  The only stage that knows libharu and zint. */
#ifndef REPLI_PRINT_H
#define REPLI_PRINT_H

#include "repli/draw.h"
#include "repli/ledger.h"
#include "repli/site.h"
#include "repli/snapshot.h"

/* ---- pages to PDF */
/* 8-bit gray, 0 = black, row by row from the top; fills `box` of the page (um). */
struct repli_pdf_picture {
    const uint8_t *gray;
    int width, height;
    struct repli_box box;
};
struct repli_pdf_page {
    const char *layer;                                      /* equal names share one form XObject; NULL = none */
    const struct repli_draw_list *fixed, *filled, *overlay; /* any may be NULL */
    const char *code;                        /* digits drawn where lists say REPLI_DRAW_CODE; NULL = none */
    const struct repli_pdf_picture *picture; /* below what the lists draw; NULL = none */
};
struct repli_pdf_info {
    const char *title, *keywords; /* NULL = none; the keywords are plain ASCII: the pack id */
    int64_t created_utc;
    const struct repli_zone *zone; /* NULL: no dates */
};
typedef void repli_progress_fn(void *user, size_t done, size_t total);
/* Called before numbers are taken: waits until it is this pack's turn, so that several processes give their packs the
** numbers that one process would have given them. */
typedef enum repli_status repli_turn_fn(void *user, struct repli_err *err);

/* Writes a PDF durably and atomically (as repli_file_write) and returns the SHA-256 of its bytes.  Deterministic: equal
** input, equal bytes.  REPLI_DATA: a glyph no face has, malformed UTF-8, a coordinate that is not on the sheet; nothing
** is written then.  `progress` reaches `count` only when the file is safe on the disk. */
REPLI_MUST_CHECK enum repli_status repli_pdf_write(const char *path, const struct repli_pdf_page *pages, size_t count,
                                                   const struct repli_pdf_info *info, repli_progress_fn *progress,
                                                   void *user, uint8_t sha256[32], struct repli_err *err);
/* The bytes of a PDF, in `a`: what repli_pdf_write() writes. */
REPLI_MUST_CHECK enum repli_status repli_pdf_build(const struct repli_pdf_page *pages, size_t count,
                                                   const struct repli_pdf_info *info, struct repli_arena *a,
                                                   void **data, size_t *len, struct repli_err *err);

/* The symbol of a page code: 37 x 37 modules, true = dark, row by row; version 5, level Q, mask 0, numeric mode. */
#define REPLI_CODE_MODULES 37
REPLI_MUST_CHECK enum repli_status
repli_code_modules(const char *digits, bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES], struct repli_err *err);

/* Any short ASCII text (at most 1,000 bytes) as a QR symbol, level M, for screens and for the safe.  side * side
** modules, true = dark, row by row, in `a`; the quiet zone of four modules is the caller's. */
REPLI_MUST_CHECK enum repli_status repli_text_modules(const char *text, struct repli_arena *a, bool **modules,
                                                      int *side, struct repli_err *err);

/* ---- packs */
/* What several packs share: the newest good snapshot, checked once, and the forms that were opened for it. */
struct repli_press;
REPLI_MUST_CHECK enum repli_status repli_press_open(const struct repli_site *site, struct repli_press **press,
                                                    struct repli_err *err);
/* The same on a snapshot that another process of this run opened and checked a moment ago. */
REPLI_MUST_CHECK enum repli_status repli_press_open_checked(const struct repli_site *site, const char *snapshot,
                                                            int64_t passed_over, struct repli_press **press,
                                                            struct repli_err *err);
void repli_press_close(struct repli_press *press);                      /* NULL is fine */
struct repli_snapshot *repli_press_snapshot(struct repli_press *press); /* borrowed */

/* Whom the forms of a pack are about. */
struct repli_pack_scope {
    bool people, wards, house;
};
bool repli_pack_known(const char *name, struct repli_pack_scope *scope);
/* The same of forms that are asked for by name. */
REPLI_MUST_CHECK enum repli_status repli_forms_scope(const struct repli_site *site, const char *const *forms,
                                                     struct repli_pack_scope *scope, struct repli_err *err);

struct repli_print_request {
    bool all;                 /* one of many: forms that are about something else are left out */
    bool house;               /* sheets about the house alone; else: */
    const char *ward;         /* NULL: of any ward with `patient`, else the patients of whom no ward is known */
    const char *patient;      /* identifier as printed, or NULL: all of the ward */
    const char *const *forms; /* NULL-terminated ids; NULL = `pack` */
    const char *pack; /* "now", "shift", "logs", "labels", "house", "admission", "spares"; NULL = the ward's or "now" */
    int count;        /* of admission packs, each with a downtime number of its own; 0 = 1 */
    const uint64_t *numbers; /* of packs for nobody: these, which were given before; NULL = new ones are taken */
    size_t nnumbers;
    const char *lang;          /* NULL = the ward's */
    const char *from_bed;      /* NULL = all; else only from this bed on, and nothing about the ward as a whole */
    int window_hours;          /* 0 = the form's */
    bool changed;              /* only what is new since it was printed last */
    const char *reason;        /* why paper that is in use is printed once more; NULL = it is not */
    int64_t pile;              /* sheets of paper in a pile, for its cover; 0 = not said */
    int copies;                /* 0, 1 = none; else so many in all, of which all but the first are not written on */
    struct repli_press *press; /* NULL: one is opened for this pack alone */
    const char *out;           /* a copy of the PDF goes there; NULL = none beside SITE/packs/DATE/WARD-PACK.pdf */
    const char *audit;         /* head of the audit for its first sheet; NULL = as it stands (repli/audit.h) */
    const char *printer; /* CUPS queue that gets it as one job, a document a patient; "ward": the ward's; or NULL */
    repli_turn_fn *turn; /* NULL: take numbers at once */
    repli_progress_fn *progress; /* 0 of n: allotted; n of n: the file is safe on the disk, the pack not yet ready */
    void *user;
};
/* Why a set of sheets was printed again with `changed`. */
struct repli_print_change {
    const char *bed, *patient, *name, *form; /* bed, patient, name: NULL = of the ward, or not known */
    const char *const *what;                 /* one text each: "new order: Paracetamol" */
    size_t count;
};
struct repli_print_result {
    struct repli_pack pack;   /* its path is `out`, else the file in SITE/packs as this process can open it */
    bool without_data;        /* nothing of the snapshot is on it */
    bool one_sided;           /* label stock */
    bool house;               /* about the house as a whole */
    bool drill;               /* printed in a drill: every sheet says so and none ever merges */
    size_t patients, skipped; /* skipped: patients without a form that was asked for, named in `notes` */
    const char *notes;        /* one line each; "" = none. In the arena */
    const uint64_t *given;    /* downtime numbers of this pack; in the arena */
    size_t ngiven;
    const char *numbers; /* downtime numbers and aliases that were given, one line each; NULL = none */
    const char *printer; /* where it went as job number `job`, in so many documents; NULL = nowhere */
    int job;
    size_t documents;
    bool too_young; /* set on failure: nothing to print, for no other reason than people's age */
    const struct repli_print_change *changes; /* with `changed` */
    size_t nchanges, unchanged;               /* unchanged: sets that were left out */
    size_t repeats;                           /* sets whose sheets name one that is in use for the same hours */
};
/* Snapshot -> layout -> allotment (committed) -> PDF -> ready.  REPLI_WAITS when patients were skipped: too young for a
** form, or their data do not fit it (the others' paper does not wait for them); and when newer snapshots were damaged,
** so that this paper is older than it should be.  REPLI_USAGE when sheets of somebody are in use for just these hours
** and nothing changed: two of them invite two doses.  The way out is `changed`, or a `reason`: then every sheet says
** which one it repeats.  With `changed` and nothing new there is no pack: its id is "".  Afterwards packs
** older than packs_keep_hours are deleted, unless the press is the caller's: then once, by the caller, after its last
** pack. */
REPLI_MUST_CHECK enum repli_status repli_print_pack(const struct repli_site *site, struct repli_ledger *ledger,
                                                    const struct repli_print_request *request, struct repli_arena *a,
                                                    struct repli_print_result *result, struct repli_err *err);

/* Queues of the print server of this computer, without looking for others on the network.  REPLI_IO: none answers. */
struct repli_queue {
    const char *name, *info, *why; /* info: what people call it; why: "media-empty-error"; may be NULL.  In the arena */
    bool ready;                    /* takes jobs and is not stopped */
};
REPLI_MUST_CHECK enum repli_status repli_print_queues(struct repli_arena *, struct repli_queue **list, size_t *count,
                                                      struct repli_err *err);

/* Deletes PDFs older than packs_keep_hours from SITE/packs (they can be laid out again), and the day folders that get
** empty.  Only files that the ledger knows under that very name are touched, and what a killed run left half-written.
 */
REPLI_MUST_CHECK enum repli_status repli_packs_expire(const struct repli_site *site, struct repli_ledger *ledger,
                                                      int64_t now_utc, struct repli_err *err);

#endif
