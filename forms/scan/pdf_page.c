/* What a page of a PDF shows: its crop box, whether it paints one image and nothing else, and whether anything on it
** needs a decoder that is refused. */
#include "pdf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COVERS   .95
#define SLANT    .001 /* of the image's side: edges along the page's */
#define NEST_MAX 16
#define SEEN_MAX 4096 /* objects of a page */
#define DEEP_MAX 24   /* objects within objects */

static bool box_get(qpdf_data q, qpdf_oh page, const char *key, struct pdf_box *b)
{
    double v[4];
    qpdf_oh a = qpdf_oh_get_key(q, page, key);
    if (!qpdf_oh_is_array(q, a) || qpdf_oh_get_array_n_items(q, a) != 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!qpdf_oh_get_value_as_number(q, qpdf_oh_get_array_item(q, a, i), &v[i]) || !isfinite(v[i]))
            return false;
    *b = (struct pdf_box){fmin(v[0], v[2]), fmin(v[1], v[3]), fmax(v[0], v[2]), fmax(v[1], v[3])};
    return true;
}

bool repli_pdf_crop(qpdf_data q, qpdf_oh page, struct pdf_box *box)
{
    struct pdf_box crop;
    if (!box_get(q, page, "/MediaBox", box))
        return false;
    if (box_get(q, page, "/CropBox", &crop))
        *box = (struct pdf_box){fmax(box->x0, crop.x0), fmax(box->y0, crop.y0), fmin(box->x1, crop.x1),
                                fmin(box->y1, crop.y1)};
    return box->x1 > box->x0 && box->y1 > box->y0;
}

double repli_pdf_unit(qpdf_data q, qpdf_oh page)
{
    double unit = 1;
    if (!qpdf_oh_get_value_as_number(q, qpdf_oh_get_key(q, page, "/UserUnit"), &unit) || !(unit > 0))
        unit = 1;
    return unit / 72;
}

/* ---- the content stream */
struct content {
    const uint8_t *at, *end;
    double num[6];
    int nums;
    char name[64];
    double ctm[NEST_MAX][6];
    int depth;
    int images;
    double image[6]; /* matrix of the image that was painted */
    struct pdf_placed *out;
};

static bool is_space(uint8_t c)
{
    return c == 0 || c == ' ' || (c >= 9 && c <= 13 && c != 11);
}

/* The next word; 0 at the end, -1 when it is longer than any we know. */
static int word(struct content *c, char *to, int room)
{
    int n = 0;
    while (c->at < c->end && (is_space(*c->at) || *c->at == '%'))
        if (*c->at++ == '%')
            while (c->at < c->end && *c->at != '\n' && *c->at != '\r')
                c->at++;
    while (c->at < c->end && !is_space(*c->at) && *c->at != '%' && (n == 0 || *c->at != '/')) {
        if (n + 1 >= room)
            return -1;
        to[n++] = (char)*c->at++;
    }
    to[n] = 0;
    return n;
}

/* a then b, as PDF multiplies matrices */
static void concat(const double a[6], double b[6])
{
    double m[6] = {a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3],        a[2] * b[0] + a[3] * b[2],
                   a[2] * b[1] + a[3] * b[3], a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5]};
    memcpy(b, m, sizeof m);
}

static bool run(struct content *c, const char *op)
{
    double *m = c->ctm[c->depth];
    if (strcmp(op, "q") == 0) {
        if (c->depth + 1 >= NEST_MAX)
            return false;
        memcpy(c->ctm[++c->depth], m, sizeof c->ctm[0]);
        return true;
    }
    if (strcmp(op, "Q") == 0)
        return c->depth-- > 0;
    if (strcmp(op, "cm") == 0) {
        if (c->nums != 6)
            return false;
        concat(c->num, m);
        return true;
    }
    if (strcmp(op, "Do") != 0 || !c->name[0] || ++c->images > 1)
        return false;
    memcpy(c->image, m, sizeof c->image);
    memcpy(c->out->name, c->name, sizeof c->name);
    return true;
}

/* Reads all of it; false when anything but one XObject is painted, or may be. */
static bool paints_one(struct content *c)
{
    char w[64];
    int n;
    while ((n = word(c, w, (int)sizeof w)) > 0) {
        char *end;
        bool digit = strchr("+-.0123456789", w[0]) != NULL;
        if (w[0] == '/') {
            memcpy(c->name, w, sizeof w);
        } else if (digit) {
            if (c->nums == 6 || strspn(w, "+-.0123456789") != (size_t)n)
                return false;
            c->num[c->nums++] = strtod(w, &end);
            if (*end)
                return false;
        } else {
            if (!run(c, w))
                return false;
            c->nums = 0;
            c->name[0] = 0;
        }
    }
    return n == 0 && c->images == 1 && !strchr(c->out->name, '#');
}

