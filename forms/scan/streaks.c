/* Dust on a scanner's glass draws a thin line through every page that passes it: along the feed, from edge to edge.  It
** would be ink in every field it crosses.  Such lines are found by what printed and written lines are not: they run
** through both margins too. */
#include "ink.h"

#include <stdlib.h>
#include <string.h>

#define BESIDE      4 /* pixels to either side that must be paper */
#define EVERY       8 /* rows that are looked at */
#define PAPER       140
#define AHEAD       24  /* rows, whose pixels are asked for before */
#define WIDE        1   /* pixels that are repaired on either side of a found one */
#define MARGIN      .04 /* of the page's length */
#define MOST        .65 /* of its rows with paper on both sides must show it, ... */
#define MOST_MARGIN .5  /* ... and so many in each margin */
#define LINES_MAX   40  /* pixels across, of a page: more is no dust */
#define PARTS       16  /* of a page's length, with two levels: ... */
#define PARTS_SEEN  14  /* ... a line that came out as dots has some in so many of them, ... */
#define DOTS        .12 /* ... these of what is looked at, ... */
#define DOTS_MARGIN 2   /* ... and so many in each margin */

/* Counts along one line of pixels: first margin, middle, last margin. */
struct tally {
    uint32_t paper[3], dark[3];
};

static void count(struct tally *t, int part, uint8_t a, uint8_t v, uint8_t b)
{
    int least = a < b ? a : b;
    if (least < PAPER)
        return;
    t->paper[part]++;
    t->dark[part] += v * 100 < least * 88;
}

static bool in_margins(const struct tally *t)
{
    return t->paper[0] > 0 && t->paper[2] > 0 && t->dark[0] > MOST_MARGIN * t->paper[0] &&
           t->dark[2] > MOST_MARGIN * t->paper[2];
}

static bool is_streak(const struct tally *t, int looked_at)
{
    uint32_t paper = t->paper[0] + t->paper[1] + t->paper[2], dark = t->dark[0] + t->dark[1] + t->dark[2];
    return paper * 5 > (uint32_t)looked_at * 2 && dark > MOST * paper && in_margins(t);
}

/* The lines of an image, across or down: line i, place k of it. */
struct lines {
    const uint8_t *gray;
    ptrdiff_t along, step; /* to the next place of a line, to the next line */
    int n, length, margin;
};

static const uint8_t *place(const struct lines *l, int line, int at)
{
    return l->gray + l->step * line + l->along * at;
}

/* Columns, row by row as the pixels lie, in counts of eight bits: a processor adds up many of those at a time. */
static void tally_columns(const struct lines *l, int from, int to, int part, struct tally *t)
{
    uint8_t *paper = repli_xcalloc((size_t)l->n, 2), *dark = paper + l->n;
    for (int begin = from; begin < to; begin += 255 * EVERY) {
        int end = begin + 255 * EVERY < to ? begin + 255 * EVERY : to;
        memset(paper, 0, 2 * (size_t)l->n);
        for (int k = begin; k < end; k += EVERY) {
            const uint8_t *row = place(l, 0, k);
            for (int i = BESIDE; i < l->n - BESIDE; i++) {
                uint8_t a = row[i - BESIDE], b = row[i + BESIDE], v = row[i];
                unsigned least = a < b ? a : b;
                uint8_t is = least >= PAPER;
                paper[i] = (uint8_t)(paper[i] + is);
                dark[i] = (uint8_t)(dark[i] + (is & (v * 100u < least * 88u)));
            }
        }
        for (int i = BESIDE; i < l->n - BESIDE; i++) {
            t[i].paper[part] += paper[i];
            t[i].dark[part] += dark[i];
        }
    }
    free(paper);
}

/* Places from..to of all lines; walks as the pixels lie. */
static void tally_all(const struct lines *l, int from, int to, int part, struct tally *t)
{
    if (l->step == 1) {
        tally_columns(l, from, to, part, t);
        return;
    }
    for (int i = BESIDE; i < l->n - BESIDE; i++) {
        for (int k = from; i + AHEAD < l->n && k < to; k += 64)
            __builtin_prefetch(place(l, i + AHEAD, k));
        for (int k = from; k < to; k += EVERY)
            count(&t[i], part, *place(l, i - BESIDE, k), *place(l, i, k), *place(l, i + BESIDE, k));
    }
}

/* Which lines have dots, with paper on both sides, in a margin: counts of all its places. */
static void dots_down(const struct lines *l, int from, int to, uint8_t *restrict dots)
{
    const int end = l->n - BESIDE;
    for (int k = from; k < to; k++) {
        const uint8_t *row = place(l, 0, k);
        for (int i = BESIDE; i < end; i++) {
            uint8_t dot = (uint8_t)(~row[i] & row[i - BESIDE] & row[i + BESIDE]) >> 7;
            dots[i] = (uint8_t)(dots[i] + (uint8_t)(dot & (dots[i] < 255)));
        }
    }
}

