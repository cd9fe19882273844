/* Forms: declarative templates, checked before anything is printed, and laid out by pure functions.
**
** The geometry of a sheet is a pure function of (snapshot data, form, language, subject, window, age band, page).  What
** differs between two prints of the same thing (serial, print time, age of the data, copy and drill marks) is an
** overlay that moves no box.
*/
#ifndef REPLI_FORM_H
#define REPLI_FORM_H

#include <stdint.h>

#include "repli/clock.h"
#include "repli/dataset.h"
#include "repli/draw.h"
#include "repli/pagecode.h"
#include "repli/pagemap.h"

#define REPLI_LAYOUT_EPOCH 1 /* raised when C geometry changes; part of a form's hash */
struct repli_form;           /* one template in one language, checked */

/* `dir`: a folder with forms/ and lang/ (a site's own templates), or NULL for the ones inside the program.
** REPLI_DATA: no such form or language, or a mistake: "file:line: what, and the way out".  The caller closes. */
REPLI_MUST_CHECK enum repli_status repli_form_open(const char *dir, const char *id, const char *lang,
                                                   struct repli_form **form, struct repli_err *err);
/* From texts that a site keeps by hash (repli_form_frozen).  REPLI_DATA: damaged, or of another epoch. */
REPLI_MUST_CHECK enum repli_status repli_form_open_frozen(const char *text, size_t len, struct repli_form **form,
                                                          struct repli_err *err);
void repli_form_close(struct repli_form *form); /* NULL is fine */
const char *repli_form_id(const struct repli_form *form);
const char *repli_form_lang(const struct repli_form *form);
int repli_form_lang_number(const struct repli_form *form);   /* as page codes have it */
const char *repli_form_title(const struct repli_form *form); /* in its language */
int repli_form_number(const struct repli_form *form);        /* unique for ever */
int repli_form_version(const struct repli_form *form);
int repli_form_window_hours(const struct repli_form *form);
int repli_form_min_age_years(const struct repli_form *form); /* 0 = any; younger patients get no sheet of it, by name */
int repli_form_max_age_years(const struct repli_form *form); /* 0 = any; older patients get none */
/* Is a pack's sheet of it for those whom these rows are about? */
bool repli_form_wanted(const struct repli_form *form, const struct repli_datasets *data);
/* PATIENT; WARD: one set of a ward; DOWNTIME: of somebody whom only a downtime number names; BLANK: of nobody yet. */
enum repli_subject_kind repli_form_subject(const struct repli_form *form);
bool repli_form_approved(const struct repli_form *form), repli_form_frozen_approved(const char *frozen, size_t len);
bool repli_form_bare(const struct repli_form *form); /* label stock: no marks, band, page code; never scanned */
/* Texts without translation, printed in English; the line of repli_form_file() where one stands, 0: the program's. */
const char *const *repli_form_missing(const struct repli_form *form, size_t *count);
int repli_form_missing_line(const struct repli_form *form, size_t index);
const char *repli_form_file(const struct repli_form *form); /* the template, as messages name it */
/* BLAKE2b-256 of template text + the strings of the language it uses + font metrics + layout epoch. */
void repli_form_hash(const struct repli_form *form, uint8_t hash[32]);
/* What must be kept so that paper stays readable for ever: template and strings in one text. In `a`. */
char *repli_form_frozen(const struct repli_form *form, struct repli_arena *a);
const char *const *repli_form_datasets(const struct repli_form *form); /* NULL-terminated names of what it reads */
bool repli_form_from_ledger(const struct repli_form *form); /* rows of repli/ledger_paper.h: no snapshot has them */
bool repli_form_print_only(const struct repli_form *form);  /* for reading alone: nothing is written on it */

