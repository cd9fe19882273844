/* What the files of forms/form/ share.  Nobody else includes this. */
#ifndef REPLI_FORM_INTERNAL_H
#define REPLI_FORM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/form.h"
#include "repli/text.h"
#include "repli/setting.h"
#include "repli/yaml.h"

/* ---- font.c */
struct font_bytes {
    const uint8_t *data;
    size_t len;
};
struct font_tables {
    struct repli_font_metrics metrics;
    struct font_bytes hmtx, map, loca, glyf;
    uint32_t long_widths; /* glyphs with a width of their own */
    bool long_loca;
};
bool repli_font_parse(const void *data, size_t len,
                      struct font_tables *out);                             /* false: not a TrueType file we can use */
uint32_t repli_font_glyph(const struct font_tables *t, uint32_t codepoint); /* 0: none */
uint32_t repli_font_advance(const struct font_tables *t, uint32_t glyph);
/* How far the ink of a text reaches above and below its baseline; both 0 for blanks. */
void repli_font_ink(enum repli_face face, int32_t size_cpt, const char *utf8, int32_t *above_um, int32_t *below_um);
/* repli_utf8_next(), inline for what is ASCII. */
static inline uint32_t repli_next_sign(const char **s)
{
    unsigned char c = (unsigned char)**s;
    if (c == 0 || c >= 0x80)
        return repli_utf8_next(s);
    ++*s;
    return c;
}
int32_t repli_font_units(enum repli_face face, uint32_t codepoint); /* its advance, in units; -1: no such glyph */
/* The advance of a whole text; -1: a sign of it is not in the face. */
int64_t repli_font_text(enum repli_face face, const char *utf8);
int32_t repli_font_um(enum repli_face face, int32_t size_cpt, int64_t units); /* rounded up */
void repli_font_digest(uint8_t hash[32]); /* of all four faces' metrics and glyph maps */

/* ---- trouble: the first mistake of a layout, with the place in the template that was being laid out */
struct trouble {
    struct repli_err *err;
    enum repli_status status;
    const struct repli_yaml *node; /* NULL: not about a place in the template */
    const struct repli_form *form; /* whose texts are drawn; NULL: not known */
};
void repli_trouble(struct trouble *t, const char *fmt, ...) REPLI_PRINTF(2, 3);
/* A text is too wide; where it stands in a language's file is said, too. */
void repli_trouble_wide(struct trouble *t, const char *text, int32_t need_um, int32_t room_um);

/* ---- pen.c: draw lists */
struct style {
    enum repli_face face;
    int32_t cpt;
};
#define STYLE_TITLE   ((struct style){REPLI_FACE_BOLD, 1300})
#define STYLE_SECTION ((struct style){REPLI_FACE_BOLD, 950})
#define STYLE_LABEL   ((struct style){REPLI_FACE_REGULAR, 850})
#define STYLE_STRONG  ((struct style){REPLI_FACE_BOLD, 850})
#define STYLE_DENSE   ((struct style){REPLI_FACE_MEDIUM, 800})
#define STYLE_CAPTION ((struct style){REPLI_FACE_MEDIUM, 750})
#define STYLE_DATA    ((struct style){REPLI_FACE_BOLD, 1100})

enum align { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTRE };

struct pen {
    struct repli_arena *a;
    struct repli_arena *scratch; /* where lists grow; NULL = in `a` */
    struct trouble *t;
    struct repli_draw_list list;
    const struct repli_yaml **nodes; /* what each item was drawn for */
    size_t cap;
    bool replaced; /* a sign that no face has was drawn as U+FFFD */
};
#define MM(x) ((int32_t)((x)*1000 + ((x) < 0 ? -0.5 : 0.5)))
int32_t repli_snap(int32_t um); /* to 10 um */
struct repli_box repli_box_make(int32_t x, int32_t y, int32_t w, int32_t h);
void repli_pen_fill(struct pen *pen, struct repli_box box);
void repli_pen_frame(struct pen *pen, struct repli_box box, int32_t line_um);
void repli_pen_line(struct pen *pen, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t line_um, int32_t dash_um);
void repli_pen_code(struct pen *pen, struct repli_box box);
void repli_pen_symbol(struct pen *pen, struct repli_box box, const char *text); /* REPLI_DRAW_SYMBOL */
void repli_pen_origin(struct pen *pen, int32_t x, int32_t y);                   /* REPLI_DRAW_ORIGIN */
int32_t repli_pen_width(struct style style, const char *text);
/* Refuses (trouble) a text that is wider than `room_um`. x: left edge, right edge or middle. */
void repli_pen_text(struct pen *pen, struct style style, enum align align, int32_t x, int32_t baseline, int32_t room_um,
                    const char *text);
