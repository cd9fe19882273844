/* Paper that was folded: a crease swallows some tenths of a millimetre, and what is printed beyond it lies nearer.  No
** plane map says where such a sheet lies; one through its marks is wrong nearly everywhere.  So the sheet is taken
** for flat parts, alike but moved: marks, printed lines and the corners of its codes say how the first part lies, and
** where, and how far, the others are moved. */
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERMS       (PLANE_TERMS + REPLI_CREASES_MAX)
#define CLUES_MAX   (REPLI_LINES_MAX + 2 * SEEN_MARKS + 2 * 8)
#define LINE_ERR_MM .042 /* how far clues are wrong: standard errors */
#define MARK_ERR_MM .028
#define CODE_ERR_MM .084
#define HUBER       1.5 /* clues that are wronger than so many of these count less (Huber 1964) */
#define FITS        6
#define ROUNDS      3
#define REACH_MM    1.2 /* lines are looked for so far aside, first */
#define PLACES_MAX  128
#define PLACE_APART 1.0 /* mm: clues that lie nearer to each other are of one place */
#define LOSS_HINT   .04 /* mm: the first of several creases may seem to take so little while the others are not known */
#define LOSS_MIN    .06 /* ... in the end less is no crease */
#define LOSS_MAX    1.0
#define GAIN_MIN    12.0 /* so much of the squared errors, in units of theirs, must a crease explain */
#define GAIN_HINT   6.0  /* ... to be worth a try, and a closer look */
#define SURE_MM     .09  /* so well, at worst, must be known what a crease took */
#define HINT_LINES  96
#define HINT_MM     .05 /* a corner that lies so far from where it was thought to is worth one, too */
#define TILT_FLAT   .05 /* mm at PLANE_UNIT_MM from the middle: perspective where the marks agree to an affine map */
#define TILT_HELD   1.0 /* ... and where they do not */
#define LINES_LEAST 12  /* with fewer, what marks say stands */
#define SCORE_SLACK .02 /* the frame may be seen so much worse: a crease takes lines away */

/* What is known of a place: how far it lies aside, in mm of the sheet, of where the plane map alone puts it. */
struct clue {
    double x, y, aside;
    double sigma; /* standard error of `aside` */
    bool along_x; /* aside is to the right, else down */
};

struct model {
    double w[TERMS]; /* the plane's, then each crease's loss */
    struct repli_crease crease[REPLI_CREASES_MAX];
    size_t n;
    double weight[CLUES_MAX], normal[TERMS * TERMS]; /* of the last fit */
    double cost;                                     /* its squared errors, in units of the clues' */
};

/* ---- the model */

static bool beyond(const struct repli_crease *c, const struct clue *k)
{
    return c->across ? !k->along_x && k->y > c->at_mm : k->along_x && k->x > c->at_mm;
}

/* What each term of a model does to a clue: the plane moves it, creases took of it. */
static size_t row_of(const struct model *m, const struct clue *k, double f[TERMS])
{
    repli_plane_row(k->x, k->y, k->along_x, f);
    for (size_t i = 0; i < m->n; i++)
        f[PLANE_TERMS + i] = beyond(&m->crease[i], k) ? -1 : 0;
    return PLANE_TERMS + m->n;
}

static double miss_of(const struct model *m, const struct clue *k)
{
    double f[TERMS], sum = k->aside;
    size_t n = row_of(m, k, f);
    for (size_t i = 0; i < n; i++)
        sum -= m->w[i] * f[i];
    return sum;
}

static void weigh(struct model *m, const struct clue *list, size_t n)
{
    m->cost = 0;
    for (size_t i = 0; i < n; i++) {
        double e = fabs(miss_of(m, &list[i])) / list[i].sigma;
        m->weight[i] = (e > HUBER ? HUBER / e : 1) / (list[i].sigma * list[i].sigma);
        m->cost += e > HUBER ? HUBER * (2 * e - HUBER) : e * e;
    }
}

