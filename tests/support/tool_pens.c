/* pens: fills a printed pack as a ward would and scans it; writes the images and the truth.
**
** Needs `pdftoppm`.  Every page depends on the seed and its own number alone, so jobs and page choice change nothing.
*/
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/text.h"
#include "support/forge.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/scanner.h"

static const char usage[] =
    "usage: pens PACK.pdf LAYOUT.json OUTDIR [options]\n"
    "\n"
    "Fills the sheets of a pack with simulated handwriting, scans them with a simulated scanner and writes\n"
    "OUTDIR/scan-0001.jpg ... (or .png, .tif, batch.tif) and the truth as OUTDIR/truth.json.\n"
    "LAYOUT.json is what `repli layout PACK.pdf --json` prints.\n"
    "\n"
    "  --severity none|mild|medium   how bad paper and scanner are (mild)\n"
    "  --seed N                      another ward, another day (1)\n"
    "  --format mix|jpg|png|tif|tif-multi   mix: 1-bit pages as G4 TIFF, gray ones as JPEG (mix)\n"
    "  --mode gray|1bit              what the scanner gives (as it happens)\n"
    "  --pages A-B                   only these pages of the PDF (all)\n"
    "  --used P                      share of columns that get written in (0.7)\n"
    "  --furniture P                 chance of a tick at 'page void' and the like (0)\n"
    "  --stress                      all kinds of marks equally often, instead of a plausible ward\n"
    "  --pass N                      the same paper through the scanner once more (1)\n"
    "  --render DPI                  resolution the pack is rendered at (600), and the scanner's at most\n"
    "  --band white|N                a sticker over the name in the band; the band of page N of the PDF pasted over\n"
    "  --forge flip|mac|clone        other page codes: a bit flipped, another seal, another patient under the "
    "station's\n"
    "                                own seal (needs --keys SITE/keys)\n"
    "  --zone NAME                   the hospital's time zone (Europe/Brussels)\n"
    "  --visible                     count how many pixels of each tick survive the scanner (slower)\n"
    "  --jobs N                      processes (1)\n";

struct tool {
    const char *pdf, *layout, *out, *format, *mode, *band, *keys;
    bool forged;
    enum forge forge;
    enum scanner_severity severity;
    int64_t seed, from, to, render, jobs, pass;
    bool visible;
    struct pens_options pens;
    json_t *sheets;
};

/* A machine; none that scans finer than the paper was rendered, which would cost more and show nothing more. */
static void choose_scanner(const struct tool *t, struct scanner_params *p, struct prng *r)
{
    enum { LEAST = 200 };
    int most = t->render < LEAST ? LEAST : (int)t->render;
    scanner_sample(p, t->severity, r);
    p->dpi = p->dpi > most ? most : p->dpi;
}

static bool option(struct tool *t, const char *name, const char *value)
{
    double d;
    if (strcmp(name, "--severity") == 0)
        return scanner_severity_parse(value, &t->severity);
    if (strcmp(name, "--seed") == 0)
        return repli_integer(value, 0, INT64_MAX, &t->seed);
    if (strcmp(name, "--pass") == 0)
        return repli_integer(value, 1, 1000, &t->pass);
    if (strcmp(name, "--render") == 0)
        return repli_integer(value, 100, 1200, &t->render);
    if (strcmp(name, "--jobs") == 0)
        return repli_integer(value, 1, 64, &t->jobs);
    if (strcmp(name, "--format") == 0) {
        t->format = value;
        return strcmp(value, "mix") == 0 || strcmp(value, "jpg") == 0 || strcmp(value, "png") == 0 ||
               strcmp(value, "tif") == 0 || strcmp(value, "tif-multi") == 0;
    }
    if (strcmp(name, "--mode") == 0)
        return t->mode = value, strcmp(value, "gray") == 0 || strcmp(value, "1bit") == 0;
    if (strcmp(name, "--forge") == 0)
        return t->forged = true, forge_parse(value, &t->forge);
    if (strcmp(name, "--keys") == 0)
        return t->keys = value, true;
    if (strcmp(name, "--band") == 0) {
        t->band = value;
        return strcmp(value, "white") == 0 || repli_integer(value, 1, 100000, &(int64_t){0});
    }
    if (strcmp(name, "--pages") == 0) {
        long a = 0, b = 0;
        bool ok = sscanf(value, "%ld-%ld", &a, &b) == 2 && a >= 1 && b >= a;
        t->from = a, t->to = b;
        return ok;
    }
    if (!repli_number(value, &d) || d < 0 || d > 1)
        return false;
    if (strcmp(name, "--used") == 0)
        t->pens.used = d;
    else if (strcmp(name, "--furniture") == 0)
        t->pens.furniture = d;
    else
        return false;
    return true;
}

