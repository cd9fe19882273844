/* Drawing lists as PDF operators, in integers. */
#include <inttypes.h>
#include <string.h>

#include "print/print_internal.h"
#include "repli/text.h"

#define SIZE_MIN_CPT   100
#define SIZE_MAX_CPT   10000
#define TEXT_MAX_BYTES 4096 /* longer than any line of a sheet; libharu and viewers refuse strings over 32,767 */

void repli_content_begin(struct repli_content *c)
{
    c->out.len = 0;
    c->white_fill = c->white_line = false;
    c->line_um = c->dash_um = c->face = -1;
    c->x0 = c->y0 = 0;
}

/* A number of thousandths as PDF writes it, and a blank. */
static void put_milli(struct repli_content *c, int32_t v)
{
    char text[16], *p = text + sizeof text;
    uint32_t u = v < 0 ? (uint32_t) - (int64_t)v : (uint32_t)v;
    uint32_t whole = u / 1000, part = u % 1000;
    *--p = ' ';
    if (part) {
        for (int i = 0, cut = 1; i < 3; i++, part /= 10) {
            if (cut && part % 10 == 0)
                continue;
            cut = 0;
            *--p = (char)('0' + part % 10);
        }
        *--p = '.';
    }
    do
        *--p = (char)('0' + whole % 10);
    while (whole /= 10);
    if (v < 0)
        *--p = '-';
    repli_buf_add(&c->out, p, (size_t)(text + sizeof text - p));
}

/* Micrometres as thousandths of the unit that REPLI_CONTENT_UNIT sets: 10 um, to which layouts are snapped. */
static int32_t unit(int32_t um)
{
    return um * 100;
}

static int32_t left(int32_t x_um)
{
    return unit(x_um);
}

/* PDF counts from the foot of the page. */
static int32_t up(int32_t y_um)
{
    return unit(REPLI_PAGE_HEIGHT_UM - y_um);
}

static void put_point(struct repli_content *c, int32_t x_um, int32_t y_um)
{
    put_milli(c, left(x_um) - c->x0);
    put_milli(c, up(y_um) - c->y0);
}

static void put_rect(struct repli_content *c, const struct repli_draw *d)
{
    int32_t x = left(d->x0), y = up(d->y1);
    put_milli(c, x - c->x0);
    put_milli(c, y - c->y0);
    put_milli(c, left(d->x1) - x);
    put_milli(c, up(d->y0) - y);
}

static void set_fill(struct repli_content *c, bool white)
{
    if (c->white_fill != white)
        repli_buf_puts(&c->out, white ? "1 g\n" : "0 g\n");
    c->white_fill = white;
}

static void set_line(struct repli_content *c, bool white, int32_t line_um, int32_t dash_um)
{
    if (c->white_line != white)
        repli_buf_puts(&c->out, white ? "1 G\n" : "0 G\n");
    c->white_line = white;
    if (c->line_um != line_um) {
        put_milli(c, unit(line_um));
        repli_buf_puts(&c->out, "w\n");
    }
    c->line_um = line_um;
    if (c->dash_um != dash_um && (dash_um || c->dash_um > 0)) {
        repli_buf_puts(&c->out, "[");
        if (dash_um)
            put_milli(c, unit(dash_um));
        repli_buf_puts(&c->out, "] 0 d\n");
    }
    c->dash_um = dash_um;
}

static bool on_sheet(int32_t x, int32_t y)
{
    return x >= 0 && x <= REPLI_PAGE_WIDTH_UM && y >= 0 && y <= REPLI_PAGE_HEIGHT_UM;
}

static enum repli_status off_sheet(const struct repli_draw *d, const char *what, struct repli_err *err)
{
    return repli_fail(err, REPLI_DATA,
                      "%s from (%" PRId32 ", %" PRId32 ") to (%" PRId32 ", %" PRId32
                      ") um is not on the sheet of %d x %d um",
                      what, d->x0, d->y0, d->x1, d->y1, REPLI_PAGE_WIDTH_UM, REPLI_PAGE_HEIGHT_UM);
}