void repli_pen_white(struct pen *pen, struct style style, enum align align, int32_t x, int32_t baseline,
                     int32_t room_um, const char *text);
/* How far the ink of a text reaches above and below its baseline, in whatever faces it is drawn. */
void repli_pen_ink(struct style style, const char *text, int32_t *above_um, int32_t *below_um);
/* The room from line to line: the usual one, or more where accents are stacked. */
int32_t repli_pen_leading(struct style style, const char *text, int32_t usual_um);
/* The largest of `sizes` (0-terminated, hundredths of a point) that fits; the last one when none does. */
int32_t repli_pen_fit(enum repli_face face, const int32_t *sizes, int32_t room_um, const char *text);

/* Wrapped text.  BOLD turns bold on and off; in a template's own texts a star does. */
#define BOLD      "\x01"
#define BOLD_SIGN '\x01'
struct para {
    struct style plain, bold;
    int32_t room_um, leading_um;
    bool data; /* from a dataset: a star is a star, and a word wider than the room is broken instead of being trouble */
    bool whole; /* data whose words may not be broken */
};
/* Draws at (x, first baseline) when `pen` is given; returns the number of lines. */
size_t repli_para(struct pen *pen, struct trouble *t, struct repli_arena *a, const struct para *p, int32_t x,
                  int32_t baseline, const char *text);

/* ---- catalogue.c: where templates come from, and whose numbers are whose */
#define REPLI_TEMPLATE_MAX (1 << 20)
#define REPLI_OWN_FORM_MIN 500 /* numbers of forms that a site makes itself begin here */
struct template_text {
    const char *file; /* as messages name it; NULL: there is none */
    const char *text;
    size_t len;
};
bool repli_template_id(const char *name); /* small letters, digits and -, at most 16 */
enum repli_status repli_template_own(const char *dir, const char *sub, const char *name, struct repli_arena *a,
                                     struct template_text *out, struct repli_err *err);
void repli_template_built_in(const char *sub, const char *name, struct repli_arena *a, struct template_text *out);
/* The site's, else the program's. */
enum repli_status repli_template_read(const char *dir, const char *sub, const char *name, struct repli_arena *a,
                                      struct template_text *out, struct repli_err *err);
/* REPLI_DATA: another form or language has this one's number, or it is not one that may be chosen. */
enum repli_status repli_form_check_number(const struct repli_form *form, const char *dir, struct repli_err *err);
enum repli_status repli_lang_check_number(const struct repli_form *form, const char *dir, struct repli_err *err);

/* ---- lang.c: strings of one language */
/* clang-format off */
#define FORM_TEXTS(_) \
    _(BORN, "born") \
    _(UNKNOWN, "unknown") \
    _(YEARS, "{n} y") \
    _(MONTHS_OLD, "{n} months") \
    _(MALE, "sex: male") \
    _(FEMALE, "sex: female") \
    _(OTHER_SEX, "sex: other") \
    _(NO_SEX, "sex unknown") \
    _(PATIENT_NO, "MRN") \
    _(STAY_NO, "stay") \
    _(ROOM, "room") \
    _(BED, "bed") \
    _(NAMESAKE, "NAMESAKE") \
    _(DECEASED, "DECEASED") \
    _(NO_GLYPH, "\xEF\xBF\xBD = sign that cannot be printed") \
    _(DATA_AS_OF, "data as of") \
    _(PRINTED, "printed") \
    _(AGE, "age") \
    _(CHECK_ORDERS, "CHECK ORDERS") \
    _(DRILL, "DRILL") \
    _(COPY, "COPY, do not write") \
    _(COPY_OF, "COPY of {n}, do not write") \
    _(REPEATS, "repeats {n}, keep both") \
    _(CORRECTION, "correction here") \
    _(VOID, "page void") \
    _(CONTINUES, "continues on no.") \
    _(SPARE, "number of the spare") \
    _(YES, "= yes") \
    _(CANCELLED, "= cancelled") \
    _(HOW_TO, "one digit per box, to the right; black or blue ball-point") \
    _(VERSO, "VERSO: write nothing here") \
    _(DRAFT, "draft, not approved") \
    _(CONTINUED, "continued")