/* Least squares with the weights as they are. */
static bool solve(struct model *m, const struct clue *list, size_t n, double tilt)
{
    double a[TERMS * (TERMS + 1)] = {0}, f[TERMS];
    size_t t = PLANE_TERMS + m->n;
    for (size_t i = 0; i < n; i++) {
        (void)row_of(m, &list[i], f);
        for (size_t r = 0; r < t; r++) {
            double k = m->weight[i] * f[r];
            for (size_t c = 0; k != 0 && c < t; c++)
                a[r * (t + 1) + c] += k * f[c];
            a[r * (t + 1) + t] += k * list[i].aside;
        }
    }
    for (size_t r = 0; r < t; r++)
        a[r * (t + 1) + r] += r == 6 || r == 7 ? 1 / (tilt * tilt) : 1e-3;
    for (size_t r = 0; r < t; r++)
        for (size_t c = 0; c < t; c++)
            m->normal[r * t + c] = a[r * (t + 1) + c];
    if (!repli_fit_solve(a, t))
        return false;
    for (size_t r = 0; r < t; r++)
        m->w[r] = a[r * (t + 1) + t];
    return true;
}

static bool fit(struct model *m, const struct clue *list, size_t n, double tilt)
{
    weigh(m, list, n);
    for (int i = 0; i < FITS; i++) {
        if (!solve(m, list, n, tilt))
            return false;
        weigh(m, list, n);
    }
    return true;
}

/* ---- where creases are */

static int by_place(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The gaps between places of which something is known. */
static size_t gaps(const struct clue *list, size_t n, bool across, double out[PLACES_MAX])
{
    double place[CLUES_MAX];
    size_t count = 0, k = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].along_x != across)
            place[count++] = across ? list[i].y : list[i].x;
    qsort(place, count, sizeof *place, by_place);
    for (size_t i = 1; i < count && k < PLACES_MAX; i++)
        if (place[i] - place[i - 1] > PLACE_APART)
            out[k++] = (place[i] + place[i - 1]) / 2;
    return k;
}

/* What a crease would do: how much of the squared errors it explains beside all else in the model, and what it takes,
** give or take an error (mm). */
struct trial {
    double gain, loss, error;
};

static struct trial try_crease(const struct model *m, const struct clue *list, size_t n, const double *miss,
                               const struct repli_crease *c)
{
    const struct trial nothing = {0, 0, 0};
    double a[TERMS * (TERMS + 1)], b[TERMS] = {0}, f[TERMS], zz = 0, zr = 0;
    size_t t = PLANE_TERMS + m->n;
    for (size_t i = 0; i < n; i++) {
        if (!beyond(c, &list[i]))
            continue;
        (void)row_of(m, &list[i], f);
        for (size_t r = 0; r < t; r++)
            b[r] -= m->weight[i] * f[r];
        zz += m->weight[i];
        zr -= m->weight[i] * miss[i];
    }
    for (size_t r = 0; r < t; r++) {
        memcpy(a + r * (t + 1), m->normal + r * t, t * sizeof *a);
        a[r * (t + 1) + t] = b[r];
    }
    if (!repli_fit_solve(a, t))
        return nothing;
    for (size_t r = 0; r < t; r++)
        zz -= b[r] * a[r * (t + 1) + t];
    return zz < 1e-6 ? nothing : (struct trial){zr * zr / zz, zr / zz, 1 / sqrt(zz)};
}

/* Adds the crease that explains most; false: none explains enough to be worth a try. */
static bool add_crease(struct model *m, const struct clue *list, size_t n, struct trial *best)
{
    double miss[CLUES_MAX], places[PLACES_MAX];
    struct repli_crease found = {0};
    *best = (struct trial){GAIN_HINT, 0, 0};
    for (size_t i = 0; i < n; i++)
        miss[i] = miss_of(m, &list[i]);
    for (int across = 0; across < 2; across++) {
        size_t k = gaps(list, n, across, places);
        for (size_t i = 0; i < k; i++) {
            const struct repli_crease c = {across, places[i], 0};
            struct trial t = try_crease(m, list, n, miss, &c);
            if (t.gain > best->gain && t.loss > LOSS_HINT && t.loss < LOSS_MAX) {
                *best = t;
                found = c;
            }
        }
    }
    if (best->loss <= 0)
        return false;
    m->crease[m->n++] = found;
    return true;
}