static enum repli_status check_box(const struct repli_draw *d, const char *what, struct repli_err *err)
{
    if (!on_sheet(d->x0, d->y0) || !on_sheet(d->x1, d->y1))
        return off_sheet(d, what, err);
    if (d->x0 >= d->x1 || d->y0 >= d->y1)
        return repli_fail(err, REPLI_DATA,
                          "%s from (%" PRId32 ", %" PRId32 ") to (%" PRId32 ", %" PRId32 ") um has no area", what,
                          d->x0, d->y0, d->x1, d->y1);
    return REPLI_OK;
}

static enum repli_status put_fill(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    enum repli_status status = check_box(d, "a filled box", err);
    if (status != REPLI_OK)
        return status;
    set_fill(c, d->white);
    put_rect(c, d);
    repli_buf_puts(&c->out, "re f\n");
    return REPLI_OK;
}

/* The line lies inside the box: its outer edge is the box that the page map says. */
static enum repli_status put_frame(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    enum repli_status status = check_box(d, "a frame", err);
    if (status != REPLI_OK)
        return status;
    if (d->line_um <= 0 || d->line_um * (int64_t)2 > d->x1 - d->x0 || d->line_um * (int64_t)2 > d->y1 - d->y0)
        return repli_fail(err, REPLI_DATA,
                          "a frame at (%" PRId32 ", %" PRId32 ") um cannot have a line of %" PRId32 " um", d->x0, d->y0,
                          d->line_um);
    set_line(c, d->white, d->line_um, 0);
    int32_t half = unit(d->line_um) / 2;
    int32_t x = left(d->x0) + half, y = up(d->y1) + half;
    put_milli(c, x - c->x0);
    put_milli(c, y - c->y0);
    put_milli(c, left(d->x1) - half - x);
    put_milli(c, up(d->y0) - half - y);
    repli_buf_puts(&c->out, "re S\n");
    return REPLI_OK;
}

static enum repli_status put_line(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    if (!on_sheet(d->x0, d->y0) || !on_sheet(d->x1, d->y1))
        return off_sheet(d, "a line", err);
    if (d->line_um <= 0 || d->line_um > 10000 || d->dash_um < 0 || d->dash_um > 10000)
        return repli_fail(err, REPLI_DATA,
                          "a line at (%" PRId32 ", %" PRId32 ") um of width %" PRId32 " um, dash %" PRId32
                          " um: both must be within 10,000 um",
                          d->x0, d->y0, d->line_um, d->dash_um);
    set_line(c, d->white, d->line_um, d->dash_um);
    put_point(c, d->x0, d->y0);
    repli_buf_puts(&c->out, "m ");
    put_point(c, d->x1, d->y1);
    repli_buf_puts(&c->out, "l S\n");
    return REPLI_OK;
}

/* A name must never be altered silently: no malformed byte, no glyph that the face lacks, no zero-width text. */
static enum repli_status check_text(const struct repli_draw *d, struct repli_err *err)
{
    if (!d->text || (unsigned)d->face >= REPLI_FACE_COUNT)
        return repli_fail(err, REPLI_BUG, "a text without text or face at (%" PRId32 ", %" PRId32 ") um", d->x0, d->y0);
    size_t len = strlen(d->text);
    if (len > TEXT_MAX_BYTES)
        return repli_fail(err, REPLI_DATA, "a text of %zu bytes at (%" PRId32 ", %" PRId32 ") um: at most %d", len,
                          d->x0, d->y0, TEXT_MAX_BYTES);
    if (!repli_utf8_valid(d->text, len))
        return repli_fail(err, REPLI_DATA, "the text at (%" PRId32 ", %" PRId32 ") um is not valid UTF-8", d->x0,
                          d->y0);
    if (!on_sheet(d->x0, d->y0) || d->width_um < 0 || d->width_um > REPLI_PAGE_WIDTH_UM - d->x0)
        return repli_fail(err, REPLI_DATA,
                          "text '%s' at (%" PRId32 ", %" PRId32 ") um, %" PRId32 " um wide, leaves the sheet", d->text,
                          d->x0, d->y0, d->width_um);
    if (d->size_cpt < SIZE_MIN_CPT || d->size_cpt > SIZE_MAX_CPT)
        return repli_fail(err, REPLI_DATA, "text '%s': %" PRId32 " is no size (hundredths of a point, %d..%d)", d->text,
                          d->size_cpt, SIZE_MIN_CPT, SIZE_MAX_CPT);
    return REPLI_OK;
}

