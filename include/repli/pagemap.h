/* A sheet's page map: every field, box and capture of one printed side.  Written by print, used by layout, scan, review
** and merge.  Stored as JSON (deflated) in the ledger; `repli layout --json` prints the same objects.
**
** Boxes are micrometres from the sheet's top-left corner, x to the right, y down; the layout snaps them to 10 um, so
** millimetres with two decimals say them exactly.
*/
#ifndef REPLI_PAGEMAP_H
#define REPLI_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

struct repli_box {
    int32_t x0, y0, x1, y1; /* um; x0 < x1, y0 < y1 */
};
struct repli_point {
    int32_t x, y;
};

#define REPLI_FIELD_KIND_LIST(_)                                                                                       \
    _(TICK, "tick")           /* a box that is ticked or not: read by machine */                                       \
    _(DIGITS, "digits")       /* a comb, one digit a cell: keyed by people */                                          \
    _(BAND, "band")           /* a number in the row of its range: the row by machine, the number by people */         \
    _(WRITE, "write")         /* a number without cells */                                                             \
    _(TEXT, "text")           /* words: the image is filed */                                                          \
    _(INITIALS, "initials")   /* who: the image is filed */                                                            \
    _(SIGNATURE, "signature") /* the image is filed */                                                                 \
    _(LABEL, "label")         /* a sticker's place: the image is filed */
enum repli_field_kind {
#define REPLI_FIELD_KIND_ENUM(name, text) REPLI_FIELD_##name,
    REPLI_FIELD_KIND_LIST(REPLI_FIELD_KIND_ENUM)
#undef REPLI_FIELD_KIND_ENUM
        REPLI_FIELD_KIND_COUNT
};
const char *repli_field_kind_text(enum repli_field_kind kind);
bool repli_field_kind_parse(const char *text, enum repli_field_kind *kind);

struct repli_range {
    bool has_low, has_high;
    double low, high; /* inclusive */
};

struct repli_field {
    const char *id; /* unique on the sheet: "col3.rr" */
    enum repli_field_kind kind;
    const char *group;       /* ties single-choice ticks; NULL = none */
    const char *capture;     /* capture kind ("observation"), NULL = none */
    const char *role;        /* "status" "at" "date" "value" "reason" "by" "by2" ...; NULL = none */
    const char *key;         /* JSON object text: what of the record this is about; NULL = none */
    const char *base;        /* JSON value text: what the record said when this was printed; NULL = null */
    const char *label;       /* printed caption, in the sheet's language */
    int tier;                /* 1..4 */
    struct repli_box box;    /* tick: printed frame, outer edge */
    struct repli_box *parts; /* DIGITS: a box a cell; BAND: a box a row, top to bottom; else NULL */
    size_t nparts;
    struct repli_range *rows;      /* BAND: a range a row (both open where rows are letters) */
    const char **row_labels;       /* BAND: nparts texts, or NULL */
    const char **letters;          /* BAND: per row the letters that may be written ("CVPU"), or NULL */
    const char *unit;              /* NULL = none */
    int decimals;                  /* digits and numbers: places after the comma; cells do not hold the comma */
    struct repli_range soft, hard; /* outside soft: asked again; outside hard: refused */
};

/* One clinical thing: the fields that together say it.  A field may serve several captures (the time of a column). */
struct repli_capture {
    const char *id;     /* unique on the sheet: "col3.rr" */
    const char *kind;   /* "observation" */
    const char *key;    /* JSON object text */
    const char *base;   /* JSON value text or NULL */
    const char **roles; /* nmembers names, unique in the capture */
    size_t *fields;     /* nmembers indexes into the sheet's fields */
    size_t nmembers;
};

/* A text as it stands on the paper: whom a sheet is about, so that a scan can be held against it. */
enum repli_face { REPLI_FACE_REGULAR, REPLI_FACE_MEDIUM, REPLI_FACE_BOLD, REPLI_FACE_SYMBOL, REPLI_FACE_COUNT };
struct repli_printed {
    int32_t x, y; /* um: where its baseline starts */
    enum repli_face face;
    int32_t size_cpt; /* hundredths of a point */
    const char *text;
};

struct repli_page_map {
    int page;          /* in the pack's PDF, 1-based */
    const char *sheet; /* serial as printed */
    const char *form;
    int version;
    const char *lang;
    int side, sides;            /* "1/4" */
    const char *patient, *stay; /* identifiers as printed; NULL = none */
    const char *ward;
    const char *code;            /* 143 digits */
    bool verso;                  /* padding side: no fields */
    struct repli_box codes[2];   /* modules only, no quiet zone: top right, bottom left; label stock: all 0, no marks */
    struct repli_point marks[5]; /* centres of the 5 mm squares: TL TR BR BL and the fifth */
    struct repli_printed *printed; /* the texts of the band; none where nothing is to be read */
    size_t nprinted;
    struct repli_field *fields;
    size_t nfields;
    struct repli_capture *captures;
    size_t ncaptures;
};

/* One sheet object of the layout contract (tests/README.md, "repli layout").  Compact JSON in `a`. */
char *repli_page_map_json(const struct repli_page_map *map, struct repli_arena *a);
/* The same behind what is in `b`. */
void repli_page_map_write(const struct repli_page_map *map, struct repli_buf *b);
/* In two parts: what a sheet is, and its fields and captures, which many sheets share. */
void repli_page_map_write_head(const struct repli_page_map *map, struct repli_buf *b);
void repli_page_map_write_fields(const struct repli_page_map *map, struct repli_buf *b);
/* Would the second part be the same text of both? */
bool repli_page_map_same_fields(const struct repli_page_map *a, const struct repli_page_map *b);

/* The inverse; everything lives in `a`.  REPLI_DATA when the text is not a page map (it is ours, so that means
** damage). */
REPLI_MUST_CHECK enum repli_status repli_page_map_parse(const char *json, size_t len, struct repli_arena *a,
                                                        struct repli_page_map **map, struct repli_err *err);

const struct repli_field *repli_page_map_field(const struct repli_page_map *map, const char *id); /* NULL: none */

#endif