static bool arguments(struct tool *t, int argc, char **argv, const char **zone)
{
    const char *words[3] = {0};
    int nwords = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--stress") == 0)
            t->pens.stress = true;
        else if (strcmp(argv[i], "--visible") == 0)
            t->visible = true;
        else if (strcmp(argv[i], "--zone") == 0 && i + 1 < argc)
            *zone = argv[++i];
        else if (strncmp(argv[i], "--", 2) == 0 && i + 1 < argc && option(t, argv[i], argv[i + 1]))
            i++;
        else if (strncmp(argv[i], "--", 2) != 0 && nwords < 3)
            words[nwords++] = argv[i];
        else
            return fprintf(stderr, "pens: what is '%s'? (pens without arguments shows the usage)\n", argv[i]), false;
    }
    t->pdf = words[0], t->layout = words[1], t->out = words[2];
    return nwords == 3;
}

static enum repli_status load_map(const json_t *sheet, struct repli_arena *a, struct repli_page_map **map,
                                  struct repli_err *err)
{
    char *text = json_dumps(sheet, JSON_COMPACT | JSON_REAL_PRECISION(10));
    char *kept = repli_arena_strdup(a, text);
    free(text);
    return repli_page_map_parse(kept, strlen(kept), a, map, err);
}

/* ---- what survived: pixels (at 300 dpi) by which the scans with and without ink differ, off the printed frame */
static int surviving(const struct repli_image *inked, const struct repli_image *bare, const double m[9],
                     const struct repli_box *box)
{
    double reach = 2.0, step = 25.4 / 300 / 2, x1 = box->x1 / 1000.0 + reach, y1 = box->y1 / 1000.0 + reach;
    int seen = 0;
    for (double y = box->y0 / 1000.0 - reach; y < y1; y += step) {
        for (double x = box->x0 / 1000.0 - reach; x < x1; x += step) {
            double inside_x = x - box->x0 / 1000.0, inside_y = y - box->y0 / 1000.0, px, py;
            double w = (box->x1 - box->x0) / 1000.0, h = (box->y1 - box->y0) / 1000.0, line = 0.6;
            bool outside = inside_x < -0.25 || inside_y < -0.25 || inside_x > w + 0.25 || inside_y > h + 0.25;
            bool inside = inside_x > line && inside_y > line && inside_x < w - line && inside_y < h - line;
            scanner_where(m, x, y, &px, &py);
            int ix = (int)(px + 0.5), iy = (int)(py + 0.5);
            if ((!outside && !inside) || ix < 0 || iy < 0 || ix >= inked->width || iy >= inked->height)
                continue;
            size_t at = (size_t)iy * (size_t)inked->width + (size_t)ix;
            seen += abs(inked->gray[at] - bare->gray[at]) > 40;
        }
    }
    return seen / 4;
}

/* Every pass through the scanner is another one; what is written stays. */
static uint64_t scanner_seed(const struct tool *t)
{
    return (uint64_t)t->seed + (uint64_t)(t->pass - 1) * 1000003;
}

static void count_visible(const struct tool *t, const struct repli_image *clean, const struct repli_image *inked,
                          const struct repli_page_map *map, const struct scanner_params *params, int64_t page,
                          const double m[9], json_t *fields)
{
    struct repli_image sheet = picture_copy(clean), bare;
    double same[9];
    struct prng r;
    prng_seed(&r, scanner_seed(t), (uint64_t)page * 2 + 1);
    struct scanner_params again;
    choose_scanner(t, &again, &r);
    scanner_damage(&sheet, params, map->codes, 2, &r);
    scanner_scan(&sheet, params, &r, &bare, same);
    for (size_t i = 0; i < map->nfields; i++) {
        json_t *f = json_array_get(fields, i);
        if (map->fields[i].kind == REPLI_FIELD_TICK &&
            strcmp(json_string_value(json_object_get(f, "state")), "empty") != 0)
            (void)json_object_set_new(f, "visible_px", json_integer(surviving(inked, &bare, m, &map->fields[i].box)));
    }
    picture_done(&bare);
    picture_done(&sheet);
}

/* ---- one sheet */
static json_t *describe(const struct scanner_params *p, const struct repli_image *scan, const double m[9])
{
    json_t *matrix = json_array();
    for (int i = 0; i < 9; i++)
        (void)json_array_append_new(matrix, json_real(m[i]));
    return json_pack("{s:o, s:[i,i], s:{s:i,s:s,s:i,s:f,s:f,s:f,s:f,s:i,s:i,s:f,s:b,s:b}}", "mm_to_px", matrix,
                     "size_px", scan->width, scan->height, "params", "dpi", p->dpi, "mode",
                     p->one_bit ? "1bit" : "gray", "quarter", p->quarter, "rot", p->rot_deg, "blur", p->blur_px,
                     "noise", p->noise, "toner", p->toner, "jpegq", p->jpeg, "pens", p->pens, "tear", p->tear_mm,
                     "stain", (int)p->stain, "fold", (int)p->fold);
}