/* One byte of a literal string, at most two characters; a bare CR would be read as LF. */
static char *put_byte(char *to, uint32_t byte)
{
    if (byte == '(' || byte == ')' || byte == '\\' || byte == '\r')
        *to++ = '\\';
    *to++ = byte == '\r' ? 'r' : (char)byte;
    return to;
}

/* Stays in force from one text to the next, also across ET. */
static void set_font(struct repli_content *c, const struct repli_draw *d)
{
    if (c->face == (int)d->face && c->size_cpt == d->size_cpt)
        return;
    c->face = (int)d->face;
    c->size_cpt = d->size_cpt;
    const char name[] = {'/', 'F', (char)('0' + c->face), ' '}; /* there are not ten faces */
    repli_buf_add(&c->out, name, sizeof name);
    put_milli(c, (int32_t)(((int64_t)d->size_cpt * 25400 + 36) / 72)); /* points -> units */
    repli_buf_puts(&c->out, "Tf ");
}

static enum repli_status put_text(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    enum repli_status status = check_text(d, err);
    if (status != REPLI_OK || !*d->text)
        return status;
    set_fill(c, d->white);
    c->used[d->face] = true;
    repli_buf_puts(&c->out, "BT ");
    set_font(c, d);
    put_point(c, d->x0, d->y0);
    repli_buf_puts(&c->out, "Td (");
    const char *p = d->text;
    char *room = repli_buf_room(&c->out, 4 * strlen(p)), *to = room; /* a sign has two bytes, each two characters */
    for (uint32_t u; (u = repli_utf8_next(&p)) != 0;) {
        if (u > 0xFFFF || !repli_font_has(d->face, u))
            return repli_fail(err, REPLI_DATA,
                              "no glyph for U+%04" PRIX32 " in text '%s': the page would show a box "
                              "there",
                              u, d->text);
        to = put_byte(put_byte(to, u >> 8), u & 0xFF);
        if (c->glyphs[d->face])
            c->glyphs[d->face][u / 32] |= 1u << (u % 32);
    }
    repli_buf_wrote(&c->out, (size_t)(to - room));
    repli_buf_puts(&c->out, ") Tj ET\n");
    return REPLI_OK;
}

/* The unit square, which an image fills, onto the box. */
static void put_square(struct repli_content *c, const struct repli_draw *d)
{
    int32_t x = left(d->x0), y = up(d->y1);
    repli_buf_puts(&c->out, "q ");
    put_milli(c, left(d->x1) - x);
    repli_buf_puts(&c->out, "0 0 ");
    put_milli(c, up(d->y0) - y);
    put_milli(c, x - c->x0);
    put_milli(c, y - c->y0);
    repli_buf_puts(&c->out, "cm ");
}

enum repli_status repli_content_picture(struct repli_content *c, const struct repli_box *box, struct repli_err *err)
{
    const struct repli_draw d = {.x0 = box->x0, .y0 = box->y0, .x1 = box->x1, .y1 = box->y1};
    enum repli_status status = check_box(&d, "a picture", err);
    if (status != REPLI_OK)
        return status;
    put_square(c, &d);
    repli_buf_puts(&c->out, "/P Do Q\n");
    return REPLI_OK;
}

static enum repli_status put_code(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    enum repli_status status = check_box(d, "a page code", err);
    if (status != REPLI_OK)
        return status;
    if (!c->has_code)
        return repli_fail(err, REPLI_BUG, "a page code is drawn where none belongs (no digits, or in the fixed layer)");
    if (d->x1 - d->x0 != d->y1 - d->y0)
        return repli_fail(err, REPLI_DATA, "a page code of %" PRId32 " x %" PRId32 " um is not square", d->x1 - d->x0,
                          d->y1 - d->y0);
    put_square(c, d);
    repli_buf_puts(&c->out, "/Q Do Q\n");
    return REPLI_OK;
}

