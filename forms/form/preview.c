/* A form with invented data, as pages that print can write. */
#include "repli/form_preview.h"

#include <string.h>

#include "form_internal.h"
#include "sample.h"

static const char *const kinds[SAMPLE_ALL] = {"bare", "usual", "full", "downtime", "blank"};

/* What a form that is about nobody whom the record knows is shown of. */
static int kind_of(const struct repli_form *form, const char *of)
{
    int kind = 0;
    if (form->subject == REPLI_SUBJECT_DOWNTIME && strcmp(of, "blank") != 0)
        return SAMPLE_DOWNTIME;
    if (form->subject == REPLI_SUBJECT_BLANK)
        return SAMPLE_BLANK;
    while (kind < SAMPLE_ALL && strcmp(kinds[kind], of) != 0)
        kind++;
    return kind;
}

enum { LABELS_SHOWN = 5 }; /* beds whose labels a preview shows: a whole ward's are twenty sheets that look alike */

static void few_labels(struct repli_datasets *data)
{
    for (size_t i = 0; i < data->count; i++)
        if (strcmp(data->sets[i].name, "census") == 0 && data->sets[i].nrows > LABELS_SHOWN)
            data->sets[i].nrows = LABELS_SHOWN;
}

/* Digits whose first byte is no format of ours: a preview that is scanned is none of the hospital's sheets. */
static const char *no_code(struct repli_arena *a)
{
    char *digits = repli_arena_alloc(a, 144);
    memset(digits, '0', 143);
    return digits;
}

enum repli_status repli_form_preview(const struct repli_form *form, const struct repli_preview_in *p,
                                     struct repli_arena *a, struct repli_preview **pages, size_t *count,
                                     struct repli_err *err)
{
    const struct repli_setting *setting = p->setting ? repli_setting_of(p->setting) : NULL;
    int kind = kind_of(form, p->of);
    struct repli_layout layout;
    struct repli_layout_in in = {.form = form,
                                 .zone = p->zone,
                                 .window_utc = p->print_utc / 3600 * 3600,
                                 .window_hours = form->window_hours,
                                 .age_band = p->child ? REPLI_AGE_CHILD : REPLI_AGE_UNKNOWN,
                                 .taken_utc = kind < SAMPLE_KINDS ? p->data_utc : 0};
    if (p->setting && !setting)
        return repli_fail(err, REPLI_USAGE, "there is no setting '%s': triage-mts, triage-esi or triage-french",
                          p->setting);
    if (kind == SAMPLE_ALL || !repli_sample_in((enum sample_kind)kind, setting ? setting->value : NULL, &in, a))
        return repli_fail(err, REPLI_USAGE, "there is no sample '%s' of form %s: usual, bare, full, downtime or blank",
                          p->of, form->id);
    if (form->bare && kind == SAMPLE_USUAL)
        few_labels((struct repli_datasets *)(uintptr_t)in.data);
    if (kind < SAMPLE_KINDS)
        repli_sample_move((struct repli_datasets *)(uintptr_t)in.data, p->print_utc, a);
    if (repli_layout_make(&in, a, &layout, err) != REPLI_OK)
        return REPLI_DATA;
    struct repli_preview *out = repli_arena_array(a, layout.nsides, sizeof *out);
    for (size_t i = 0; i < layout.nsides; i++) {
        struct repli_overlay_in over = {.form = form,
                                        .zone = p->zone,
                                        .side = &layout.sides[i],
                                        .sheet = "0000-0000-0",
                                        .data_utc = in.taken_utc,
                                        .print_utc = p->print_utc,
                                        .drill = true};
        out[i].side = &layout.sides[i];
        out[i].code = no_code(a);
        if (repli_layout_overlay(&over, a, &out[i].overlay, err) != REPLI_OK)
            return REPLI_DATA;
    }
    *pages = out;
    *count = layout.nsides;
    return REPLI_OK;
}
