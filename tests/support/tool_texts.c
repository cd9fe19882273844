/* texts: do two texts of a page lie on each other?  Judged by a foreign program: what `pdftotext -bbox` says of a PDF.
**
** pdftotext's box of a word spans the typeface's ascent and descent, which neighbours share by right.  What certainly
** is ink is less: from the baseline to the height of a small letter, or of a capital where the word has one.  Two such
** boxes that meet are two words that nobody can read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/arena.h"
#include "repli/text.h"

static const char usage[] =
    "usage: pdftotext -bbox PACK.pdf - | texts [NAME]\n"
    "\n"
    "Says pages, words and how many pairs of words lie on each other or off the sheet; 1 when there is one.\n";

/* Of Noto Sans, in parts of the height of pdftotext's box (ascent 1.05, as poppler bounds it, and descent 0.293). */
#define ASCENT  1.05
#define DESCENT .293
#define SMALL   .54
#define TALL    .71

struct word {
    double x0, y0, x1, y1;
    char text[64];
};
struct sheet {
    struct word *words;
    size_t n, cap;
    double width, height;
};

static bool tall(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("bdfhklt", *p))
            return true;
    return false;
}

/* The ink of it that is certain; false: signs that reach no line, a point or a dash. */
static bool ink(struct word *w)
{
    double h = w->y1 - w->y0, base = w->y0 + h * ASCENT / (ASCENT + DESCENT);
    if (!w->text[strspn(w->text, ".,:;-'\"*_")] || (unsigned char)w->text[0] == 0xE2 || w->text[0] == '&')
        return false;
    w->y0 = base - h * (tall(w->text) ? TALL : SMALL) / (ASCENT + DESCENT);
    w->y1 = base;
    return true;
}

static bool meet(const struct word *a, const struct word *b)
{
    const double by = .3; /* points: a rounding of pdftotext's */
    return a->x0 + by < b->x1 && b->x0 + by < a->x1 && a->y0 + by < b->y1 && b->y0 + by < a->y1;
}

static int by_top(const void *a, const void *b)
{
    double x = ((const struct word *)a)->y0, y = ((const struct word *)b)->y0;
    return (x > y) - (x < y);
}

static int judge(struct sheet *s, int page, const char *name)
{
    int bad = 0;
    if (s->n)
        qsort(s->words, s->n, sizeof *s->words, by_top);
    for (size_t i = 0; i < s->n; i++) {
        const struct word *a = &s->words[i];
        if (a->x0 < 0 || a->y0 < 0 || a->x1 > s->width || a->y1 > s->height) {
            fprintf(stderr, "texts: %s page %d: \"%s\" leaves the sheet\n", name, page, a->text);
            bad++;
        }
        for (size_t k = i + 1; k < s->n && s->words[k].y0 < a->y1; k++)
            if (meet(a, &s->words[k])) {
                fprintf(stderr, "texts: %s page %d: \"%s\" and \"%s\" at %.1f, %.1f mm\n", name, page, a->text,
                        s->words[k].text, a->x0 * 25.4 / 72, a->y0 * 25.4 / 72);
                bad++;
            }
    }
    s->n = 0;
    return bad;
}

static void take(struct sheet *s, const char *line)
{
    struct word w;
    const char *from = strchr(line, '>');
    if (!from ||
        sscanf(line, " <word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\"", &w.x0, &w.y0, &w.x1, &w.y1) != 4)
        return;
    size_t len = strcspn(from + 1, "<");
    (void)snprintf(w.text, sizeof w.text, "%.*s", (int)(len < 60 ? len : 60), from + 1);
    if (!ink(&w))
        return;
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 512;
        struct word *grown = realloc(s->words, cap * sizeof *grown);
        if (!grown)
            exit(1);
        s->words = grown;
        s->cap = cap;
    }
    s->words[s->n++] = w;
}

int main(int argc, char **argv)
{
    struct sheet s = {0};
    static char line[65536];
    const char *name = argc > 1 ? argv[1] : "the PDF";
    int page = 0, bad = 0;
    long words = 0;
    if (argc > 2)
        return fputs(usage, stderr), 2;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, " <page width=\"%lf\" height=\"%lf\"", &s.width, &s.height) == 2)
            page++;
        else if (strstr(line, "</page>"))
            words += (long)s.n, bad += judge(&s, page, name);
        else
            take(&s, line);
    }
    free(s.words);
    printf("%d pages, %ld words, %d on each other\n", page, words, bad);
    return bad || page == 0 ? 1 : 0;
}
