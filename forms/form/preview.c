/* A form with invented data, as pages that print can write. */
#include "repli/form_preview.h"

#include <string.h>

#include "form_internal.h"

static const char *const kinds[SAMPLE_KINDS] = {"bare", "usual", "full"};

enum { LABELS_SHOWN = 5 }; /* beds whose labels a preview shows: a whole ward's are twenty sheets that look alike */

/* Digits whose first byte is no format of ours: a preview that is scanned is none of the hospital's sheets. */
static const char *no_code(struct repli_arena *a)
{
    char *digits = repli_arena_alloc(a, 144);
    memset(digits, '0', 143);
    return digits;
}

enum repli_status repli_form_preview(const struct repli_form *form, const char *of, const struct repli_zone *zone,
                                     int64_t data_utc, int64_t print_utc, struct repli_arena *a,
                                     struct repli_preview **pages, size_t *count, struct repli_err *err)
{
    int kind = 0;
    while (kind < SAMPLE_KINDS && strcmp(kinds[kind], of) != 0)
        kind++;
    if (kind == SAMPLE_KINDS)
        return repli_fail(err, REPLI_USAGE, "there is no sample '%s': usual, bare or full", of);
    struct repli_layout layout;
    struct repli_datasets *data = repli_sample((enum sample_kind)kind, a);
    for (size_t i = 0; form->bare && kind == SAMPLE_USUAL && i < data->count; i++)
        if (strcmp(data->sets[i].name, "census") == 0 && data->sets[i].nrows > LABELS_SHOWN)
            data->sets[i].nrows = LABELS_SHOWN;
    struct repli_layout_in in = {.form = form,
                                 .data = data,
                                 .zone = zone,
                                 .window_utc = print_utc / 3600 * 3600,
                                 .window_hours = form->window_hours,
                                 .taken_utc = data_utc};
    if (repli_layout_make(&in, a, &layout, err) != REPLI_OK)
        return REPLI_DATA;
    struct repli_preview *out = repli_arena_array(a, layout.nsides, sizeof *out);
    for (size_t i = 0; i < layout.nsides; i++) {
        struct repli_overlay_in over = {.form = form,
                                        .zone = zone,
                                        .side = &layout.sides[i],
                                        .sheet = "0000-0000-0",
                                        .data_utc = data_utc,
                                        .print_utc = print_utc,
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