static const char *ending(const struct tool *t, const struct repli_image *scan)
{
    if (strcmp(t->format, "mix") == 0)
        return scan->bits == 1 ? "tif" : "jpg";
    return t->format;
}

static enum repli_status save(const struct tool *t, const struct repli_image *scan, int number, int jpeg,
                              struct repli_arena *a, const char **name, struct repli_err *err)
{
    if (strcmp(t->format, "tif-multi") == 0) {
        *name = "batch.tif";
        return picture_append_tiff(repli_path_join(a, t->out, *name), scan, err);
    }
    *name = repli_arena_printf(a, "scan-%04d.%s", number, ending(t, scan));
    return picture_write(repli_path_join(a, t->out, *name), scan, jpeg, err);
}

/* What lies over the patient band: a label, or the band of another sheet, cut out and copied with this one. */
static enum repli_status cover_band(const struct tool *t, struct repli_image *page, struct repli_err *err)
{
    static const struct repli_box label = {22000, 18000, 90000, 26500}, band = {21200, 17200, 174800, 38800};
    int64_t number = 0;
    struct repli_image other = {0};
    if (!repli_integer(t->band, 1, 100000, &number)) {
        picture_fill(page, &label, 250);
        return REPLI_OK;
    }
    enum repli_status rc = picture_render(t->pdf, (int)number, (int)t->render, &other, err);
    double k = page->dpi / 25400;
    for (int y = (int)(band.y0 * k); rc == REPLI_OK && y < (int)(band.y1 * k); y++)
        memcpy(page->gray + (size_t)y * (size_t)page->width + (size_t)(band.x0 * k),
               other.gray + (size_t)y * (size_t)other.width + (size_t)(band.x0 * k), (size_t)((band.x1 - band.x0) * k));
    picture_done(&other);
    return rc;
}

/* The code of a sheet of another patient; NULL: there is none in the pack. */
static const char *another(const struct tool *t, const struct repli_page_map *map)
{
    size_t i;
    const json_t *sheet;
    json_array_foreach(t->sheets, i, sheet)
    {
        const char *patient = json_string_value(json_object_get(sheet, "patient"));
        if (patient && map->patient && strcmp(patient, map->patient) != 0)
            return json_string_value(json_object_get(sheet, "code"));
    }
    return NULL;
}

static enum repli_status one(const struct tool *t, int number, json_t *sheet, json_t **truth, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_page_map *map = NULL;
    struct repli_image clean = {0}, scan = {0};
    const char *name = NULL;
    enum repli_status rc = load_map(sheet, &a, &map, err);
    if (rc == REPLI_OK)
        rc = picture_render(t->pdf, map->page, (int)t->render, &clean, err);
    if (rc == REPLI_OK && t->band)
        rc = cover_band(t, &clean, err);
    if (rc == REPLI_OK) {
        struct prng r;
        struct scanner_params params;
        double m[9];
        prng_seed(&r, (uint64_t)t->seed, (uint64_t)map->page * 2);
        struct pens_field *plan = pens_plan(map, &t->pens, &r, &a);
        struct repli_image page = picture_copy(&clean);
        if (t->forged)
            forge_codes(&page, map, t->forge, t->keys, another(t, map),
                        &(struct prng){(uint64_t)(t->seed + map->page)});
        pens_draw(&page, map, plan, &r);
        prng_seed(&r, scanner_seed(t), (uint64_t)map->page * 2 + 1);
        choose_scanner(t, &params, &r);
        params.one_bit = t->mode ? strcmp(t->mode, "1bit") == 0 : params.one_bit;
        scanner_damage(&page, &params, map->codes, 2, &r);
        scanner_scan(&page, &params, &r, &scan, m);
        picture_done(&page);
        json_t *fields = pens_truth(map, plan);
        if (t->visible)
            count_visible(t, &clean, &scan, map, &params, map->page, m, fields);
        *truth = describe(&params, &scan, m);
        rc = save(t, &scan, number, params.jpeg, &a, &name, err);
        bool multi = strcmp(t->format, "tif-multi") == 0;
        json_t *rest = json_pack("{s:s*, s:i, s:i, s:i, s:s*, s:s*, s:[], s:o}", "file", name, "page",
                                 multi ? number : 1, "batch_page", number, "pdf_page", map->page, "sheet", map->sheet,
                                 "form", map->form, "layout_errors", "fields", fields);
        (void)json_object_update_missing(*truth, rest);
        json_decref(rest);
    }
    picture_done(&clean);
    picture_done(&scan);
    repli_arena_done(&a);
    return rc;
}

