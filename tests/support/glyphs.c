/* Our own characters, as strokes in a box of 100 by 100: 'c' a smooth curve, 'l' straight pieces, '|' pen up.  A point
** given twice is a corner.  Shapes as they are taught and worn down in Belgium: the 1 with a flag, the 7 with a bar. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "support/ink.h"

struct glyph {
    char c;
    double aspect; /* width by height */
    const char *strokes;
};

static const struct glyph glyphs[] = {
    {'0', .62, "c50,2 18,18 10,58 38,98 80,82 90,38 58,2"},
    {'0', .55, "c68,10 30,8 12,50 34,96 74,88 88,44 60,6 44,4"},
    {'0', .66, "c40,4 8,40 22,90 66,98 94,56 76,8 34,6"},
    {'1', .45, "l18,40 62,0 58,100"},
    {'1', .40, "l10,32 60,2 56,100"},
    {'1', .50, "c8,46 34,26 62,0 62,0 60,50 56,100"},
    {'1', .55, "l16,34 56,0 52,98|l18,99 88,97"},
    {'1', .18, "l54,0 48,100"},
    {'2', .62, "c12,26 34,2 72,10 76,38 44,70 10,98 10,98 50,95 90,96"},
    {'2', .66, "c14,20 46,0 80,24 58,64 22,94 10,82 34,78 60,94 92,92"},
    {'2', .60, "c18,10 60,0 82,20 66,58 14,98 14,98 88,98"},
    {'3', .58, "c14,10 52,0 80,20 66,42 40,46 40,46 76,54 86,78 54,100 10,88"},
    {'3', .58, "l14,6 82,4 42,42|c42,42 82,52 84,86 46,100 10,90"},
    {'3', .54, "c18,16 46,0 76,14 72,38 44,48 80,60 82,88 48,100 12,92"},
    {'4', .66, "l54,0 8,66 94,64|l68,36 62,100"},
    {'4', .62, "l70,100 72,0 8,70 94,68"},
    {'4', .64, "c22,4 16,34 12,58 12,58 92,54|l74,14 68,100"},
    {'5', .60, "l82,5 26,6 20,44|c20,44 58,34 88,62 64,98 10,90"},
    {'5', .56, "c24,6 20,26 18,46 18,46 60,38 84,66 58,100 8,92|l24,6 86,2"},
    {'5', .60, "c86,4 30,6 30,6 18,46 18,46 66,40 82,72 50,100 12,88"},
    {'6', .58, "c76,4 34,26 12,66 34,98 76,88 78,58 44,52 16,72"},
    {'6', .54, "c58,0 22,40 16,80 46,100 82,80 66,54 30,60 18,80"},
    {'6', .60, "c84,10 44,6 14,50 20,92 62,98 84,72 54,52 18,66"},
    {'7', .60, "l10,10 88,6 40,100|l28,54 78,48"},
    {'7', .60, "l12,22 14,6 88,5 34,100|l26,52 74,50"},
    {'7', .56, "c8,12 40,4 88,8 88,8 58,50 38,100|l30,50 76,46"},
    {'7', .54, "l10,8 90,4 36,100"},
    {'8', .58, "c78,16 44,0 18,20 44,44 84,70 54,99 14,80 42,52 76,26 66,6"},
    {'8', .54, "c50,2 24,20 50,44 78,22 52,2|c50,44 14,70 48,99 88,76 52,44"},
    {'8', .60, "c70,10 30,4 22,28 62,50 84,80 46,100 14,78 40,50 74,30 72,10"},
    {'9', .56, "c80,22 46,0 14,24 36,52 74,40 80,18 80,18 78,60 58,100"},
    {'9', .58, "c82,14 40,0 14,30 42,54 82,26 82,26 84,66 60,98 20,92"},
    {'9', .52, "c70,8 30,4 18,36 50,50 78,24 74,8 74,8 70,50 66,100"},
    {'A', .72, "l6,100 46,0 90,100|l22,64 76,62"},
    {'A', .70, "c8,100 30,40 50,0 50,0 70,50 92,100|l20,62 80,60"},
    {'C', .70, "c88,20 50,0 14,40 30,92 88,84"},
    {'C', .66, "c82,12 40,4 14,52 42,98 86,90"},
    {'P', .60, "l20,100 22,2|c22,2 80,6 78,44 22,52"},
    {'P', .62, "c16,100 20,50 22,4 22,4 70,0 86,30 60,54 20,54"},
    {'U', .70, "c12,2 12,60 34,98 72,92 86,50 88,2"},
    {'U', .70, "c10,4 16,84 56,98 84,60 84,2|l84,2 90,98"},
    {'V', .70, "l8,0 46,100 90,2"},
    {'V', .68, "c8,4 30,50 44,98 44,98 66,40 92,0"},
    {',', .50, "c60,0 58,40 20,100"},
    {',', .40, "l60,0 30,100"},
    {'v', .95, "l6,48 34,94 96,2"},
    {'v', .85, "c8,40 24,70 36,96 36,96 60,44 98,0"},
};
enum { NGLYPHS = sizeof glyphs / sizeof glyphs[0] };