static bool drop_least(struct model *m)
{
    size_t least = 0;
    for (size_t i = 1; i < m->n; i++)
        least = m->w[PLANE_TERMS + i] < m->w[PLANE_TERMS + least] ? i : least;
    if (m->n == 0 || m->w[PLANE_TERMS + least] >= LOSS_MIN)
        return false;
    m->n--;
    memmove(m->crease + least, m->crease + least + 1, (m->n - least) * sizeof *m->crease);
    return true;
}

/* Adds a crease that explains enough; or one or two that do once all is fitted to them, where what they took is known
** well: of two, neither may explain much without the other.  *ok: the last fit was. */
static bool add_creases(struct model *m, const struct clue *list, size_t n, double tilt, double least, bool *ok)
{
    const struct model before = *m;
    struct trial t;
    for (int k = 1; k <= 2 && m->n < REPLI_CREASES_MAX && add_crease(m, list, n, &t); k++) {
        *ok = fit(m, list, n, tilt);
        if (!*ok || (k == 1 && t.gain >= least) || (before.cost - m->cost >= k * least && t.error < SURE_MM))
            return *ok;
    }
    *m = before;
    return false;
}

static bool explain(struct model *m, const struct clue *list, size_t n, double tilt, double least)
{
    memset(m, 0, sizeof *m);
    bool ok = fit(m, list, n, tilt);
    while (ok && add_creases(m, list, n, tilt, least, &ok))
        ;
    return ok;
}

static bool without_small_ones(struct model *m, const struct clue *list, size_t n, double tilt)
{
    bool ok = true;
    while (ok && drop_least(m))
        ok = fit(m, list, n, tilt);
    return ok;
}

/* ---- clues */

struct paper {
    const struct repli_image *image;
    const struct repli_page_map *map;
    const struct seen_marks *marks;
    const double (*code_px)[8];
    size_t ncodes;
};

static void add_point(const struct repli_pose *pose, struct xy mm, struct xy px, double sigma, struct clue *list,
                      size_t *n)
{
    struct local l = repli_pose_local(pose->h, mm.x, mm.y);
    double det = l.dx.x * l.dy.y - l.dx.y * l.dy.x, u = px.x - l.at.x, v = px.y - l.at.y;
    list[(*n)++] = (struct clue){mm.x, mm.y, (u * l.dy.y - v * l.dy.x) / det, sigma, true};
    list[(*n)++] = (struct clue){mm.x, mm.y, (v * l.dx.x - u * l.dx.y) / det, sigma, false};
}

/* A symbol belongs to the code whose place it is nearest to. */
static void add_code(const struct paper *p, const struct repli_pose *pose, const double px[8], struct clue *list,
                     size_t *n)
{
    const struct repli_box *near = NULL;
    double least = 5;
    for (int i = 0; i < 2; i++) {
        const struct repli_box *b = &p->map->codes[i];
        struct xy q = pose_px(pose->h, b->x0 / 1e3, b->y0 / 1e3);
        double d = hypot(q.x - px[0], q.y - px[1]) / repli_pose_scale(pose->h);
        if (d < least) {
            least = d;
            near = b;
        }
    }
    for (int i = 0; near && i < 4; i++) {
        struct xy mm = {(i == 1 || i == 2 ? near->x1 : near->x0) / 1e3, (i > 1 ? near->y1 : near->y0) / 1e3};
        add_point(pose, mm, (struct xy){px[2 * i], px[2 * i + 1]}, CODE_ERR_MM, list, n);
    }
}

/* false: too few lines are seen. */
static bool gather(const struct paper *p, const struct repli_pose *pose, double reach, size_t most, struct clue *list,
                   size_t *n)
{
    struct repli_seen_line *lines = repli_xcalloc(REPLI_LINES_MAX, sizeof *lines);
    size_t nlines = repli_lines_look(p->image, p->map, pose, reach, most, lines);
    *n = 0;
    for (size_t i = 0; i < nlines; i++) {
        const struct repli_seen_line *s = &lines[i];
        double dx, dy;
        repli_pose_loss(pose, s->x, s->y, &dx, &dy);
        list[(*n)++] = (struct clue){s->x, s->y, s->aside - (s->vertical ? dx : dy), LINE_ERR_MM, s->vertical};
    }
    free(lines);
    for (size_t i = 0; i < p->marks->n; i++)
        add_point(pose, p->marks->mm[i], p->marks->px[i], MARK_ERR_MM, list, n);
    for (size_t i = 0; i < p->ncodes && i < 2; i++)
        add_code(p, pose, p->code_px[i], list, n);
    return nlines >= LINES_LEAST;
}

