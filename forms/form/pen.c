/* Draw lists: coordinates snapped to 10 um, texts measured against their room, signs looked up in a face. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

/* A text that is too wide for its place is set smaller, step by step, as long as it can be read. */
enum { SMALLEST_CPT = 650, SMALLER_CPT = 25 };

void repli_trouble(struct trouble *t, const char *fmt, ...)
{
    char text[700];
    va_list ap;
    if (t->status != REPLI_OK)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    t->status = REPLI_DATA;
    if (t->node)
        (void)repli_yaml_fail(t->node, t->err, "%s", text);
    else
        (void)repli_fail(t->err, REPLI_DATA, "%s", text);
}

void repli_trouble_wide(struct trouble *t, const char *text, int32_t need_um, int32_t room_um)
{
    const struct repli_yaml *words = t->form ? repli_lang_node(t->form, text) : NULL;
    room_um = room_um > 0 ? room_um : 0;
    if (words)
        repli_trouble(t, "\"%s\" needs %.1f mm, there are %.1f mm: shorten the text (%s:%d) or make room", text,
                      need_um / 1000.0, room_um / 1000.0, words->file, words->line);
    else
        repli_trouble(t, "\"%s\" needs %.1f mm, there are %.1f mm: shorten the text or make room", text,
                      need_um / 1000.0, room_um / 1000.0);
}

int32_t repli_snap(int32_t um)
{
    return (um + 5) / 10 * 10;
}

struct repli_box repli_box_make(int32_t x, int32_t y, int32_t w, int32_t h)
{
    return (struct repli_box){repli_snap(x), repli_snap(y), repli_snap(x + w), repli_snap(y + h)};
}

static struct repli_draw *add(struct pen *pen, enum repli_draw_kind kind)
{
    if (pen->list.count == pen->cap) {
        size_t cap = pen->cap ? pen->cap * 2 : 64;
        struct repli_arena *grow = pen->scratch ? pen->scratch : pen->a;
        pen->list.items = repli_arena_grow(grow, pen->list.items, pen->cap, cap, sizeof *pen->list.items);
        pen->nodes = repli_arena_grow(grow, pen->nodes, pen->cap, cap, sizeof *pen->nodes);
        pen->cap = cap;
    }
    pen->nodes[pen->list.count] = pen->t->node;
    struct repli_draw *d = &pen->list.items[pen->list.count++];
    *d = (struct repli_draw){.kind = kind};
    return d;
}

static struct repli_draw *add_box(struct pen *pen, enum repli_draw_kind kind, struct repli_box box)
{
    struct repli_draw *d = add(pen, kind);
    d->x0 = repli_snap(box.x0);
    d->y0 = repli_snap(box.y0);
    d->x1 = repli_snap(box.x1);
    d->y1 = repli_snap(box.y1);
    return d;
}

void repli_pen_fill(struct pen *pen, struct repli_box box)
{
    (void)add_box(pen, REPLI_DRAW_FILL, box);
}

void repli_pen_frame(struct pen *pen, struct repli_box box, int32_t line_um)
{
    add_box(pen, REPLI_DRAW_FRAME, box)->line_um = line_um;
}

void repli_pen_symbol(struct pen *pen, struct repli_box box, const char *text)
{
    add_box(pen, REPLI_DRAW_SYMBOL, box)->text = text;
}

void repli_pen_origin(struct pen *pen, int32_t x, int32_t y)
{
    (void)add_box(pen, REPLI_DRAW_ORIGIN, (struct repli_box){x, y, x, y});
}

void repli_pen_code(struct pen *pen, struct repli_box box)
{
    (void)add_box(pen, REPLI_DRAW_CODE, box);
}

void repli_pen_line(struct pen *pen, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t line_um, int32_t dash_um)
{
    struct repli_draw *d = add_box(pen, REPLI_DRAW_LINE, (struct repli_box){x0, y0, x1, y1});
    d->line_um = line_um;
    d->dash_um = dash_um;
}

static enum repli_face face_for(enum repli_face face, uint32_t cp, bool *missing)
{
    *missing = false;
    if (repli_font_has(face, cp))
        return face;
    if (repli_font_has(REPLI_FACE_SYMBOL, cp))
        return REPLI_FACE_SYMBOL;
    *missing = true;
    return face;
}

/* The next sign of `text` as it is drawn, moving past it: signs that no face has become U+FFFD. 0 at the end. */
static uint32_t next_sign(enum repli_face face, const char **text, enum repli_face *sign_face, bool *missing)
{
    uint32_t cp = repli_next_sign(text);
    *missing = false;
    if (cp)
        *sign_face = face_for(face, cp, missing);
    return *missing ? 0xFFFD : cp;
}

