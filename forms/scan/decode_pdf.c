/* PDF by libqpdf: the page tree, and which pages are one scanned image.  The tree is walked by us first, with bounds:
** a kilobyte can declare a million pages.  A damaged file is not repaired: repairing would lose pages silently. */
#include "pdf.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  32 /* of the page tree */
#define NODES_PAGE 8  /* inner nodes a page, more are a bomb */

struct walk {
    qpdf_data q;
    int64_t pages, nodes, max;
};

static enum repli_unreadable why_of(qpdf_data q)
{
    switch (qpdf_has_error(q) ? qpdf_get_error_code(q, qpdf_get_error(q)) : qpdf_e_success) {
    case qpdf_e_password:
        return REPLI_UNREADABLE_ENCRYPTED;
    case qpdf_e_unsupported:
        return REPLI_UNREADABLE_TYPE;
    case qpdf_e_internal: /* memory */
        return REPLI_UNREADABLE_LIMIT;
    case qpdf_e_success:
    case qpdf_e_system:
    case qpdf_e_damaged_pdf:
    case qpdf_e_pages:
    case qpdf_e_object:
    case qpdf_e_linearization:
    case qpdf_e_json:
        break;
    }
    return REPLI_UNREADABLE_TRUNCATED;
}

static bool walk_node(struct decoder *d, struct walk *w, qpdf_oh node, int depth)
{
    if (depth > DEPTH_MAX || !qpdf_oh_is_dictionary(w->q, node))
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    if (++w->nodes > (w->max + 1) * NODES_PAGE)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    qpdf_oh kids = qpdf_oh_get_key(w->q, node, "/Kids"), count = qpdf_oh_get_key(w->q, node, "/Count");
    if (!qpdf_oh_is_array(w->q, kids))
        return ++w->pages <= w->max || decode_fail(d, REPLI_UNREADABLE_LIMIT);
    if (qpdf_oh_is_integer(w->q, count) && qpdf_oh_get_int_value(w->q, count) > w->max)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    int n = qpdf_oh_get_array_n_items(w->q, kids);
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        qpdf_oh kid = qpdf_oh_get_array_item(w->q, kids, i);
        ok = walk_node(d, w, kid, depth + 1);
        qpdf_oh_release(w->q, kid);
    }
    return ok;
}

/* Nothing here would run it; but no scanner makes such files, and who opens the kept original may not be as deaf. */
static bool runs_something(qpdf_data q, qpdf_oh root)
{
    static const char *const acts[] = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToR", "/URI"};
    qpdf_oh names = qpdf_oh_get_key_if_dict(q, root, "/Names"), form = qpdf_oh_get_key_if_dict(q, root, "/AcroForm"),
            open = qpdf_oh_get_key_if_dict(q, root, "/OpenAction"), act = qpdf_oh_get_key_if_dict(q, open, "/S");
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (qpdf_oh_is_name_and_equals(q, act, acts[i]))
            return true;
    return !qpdf_oh_is_null(q, qpdf_oh_get_key_if_dict(q, root, "/AA")) ||
           !qpdf_oh_is_null(q, qpdf_oh_get_key_if_dict(q, names, "/JavaScript")) ||
           !qpdf_oh_is_null(q, qpdf_oh_get_key_if_dict(q, names, "/EmbeddedFiles")) ||
           !qpdf_oh_is_null(q, qpdf_oh_get_key_if_dict(q, form, "/XFA"));
}

bool repli_decode_pdf_open(struct decoder *d)
{
    struct pdf *p = calloc(1, sizeof *p);
    d->pdf = p;
    if (!p)
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    p->q = qpdf_init();
    qpdf_silence_errors(p->q);
    qpdf_set_suppress_warnings(p->q, QPDF_TRUE);
    qpdf_set_attempt_recovery(p->q, QPDF_FALSE);
    if (qpdf_read_memory(p->q, "scan", (const char *)d->data, d->len, "") & QPDF_ERRORS)
        return decode_fail(d, why_of(p->q));
    if (runs_something(p->q, qpdf_get_root(p->q)))
        return decode_fail(d, REPLI_UNREADABLE_SCRIPT);
    struct walk w = {.q = p->q, .max = d->limits.pages};
    if (!walk_node(d, &w, qpdf_oh_get_key(p->q, qpdf_get_root(p->q), "/Pages"), 0))
        return false;
    qpdf_oh_release_all(p->q);
    if (qpdf_push_inherited_attributes_to_page(p->q) & QPDF_ERRORS)
        return decode_fail(d, why_of(p->q));
    d->pages = qpdf_get_num_pages(p->q);
    if (d->pages < 1 || d->pages != w.pages)
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    return true;
}