/* The symbol as an inline image of one bit, in hexadecimal so that no byte of it ends the image.  A module is FINE
** pixels wide: viewers blur what they enlarge, and a small symbol whose modules are blurred is not read any more. */
static void symbol_rows(struct repli_buf *out, const bool *modules, int n)
{
    enum { FINE = 6 };
    static const char hex[] = "0123456789ABCDEF";
    int width = n * FINE, nibbles = (width + 7) / 8 * 2;
    repli_buf_printf(out, "BI /W %d /H %d /BPC 1 /CS /G /F /AHx ID ", width, width);
    for (int y = 0; y < width; y++)
        for (int k = 0; k < nibbles; k++) {
            unsigned nibble = 0;
            for (int x = k * 4; x < k * 4 + 4; x++)
                nibble = nibble << 1 | (x < width && modules[y / FINE * n + x / FINE] ? 0u : 1u);
            repli_buf_add(out, &hex[nibble], 1);
        }
    repli_buf_puts(out, "> EI");
}

static enum repli_status symbol_bits(struct repli_content *c, const char *text, struct repli_err *err)
{
    bool *modules = NULL;
    int n = 0;
    struct repli_arena a = {0};
    if (c->symbol_of && strcmp(c->symbol_of, text) == 0) /* a row of labels: the same code again */
        return REPLI_OK;
    enum repli_status status = repli_text_modules(text, &a, &modules, &n, err);
    c->symbol_of = NULL;
    c->symbol.len = 0;
    if (status == REPLI_OK) {
        symbol_rows(&c->symbol, modules, n);
        c->symbol_of = text;
    }
    repli_arena_done(&a);
    return status;
}

static enum repli_status put_symbol(struct repli_content *c, const struct repli_draw *d, struct repli_err *err)
{
    enum repli_status status = check_box(d, "a symbol", err);
    if (status == REPLI_OK && d->x1 - d->x0 != d->y1 - d->y0)
        status = repli_fail(err, REPLI_DATA, "a symbol of %" PRId32 " x %" PRId32 " um is not square", d->x1 - d->x0,
                            d->y1 - d->y0);
    if (status == REPLI_OK)
        status = symbol_bits(c, d->text ? d->text : "", err);
    if (status != REPLI_OK)
        return status;
    put_square(c, d);
    repli_buf_add(&c->out, c->symbol.data, c->symbol.len);
    repli_buf_puts(&c->out, " Q\n");
    return REPLI_OK;
}

/* Moves the origin: what follows is written relative to it. */
static void put_origin(struct repli_content *c, int32_t x, int32_t y)
{
    if (x == c->x0 && y == c->y0)
        return;
    repli_buf_puts(&c->out, "1 0 0 1 ");
    put_milli(c, x - c->x0);
    put_milli(c, y - c->y0);
    repli_buf_puts(&c->out, "cm\n");
    c->x0 = x;
    c->y0 = y;
}

enum repli_status repli_content_list(struct repli_content *c, const struct repli_draw_list *list, struct repli_err *err)
{
    enum repli_status status = REPLI_OK;
    for (size_t i = 0; list && i < list->count && status == REPLI_OK; i++) {
        const struct repli_draw *d = &list->items[i];
        switch (d->kind) {
        case REPLI_DRAW_FILL:
            status = put_fill(c, d, err);
            break;
        case REPLI_DRAW_FRAME:
            status = put_frame(c, d, err);
            break;
        case REPLI_DRAW_LINE:
            status = put_line(c, d, err);
            break;
        case REPLI_DRAW_TEXT:
            status = put_text(c, d, err);
            break;
        case REPLI_DRAW_CODE:
            status = put_code(c, d, err);
            break;
        case REPLI_DRAW_SYMBOL:
            status = put_symbol(c, d, err);
            break;
        case REPLI_DRAW_ORIGIN:
            if (on_sheet(d->x0, d->y0))
                put_origin(c, left(d->x0), up(d->y0));
            else
                status = off_sheet(d, "an origin", err);
            break;
        }
    }
    put_origin(c, 0, 0);
    return status;
}