static void dots_across(const struct lines *l, int from, int to, uint8_t *dots)
{
    for (int i = BESIDE; i < l->n - BESIDE; i++) {
        const uint8_t *row = place(l, i, 0), *above = place(l, i - BESIDE, 0), *below = place(l, i + BESIDE, 0);
        unsigned sum = dots[i];
        for (int k = from; k < to && sum < 255;) { /* as many as a byte can count */
            uint8_t some = 0;
            for (int end = to - k < 255 ? to : k + 255; k < end; k++)
                some = (uint8_t)(some + ((uint8_t)(~row[k] & above[k] & below[k]) >> 7));
            sum += some;
        }
        dots[i] = (uint8_t)(sum < 255 ? sum : 255);
    }
}

/* Does line i have dots nearly all along? */
static bool dotted(const struct lines *l, int i)
{
    uint32_t looked_at = 0, all = 0;
    for (int part = 0, missed = 0; part < PARTS; part++) {
        uint32_t dark = 0;
        for (int k = part * l->length / PARTS; k < (part + 1) * l->length / PARTS; k += EVERY, looked_at++)
            dark += (uint8_t)(~*place(l, i, k) & *place(l, i - BESIDE, k) & *place(l, i + BESIDE, k)) >> 7;
        missed += dark == 0;
        all += dark;
        if (missed > PARTS - PARTS_SEEN)
            return false;
    }
    return all > DOTS * looked_at;
}

/* With two levels a thin gray line is broken: dots in both margins, and all along.  Adds to `mark`; the count. */
static int find_dotted(const struct lines *l, uint8_t *mark)
{
    uint8_t *first = repli_xcalloc((size_t)l->n, 2), *last = first + l->n;
    int found = 0;
    void (*count_dots)(const struct lines *, int, int, uint8_t *) = l->step == 1 ? dots_down : dots_across;
    count_dots(l, 0, l->margin, first);
    count_dots(l, l->length - l->margin, l->length, last);
    for (int i = BESIDE; i < l->n - BESIDE; i++)
        if (!mark[i] && first[i] >= DOTS_MARGIN && last[i] >= DOTS_MARGIN && dotted(l, i)) {
            memset(mark + i - WIDE, 1, 2 * WIDE + 1);
            found++;
        }
    free(first);
    return found;
}

/* Which columns (across: which rows) are streaks; the count.  Few lines show in both margins; only those are
** followed. */
static int find(const struct repli_image *im, bool across, uint8_t *mark)
{
    struct lines l = {im->gray,
                      across ? 1 : im->width,
                      across ? im->width : 1,
                      across ? im->height : im->width,
                      across ? im->width : im->height,
                      0};
    int found = 0, begin = EVERY / 2, middle, last;
    l.margin = (int)(MARGIN * l.length);
    middle = begin + (l.margin > begin ? (l.margin - begin + EVERY - 1) / EVERY * EVERY : 0);
    last = begin + (l.length - l.margin - begin + EVERY - 1) / EVERY * EVERY;
    struct tally *t = repli_xcalloc((size_t)l.n, sizeof *t);
    tally_all(&l, begin, middle, 0, t);
    tally_all(&l, last, l.length, 2, t);
    memset(mark, 0, (size_t)l.n);
    for (int i = BESIDE; i < l.n - BESIDE; i++) {
        if (!in_margins(&t[i]))
            continue;
        for (int k = middle; k < last; k += EVERY)
            count(&t[i], 1, *place(&l, i - BESIDE, k), *place(&l, i, k), *place(&l, i + BESIDE, k));
        if (is_streak(&t[i], l.length / EVERY)) {
            memset(mark + i - WIDE, 1, 2 * WIDE + 1);
            found++;
        }
    }
    free(t);
    if (im->bits == 1)
        found += find_dotted(&l, mark);
    return found <= LINES_MAX ? found : 0;
}

/* Every run of marked lines becomes a slope between its neighbours. */
static void repair(struct repli_image *im, bool across, const uint8_t *mark)
{
    int n = across ? im->height : im->width, length = across ? im->width : im->height;
    ptrdiff_t step = across ? im->width : 1, along = across ? 1 : im->width;
    for (int i = 1; i < n - 1; i++) {
        if (!mark[i])
            continue;
        int end = i;
        while (end < n - 1 && mark[end])
            end++;
        for (int k = 0; k < length; k++) {
            uint8_t *line = im->gray + along * k;
            int a = line[step * (i - 1)], b = line[step * end];
            for (int j = i; j < end; j++)
                line[step * j] = (uint8_t)(a + (b - a) * (j - i + 1) / (end - i + 1));
        }
        i = end;
    }
}

bool repli_streaks_remove(const struct repli_image *image, struct repli_image *clean)
{
    uint8_t *columns = repli_xcalloc((size_t)image->width + 1, 1), *rows = repli_xcalloc((size_t)image->height + 1, 1);
    bool small = image->width < 64 || image->height < 64;
    int ncolumns = small ? 0 : find(image, false, columns), nrows = small ? 0 : find(image, true, rows);
    if (ncolumns || nrows) {
        size_t size = (size_t)image->width * (size_t)image->height;
        *clean = *image;
        clean->gray = repli_xmalloc(size);
        memcpy(clean->gray, image->gray, size);
        if (ncolumns)
            repair(clean, false, columns);
        if (nrows)
            repair(clean, true, rows);
    }
    free(columns);
    free(rows);
    return ncolumns || nrows;
}