void repli_decode_pdf_close(struct decoder *d)
{
    struct pdf *p = d->pdf;
    if (!p)
        return;
    if (p->q)
        qpdf_cleanup(&p->q);
    free(p->bytes);
    free(p);
    d->pdf = NULL;
}

static qpdf_oh image_named(qpdf_data q, qpdf_oh page, const char *name)
{
    qpdf_oh all = qpdf_oh_get_key_if_dict(q, qpdf_oh_get_key_if_dict(q, page, "/Resources"), "/XObject");
    return qpdf_oh_get_key_if_dict(q, all, name);
}

/* The page's one image, when it has pixels as good as square. */
static enum pdf_take take_image(struct decoder *d, struct pdf *p, qpdf_oh page, const struct pdf_box *crop)
{
    unsigned char *content = NULL;
    size_t len = 0;
    struct pdf_placed at;
    qpdf_oh annots = qpdf_oh_get_key(p->q, page, "/Annots");
    if (qpdf_oh_is_array(p->q, annots) && qpdf_oh_get_array_n_items(p->q, annots) > 0)
        return PDF_OTHER;
    if (qpdf_oh_get_page_content_data(p->q, page, &content, &len) & QPDF_ERRORS) {
        free(content);
        d->why = why_of(p->q);
        return PDF_BAD;
    }
    bool one = repli_pdf_placed(content, len, crop, &at);
    free(content);
    if (!one)
        return PDF_OTHER;
    enum pdf_take t = repli_pdf_take(d, p, image_named(p->q, page, at.name));
    if (t != PDF_TAKEN)
        return t;
    double unit = repli_pdf_unit(p->q, page), across = d->width / (at.side[0] * unit),
           down = d->height / (at.side[1] * unit);
    p->mirrored = at.mirrored;
    d->dpi = across > 0 && across < 100000 ? across : 0;
    return across < down * 1.02 && down < across * 1.02 ? PDF_TAKEN : PDF_OTHER;
}

/* What the renderer is going to make of the page, before it is asked to. */
static bool render_size(struct decoder *d, const struct pdf_box *crop, double unit)
{
    double w = (crop->x1 - crop->x0) * unit * PDF_RENDER_DPI, h = (crop->y1 - crop->y0) * unit * PDF_RENDER_DPI;
    if (!(w < 65535) || !(h < 65535))
        return decode_fail(d, REPLI_UNREADABLE_LIMIT);
    d->render = true;
    d->dpi = PDF_RENDER_DPI;
    return repli_decode_size(d, (uint64_t)w + 1, (uint64_t)h + 1);
}

bool repli_decode_pdf_page(struct decoder *d)
{
    struct pdf *p = d->pdf;
    struct pdf_box crop;
    free(p->bytes);
    *p = (struct pdf){.q = p->q};
    d->render = false;
    qpdf_oh_release_all(p->q);
    qpdf_oh page = qpdf_get_page_n(p->q, (size_t)d->page - 1);
    if (!qpdf_oh_is_dictionary(p->q, page) || !repli_pdf_crop(p->q, page, &crop))
        return decode_fail(d, REPLI_UNREADABLE_TRUNCATED);
    if (repli_pdf_refused(p->q, page))
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    switch (take_image(d, p, page, &crop)) {
    case PDF_TAKEN:
        return true;
    case PDF_OTHER:
        return render_size(d, &crop, repli_pdf_unit(p->q, page));
    case PDF_BAD:
        break;
    }
    return false;
}

bool repli_decode_pdf_pixels(struct decoder *d, uint8_t *gray)
{
    if (d->render)
        return decode_fail(d, REPLI_UNREADABLE_TYPE);
    return repli_pdf_pixels(d, d->pdf, gray);
}
