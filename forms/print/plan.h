/* What a pack will hold, before any number is taken: the sheets of each patient, laid out and checked. */
#ifndef REPLI_PRINT_PLAN_H
#define REPLI_PRINT_PLAN_H

#include "repli/form.h"
#include "repli/ledger_filled.h"
#include "repli/pagecode.h"
#include "repli/print.h"

struct repli_plan_form {
    struct repli_form *form;
    uint8_t hash[32];
    int window_hours;
    bool asked; /* one of the ward's own, not only of admission packs */
};

/* The sheets of one form about one patient, or the ward. */
struct repli_plan_set {
    const char *content, *bed;         /* what it is filled from, for the ledger */
    const struct repli_filled *before; /* the last one that was printed; NULL: none */
    bool repeats;                      /* that one is in use for some of these hours: each side names the one before */
    bool follows;                      /* its hours are over, and it is not back yet */
};

struct repli_plan_sheet {
    const struct repli_snap_patient *patient; /* NULL: a sheet about the ward or the house, or blank */
    enum repli_subject_kind subject;
    const struct repli_plan_form *form;
    struct repli_side *side;
    enum repli_age_band age_band;
    const struct repli_plan_set *set;
    size_t number;  /* of the side in its set, from 0 */
    size_t copy_of; /* 1 + the sheet of this plan that it is a copy of; 0: it is none */
};

struct repli_plan {
    const struct repli_site *site;
    const struct repli_print_request *request;
    struct repli_press *press;
    struct repli_arena arena;
    struct repli_checked *known; /* fixed layers that were checked, in the arena */
    struct repli_ledger *ledger;
    struct repli_snapshot *snap;            /* the press's */
    const struct repli_snapshot_info *info; /* of snap */
    int64_t now_utc, window_utc;
    const char *ward, *lang;
    uint8_t subject[8]; /* what the codes of sheets about the ward, or the house, name */
    int64_t outage_utc; /* start of the ward's open outage or drill; 0 = none is open */
    bool drill;         /* a drill is open for the ward: this paper is for practising, and is marked so */
    const struct repli_snap_patient *read_of; /* whose rows of the snapshot `read` are: forms ask for the same ones */
    struct repli_dataset *read;
    size_t nread;
    struct repli_snap_patient *people;
    size_t npeople;
    struct repli_plan_form *forms;
    size_t nforms;
    struct repli_plan_sheet *sheets; /* in the order of pages */
    size_t nsheets, room;
    size_t patients, skipped; /* with sheets; left out of at least one form */
    struct repli_buf notes;   /* one line each */
    uint64_t *given;          /* downtime numbers of this pack */
    size_t ngiven;
    struct repli_print_change *changes;
    size_t nchanges, unchanged, repeats;
    size_t in_use; /* sets that are in use for just these hours, with the same content */
    const struct repli_filled *first_in_use;
    const char *first_form;
    const char *numbers;    /* downtime numbers of this pack with their aliases, one line each; NULL = none */
    bool without_data;      /* nothing of the snapshot is on these sheets: they do not name it */
    bool too_young;         /* nothing to print, and nobody was left out for another reason */
    struct repli_err first; /* the first sheet set that could not be laid out */
};

/* A form of the press, opened and tried out once; its hash with it. */
REPLI_MUST_CHECK enum repli_status repli_press_form(struct repli_press *press, const char *id, const char *lang,
                                                    struct repli_form **form, uint8_t hash[32], struct repli_err *err);

/* ---- choose.c: what of a ward is printed */
/* The forms that were asked for, else those of the pack that was named, else the ward's own in site.yaml, else those of
** the usual pack; of a pack those that there are.  The first *asked of spares are the ward's own. */
REPLI_MUST_CHECK enum repli_status repli_pack_forms(struct repli_plan *plan, const char *const **ids, size_t *asked,
                                                    struct repli_err *err);
/* Drops the people before the bed that was asked for; REPLI_USAGE names the beds when there is none of that name. */
REPLI_MUST_CHECK enum repli_status repli_pack_resume(struct repli_plan *plan, struct repli_err *err);

/* ---- data.c: what a form is filled from.  p NULL: of the ward, or of the house. */
REPLI_MUST_CHECK enum repli_status repli_plan_data(struct repli_plan *plan, const struct repli_form *form,
                                                   const struct repli_snap_patient *p, struct repli_datasets *data,
                                                   struct repli_err *err);
