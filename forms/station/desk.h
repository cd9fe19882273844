/* The pages of the desk: ledger, images, identity, conflicts, merges, report, people, audit.  What changes the record,
** or may take longer than a page, is done by a command of this program, so that nothing is done in two ways. */
#ifndef REPLI_STATION_DESK_H
#define REPLI_STATION_DESK_H

#include "repli/record.h"
#include "station/station.h"

#define ROWS     50 /* of a list on one page */
#define COMMANDS 16 /* that work for requests at once */

extern const struct station_route station_desk_routes[];
extern const size_t station_desk_nroutes;

/* ---- command.c */
struct station_said {
    json_t *lines;   /* every object that the command printed; borrowed */
    const char *why; /* what it complained about; NULL = nothing */
};
typedef void station_then_fn(struct station_request *, int code, const struct station_said *);
/* Runs "repli --site .. --json WORD --by WHO words..." (NULL-terminated), then `then` under the same sign-in; the
** request waits, nobody else does.  `in`: its stdin, or NULL. */
void station_command(struct station_request *, const char *const *words, const char *in, station_then_fn *then);
/* A `then` for most POSTs: to `r->back` when it went well, the error page with the reason otherwise. */
void station_then_back(struct station_request *, int code, const struct station_said *);

/* The first of "repli --site .. --json --by WHO words..." for children without a request; at most `room`. */
size_t station_argv(struct station_request *, const char *const *words, const char **argv, size_t room);

/* ---- what the desk keeps between requests: figures that take long, made by commands of their own */
struct station_figures {
    bool running;
    int64_t asked_ms, made_utc;
    char person[65];
    int code;
    json_t *lines; /* what came; NULL = nothing yet */
    char why[512];
};
struct station_desk {
    struct station_figures report, verify, merge;
};
/* Starts the command unless it runs already. */
bool station_figures_ask(struct station_request *, struct station_figures *, const char *const *words);
void station_desk_done(struct station *);

/* ---- desk.c: views */
bool station_record(struct station_request *); /* as station_ledger(): r->record */
/* What is said on the next page of this session; English, translated there; `of`: a name beside it, or NULL. */
void station_flash(struct station_request *, const char *text, const char *of);
void station_desk_page(struct station_request *, const char *page, json_t *view); /* takes the view */
/* Offset of ?page=N (0 = first), and the links to the pages before and after in the view. */
int64_t station_page_of(const struct station_request *);
void station_pages(struct station_request *, json_t *view, size_t shown);
bool station_is(const struct station_request *, int roles);
void station_set_flag(json_t *o, const char *name, bool on); /* only when it is on */
/* An object of a sheet (base, key) or a row of the record as [{"column","text"}], times by their name; new. */
json_t *station_pairs(const struct station_request *, json_t *object);
const char *station_plain(const struct station_request *, const char *field,
                          size_t most); /* a form's field, not empty */

/* ---- pages */
void page_ledger(struct station_request *);
void post_ledger_close(struct station_request *);
void post_ledger_settle(struct station_request *);
void post_ledger_unused(struct station_request *);
void post_ledger_receive(struct station_request *);
void page_batches(struct station_request *);
void page_images(struct station_request *);
void page_image(struct station_request *);
void get_picture(struct station_request *);
void post_image_assign(struct station_request *);
void post_image_aside(struct station_request *);
void page_second(struct station_request *);
void post_second_choose(struct station_request *);
void page_identity(struct station_request *);
void post_identity(struct station_request *);
bool station_split_add(struct station_request *, const char *number, json_t *view); /* what may be divided */
void post_split(struct station_request *);
void page_bind(struct station_request *);
void post_bind(struct station_request *);
void page_conflicts(struct station_request *);
void post_decide(struct station_request *);
void page_merge(struct station_request *);
void post_merge_sign(struct station_request *);
void post_merge_all(struct station_request *);
void page_merges(struct station_request *);
void post_merge_undo(struct station_request *);
void page_report(struct station_request *);
void get_report_pdf(struct station_request *);
void page_people(struct station_request *);
void post_people(struct station_request *);
void page_audit(struct station_request *);
void post_audit_verify(struct station_request *);

/* ---- plot.c: inline SVG, as a view for plot.html */
struct station_bar {
    const char *label;
    int64_t value;
};
json_t *station_bars(const struct station_bar *, size_t count, const char *style);
struct station_line_of {
    const char *label, *style;
    const int64_t *values;
};
json_t *station_curves(const struct station_request *, const struct station_line_of *, size_t lines, size_t count,
                       int64_t start_utc, int64_t step_s);
struct station_mark {
    int64_t utc;
    int lane;
    const char *text;
    bool ours;
};
json_t *station_timeline(const struct station_request *, const char *const *lanes, size_t nlanes,
                         const struct station_mark *, size_t count, int64_t from_utc, int64_t to_utc,
                         int64_t shade_from, int64_t shade_to);

#endif