static bool tilted(const struct repli_pose *pose)
{
    return fabs(pose->h[6]) + fabs(pose->h[7]) > 1e-12;
}

/* Most sheets are flat and lie where their marks say; some of their lines tell that. */
static bool as_thought(const struct paper *p, const struct repli_pose *pose, struct clue *list, struct model *m)
{
    size_t n;
    bool told = gather(p, pose, REACH_MM, HINT_LINES, list, &n) &&
                explain(m, list, n, tilted(pose) ? TILT_HELD : TILT_FLAT, GAIN_HINT);
    double most = 0;
    for (int i = 0; told && i < 4; i++) {
        struct xy by = repli_plane_moves(m->w, i & 1 ? SHEET_WIDTH_MM : 0, i & 2 ? SHEET_LONG_MM : 0);
        most = fmax(most, hypot(by.x, by.y));
    }
    return !told || (m->n == 0 && most < HINT_MM);
}

/* Again and again, with lines looked for nearer and nearer to where the sheet was found to lie.  *unlikely: by how much
** what was seen, and that there should be so many creases, speaks against the outcome, a clue. */
static bool unfold(const struct paper *p, double tilt, struct repli_pose *pose, struct clue *list, struct model *m,
                   double *unlikely)
{
    static const double reach[ROUNDS] = {REACH_MM, .8, .6};
    size_t n;
    for (int r = 0; r < ROUNDS; r++) {
        if (!gather(p, pose, reach[r], REPLI_LINES_MAX, list, &n) || !explain(m, list, n, tilt, GAIN_MIN) ||
            !without_small_ones(m, list, n, tilt) || !repli_plane_apply(m->w, pose->h))
            return false;
        pose->ncreases = m->n;
        for (size_t i = 0; i < m->n; i++) {
            pose->creases[i] = m->crease[i];
            pose->creases[i].loss_mm = m->w[PLANE_TERMS + i];
        }
        *unlikely = (m->cost + GAIN_MIN * (double)m->n) / (double)n;
    }
    return true;
}

/* Marks that creases moved look like paper in perspective: was it flat on the glass after all? */
static bool on_the_glass(struct repli_pose *pose)
{
    struct xy mm[4], px[4];
    for (int i = 0; i < 4; i++) {
        mm[i] = (struct xy){i & 1 ? 199 : 11, i & 2 ? 286 : 11};
        px[i] = pose_px(pose->h, mm[i].x, mm[i].y);
    }
    return repli_fit_affine(mm, px, 4, pose->h);
}

/* The likelier of what is found with and without perspective. */
static bool look_closer(const struct paper *p, struct repli_pose *pose, struct clue *list, struct model *m)
{
    struct repli_pose held = *pose, flat = *pose;
    double a = HUGE_VAL, b = HUGE_VAL;
    bool as_held = tilted(pose) && unfold(p, TILT_HELD, &held, list, m, &a);
    bool as_flat = (!tilted(pose) || on_the_glass(&flat)) && unfold(p, TILT_FLAT, &flat, list, m, &b);
    *pose = as_flat && (!as_held || b < a) ? flat : held;
    return as_held || as_flat;
}

bool repli_pose_unfold(const struct repli_image *image, const struct repli_page_map *map,
                       const struct seen_marks *marks, const double (*code_px)[8], size_t ncodes,
                       struct repli_pose *pose)
{
    const struct paper p = {image, map, marks, code_px, ncodes};
    struct clue *list = repli_xcalloc(CLUES_MAX, sizeof *list);
    struct model *m = repli_xcalloc(1, sizeof *m);
    struct repli_pose found = *pose;
    bool better = !as_thought(&p, pose, list, m) && look_closer(&p, &found, list, m);
    free(m);
    free(list);
    if (!better)
        return false;
    found.score = repli_register_score(image, map, &found);
    if (found.score < pose->score - SCORE_SLACK)
        return false;
    *pose = found;
    return true;
}