size_t ink_char_variants(char c)
{
    size_t n = 0;
    for (size_t i = 0; i < NGLYPHS; i++)
        n += glyphs[i].c == c;
    return n;
}

static int number(const char **s)
{
    int v = 0;
    while (isdigit((unsigned char)**s))
        v = v * 10 + *(*s)++ - '0';
    return v;
}

/* Where a hand puts the points of a shape this time. */
struct hand {
    double cx, cy, w, h, slant, turn, wobble;
};

static struct ink_point place(const struct hand *hand, int gx, int gy, struct prng *r)
{
    double nx = prng_normal(r, hand->wobble), ny = prng_normal(r, hand->wobble);
    double u = (gx / 100.0 - 0.5 + nx) * hand->w, v = (gy / 100.0 - 0.5 + ny) * hand->h;
    u -= v * hand->slant;
    return (struct ink_point){hand->cx + u - v * hand->turn, hand->cy + v + u * hand->turn};
}

static void draw(struct repli_image *page, const char *s, const struct hand *hand, const struct ink_pen *pen,
                 struct prng *r)
{
    while (*s != '\0') {
        struct ink_point p[24];
        size_t n = 0;
        char kind = *s++;
        int last_x = -1, last_y = -1;
        while (*s != '\0' && *s != '|') {
            int x = number(&s);
            assert(*s == ',' && n < sizeof p / sizeof p[0]);
            s++;
            int y = number(&s);
            p[n] = x == last_x && y == last_y ? p[n - 1] : place(hand, x, y, r);
            n++, last_x = x, last_y = y;
            s += *s == ' ';
        }
        s += *s == '|';
        if (kind == 'c')
            ink_curve(page, p, n, pen, r);
        else
            ink_line(page, p, n, pen, r);
    }
}

void ink_char(struct repli_image *page, char c, double cx, double cy, double w, double h, const struct ink_pen *pen,
              struct prng *r)
{
    size_t variants = ink_char_variants(c);
    if (variants == 0)
        return;
    int chosen = prng_int(r, 0, (int)variants - 1);
    size_t i = 0;
    for (; i < NGLYPHS; i++)
        if (glyphs[i].c == c && chosen-- == 0)
            break;
    struct hand hand = {.cx = cx, .cy = cy, .wobble = 0.025, .slant = pen->slant};
    double size = prng_in(r, 0.84, 1.06);
    hand.h = h * size;
    hand.w = hand.h * glyphs[i].aspect * prng_in(r, 0.9, 1.15);
    if (hand.w > w)
        hand.w = w;
    hand.turn = prng_normal(r, 0.03);
    hand.cx += prng_normal(r, 0.03) * w;
    hand.cy += prng_normal(r, 0.03) * h;
    draw(page, glyphs[i].strokes, &hand, pen, r);
}