/* The longest start of `text` that one face can draw, as a text of its own; *text moves past it.  Signs that no face
** has become U+FFFD: visible, and counted. NULL at the end. */
static const char *next_run(struct repli_arena *a, enum repli_face face, const char **text, enum repli_face *run_face,
                            bool *replaced)
{
    const char *p = *text, *from = p, *end = p;
    size_t lost = 0;
    bool missing = false;
    for (enum repli_face f; next_sign(face, &p, &f, &missing) && (end == from || f == *run_face); end = p) {
        *run_face = f;
        lost += missing;
    }
    *text = end;
    if (end == from)
        return NULL;
    *replaced = *replaced || lost > 0;
    if (lost == 0)
        return repli_arena_strndup(a, from, (size_t)(end - from));
    char *run = repli_arena_alloc(a, (size_t)(end - from) + 3 * lost + 1), *out = run;
    for (const char *q = from; q < end; from = q) {
        enum repli_face f;
        (void)next_sign(face, &q, &f, &missing);
        const char *sign = missing ? "\xEF\xBF\xBD" : from;
        size_t n = missing ? 3 : (size_t)(q - from);
        memcpy(out, sign, n);
        out += n;
    }
    return run;
}

/* The sum of its runs, each rounded up as it will be drawn. */
static int32_t width_of_runs(struct style style, const char *text)
{
    int32_t width = 0;
    int64_t units = 0;
    enum repli_face face = style.face;
    for (const char *from = text; *text; from = text) {
        enum repli_face f = style.face;
        uint32_t cp = repli_next_sign(&text);
        int32_t more = repli_font_units(f, cp);
        if (more < 0) { /* rare: another face, or none */
            bool missing = false;
            cp = next_sign(style.face, &from, &f, &missing);
            more = repli_font_units(f, cp);
        }
        if (f != face) {
            width += repli_font_um(face, style.cpt, units);
            units = 0;
            face = f;
        }
        units += more;
    }
    return width + repli_font_um(face, style.cpt, units);
}

int32_t repli_pen_width(struct style style, const char *text)
{
    int64_t units = repli_font_text(style.face, text);
    return units >= 0 ? repli_font_um(style.face, style.cpt, units) : width_of_runs(style, text);
}

/* Sign by sign, each in the face that has it. */
static void ink_of_runs(struct style style, const char *text, int32_t *above_um, int32_t *below_um)
{
    enum repli_face f = style.face;
    bool missing = false;
    const char *from = text;
    *above_um = *below_um = 0;
    for (; next_sign(style.face, &text, &f, &missing) != 0; from = text) {
        char sign[8] = "\xEF\xBF\xBD";
        int32_t above = 0, below = 0;
        if (!missing) {
            memcpy(sign, from, (size_t)(text - from));
            sign[text - from] = '\0';
        }
        repli_font_ink(f, style.cpt, sign, &above, &below);
        *above_um = above > *above_um ? above : *above_um;
        *below_um = below > *below_um ? below : *below_um;
    }
}

void repli_pen_ink(struct style style, const char *text, int32_t *above_um, int32_t *below_um)
{
    if (repli_font_text(style.face, text) >= 0)
        repli_font_ink(style.face, style.cpt, text, above_um, below_um);
    else
        ink_of_runs(style, text, above_um, below_um);
}

int32_t repli_pen_leading(struct style style, const char *text, int32_t usual_um)
{
    int32_t above = 0, below = 0;
    repli_pen_ink(style, text, &above, &below);
    int32_t need = repli_snap(above + below + 60);
    return need > usual_um ? need : usual_um;
}

static struct repli_draw *add_run(struct pen *pen, struct style style, int32_t x, int32_t baseline, const char *run)
{
    struct repli_draw *d = add(pen, REPLI_DRAW_TEXT);
    d->x0 = repli_snap(x);
    d->y0 = repli_snap(baseline);
    d->face = style.face;
    d->size_cpt = style.cpt;
    d->text = run;
    return d;
}

static void draw_text(struct pen *pen, struct style style, enum align align, int32_t x, int32_t baseline,
                      int32_t room_um, const char *text, bool white)
{
    int64_t units = repli_font_text(style.face, text); /* nearly always one run: measured once */
    int32_t width = repli_pen_width(style, text);
    for (; width > room_um && style.cpt > SMALLEST_CPT; width = repli_pen_width(style, text))
        style.cpt = style.cpt - SMALLER_CPT > SMALLEST_CPT ? style.cpt - SMALLER_CPT : SMALLEST_CPT;
    if (width > room_um)
        repli_trouble_wide(pen->t, text, width, room_um);
    if (align != ALIGN_LEFT)
        x -= align == ALIGN_RIGHT ? width : width / 2;
    if (units >= 0 && *text) {
        struct repli_draw *d = add_run(pen, style, x, baseline, repli_arena_strdup(pen->a, text));
        d->white = white;
        d->width_um = width;
        return;
    }
    struct style part = style;
    for (const char *run; (run = next_run(pen->a, style.face, &text, &part.face, &pen->replaced)) != NULL;) {
        struct repli_draw *d = add_run(pen, part, x, baseline, run);
        d->white = white;
        d->width_um = repli_font_width(part.face, style.cpt, run);
        x += d->width_um;
    }
}

