/* Pictures of one page image by itself: all of it, turned as a person wants it, or a field of its sheet. */
#include "crop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger_lists.h"
#include "repli/text.h"

#define PICTURE_MAX 1600 /* pixels a side */

const char *repli_scan_picture_name(struct repli_arena *a, const struct repli_scan_view *v)
{
    return v->field ? repli_arena_printf(a, "images/scan-%lld-%s", (long long)v->scan_id, crop_file_name(a, v->field))
                    : repli_arena_printf(a, "images/scan-%lld@%d.png", (long long)v->scan_id, v->turn);
}

/* Millimetres of a page of which nothing is known but that it is A4: its long side is 297. */
static void lay_flat(struct crop_source *src)
{
    double w = src->worker.page.width, h = src->worker.page.height, s = (w > h ? w : h) / 297;
    const double flat[9] = {s, 0, 0, 0, s, 0, 0, 0, 1};
    memcpy(src->pose.h, flat, sizeof flat);
}

/* h = h x (a turn about the page's middle); *w x *t: the page, and how large it is then. */
static void turn(double h[9], int degrees, double *w, double *t)
{
    for (; degrees >= 90; degrees -= 90) { /* what is shown at (x, y) lies at (y, t - x) */
        double m[9], high = *t;
        for (int r = 0; r < 3; r++) {
            m[3 * r] = -h[3 * r + 1];
            m[3 * r + 1] = h[3 * r];
            m[3 * r + 2] = h[3 * r + 1] * high + h[3 * r + 2];
        }
        memcpy(h, m, sizeof m);
        *t = *w;
        *w = high;
    }
}

static struct repli_box of_view(struct crop_source *src, const struct repli_field *f, int degrees)
{
    double w = 210, t = 297;
    if (f)
        return f->box;
    if (!src->posed) {
        lay_flat(src);
        w = src->worker.page.width / src->pose.h[0];
        t = src->worker.page.height / src->pose.h[0];
    }
    turn(src->pose.h, degrees, &w, &t);
    src->pose.ncreases = 0; /* of a whole page nobody sees a millimetre */
    return (struct repli_box){0, 0, (int32_t)(w * 1e3), (int32_t)(t * 1e3)};
}

enum repli_status repli_scan_picture(const struct repli_site *site, struct repli_ledger *ledger,
                                     const struct repli_scan_view *v, struct repli_arena *a, const char **path,
                                     struct repli_err *err)
{
    struct crop_source *src = repli_arena_alloc(a, sizeof *src);
    struct repli_scanned *x = NULL;
    const char *name = repli_scan_picture_name(a, v), *file = repli_path_join(a, site->crops, name);
    char hex[65];
    *path = NULL;
    *src = (struct crop_source){.site = site, .arena = a, .fd = -1};
    enum repli_status s = repli_ledger_scanned(ledger, v->scan_id, a, &x, err);
    if (s == REPLI_OK && !x)
        return repli_fail(err, REPLI_DATA, "no image %lld was scanned here", (long long)v->scan_id);
    if (s == REPLI_OK && v->field && x->serial)
        s = repli_ledger_sheet_map(ledger, x->serial, a, &src->map, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_field *f = v->field && src->map ? repli_page_map_field(src->map, v->field) : NULL;
    src->scan.page = x->row.page;
    memcpy(src->scan.sha256, x->row.sha256, sizeof src->scan.sha256);
    repli_hex(x->row.sha256, sizeof x->row.sha256, hex);
    (void)snprintf(src->name, sizeof src->name, "%s page %d", hex, x->row.page);
    src->posed = repli_scan_json_pose(x->result, &src->pose);
    if (v->field && (!f || !src->posed))
        return REPLI_OK;
    s = crop_there(src, file) ? REPLI_OK : repli_dir_make(repli_path_join(a, site->crops, "images"), 0700, err);
    bool made = s == REPLI_OK && crop_there(src, file);
    if (s == REPLI_OK && !made)
        s = crop_open(src, err);
    if (!made && src->open) {
        const struct window w = crop_around(of_view(src, f, v->turn), PICTURE_MAX);
        s = crop_cut(src, &w, false, file) ? REPLI_OK : repli_fail(err, REPLI_IO, "%s: %s", file, strerror(errno));
    }
    made = made || (s == REPLI_OK && src->open);
    crop_close(src);
    *path = made ? name : NULL;
    return s;
}