static char *part_name(const struct tool *t, int64_t job, struct repli_arena *a)
{
    return repli_arena_printf(a, "%s/.truth-%02ld", t->out, (long)job);
}

/* The share of one process: every jobs-th sheet. */
static int share(const struct tool *t, int64_t job)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    json_t *all = json_array();
    int number = 0;
    for (size_t i = 0; i < json_array_size(t->sheets); i++) {
        json_t *sheet = json_array_get(t->sheets, i), *truth = NULL;
        int64_t page = json_integer_value(json_object_get(sheet, "page"));
        if (page < t->from || page > t->to || number++ % t->jobs != job)
            continue;
        if (one(t, number, sheet, &truth, &err) != REPLI_OK) {
            fprintf(stderr, "pens: %s\n", err.text);
            return (int)err.status;
        }
        (void)json_array_append_new(all, truth);
    }
    int rc = json_dump_file(all, part_name(t, job, &a), JSON_COMPACT | JSON_REAL_PRECISION(12)) == 0 ? 0 : REPLI_IO;
    json_decref(all);
    repli_arena_done(&a);
    return rc;
}

static int run_jobs(const struct tool *t)
{
    int worst = 0;
    if (t->jobs == 1)
        return share(t, 0);
    for (int64_t job = 0; job < t->jobs; job++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(share(t, job));
        if (pid < 0)
            return REPLI_IO;
    }
    for (int64_t job = 0; job < t->jobs; job++) {
        int status = 0;
        while (wait(&status) < 0 && errno == EINTR)
            continue;
        int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        worst = rc > worst ? rc : worst;
    }
    return worst;
}

/* Joins the parts in the order of the sheets. */
static int join(const struct tool *t, size_t *pages, size_t *fields)
{
    struct repli_arena a = {0};
    json_t *parts[64], *all = json_array();
    int rc = 0;
    for (int64_t job = 0; job < t->jobs; job++) {
        parts[job] = json_load_file(part_name(t, job, &a), 0, NULL);
        (void)unlink(part_name(t, job, &a));
    }
    for (size_t i = 0;; i++) {
        json_t *truth = json_array_get(parts[i % (size_t)t->jobs], i / (size_t)t->jobs);
        if (truth == NULL)
            break;
        *fields += json_array_size(json_object_get(truth, "fields"));
        (void)json_array_append(all, truth);
    }
    *pages = json_array_size(all);
    if (json_dump_file(all, repli_path_join(&a, t->out, "truth.json"), JSON_COMPACT | JSON_REAL_PRECISION(12)) != 0)
        rc = REPLI_IO;
    for (int64_t job = 0; job < t->jobs; job++)
        json_decref(parts[job]);
    json_decref(all);
    repli_arena_done(&a);
    return rc;
}

int main(int argc, char **argv)
{
    struct tool t = {.format = "mix",
                     .severity = SCANNER_MILD,
                     .seed = 1,
                     .from = 1,
                     .to = INT64_MAX,
                     .render = 600,
                     .jobs = 1,
                     .pass = 1,
                     .pens = {.used = 0.7}};
    struct repli_err err = {0};
    struct repli_zone *zone = NULL;
    const char *zone_name = "Europe/Brussels";
    size_t pages = 0, fields = 0;
    if (!arguments(&t, argc, argv, &zone_name))
        return fputs(usage, stderr), REPLI_USAGE;
    if (strcmp(t.format, "tif-multi") == 0)
        t.jobs = 1; /* one file, one writer */
    json_error_t bad;
    json_t *layout = json_load_file(t.layout, 0, &bad);
    t.sheets = json_object_get(layout, "sheets");
    if (!json_is_array(t.sheets))
        return fprintf(stderr, "pens: %s: not a layout: %s\n", t.layout, bad.text), REPLI_DATA;
    if (repli_zone_open(zone_name, &zone, &err) != REPLI_OK || repli_dir_make(t.out, 0755, &err) != REPLI_OK)
        return fprintf(stderr, "pens: %s\n", err.text), (int)err.status;
    t.pens.zone = zone;
    int rc = run_jobs(&t);
    if (rc == 0)
        rc = join(&t, &pages, &fields);
    if (rc == 0)
        printf("%zu sheets, %zu fields -> %s\n", pages, fields, t.out);
    repli_zone_close(zone);
    json_decref(layout);
    return rc;
}
