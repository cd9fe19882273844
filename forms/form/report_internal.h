/* Between the files that draw the report of an outage.  Nobody else includes this. */
#ifndef REPLI_FORM_REPORT_INTERNAL_H
#define REPLI_FORM_REPORT_INTERNAL_H

#include "repli/report.h"
#include "words.h"

#define REPORT_X0 MM(20)
#define REPORT_X1 MM(190)
#define REPORT_Y0 MM(20)
#define REPORT_Y1 MM(272)

#define STYLE_BODY  ((struct style){REPLI_FACE_REGULAR, 900})
#define STYLE_HEAVY ((struct style){REPLI_FACE_BOLD, 900})
#define STYLE_SMALL ((struct style){REPLI_FACE_MEDIUM, 750})

struct report_title { /* of a form, once opened */
    const char *id, *title;
};
struct report_book {
    const struct repli_report *r;
    struct repli_form *words; /* the language alone */
    const char *dir;
    const struct repli_zone *zone;
    struct repli_arena *a;
    struct trouble trouble;
    struct pen pen; /* of the page that is being drawn */
    struct repli_draw_list *pages;
    size_t npages;
    int32_t y;
    struct report_title *titles;
    size_t ntitles;
};

/* ---- report_words.c */
const char *report_word_at(size_t i); /* NULL: no more */

/* ---- report_page.c */
/* All pages, into b->pages; r, words, dir, zone and a are set. */
enum repli_status report_draw(struct report_book *b, struct repli_err *err);
const char *report_word(struct report_book *b, const char *english);
const char *report_count(struct report_book *b, int64_t n);                    /* "12 345" */
const char *report_put(struct report_book *b, const char *english, int64_t n); /* with {n} */
const char *report_time(struct report_book *b, int64_t utc);
const char *report_form_title(struct report_book *b, const char *form_id);
const char *report_between(struct report_book *b, double low, double high);  /* "0,2 % - 3,1 %": ends of a share */
const char *report_rate(struct report_book *b, int64_t part, int64_t whole); /* "1,3 %"; of nothing: a dash */
void report_room(struct report_book *b, int32_t height_um);                  /* on this page, or on a new one */
/* A heading with `below_um` of room under it on the same page. */
void report_heading(struct report_book *b, const char *english, int32_t below_um);
void report_sentence(struct report_book *b, const char *text);

struct report_column {
    const char *title; /* English */
    int32_t width_um;
    bool number; /* right-aligned */
};
/* Rows as the caller gives them; the head of the table stands on each page that it goes on. */
void report_head(struct report_book *b, const struct report_column *columns, size_t count);
void report_row(struct report_book *b, const struct report_column *columns, size_t count, const char *const *cells,
                bool heavy);
void report_end(struct report_book *b); /* of a table: room below it */

/* ---- report_parts.c, report_people.c, report_plot.c: in the order of the pages */
void report_glance(struct report_book *b);
void report_wards(struct report_book *b);
void report_hours(struct report_book *b);
void report_ages(struct report_book *b);
void report_missing(struct report_book *b);
void report_entries(struct report_book *b);
void report_conflicts(struct report_book *b);
void report_images(struct report_book *b);
void report_patients(struct report_book *b);
void report_timeline(struct report_book *b);
void report_signatures(struct report_book *b);

#endif
