/* boxes: is every field printed where the layout says?  Each side is rendered and the edges of its boxes are measured.
**
** An edge is looked for within 0.7 mm of where it should be, in the mean gray along its middle half.  A frame lies
** inside its box: its outer side is the edge.  A line between two cells or rows stands on the border of both: its
** middle is the edge; cells at the end of a comb have its frame, so that for cells and rows whichever is nearer counts.
** A tick has four edges; other boxes may lie open on a side. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "repli/arena.h"
#include "support/picture.h"

static const char usage[] =
    "usage: boxes PACK.pdf LAYOUT.json [--dpi 300] [--limit 0.1] [--all]\n"
    "\n"
    "LAYOUT.json is what `repli layout PACK.pdf --json` prints.  Measures the first sheet of each side of each form\n"
    "(--all: every sheet).  One line a form: sheets, edges measured, edges without a line, median and largest\n"
    "deviation in mm.  1 when an edge lies farther off than the limit, or one of a tick is not printed.\n";

#define LINE .3 /* as dark as a line is; dashes beside it are not */
enum { REACH_UM = 700, FORMS_MAX = 64, SIDES_MAX = 64 };

struct tally {
    char form[24];
    bool seen[SIDES_MAX];
    int sheets, open, lost;
    double *off;
    size_t n, cap;
};
struct run {
    const char *pdf;
    int dpi;
    double limit;
    bool all;
    struct tally forms[FORMS_MAX];
    size_t nforms;
    int bad;
};
struct page {
    struct repli_image im;
    double px; /* of a millimetre */
    const char *sheet, *field;
};

/* Mean gray along [from, to] at `at` mm across. */
static double level(const struct page *p, bool upright, double at, double from, double to)
{
    double sum = 0;
    int n = 0, across = (int)floor(at * p->px);
    for (int i = (int)(from * p->px); i <= (int)(to * p->px); i++) {
        int x = upright ? across : i, y = upright ? i : across;
        if (x < 0 || y < 0 || x >= p->im.width || y >= p->im.height)
            continue;
        sum += p->im.gray[(size_t)y * (size_t)p->im.width + (size_t)x];
        n++;
    }
    return n ? sum / n / 255 : 1;
}

/* The line nearest to `at`: how far its outer side or (not framed) its middle is off; NAN: there is none. */
static double edge_off(const struct page *p, bool upright, double at, double from, double to, double outer, bool framed)
{
    enum { ROOM = 64 };
    double v[ROOM], best = NAN, len = to - from;
    int first = (int)floor((at - REACH_UM / 1000.0) * p->px), n = (int)(2 * REACH_UM / 1000.0 * p->px) + 1;
    n = n < ROOM ? n : ROOM;
    for (int i = 0; i < n; i++)
        v[i] = level(p, upright, (first + i + .5) / p->px, from + len / 4, to - len / 4);
    for (int i = 1; i < n; i++) {
        if (!(v[i] < LINE && v[i - 1] >= LINE)) /* a line begins */
            continue;
        int end = i;
        while (end < n && v[end] < LINE)
            end++;
        if (end == n)
            continue;
        double dark = 1;
        for (int k = i; k < end; k++)
            dark = v[k] < dark ? v[k] : dark;
        /* half of the way to its darkest level, between two pixels' middles */
        double cut = (1 + dark) / 2;
        double a = first + i + .5 - (cut - v[i]) / (v[i - 1] - v[i] > 1e-6 ? v[i - 1] - v[i] : 1);
        double b = first + end + .5 - (v[end] - cut) / (v[end] - v[end - 1] > 1e-6 ? v[end] - v[end - 1] : 1);
        a = a < first + i - .5 ? first + i - .5 : a;
        b = b > first + end + .5 ? first + end + .5 : b;
        double middle = fabs((a + b) / 2 / p->px - at), side = fabs((outer < 0 ? a : b) / p->px - at);
        double off = !framed && middle < side ? middle : side;
        if (isnan(best) || off < best)
            best = off;
    }
    return best;
}

static void note(struct tally *t, double off)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 1024;
        double *grown = realloc(t->off, cap * sizeof *grown);
        if (!grown)
            exit(1);
        t->off = grown;
        t->cap = cap;
    }
    t->off[t->n++] = off;
}