/* On sheets about nobody whom the record knows: any patient's form may be printed so, and no place on it depends on
** these words, so that they are no part of a form's hash. */
#define FORM_NOBODY_TEXTS(_) \
    _(NO_DATA, "nothing here is from the record") \
    _(ALIAS, "called") \
    _(NAME, "name") \
    _(SEX, "sex") \
    _(LABEL_HERE, "label, once known") \
    _(LABEL_PATIENT, "patient label") \
    _(NO_PATIENT, "no patient yet: label, or name and number")                                                         \
    _(NUMBER, "no. {n}")
/* And on sheets about a ward, which have no patient band. */
#define FORM_WARD_TEXTS(_) \
    _(BEDS, "{n} beds") \
    _(ONE_BED, "1 bed") \
    _(PATIENTS_AT, "{n} patients on {time}") \
    _(ONE_PATIENT_AT, "1 patient on {time}") \
    _(NO_PATIENTS_AT, "no patients on {time}")
/* And on sheets about the whole house. */
#define FORM_SITE_TEXTS(_) \
    _(HOUSE, "the whole house")
/* clang-format on */
enum form_text {
#define FORM_TEXT_ENUM(name, english) TEXT_##name,
    FORM_TEXTS(FORM_TEXT_ENUM) TEXT_WARD, /* the first of a ward's */
    TEXT_BEFORE_WARD = TEXT_WARD - 1,
    FORM_WARD_TEXTS(FORM_TEXT_ENUM) TEXT_SITE, /* the first of the house's */
    TEXT_BEFORE_SITE = TEXT_SITE - 1,
    FORM_SITE_TEXTS(FORM_TEXT_ENUM) TEXT_NOBODY, /* the first of nobody's */
    TEXT_BEFORE_NOBODY = TEXT_NOBODY - 1,
    FORM_NOBODY_TEXTS(FORM_TEXT_ENUM)
#undef FORM_TEXT_ENUM
        TEXT_COUNT
};
struct used_text {
    const char *english, *text;
};
struct language {
    const char *file;
    const char *code;
    int number;
    const struct repli_yaml *number_node; /* NULL: the language is one of the program's */
    const char *months[12];
    const struct repli_yaml *texts; /* MAP */
    bool own;                       /* the file is the site's */
    const struct repli_yaml *below; /* MAP: the program's own, for what a site's file does not say; or NULL */
};
/* `below`: the program's file of the same language, whose months serve a file without any; or NULL. */
enum repli_status repli_lang_load(const struct template_text *from, const struct language *below, struct repli_arena *a,
                                  struct language *out, struct repli_err *err);
/* Where a text that is printed, or words of one, stand in the language's file; NULL: nowhere. */
const struct repli_yaml *repli_lang_node(const struct repli_form *form, const char *text);
/* The text in the form's language; remembers that it is used, and that it is missing when it is. Owned by the form. */
const char *repli_form_text(struct repli_form *form, const char *english);
/* The same without remembering: a word that is no part of the form's hash. */
const char *repli_form_word(const struct repli_form *form, const char *english);
const char *repli_form_used(const struct repli_form *form, const char *english); /* of a text that loading registered */
char *repli_form_date(const struct repli_form *form, const char *iso,
                      struct repli_arena *a); /* "14-mars-1962"; partial dates too */
char *repli_form_time(const struct repli_form *form, const struct repli_zone *zone, int64_t utc, bool year,
                      struct repli_arena *a);
char *repli_form_decimal(const char *number, struct repli_arena *a); /* point to comma when it is a number */
/* "{name}" replaced by `value` everywhere. */
char *repli_form_put(const char *pattern, const char *name, const char *value, struct repli_arena *a);

/* ---- the template */
struct band_row {
    struct repli_range range;    /* number rows */
    const char *letters, *label; /* letter rows: label is translated */
    int score;                   /* -1 none */
    bool apart;                  /* overlaps the others: for those whom they are not meant for */
};
struct capture_spec {
    const char *kind, *system, *code, *unit, *display; /* kind NULL = none; display: the label in English */
    const char *direction, *sum, *of; /* fluid: `in` or `out` of an amount; a sum: in, out or net, of which block */
    bool each;                        /* observation: of several things of one patient, each with its own value */
};
struct field_spec {
    const struct repli_yaml *node;
    enum repli_field_kind kind;
    const char *id, *label, *role, *group, *unit, *cells;
    const char *of; /* the field whose capture this one belongs to alone; NULL: to all beside it */
    struct capture_spec capture;
    const char *code, *code_system, *display; /* tick: what it stands for; display: the label in English */
    int tier, decimals;
    size_t ncells;
    struct repli_range soft, hard;
    bool window_days;                   /* soft range = the days of the window */
    bool strong;                        /* heavier frame */
    bool fill;                          /* zone: all the room that is left */
    const struct repli_yaml *total_of;  /* names of the bands beside it whose scores it sums up; NULL = none */
    int32_t at_um, width_um, height_um; /* -1 = not said */
    struct band_row *rows;
    size_t nrows;
};

