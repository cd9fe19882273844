/* Sheets about nobody whom the record knows: of a downtime number, or blank until somebody puts a label on them. */
#include <string.h>

#include "form_internal.h"
#include "repli/downtime.h"
#include "repli/form_newcomers.h"

/* ---- what they are filled from */

static size_t columns_of(const char *const *row)
{
    size_t n = 0;
    while (row[n + 1])
        n++;
    return n;
}

static void put(struct repli_dataset *set, const char *column, const char *text)
{
    for (size_t i = 0; i < set->ncolumns; i++)
        if (strcmp(set->columns[i], column) == 0)
            set->cells[i] = text;
}

static void one_row(struct repli_dataset *set, struct repli_arena *a)
{
    set->cells = repli_arena_array(a, set->ncolumns, sizeof *set->cells);
    set->nrows = 1;
}

struct repli_datasets *repli_form_nobody(const struct repli_form *form, uint64_t downtime, struct repli_arena *a)
{
    struct repli_datasets *all = repli_arena_alloc(a, sizeof *all);
    char number[REPLI_DOWNTIME_TEXT] = "", stay[REPLI_DOWNTIME_TEXT] = "", alias[REPLI_DOWNTIME_ALIAS] = "";
    if (downtime) {
        repli_downtime_format(REPLI_DOWNTIME_PATIENT, downtime, number);
        repli_downtime_format(REPLI_DOWNTIME_STAY, repli_downtime_stay(downtime), stay);
        repli_downtime_alias(downtime, alias);
    }
    all->sets = repli_arena_array(a, form->ndatasets + 1, sizeof *all->sets);
    for (size_t i = 0; repli_dataset_columns[i][0]; i++)
        for (size_t k = 0; k < form->ndatasets; k++) {
            const char *const *row = repli_dataset_columns[i];
            struct repli_dataset *set = &all->sets[all->count];
            if (strcmp(form->datasets[k], row[0]) != 0)
                continue;
            *set = (struct repli_dataset){.name = row[0], .columns = row + 1, .ncolumns = columns_of(row)};
            all->count++;
            if (!downtime || (strcmp(row[0], "patient") != 0 && strcmp(row[0], "stay") != 0))
                continue;
            one_row(set, a);
            put(set, "identifier", repli_arena_strdup(a, number));
            put(set, "name_text", repli_arena_strdup(a, alias));
            put(set, "stay_number", repli_arena_strdup(a, stay));
        }
    return all;
}

struct repli_datasets *repli_form_newcomers(const struct repli_form *form, const uint64_t *downtime, size_t count,
                                            struct repli_arena *a)
{
    struct repli_datasets *all = repli_form_nobody(form, 0, a);
    for (size_t i = 0; i < all->count; i++) {
        struct repli_dataset *set = &all->sets[i];
        if (strcmp(set->name, "census") != 0)
            continue;
        const char **cells = repli_arena_array(a, set->ncolumns * count + 1, sizeof *cells);
        for (size_t n = 0; n < count; n++) {
            char number[REPLI_DOWNTIME_TEXT], stay[REPLI_DOWNTIME_TEXT], alias[REPLI_DOWNTIME_ALIAS];
            repli_downtime_format(REPLI_DOWNTIME_PATIENT, downtime[n], number);
            repli_downtime_format(REPLI_DOWNTIME_STAY, repli_downtime_stay(downtime[n]), stay);
            repli_downtime_alias(downtime[n], alias);
            set->cells = cells + n * set->ncolumns;
            put(set, "patient_id", repli_arena_strdup(a, number));
            put(set, "identifier", repli_arena_strdup(a, number));
            put(set, "name_text", repli_arena_strdup(a, alias));
            put(set, "stay_number", repli_arena_strdup(a, stay));
        }
        set->cells = cells;
        set->nrows = count;
    }
    return all;
}

/* ---- the band: 156 x 24 mm from (20, 16); serial and form stand at its right, below the place for a label */

enum { BAND_X = 23000 };

static const char *cell(const struct flow *flow, const char *set, const char *column)
{
    const struct repli_dataset *d = repli_flow_data(flow, set);
    return d && d->nrows ? repli_dataset_cell(d, 0, column) : NULL;
}

/* A caption and a line to write on, up to x1; returns nothing more than ink. */
static void write_on(struct pen *pen, int32_t x, int32_t x1, int32_t baseline, const char *caption)
{
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, x, baseline, x1 - x, caption);
    x += repli_pen_width(STYLE_CAPTION, caption) + MM(1.2);
    repli_pen_line(pen, x, baseline + MM(0.7), x1, baseline + MM(0.7), MM(0.25), 0);
}