static void measure_box(struct run *r, struct tally *t, const struct page *p, json_t *box, bool tick, bool framed)
{
    double b[4];
    for (size_t i = 0; i < 4; i++)
        b[i] = json_number_value(json_array_get(box, i));
    const struct {
        bool upright;
        double at, from, to, outer;
    } edges[] = {{true, b[0], b[1], b[3], -1},
                 {false, b[1], b[0], b[2], -1},
                 {true, b[2], b[1], b[3], 1},
                 {false, b[3], b[0], b[2], 1}};
    for (size_t e = 0; e < 4; e++) {
        double off = edge_off(p, edges[e].upright, edges[e].at, edges[e].from, edges[e].to, edges[e].outer, framed);
        bool none = isnan(off) || (!tick && off > .3); /* an open side beside somebody else's line */
        if (none && !tick) {
            t->open++;
            continue;
        }
        t->lost += none;
        if (none || off > r->limit) {
            fprintf(stderr, "boxes: %s, sheet %s: edge %zu of %s at %.2f mm %s", t->form, p->sheet, e, p->field,
                    edges[e].at, none ? "is not printed\n" : "");
            if (!none)
                fprintf(stderr, "is printed %.3f mm off\n", off);
            r->bad++;
        }
        if (!none)
            note(t, off);
    }
}

static struct tally *tally_of(struct run *r, const char *form)
{
    for (size_t i = 0; i < r->nforms; i++)
        if (strcmp(r->forms[i].form, form) == 0)
            return &r->forms[i];
    if (r->nforms == FORMS_MAX)
        exit(1);
    struct tally *t = &r->forms[r->nforms++];
    (void)snprintf(t->form, sizeof t->form, "%s", form);
    return t;
}

static void measure_sheet(struct run *r, json_t *sheet)
{
    json_t *fields = json_object_get(sheet, "fields"), *field, *part;
    struct tally *t = tally_of(r, json_string_value(json_object_get(sheet, "form")));
    int side = (int)strtol(json_string_value(json_object_get(sheet, "side")), NULL, 10) % SIDES_MAX; /* of "2/4" */
    struct repli_err err = {0};
    struct page p = {.px = r->dpi / 25.4, .sheet = json_string_value(json_object_get(sheet, "sheet"))};
    size_t i, k;
    if (json_array_size(fields) == 0 || (t->seen[side] && !r->all))
        return;
    t->seen[side] = true;
    t->sheets++;
    if (picture_render(r->pdf, (int)json_integer_value(json_object_get(sheet, "page")), r->dpi, &p.im, &err) !=
        REPLI_OK) {
        fprintf(stderr, "boxes: %s\n", err.text);
        exit(1);
    }
    json_array_foreach(fields, i, field)
    {
        const char *kind = json_string_value(json_object_get(field, "kind"));
        bool tick = strcmp(kind, "tick") == 0;
        static const char *const parts[] = {"cells_mm", "rows_mm"};
        p.field = json_string_value(json_object_get(field, "id"));
        measure_box(r, t, &p, json_object_get(field, "box_mm"), tick, strcmp(kind, "band") != 0);
        for (size_t s = 0; s < 2; s++)
            json_array_foreach(json_object_get(field, parts[s]), k, part) measure_box(r, t, &p, part, false, false);
    }
    picture_done(&p.im);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(struct run *r)
{
    for (size_t i = 0; i < r->nforms; i++) {
        struct tally *t = &r->forms[i];
        if (t->n)
            qsort(t->off, t->n, sizeof *t->off, by_size);
        if (t->sheets)
            printf("%-12s %3d sheets %6zu edges %5d open  median %.3f  max %.3f mm\n", t->form, t->sheets, t->n,
                   t->open, t->n ? t->off[t->n / 2] : 0, t->n ? t->off[t->n - 1] : 0);
        free(t->off);
    }
}

int main(int argc, char **argv)
{
    struct run r = {.dpi = 300, .limit = .1};
    const char *words[2] = {NULL, NULL};
    int n = 0;
    json_error_t why;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--all") == 0)
            r.all = true;
        else if (strcmp(argv[i], "--dpi") == 0 && i + 1 < argc)
            r.dpi = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc)
            r.limit = strtod(argv[++i], NULL);
        else if (n < 2)
            words[n++] = argv[i];
    if (n != 2 || r.dpi < 100 || r.dpi > 600)
        return fputs(usage, stderr), 2;
    json_t *layout = json_load_file(words[1], 0, &why), *sheet;
    size_t i;
    if (!layout)
        return fprintf(stderr, "boxes: %s: %s\n", words[1], why.text), 3;
    r.pdf = words[0];
    json_array_foreach(json_object_get(layout, "sheets"), i, sheet) measure_sheet(&r, sheet);
    report(&r);
    json_decref(layout);
    return r.bad ? 1 : 0;
}