struct flow;
struct side_build;
/* `if` and `unless`: printed when a dataset has a row with these values, or has none. */
struct condition {
    const char *dataset;             /* NULL: always */
    const struct repli_yaml *values; /* column: value, besides `dataset` */
    bool unless;
};
/* `only`: for which sheets a row is; all that is said must hold. */
enum row_when { ROW_ALWAYS, ROW_CURRENT, ROW_HISTORY }; /* with data of up to 48 h, or only with older data */
enum row_age { ROW_ANY_AGE, ROW_UNDER_16, ROW_FROM_16 };
struct row {
    const struct row_kind *kind;
    const struct repli_yaml *node;
    int32_t gap_um; /* below it */
    enum row_when when;
    enum row_age age;
    const struct repli_setting *setting; /* NULL: whatever the site's settings are */
    struct condition condition;
    void *spec;
};
bool repli_row_shown(const struct flow *flow, const struct row *row); /* only.c: by all that `only` says */
/* A row kind is C; everything else about a form is data.  `place` takes room from the flow, draws, and adds fields. */
struct row_kind {
    const char *name;
    enum repli_status (*load)(struct repli_form *form, const struct repli_yaml *node, void **spec,
                              struct repli_err *err);
    void (*place)(struct flow *flow, const struct row *row);
    int32_t gap_um; /* usual room below */
};
extern const struct row_kind repli_row_title, repli_row_heading, repli_row_note, repli_row_side, repli_row_line,
    repli_row_zone, repli_row_chart, repli_row_table, repli_row_list, repli_row_banner, repli_row_block,
    repli_row_orders, repli_row_asneeded, repli_row_beds, repli_row_labels, repli_row_injections, repli_row_split;

struct repli_form {
    struct repli_arena arena;
    const char *id, *lang, *title;
    enum repli_subject_kind subject;
    const char *file; /* the template, as messages name it */
    const struct repli_yaml *number_node, *version_node;
    int number, version, window_hours, min_age_years, max_age_years; /* max: 0 = none */
    bool bare; /* label stock: no marks, band, codes and foot; never scanned */
    struct freshness_hours {
        int bold, check, sign, history; /* hours: from this age of the data on */
    } hours;
    const char *approved_by, *approved_role, *approved_date; /* NULL = not approved */
    const char *text;                                        /* the template as read */
    size_t len;
    const char **datasets;
    size_t ndatasets;
    struct row *rows;
    size_t nrows;
    struct row *top; /* rows that begin every side */
    size_t ntop;
    const char *bottom;    /* small print that ends every side, or NULL */
    struct drugs *drugs;   /* NULL: the form prints no drugs */
    struct wanted *wanted; /* NULL: for everybody */
    const char **words;    /* WORD_*: NULL without orders */
    struct language language;
    struct used_text *used;
    size_t nused, capused;
    const char **missing;
    int *missing_lines; /* of the template; 0: a text of the engine */
    size_t nmissing;
    int line;                  /* of the text that is being loaded */
    const char *t[TEXT_COUNT]; /* those of wards, the house, nobody: NULL on forms that cannot be about such */
    const char *print_only;    /* what stands where others have their fields; NULL: it has fields, and comes back */
    bool varies;               /* some rows are only for one setting of the site */
    bool by_age;               /* ... or only for those under sixteen, or over */
};

/* ---- load.c */
enum repli_status repli_load_template(struct repli_form *form, const char *file, struct repli_err *err);
enum repli_status repli_load_rows(struct repli_form *form, const struct repli_yaml *map, const char *key,
                                  struct row **rows, size_t *count, struct repli_err *err);
bool repli_form_fills_from(const struct repli_form *form, const char *dataset); /* it names that dataset */
/* `kind` of a capture that a whole line or block is, one of `kinds`; NULL stays NULL when there is none. */
enum repli_status repli_load_kind(const struct repli_yaml *node, const char *const *kinds, const char **kind,
                                  const char **what, struct repli_err *err);