/* A ward's copy of a snapshot knows the house's telephone numbers, and nothing else of the house: a list of everybody
** that is printed from it would look whole and not be. */
REPLI_MUST_CHECK enum repli_status repli_plan_check_copy(const struct repli_plan *plan, const struct repli_form *form,
                                                         struct repli_err *err);
/* Labels of those who were asked for alone: one patient, or the rest of the beds. */
void repli_plan_keep_wanted(const struct repli_plan *plan, struct repli_datasets *data);

/* ---- again.c: what was printed before */
/* What a set is filled from, and what it stands beside; *skip: it was asked for only if it changed, and did not.
** p NULL: of the ward. */
REPLI_MUST_CHECK enum repli_status repli_again_look(struct repli_plan *plan, const struct repli_plan_form *f,
                                                    const struct repli_snap_patient *p,
                                                    const struct repli_datasets *data, struct repli_plan_set **set,
                                                    bool *skip, struct repli_err *err);
/* REPLI_USAGE when the plan would put a second sheet beside one in use, and nobody said why. */
REPLI_MUST_CHECK enum repli_status repli_again_allowed(const struct repli_plan *plan, struct repli_err *err);
/* *moved: what the plan took for the last one that was printed no longer is, for one set at least. */
REPLI_MUST_CHECK enum repli_status repli_again_moved(struct repli_plan *plan, bool *moved, struct repli_err *err);
/* What is new, copied to `a`. */
void repli_again_told(const struct repli_plan *plan, struct repli_arena *a, struct repli_print_result *result);
/* The serial that a side of a set that repeats another one names. */
const char *repli_again_of(const struct repli_plan_set *set, size_t number, struct repli_arena *a);
/* Whatever is not the patients' own of the snapshot (nobody.c): admission packs and spares. */
bool repli_plan_of_nobody(const struct repli_plan *plan);
REPLI_MUST_CHECK enum repli_status repli_plan_nobody(struct repli_plan *plan, struct repli_ledger *ledger,
                                                     struct repli_err *err);
/* Lays out and checks as it will be checked when it counts; adds the sides to the plan. */
REPLI_MUST_CHECK enum repli_status repli_plan_lay_out(struct repli_plan *plan, const struct repli_layout_in *in,
                                                      struct repli_layout *layout, struct repli_err *err);
void repli_plan_add(struct repli_plan *plan, const struct repli_plan_form *f, const struct repli_snap_patient *p,
                    enum repli_subject_kind subject, enum repli_age_band band, const struct repli_layout *layout);

/* ---- send.c: to a printer */
/* NULL when none was asked for. */
REPLI_MUST_CHECK enum repli_status repli_send_printer(const struct repli_plan *plan, const char **printer,
                                                      struct repli_err *err);
/* One job, one document a patient; REPLI_IO names printer and reason, and the job is cancelled. */
REPLI_MUST_CHECK enum repli_status repli_send_pack(const struct repli_plan *plan, const char *printer,
                                                   const struct repli_pdf_page *pages,
                                                   const struct repli_pdf_info *info, int *number, size_t *documents,
                                                   struct repli_err *err);

/* Chooses the patients, opens the forms, lays out every sheet: those about the ward come first.  A patient whose data
** do not fit a form is left out by name: the others' paper must not wait for it.  REPLI_DATA when nothing at all can be
** printed. */
REPLI_MUST_CHECK enum repli_status repli_plan_make(struct repli_plan *plan, struct repli_ledger *ledger,
                                                   struct repli_err *err);
void repli_plan_done(struct repli_plan *plan);

/* A person's age on the civil day `today`, from a birth date that may lack its day or month: between the youngest and
** the oldest that it allows.  false: unknown, not a date, or not yet born. */
struct repli_age {
    int years_min, years_max;
    enum repli_age_band band; /* UNKNOWN when youngest and oldest differ in it */
};
bool repli_age_at(const char *birth_date, const struct repli_civil *today, struct repli_age *age);

/* A ward's code as part of a file name: letters, digits, dot, dash and underline, at most 40 of them. */
char *repli_ward_file(struct repli_arena *a, const char *ward);

#endif
