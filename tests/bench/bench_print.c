/* The floor for printing: bare libharu draws the same strings, lines and codes of every ward of a site, one PDF a ward,
** in the same faces, the fixed layer of a side once as a form XObject; nothing is laid out, checked, numbered or kept
** in the time that counts.  usage: bench_print SITE OUT.pdf [PACK]     prints pages and CPU seconds */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hpdf.h>

#include "print/plan.h"
#include "print/print_internal.h"

#define PT(um) ((HPDF_REAL)(um)*72 / 25400)

struct layer {
    const char *name;
    HPDF_XObject form;
};
struct floor {
    HPDF_Doc pdf;
    HPDF_Font fonts[REPLI_FACE_COUNT];
    struct layer *layers; /* room for one a page */
    size_t nlayers;
};

static void broken(HPDF_STATUS error, HPDF_STATUS detail, void *user)
{
    (void)user;
    fprintf(stderr, "bench_print: libharu 0x%04lX/%lu\n", (unsigned long)error, (unsigned long)detail);
    exit(1);
}

static void need(enum repli_status status, const struct repli_err *err)
{
    if (status != REPLI_OK) {
        fprintf(stderr, "bench_print: %s\n", err->text);
        exit(1);
    }
}

static HPDF_Font typeface(HPDF_Doc pdf, enum repli_face face)
{
    size_t len = 0;
    const void *data = repli_font_data(face, &len);
    FILE *f = tmpfile();
    char path[64];
    if (f == NULL || fwrite(data, 1, len, f) != len || fflush(f) != 0)
        exit(1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    HPDF_Font font = HPDF_GetFont(pdf, HPDF_LoadTTFontFromFile(pdf, path, HPDF_TRUE), "UTF-8");
    (void)fclose(f);
    return font;
}

static void draw(struct floor *f, HPDF_Page p, const struct repli_draw *d, HPDF_Image code)
{
    HPDF_REAL x = PT(d->x0), y = PT(297000 - d->y1), w = PT(d->x1 - d->x0), h = PT(d->y1 - d->y0),
              line = PT(d->line_um);
    HPDF_REAL gray = d->white ? 1 : 0;
    HPDF_UINT16 dash = (HPDF_UINT16)PT(d->dash_um);
    switch (d->kind) {
    case REPLI_DRAW_SYMBOL: /* of label stock, which is no part of what is timed */
        break;
    case REPLI_DRAW_FILL:
        (void)HPDF_Page_SetGrayFill(p, gray);
        (void)HPDF_Page_Rectangle(p, x, y, w, h);
        (void)HPDF_Page_Fill(p);
        break;
    case REPLI_DRAW_FRAME:
        (void)HPDF_Page_SetLineWidth(p, line);
        (void)HPDF_Page_Rectangle(p, x + line / 2, y + line / 2, w - line, h - line);
        (void)HPDF_Page_Stroke(p);
        break;
    case REPLI_DRAW_LINE:
        (void)HPDF_Page_SetLineWidth(p, line);
        (void)HPDF_Page_SetDash(p, dash ? &dash : NULL, dash ? 1 : 0, 0);
        (void)HPDF_Page_MoveTo(p, x, PT(297000 - d->y0));
        (void)HPDF_Page_LineTo(p, PT(d->x1), y);
        (void)HPDF_Page_Stroke(p);
        break;
    case REPLI_DRAW_TEXT:
        (void)HPDF_Page_SetGrayFill(p, gray);
        (void)HPDF_Page_BeginText(p);
        (void)HPDF_Page_SetFontAndSize(p, f->fonts[d->face], (HPDF_REAL)d->size_cpt / 100);
        (void)HPDF_Page_TextOut(p, x, PT(297000 - d->y0), d->text);
        (void)HPDF_Page_EndText(p);
        break;
    case REPLI_DRAW_CODE:
        (void)HPDF_Page_DrawImage(p, code, x, y, w, h);
        break;
    case REPLI_DRAW_ORIGIN:
        break;
    }
}

static void draw_list(struct floor *f, HPDF_Page p, const struct repli_draw_list *list, HPDF_Image code)
{
    for (size_t i = 0; i < list->count; i++)
        draw(f, p, &list->items[i], code);
}

/* libharu 2.3.0 has no public call for one; these are the internals that it exports. */
static HPDF_XObject layer(struct floor *f, const struct repli_side *side)
{
    for (size_t i = 0; i < f->nlayers; i++)
        if (strcmp(f->layers[i].name, side->layer) == 0)
            return f->layers[i].form;
    HPDF_Page p = HPDF_Page_New(f->pdf->mmgr, f->pdf->xref);
    draw_list(f, p, &side->fixed, NULL);
    HPDF_Dict form = ((HPDF_PageAttr)p->attr)->contents;
    HPDF_Box box = {0, 0, PT(210000), PT(297000)};
    form->header.obj_class |= HPDF_OSUBCLASS_XOBJECT;
    form->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    (void)HPDF_Dict_AddName(form, "Type", "XObject");
    (void)HPDF_Dict_AddName(form, "Subtype", "Form");
    (void)HPDF_Dict_Add(form, "BBox", HPDF_Box_Array_New(f->pdf->mmgr, box));
    HPDF_Dict from = HPDF_Page_GetInheritableItem(p, "Resources", HPDF_OCLASS_DICT);
    HPDF_Dict resources = HPDF_Dict_New(f->pdf->mmgr), fonts = HPDF_Dict_New(f->pdf->mmgr);
    HPDF_Dict used = HPDF_Dict_GetItem(from, "Font", HPDF_OCLASS_DICT);
    (void)HPDF_Dict_Add(form, "Resources", resources);
    (void)HPDF_Dict_Add(resources, "Font", fonts);
    for (int i = 0; used && i < REPLI_FACE_COUNT; i++) {
        const char *name = HPDF_Dict_GetKeyByObj(used, f->fonts[i]);
        if (name)
            (void)HPDF_Dict_Add(fonts, name, f->fonts[i]);
    }
    f->layers[f->nlayers++] = (struct layer){side->layer, form};
    return form;
}

static void draw_page(struct floor *f, const struct repli_plan_sheet *sheet, const struct repli_draw_list *overlay,
                      const char *digits)
{
    uint8_t bits[REPLI_CODE_IMAGE_BYTES];
    struct repli_err err = {0};
    HPDF_Page p = HPDF_AddPage(f->pdf);
    (void)HPDF_Page_SetWidth(p, PT(210000));
    (void)HPDF_Page_SetHeight(p, PT(297000));
    need(repli_code_image(digits, bits, &err), &err);
    HPDF_Image code =
        HPDF_LoadRawImageFromMem(f->pdf, bits, REPLI_CODE_MODULES, REPLI_CODE_MODULES, HPDF_CS_DEVICE_GRAY, 1);
    (void)HPDF_Page_ExecuteXObject(p, layer(f, sheet->side));
    draw_list(f, p, &sheet->side->filled, code);
    draw_list(f, p, overlay, code);
}

static double cpu(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Laid out before the clock runs. */
static double print_ward(struct repli_plan *plan, const char *path)
{
    struct repli_err err = {0};
    struct repli_draw_list *overlays = repli_arena_array(&plan->arena, plan->nsheets, sizeof *overlays);
    char(*digits)[REPLI_PAGECODE_DIGITS + 1] = repli_arena_array(&plan->arena, plan->nsheets, sizeof *digits);
    for (size_t i = 0; i < plan->nsheets; i++) {
        struct repli_overlay_in in = {.form = plan->sheets[i].form->form,
                                      .zone = plan->site->zone,
                                      .side = plan->sheets[i].side,
                                      .sheet = "0000-0000-0",
                                      .data_utc = plan->info->taken_utc,
                                      .print_utc = plan->now_utc};
        need(repli_layout_overlay(&in, &plan->arena, &overlays[i], &err), &err);
        (void)snprintf(digits[i], sizeof digits[i], "%0143zu", i * 7919 + 1);
    }
    struct layer *layers = repli_arena_array(&plan->arena, plan->nsheets, sizeof *layers);
    double from = cpu();
    struct floor f = {.pdf = HPDF_New(broken, NULL), .layers = layers};
    (void)HPDF_SetCompressionMode(f.pdf, HPDF_COMP_ALL);
    (void)HPDF_UseUTFEncodings(f.pdf);
    for (int i = 0; i < REPLI_FACE_COUNT; i++)
        f.fonts[i] = typeface(f.pdf, (enum repli_face)i);
    for (size_t i = 0; i < plan->nsheets; i++)
        draw_page(&f, &plan->sheets[i], &overlays[i], digits[i]);
    (void)HPDF_SaveToFile(f.pdf, path);
    HPDF_Free(f.pdf);
    return cpu() - from;
}

int main(int argc, char **argv)
{
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_site *site = NULL;
    struct repli_ledger *ledger = NULL;
    struct repli_press *press = NULL;
    struct repli_snap_ward *wards = NULL;
    size_t count = 0, pages = 0;
    double seconds = 0;
    if (argc != 3 && argc != 4)
        return fprintf(stderr, "usage: bench_print SITE OUT.pdf [PACK]\n"), 2;
    need(repli_site_open(argv[1], NULL, &site, &err), &err);
    need(repli_ledger_open(site->ledger, false, repli_clock_now(&site->clock), &ledger, &err), &err);
    need(repli_press_open(site, &press, &err), &err);
    need(repli_snapshot_wards(repli_press_snapshot(press), &a, &wards, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct repli_print_request request = {
            .ward = wards[i].id, .pack = argc == 4 ? argv[3] : NULL, .reason = "bench"};
        struct repli_plan plan = {.site = site, .request = &request, .press = press};
        struct repli_err none = {0};
        if (wards[i].census > 0 && repli_plan_make(&plan, ledger, &none) == REPLI_OK) {
            seconds += print_ward(&plan, argv[2]);
            pages += plan.nsheets;
        }
        repli_plan_done(&plan);
    }
    printf("%zu pages %.3f CPU seconds\n", pages, seconds);
    repli_press_close(press);
    repli_ledger_close(ledger);
    repli_site_close(site);
    repli_arena_done(&a);
    return 0;
}