/* What the rows of a band score, and of a total the fields that it sums up: whoever reads it can count again.  The end
** of a key, or "". */
const char *repli_flow_scores(struct flow *flow, const struct side_build *s, size_t value);
/* `if` or `unless` of a row; none stays "always". */
enum repli_status repli_load_condition(const struct repli_form *form, const struct repli_yaml *node,
                                       struct condition *out, struct repli_err *err);
/* ---- wanted.c: `for` at the head of a template */
enum repli_status repli_wanted_load(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err);
/* ---- load_field.c */
enum repli_status repli_load_field(struct repli_form *form, const struct repli_yaml *node, struct field_spec *out,
                                   struct repli_err *err);
bool repli_load_is_field(const struct repli_yaml *node);
enum repli_status repli_load_mm(const struct repli_yaml *map, const char *key, double min, double max, int32_t *out_um,
                                struct repli_err *err);
enum repli_status repli_load_text(struct repli_form *form, const struct repli_yaml *map, const char *key, bool required,
                                  const char **out, struct repli_err *err);
enum repli_status repli_load_dataset(const struct repli_form *form, const struct repli_yaml *map, const char **out,
                                     struct repli_err *err);
#define DATASET_COLUMNS_MAX 32
extern const char
    *const repli_dataset_columns[][DATASET_COLUMNS_MAX]; /* [i][0] = dataset, then its columns; ends with {NULL} */
bool repli_load_column_known(const char *dataset, const char *column);
enum repli_status repli_load_no_dataset(const struct repli_yaml *node, const char *name, struct repli_err *err);
enum repli_status repli_load_no_column(const struct repli_yaml *node, const char *dataset, const char *column,
                                       struct repli_err *err); /* the refusal: names the columns that there are */

/* ---- flow.c */
#define BODY_X0 MM(20.0)
#define BODY_X1 MM(200.0)
#define BODY_Y0 MM(41.6)
#define BODY_Y1 MM(265.6)
struct side_build {
    struct pen fixed, filled;
    struct repli_field *fields;
    const struct field_spec **specs; /* of each field; NULL = furniture */
    size_t nfields, capfields;
    struct repli_capture *captures;
    size_t ncaptures, capcaptures;
    int32_t verify_y;        /* where the banner leaves room for who verified; 0: it has none */
    int verify[2];           /* fields of who verified: initials and time; -1 until they are drawn */
    int order_rows;          /* rows of orders on this side */
    struct repli_box gap;    /* place for the start of the outage; x0 == x1: none */
    struct repli_box *drill; /* black places for the word of a drill: one a label */
    size_t ndrill;
};
struct flow {
    const struct repli_layout_in *in;
    const struct repli_form *form;
    struct repli_arena *a;
    struct repli_arena scratch; /* lists while they grow; what is finished is copied to `a` in its size */
    struct trouble trouble;
    struct side_build **sides;
    size_t nsides;
    struct side_build *current; /* where things are drawn: the last side, or the one that gets its furniture */
    int32_t y;
    int32_t top, end;            /* of the room for rows on this side */
    int32_t x0, x1;              /* of rows: the whole body, or one part of it (row kind `split`) */
    bool history;                /* the data is too old to give anything by it */
    bool sign;                   /* nothing is given before the prescriber ticks and signs */
    const struct orders *orders; /* orders.h; NULL until asked for */
    const char *gap_key;         /* keys.c: the same for every line of the gap; NULL until asked for */
};
/* A text of a template with {taken} (time of the data), {start} and {end} (of the window) filled in. */
const char *repli_flow_put(struct flow *flow, const char *text);
bool repli_condition_holds(const struct flow *flow, const struct condition *c); /* cell.c */
/* Is the sheet about nobody whom the record knows: a downtime number, or a blank one? */
bool repli_flow_nobody(const struct flow *flow);
/* Where a text belongs: with every patient's (fixed) or with this one's data. */
struct pen *repli_flow_pen(struct flow *flow, const char *text);
struct side_build *repli_flow_side(struct flow *flow); /* the current one */
/* Room for a strip of this height on this side, else on a new one; returns its top. */
int32_t repli_flow_take(struct flow *flow, int32_t height_um, int32_t gap_um);
bool repli_flow_fits(const struct flow *flow, int32_t height_um);
void repli_flow_new_side(struct flow *flow);
struct repli_field *repli_flow_field(struct flow *flow, const struct field_spec *spec, const char *prefix,
                                     struct repli_box box);