/* Ids of all forms, sorted: those of `dir` (NULL: none) and those inside the program.  Codes of languages likewise. */
REPLI_MUST_CHECK enum repli_status repli_forms_list(const char *dir, struct repli_arena *a, char ***ids, size_t *count,
                                                    struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_langs_list(const char *dir, struct repli_arena *a, char ***codes,
                                                    size_t *count, struct repli_err *err);
/* The text of a form, else of a language, as it is in force.  REPLI_DATA: there is neither. */
REPLI_MUST_CHECK enum repli_status repli_template_find(const char *dir, const char *name, struct repli_arena *a,
                                                       const char **text, size_t *len, struct repli_err *err);
/* The language that a page code's number means here; *code NULL: none that is known. */
REPLI_MUST_CHECK enum repli_status repli_lang_find(const char *dir, int number, struct repli_arena *a,
                                                   const char **code, struct repli_err *err);
/* Of a language, opened in all forms (an unopened one is NULL): the next text of the site's own file that none of them
** prints, from *at on, and its line; NULL: no more.  Mostly the English is not quite what a template says. */
const char *repli_forms_unused(struct repli_form *const *forms, size_t count, size_t *at, const char **file, int *line);
/* REPLI_DATA, with file and line, when what a site printed (its folder forms/) and this form differ under one version,
** or share a number that only one of them may have. */
REPLI_MUST_CHECK enum repli_status repli_form_check_printed(const struct repli_form *form, const char *dir,
                                                            struct repli_err *err);

/* What a sheet set is laid out from. All borrowed. */
struct repli_layout_in {
    const struct repli_form *form;
    const struct repli_datasets *data; /* rows of this subject only */
    const struct repli_zone *zone;
    int64_t window_utc; /* start */
    int window_hours;
    int age_band;                    /* enum repli_age_band */
    enum repli_subject_kind subject; /* 0 = the form's own; DOWNTIME or BLANK: a patient's form without a patient */
    int64_t taken_utc;               /* of the snapshot (it is in its id); 0 = not known */
    bool follows;                    /* REPLI_FLAG_FOLLOWS */
    struct repli_checked **known;    /* layouts in one arena check what they share once; NULL: alone */
};

/* Orders are printed as history, without a place to chart a dose, when the data is older than the form's `history`
** hours (usually 48) at the end of the window's first hour.  Print time is no part of the geometry; window start and
** snapshot id are, and both stand in the page code: the same sheet is laid out again from them, whenever that is. */
bool repli_layout_history(const struct repli_layout_in *in);
/* Orders stand again only where the prescriber ticks and signs: the data is older than the form's `sign` hours (24) at
** the end of the window's first hour, or the paper of the hours before holds what nobody has read yet. */
bool repli_layout_sign(const struct repli_layout_in *in);

/* What a sheet is filled from that is about nobody the record knows: empty datasets, but number, stay and alias of a
** downtime number (0: a blank sheet).  Such a sheet needs no snapshot: `taken_utc` is 0, its hours are those of the
** outage it is used in. */
struct repli_datasets *repli_form_nobody(const struct repli_form *form, uint64_t downtime, struct repli_arena *a);

struct repli_side {
    const char *layer;             /* sides with equal names have equal `fixed` lists (one form XObject) */
    struct repli_draw_list fixed;  /* same for every patient */
    struct repli_draw_list filled; /* this patient's data */
    struct repli_page_map map;     /* fields, captures, marks, codes, side/sides, verso; sheet, page, code: NULL/0 */
    bool history;                  /* orders on it are history */
    bool sign;                     /* orders on it stand only where the prescriber ticks and signs */
    struct repli_box outage;       /* black place for the start of the outage (overlay); empty: the side has none */
    bool bare;                     /* of label stock */
    struct repli_box *drill;       /* bare: where the overlay says that it is a drill, once a label */
    size_t ndrill;
    const struct repli_checked *checked; /* what overlays are checked against; NULL: the lists themselves */
};

struct repli_layout {
    struct repli_side *sides; /* an even number: odd sets end with a VERSO side; of label stock any number */
    size_t nsides;
};

/* Everything lives in `a`.  REPLI_DATA when a value does not fit its place: nothing is ever cut or overlapped. */
REPLI_MUST_CHECK enum repli_status repli_layout_make(const struct repli_layout_in *in, struct repli_arena *a,
                                                     struct repli_layout *out, struct repli_err *err);

/* The overlay of one side: serial, form line, freshness bars, codes.  REPLI_DATA when the data is from after print_utc
** (a wrong clock), or what it draws breaks a rule of repli_layout_check. */
struct repli_overlay_in {
    const struct repli_form *form;
    const struct repli_zone *zone;
    const struct repli_side *side;
    const char *sheet; /* serial text */
    int64_t data_utc;  /* snapshot taken; 0 = nothing on it comes from the record */
    int64_t print_utc;
    int64_t outage_utc; /* start of the ward's open outage; 0 = none is open */
    bool drill, copy;
    const char *copy_of; /* serial this one repeats, or NULL */
    const char *audit;   /* head of the station's audit, on the first sheet of a pack (repli/audit.h); NULL = none */
    const char *note;    /* what the reader must know about the data, before everything else; NULL = nothing */
};
REPLI_MUST_CHECK enum repli_status repli_layout_overlay(const struct repli_overlay_in *in, struct repli_arena *a,
                                                        struct repli_draw_list *out, struct repli_err *err);

struct repli_printed repli_layout_serial(const char *sheet); /* where the overlay puts it into the band */

/* What no page may do: text beyond its room, text on text, print within 1.86 mm of a tick, in a quiet zone or a mark's
** keep-out, fields that overlap, anything outside 6..204 x 6..291 mm.  REPLI_DATA names the first offence. */
REPLI_MUST_CHECK enum repli_status repli_layout_check(const struct repli_side *side,
                                                      const struct repli_draw_list *overlay, struct repli_err *err);

#endif