bool repli_pdf_placed(const uint8_t *content, size_t len, const struct pdf_box *crop, struct pdf_placed *out)
{
    *out = (struct pdf_placed){.name = ""};
    if (len == 0) /* of an empty stream there may be no pointer either */
        return false;
    struct content c = {.at = content, .end = content + len, .ctm = {{1, 0, 0, 1, 0, 0}}, .out = out};
    if (!paints_one(&c))
        return false;
    const double *m = c.image;
    out->side[0] = hypot(m[0], m[1]);
    out->side[1] = hypot(m[2], m[3]);
    out->mirrored = m[0] * m[3] - m[1] * m[2] < 0;
    double slant = SLANT * fmin(out->side[0], out->side[1]);
    bool upright = fabs(m[1]) <= slant && fabs(m[2]) <= slant, lying = fabs(m[0]) <= slant && fabs(m[3]) <= slant;
    if (!(out->side[0] > 0 && out->side[0] < 1e6 && out->side[1] > 0 && out->side[1] < 1e6) || upright == lying)
        return false;
    double x0 = m[4] + fmin(m[0] + m[2], 0), x1 = m[4] + fmax(m[0] + m[2], 0);
    double y0 = m[5] + fmin(m[1] + m[3], 0), y1 = m[5] + fmax(m[1] + m[3], 0);
    double w = fmin(x1, crop->x1) - fmax(x0, crop->x0), h = fmin(y1, crop->y1) - fmax(y0, crop->y0);
    /* and hardly anything of the image is cut off by the page */
    return w > 0 && h > 0 && w * h >= COVERS * (crop->x1 - crop->x0) * (crop->y1 - crop->y0) &&
           w * h >= COVERS * (x1 - x0) * (y1 - y0);
}

/* ---- refused decoders */
struct search {
    qpdf_data q;
    int ids[SEEN_MAX];
    int n, steps;
};

static bool is_refused_name(qpdf_data q, qpdf_oh name)
{
    return qpdf_oh_is_name_and_equals(q, name, "/JBIG2Decode") || qpdf_oh_is_name_and_equals(q, name, "/JPXDecode");
}

/* Marks an object as looked at; false: it was before. */
static bool first_time(struct search *s, qpdf_oh o)
{
    int id = qpdf_oh_is_indirect(s->q, o) ? qpdf_oh_get_object_id(s->q, o) : 0;
    if (id == 0)
        return true;
    for (int i = 0; i < s->n; i++)
        if (s->ids[i] == id)
            return false;
    if (s->n < SEEN_MAX)
        s->ids[s->n++] = id;
    return true;
}

static bool refused_in(struct search *s, qpdf_oh o, int depth);

static bool refused_below(struct search *s, qpdf_oh dict, int depth)
{
    char keys[64][64];
    int n = 0;
    qpdf_oh_begin_dict_key_iter(s->q, dict);
    while (qpdf_oh_dict_more_keys(s->q)) {
        const char *key = qpdf_oh_dict_next_key(s->q);
        if (strcmp(key, "/Parent") == 0)
            continue;
        if (n == 64 || strlen(key) >= sizeof keys[0])
            return true;
        memcpy(keys[n++], key, strlen(key) + 1);
    }
    for (int i = 0; i < n; i++) {
        qpdf_oh o = qpdf_oh_get_key(s->q, dict, keys[i]);
        if (refused_in(s, o, depth + 1))
            return true;
        qpdf_oh_release(s->q, o);
    }
    return false;
}

static bool refused_in(struct search *s, qpdf_oh o, int depth)
{
    bool stream = qpdf_oh_is_stream(s->q, o), array = qpdf_oh_is_array(s->q, o);
    if (is_refused_name(s->q, o))
        return true;
    if (!stream && !array && !qpdf_oh_is_dictionary(s->q, o))
        return false;
    if (depth > DEEP_MAX || ++s->steps > 4 * SEEN_MAX || s->n == SEEN_MAX)
        return true;
    if (!first_time(s, o))
        return false;
    if (stream)
        return refused_below(s, qpdf_oh_get_dict(s->q, o), depth);
    if (!array)
        return refused_below(s, o, depth);
    int n = qpdf_oh_get_array_n_items(s->q, o);
    for (int i = 0; i < n && i < SEEN_MAX; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(s->q, o, i);
        if (refused_in(s, item, depth + 1))
            return true;
        qpdf_oh_release(s->q, item);
    }
    return n > SEEN_MAX;
}

bool repli_pdf_refused(qpdf_data q, qpdf_oh page)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return true;
    s->q = q;
    bool refused = refused_in(s, page, 0);
    free(s);
    return refused;
}