/* Ties fields [from, now) of this side into captures: a field with a capture of its own becomes one, the fields with
** other roles are shared.  `key` is the beginning of each capture's key, e.g. "\"column\":3," or "". */
void repli_flow_captures(struct flow *flow, size_t from, const char *key);
/* Trouble when the fields [from, now) lack what a capture of this kind needs, or have twice what counts once. */
void repli_flow_check_roles(struct flow *flow, size_t from, const char *kind, const struct repli_yaml *node,
                            const char *beside);
/* One capture of kind `kind` over the fields [from, now) that have roles, and over those of the side that all captures
** share (`shared`, -1: none).  `main` gets the key and the base. */
struct capture_in {
    const char *id, *kind, *key, *base; /* base: JSON or NULL */
    size_t from, main;
    int shared[2];
};
void repli_flow_capture(struct flow *flow, const struct capture_in *in);
/* What of the record a capture of a line or block is about, by its kind; `number`: the row's. */
int repli_flow_next_order(struct flow *flow); /* number of the first handwritten order */
const char *repli_flow_key(struct flow *flow, const char *kind, const char *what, int number);
void repli_json_string(struct repli_buf *b, const char *text); /* quoted and escaped; NULL: null */
/* A cell of a dataset as it is printed: columns "*_utc" as times, days as days, "value" with a comma, "name" with the
** surname in capitals; "unknown" for NULL. */
const char *repli_flow_cell(struct flow *flow, const struct repli_dataset *set, size_t row, const char *column);
/* "in the house: {ward} {place}": columns of the row inside a template's text; nothing for what was not transmitted. */
const char *repli_flow_with_columns(struct flow *flow, const struct repli_dataset *set, size_t row, const char *text);

/* How a unit is printed: "Cel" -> "°C"; "" where the unit is only a counting word; unknown ones as they came. */
const char *repli_form_unit(const char *code);
/* ---- row_data.c: the list of a dataset as running text */
struct list_spec;
enum repli_status repli_list_load(struct repli_form *form, const struct repli_yaml *node, struct list_spec **out,
                                  struct repli_err *err);
/* Its first `limit` rows; *all gets how many there are. */
const char *repli_list_text(struct flow *flow, const struct list_spec *s, size_t limit, size_t *all);
const char *repli_list_title(const struct list_spec *s);
void repli_list_place(struct flow *flow, const struct list_spec *s, int32_t gap_um);
const struct repli_dataset *repli_flow_data(const struct flow *flow, const char *name);
/* A member of an observation's key: the last value that was known, when it is a number in the same unit; "": none. */
const char *repli_flow_last(struct flow *flow, const struct capture_spec *);

/* ---- draw_field.c: how fields look */
#define TICK_UM       MM(4.0)
#define TICK_LABEL_UM MM(2.1)
#define TICK_CLEAR_UM MM(1.86)
struct comb_size {
    int32_t cell_um, separator_um, height_um;
};
int32_t repli_comb_width(const struct field_spec *spec, struct comb_size size);
/* Each draws one field with its top left corner at (x, y) and adds it; ids are "prefix.id". */
void repli_draw_tick(struct flow *flow, const struct field_spec *spec, const char *prefix, int32_t x, int32_t y);
void repli_draw_comb(struct flow *flow, const struct field_spec *spec, const char *prefix, int32_t x, int32_t y,
                     struct comb_size size);
void repli_draw_zone(struct flow *flow, const struct field_spec *spec, const char *prefix, struct repli_box box);

/* repli_layout_make() without the name of a patient or ward before what is wrong: for data that is invented. */
enum repli_status repli_layout_try(const struct repli_layout_in *in, struct repli_arena *a, struct repli_layout *out,
                                   struct repli_err *err);

/* ---- furniture.c */
/* "VAN DEN BERGHE, Maria"; any part may be NULL. */
const char *repli_form_name(struct flow *flow, const char *family, const char *given, const char *whole);
const char *repli_form_sex(const struct repli_form *form, const char *gender); /* FHIR code, or NULL */
/* nobody.c: band and foot of a sheet about nobody whom the record knows. */
void repli_nobody_band(struct flow *flow, struct side_build *side);
const char *repli_nobody_foot(struct flow *flow);
void repli_furniture(struct flow *flow, struct side_build *side, int number, int sides, struct repli_side *out);
/* Label stock has none of it: only the map says what the sheet is. */
void repli_furniture_bare(const struct flow *flow, int number, int sides, struct repli_side *out);
extern const struct repli_box repli_code_boxes[2];
extern const struct repli_point repli_mark_points[5];

#endif