void repli_pen_text(struct pen *pen, struct style style, enum align align, int32_t x, int32_t baseline, int32_t room_um,
                    const char *text)
{
    draw_text(pen, style, align, x, baseline, room_um, text, false);
}

void repli_pen_white(struct pen *pen, struct style style, enum align align, int32_t x, int32_t baseline,
                     int32_t room_um, const char *text)
{
    draw_text(pen, style, align, x, baseline, room_um, text, true);
}

int32_t repli_pen_fit(enum repli_face face, const int32_t *sizes, int32_t room_um, const char *text)
{
    while (sizes[1] && repli_pen_width((struct style){face, sizes[0]}, text) > room_um)
        sizes++;
    return sizes[0];
}

/* ---- paragraphs */
struct word {
    const char *text;
    bool bold;
    int blanks; /* before it: none where only the weight changes, several where the text wants more room */
    int32_t width;
};
struct words {
    struct word *items;
    size_t count, cap;
};

static void add_word(struct words *w, struct repli_arena *a, const char *text, int32_t width, bool bold, int blanks)
{
    if (w->count == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 32;
        w->items = repli_arena_grow(a, w->items, w->cap, cap, sizeof *w->items);
        w->cap = cap;
    }
    w->items[w->count++] = (struct word){text, bold, blanks, width};
}

/* Breaks a word that is wider than a whole line (data only): nothing is ever cut. */
static void add_broken(struct words *w, struct repli_arena *a, const struct para *p, const char *from, size_t len,
                       bool bold, int blanks)
{
    struct style style = bold ? p->bold : p->plain;
    const char *all = repli_arena_strndup(a, from, len);
    int32_t width = repli_pen_width(style, all);
    for (; *all && width > p->room_um; width = repli_pen_width(style, all)) {
        const char *end = all;
        for (const char *next = end; *next;) {
            (void)repli_utf8_next(&next);
            char *part = repli_arena_strndup(a, all, (size_t)(next - all));
            if (end > all && repli_pen_width(style, part) > p->room_um)
                break;
            end = next;
        }
        const char *part = repli_arena_strndup(a, all, (size_t)(end - all));
        if (*part)
            add_word(w, a, part, repli_pen_width(style, part), bold, blanks);
        blanks = 0;
        all += end - all;
    }
    if (*all)
        add_word(w, a, all, width, bold, blanks);
}

static void split_words(struct words *w, struct repli_arena *a, const struct para *p, const char *text)
{
    bool bold = false;
    int blanks = 0;
    for (const char *c = text; *c;) {
        if (*c == ' ' || *c == BOLD_SIGN || (*c == '*' && !p->data)) {
            bold = *c == ' ' ? bold : !bold;
            blanks += *c == ' ';
            c++;
            continue;
        }
        size_t n = strcspn(c, p->data ? " " BOLD : " *" BOLD);
        if (p->data && !p->whole) {
            add_broken(w, a, p, c, n, bold, blanks);
        } else if (n > 0) {
            const char *word = repli_arena_strndup(a, c, n);
            add_word(w, a, word, repli_pen_width(bold ? p->bold : p->plain, word), bold, blanks);
        }
        blanks = 0;
        c += n;
    }
}

/* Draws words [from, to) of one line: neighbours of one weight are one text. */
static void draw_line(struct pen *pen, const struct para *p, const struct words *w, size_t from, size_t to, int32_t x,
                      int32_t baseline)
{
    int32_t blank = repli_pen_width(p->plain, " ");
    for (size_t i = from; i < to;) {
        struct repli_buf b = {0};
        size_t first = i;
        for (; i < to && w->items[i].bold == w->items[first].bold; i++) {
            for (int k = 0; i > first && k < w->items[i].blanks; k++)
                repli_buf_puts(&b, " ");
            repli_buf_puts(&b, w->items[i].text);
        }
        struct style style = w->items[first].bold ? p->bold : p->plain;
        if (first > from)
            x += w->items[first].blanks * blank;
        repli_pen_text(pen, style, ALIGN_LEFT, x, baseline, INT32_MAX, b.data);
        x += repli_pen_width(style, b.data);
        repli_buf_done(&b);
    }
}

size_t repli_para(struct pen *pen, struct trouble *t, struct repli_arena *a, const struct para *p, int32_t x,
                  int32_t baseline, const char *text)
{
    struct words w = {0};
    split_words(&w, a, p, text);
    int32_t blank = repli_pen_width(p->plain, " ");
    size_t lines = 0;
    for (size_t i = 0; i < w.count;) {
        int32_t width = w.items[i].width;
        size_t first = i++;
        if (width > p->room_um && t)
            repli_trouble_wide(t, w.items[first].text, width, p->room_um);
        for (; i < w.count; i++) {
            int32_t more = w.items[i].width + w.items[i].blanks * blank;
            if (width + more > p->room_um)
                break;
            width += more;
        }
        if (pen)
            draw_line(pen, p, &w, first, i, x, baseline + (int32_t)lines * p->leading_um);
        lines++;
    }
    return lines;
}