/* Where a label goes: a dashed frame with a word in small print, which a label covers. */
static void label_place(struct pen *pen, int32_t x0, int32_t y0, int32_t x1, int32_t y1, const char *text)
{
    const int32_t dash = 900, line = 200;
    static const int32_t sizes[] = {750, 700, 650, 600, 0};
    struct style style = {REPLI_FACE_REGULAR, repli_pen_fit(REPLI_FACE_REGULAR, sizes, x1 - x0 - MM(3), text)};
    repli_pen_line(pen, x0, y0, x1, y0, line, dash);
    repli_pen_line(pen, x0, y1, x1, y1, line, dash);
    repli_pen_line(pen, x0, y0, x0, y1, line, dash);
    repli_pen_line(pen, x1, y0, x1, y1, line, dash);
    repli_pen_text(pen, style, ALIGN_CENTRE, (x0 + x1) / 2, (y0 + y1) / 2 + MM(0.9), x1 - x0 - MM(2), text);
}

static void downtime_band(struct flow *flow, struct side_build *side)
{
    const char *const *t = flow->form->t;
    const char *number = cell(flow, "patient", "identifier"), *alias = cell(flow, "patient", "name_text");
    const char *stay = cell(flow, "stay", "stay_number");
    struct style large = {REPLI_FACE_BOLD, 1500}, called = {REPLI_FACE_BOLD, 0}, data = {REPLI_FACE_BOLD, 850};
    const int32_t right = MM(104), caption = repli_pen_width(STYLE_CAPTION, t[TEXT_STAY_NO]) + MM(1.2);
    static const int32_t sizes[] = {1200, 1100, 1000, 900, 0};
    struct pen *fixed = &side->fixed, *filled = &side->filled;
    called.cpt = repli_pen_fit(REPLI_FACE_BOLD, sizes, right - MM(71), alias ? alias : "");
    repli_pen_text(filled, large, ALIGN_LEFT, BAND_X, MM(22.6), right - BAND_X, number ? number : t[TEXT_UNKNOWN]);
    repli_pen_text(filled, called, ALIGN_LEFT, MM(71), MM(22.6), right - MM(71), alias ? alias : "");
    repli_pen_text(fixed, STYLE_CAPTION, ALIGN_LEFT, BAND_X, MM(26.4), MM(20), t[TEXT_STAY_NO]);
    repli_pen_text(filled, data, ALIGN_LEFT, BAND_X + caption, MM(26.4), MM(40), stay ? stay : t[TEXT_UNKNOWN]);
    write_on(fixed, BAND_X, right, MM(32), t[TEXT_NAME]);
    write_on(fixed, BAND_X, MM(82), MM(37.6), t[TEXT_BORN]);
    write_on(fixed, MM(84), right, MM(37.6), t[TEXT_SEX]);
    label_place(fixed, MM(106), MM(18), MM(144), MM(38.4), t[TEXT_LABEL_HERE]);
}

static void blank_band(struct flow *flow, struct side_build *side)
{
    const char *const *t = flow->form->t;
    struct pen *fixed = &side->fixed;
    const int32_t right = MM(144);
    bool own = flow->form->subject == REPLI_SUBJECT_BLANK; /* has a place for the label of its own */
    int32_t left = own ? BAND_X : MM(87);
    if (!own)
        label_place(fixed, MM(22), MM(18), MM(84), MM(38.2), t[TEXT_LABEL_PATIENT]);
    write_on(fixed, left, MM(173), MM(21.2), t[TEXT_NAME]);
    write_on(fixed, left, right, MM(26.4), t[TEXT_BORN]);
    write_on(fixed, left, right, MM(31.6), t[TEXT_PATIENT_NO]);
    write_on(fixed, left, right, MM(36.8), t[TEXT_STAY_NO]);
}

static bool numbered(const struct flow *flow)
{
    return cell(flow, "patient", "identifier") != NULL;
}

void repli_nobody_band(struct flow *flow, struct side_build *side)
{
    repli_pen_frame(&side->fixed, repli_box_make(MM(20), MM(16), MM(156), MM(24)), MM(1));
    if (numbered(flow))
        downtime_band(flow, side);
    else
        blank_band(flow, side);
}

/* What a torn lower half can be filed by. */
const char *repli_nobody_foot(struct flow *flow)
{
    if (!numbered(flow))
        return flow->form->t[TEXT_NO_PATIENT];
    return repli_arena_printf(flow->a, "%s \xC2\xB7 %s %s", cell(flow, "patient", "identifier"),
                              flow->form->t[TEXT_ALIAS], cell(flow, "patient", "name_text"));
}
