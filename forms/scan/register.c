/* Registration: where on the image the sheet lies. */
#include "geometry.h"

#include <math.h>
#include <string.h>

#define MARKS            SEEN_MARKS
#define PEAKS            24
#define POSES            4
#define SCORE_MIN        .5  /* of the printed lines must be seen */
#define SCORE_GOOD       .93 /* fewer: the lines are asked where they are */
#define SCORE_SLACK      .005
#define FIT_TILTED_MM    .6
#define FIT_GOOD_MM      .3  /* marks agree with one affine map */
#define FIT_MAX_MM       1.5 /* beyond this a mark is not one of ours */
#define MARK_NEAR_MM     1.0
#define MARK_AGREES_MM   .5  /* a pose goes by a mark that lies so near to where it puts it */
#define CORNER_ERROR_MM  .35 /* lines that are less sure than this do not move a corner */
#define CORNER_ROUNDS    5
#define CORNER_SURE      1.5 /* errors aside: a corner is not where the marks alone put it */
#define CORNER_PROVEN_MM 1.0 /* how far aside a corner without a mark may be, at worst */
#define CODE_AGREE_MM    1.2 /* corners of a code against the pose (zbar is good to .1, rarely .6) */

static void mark_mm(const struct repli_point marks[MARKS], size_t i, struct xy *mm)
{
    *mm = (struct xy){marks[i].x / 1e3, marks[i].y / 1e3};
}

/* The marks near where a rough pose expects them. */
static void look(const struct repli_image *image, const struct repli_point marks[MARKS], const double h[9],
                 double reach_mm, struct seen_marks *f)
{
    f->n = 0;
    for (size_t i = 0; i < MARKS; i++) {
        struct xy mm, px;
        double dark;
        mark_mm(marks, i, &mm);
        if (repli_mark_find(image, pose_px(h, mm.x, mm.y), reach_mm, repli_pose_scale(h), &px, &dark)) {
            f->mm[f->n] = mm;
            f->px[f->n++] = px;
        }
    }
}

static void drop(struct seen_marks *f, size_t i)
{
    f->n--;
    memmove(f->mm + i, f->mm + i + 1, (f->n - i) * sizeof *f->mm);
    memmove(f->px + i, f->px + i + 1, (f->n - i) * sizeof *f->px);
}

/* Is this a sheet seen flat: not mirrored, hardly sheared, of a possible size? */
static bool plausible(const double h[9], double expected)
{
    struct local l = repli_pose_local(h, SHEET_WIDTH_MM / 2, SHEET_LONG_MM / 2);
    double a = hypot(l.dx.x, l.dx.y), b = hypot(l.dy.x, l.dy.y), det = l.dx.x * l.dy.y - l.dx.y * l.dy.x;
    return det > .97 * a * b && fabs(a / b - 1) < .05 && a > .8 * expected && a < 1.25 * expected;
}

/* The best map through the marks that were found: affine; where they disagree, one mark is left out (a stain or a
** pen on it) if the rest then agree, or the page is seen in perspective.  false: nothing convincing. */
static bool fit(struct seen_marks *f, double h[9])
{
    if (f->n < 3 || !repli_fit_affine(f->mm, f->px, f->n, h))
        return false;
    double error = repli_fit_error_mm(h, f->mm, f->px, f->n);
    if (error < FIT_GOOD_MM || f->n < 4)
        return error < FIT_MAX_MM;
    struct seen_marks best = *f;
    double trial[9], best_error = error;
    for (size_t i = 0; f->n == MARKS && i < MARKS; i++) {
        struct seen_marks less = *f;
        drop(&less, i);
        if (!repli_fit_affine(less.mm, less.px, less.n, trial))
            continue;
        double e = repli_fit_error_mm(trial, less.mm, less.px, less.n);
        if (e < best_error) {
            best_error = e;
            best = less;
        }
    }
    if (best_error < error / 3 && best_error < FIT_GOOD_MM) {
        *f = best;
        return repli_fit_affine(f->mm, f->px, f->n, h);
    }
    if (repli_fit_homography(f->mm, f->px, f->n, trial) && repli_fit_error_mm(trial, f->mm, f->px, f->n) < FIT_MAX_MM &&
        plausible(trial, repli_pose_scale(h)))
        memcpy(h, trial, sizeof trial);
    return true;
}

/* ---- poses from the marks alone */

struct candidate {
    double h[9];
    size_t marks;
    double error;
};

static void keep_pose(struct candidate *list, size_t *n, const struct candidate *c)
{
    for (size_t i = 0; i < *n; i++) { /* the same pose, found by another pair */
        struct xy a = pose_px(list[i].h, 11, 11), b = pose_px(c->h, 11, 11), p = pose_px(list[i].h, 199, 286),
                  q = pose_px(c->h, 199, 286);
        double s = 2 * repli_pose_scale(c->h);
        if (hypot(a.x - b.x, a.y - b.y) < s && hypot(p.x - q.x, p.y - q.y) < s) {
            if (c->marks > list[i].marks || (c->marks == list[i].marks && c->error < list[i].error))
                list[i] = *c;
            return;
        }
    }
    size_t at = *n;
    while (at > 0 &&
           (c->marks > list[at - 1].marks || (c->marks == list[at - 1].marks && c->error < list[at - 1].error)))
        at--;
    if (at >= POSES)
        return;
    if (*n == POSES)
        (*n)--;
    memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
    list[at] = *c;
    (*n)++;
}

/* The peaks that lie where a pose puts the marks. */
static void match(const struct repli_point marks[MARKS], const struct xy *peaks, size_t npeaks, const double h[9],
                  double reach_px, struct seen_marks *f)
{
    f->n = 0;
    for (size_t m = 0; m < MARKS; m++) {
        struct xy mm, best = {0, 0};
        mark_mm(marks, m, &mm);
        struct xy p = pose_px(h, mm.x, mm.y);
        double least = reach_px;
        for (size_t i = 0; i < npeaks; i++) {
            double d = hypot(peaks[i].x - p.x, peaks[i].y - p.y);
            if (d < least) {
                least = d;
                best = peaks[i];
            }
        }
        if (least < reach_px) {
            f->mm[f->n] = mm;
            f->px[f->n++] = best;
        }
    }
}

/* One pair of peaks taken for one pair of marks. */
static void try_pair(const struct repli_point marks[MARKS], const struct xy *peaks, size_t npeaks, const size_t pair[4],
                     double scale, struct candidate *list, size_t *n)
{
    struct xy mm[2], px[2] = {peaks[pair[2]], peaks[pair[3]]};
    mark_mm(marks, pair[0], &mm[0]);
    mark_mm(marks, pair[1], &mm[1]);
    double ratio = hypot(px[1].x - px[0].x, px[1].y - px[0].y) / hypot(mm[1].x - mm[0].x, mm[1].y - mm[0].y) / scale;
    struct candidate c;
    struct seen_marks f;
    if (ratio < .85 || ratio > 1.18 || !repli_fit_similarity(mm, px, 2, c.h))
        return;
    match(marks, peaks, npeaks, c.h, 3 * scale, &f);
    if (f.n < 3 || !fit(&f, c.h) || !plausible(c.h, scale))
        return;
    c.marks = f.n;
    c.error = repli_fit_error_mm(c.h, f.mm, f.px, f.n);
    keep_pose(list, n, &c);
}

size_t repli_register_marks(const struct repli_image *image, const struct repli_point marks[MARKS],
                            struct repli_pose out[POSES])
{
    struct xy peaks[PEAKS];
    double scale = repli_image_scale(image);
    size_t n = 0, npeaks = repli_mark_peaks(image, scale, peaks, PEAKS);
    struct candidate list[POSES + 1];
    for (size_t a = 0; a < 4; a++)
        for (size_t b = a + 1; b < 4; b++)
            for (size_t i = 0; i < npeaks; i++)
                for (size_t j = 0; j < npeaks; j++)
                    if (i != j)
                        try_pair(marks, peaks, npeaks, (const size_t[4]){a, b, i, j}, scale, list, &n);
    for (size_t i = 0; i < n; i++) {
        memcpy(out[i].h, list[i].h, sizeof out[i].h);
        out[i].marks = (int)list[i].marks;
        out[i].score = 0;
    }
    return n;
}

/* ---- with codes and a page map */

static void code_corners(const struct repli_box *b, struct xy mm[4])
{
    const struct xy c[4] = {
        {b->x0 / 1e3, b->y0 / 1e3}, {b->x1 / 1e3, b->y0 / 1e3}, {b->x1 / 1e3, b->y1 / 1e3}, {b->x0 / 1e3, b->y1 / 1e3}};
    memcpy(mm, c, sizeof c);
}

/* Does a symbol lie where this pose puts one of the sheet's codes? */
static bool code_agrees(const struct repli_page_map *map, const double px[8], const struct repli_pose *pose)
{
    for (size_t k = 0; k < 2; k++) {
        struct xy mm[4];
        double worst = 0;
        code_corners(&map->codes[k], mm);
        for (size_t i = 0; i < 4; i++) {
            struct xy p = repli_paper_local(pose, mm[i].x, mm[i].y).at;
            double d = hypot(p.x - px[2 * i], p.y - px[2 * i + 1]) / repli_pose_scale(pose->h);
            worst = d > worst ? d : worst;
        }
        if (worst < CODE_AGREE_MM)
            return true;
    }
    return false;
}

struct search {
    const struct repli_image *image;
    const struct repli_page_map *map;
    const double (*code_px)[8];
    size_t ncodes;
    struct repli_pose best;
    bool any;
    struct seen_marks near; /* what look_near() saw last, and with which pose */
    double near_h[9];
    bool looked;
};

/* The marks within a millimetre of where a pose puts them; the pose that was found is asked for several times. */
static const struct seen_marks *look_near(struct search *s, const double h[9])
{
    if (!s->looked || memcmp(s->near_h, h, sizeof s->near_h) != 0) {
        look(s->image, s->map->marks, h, MARK_NEAR_MM, &s->near);
        memcpy(s->near_h, h, sizeof s->near_h);
        s->looked = true;
    }
    return &s->near;
}

static bool codes_agree(const struct search *s, const struct repli_pose *pose)
{
    bool agree = true;
    for (size_t i = 0; agree && i < s->ncodes; i++)
        agree = code_agrees(s->map, s->code_px[i], pose);
    return agree;
}

static void consider(struct search *s, const double h[9], size_t marks)
{
    struct repli_pose pose = pose_flat(h);
    pose.marks = (int)marks;
    if (!codes_agree(s, &pose))
        return;
    pose.score = repli_register_score(s->image, s->map, &pose);
    if (s->any && s->best.score >= pose.score)
        return;
    s->best = pose;
    s->any = true;
}

/* Pixels a mm by the size of a code that was seen: glass may be larger than the sheet. */
static double code_scale(const struct search *s)
{
    const double *c = s->code_px[0];
    double side_mm = (s->map->codes[0].x1 - s->map->codes[0].x0) / 1e3;
    return (hypot(c[2] - c[0], c[3] - c[1]) + hypot(c[4] - c[2], c[5] - c[3])) / 2 / side_mm;
}

/* With a corner's mark lost, paper seen in perspective is told by the codes' corners as well: a map through the
** marks and them, where each mark counts for three. */
static bool fit_codes(const struct seen_marks *marks, const struct xy *mm, const struct xy *px, size_t n, double h[9])
{
    struct xy m[3 * MARKS + 8], p[3 * MARKS + 8];
    double trial[9];
    size_t k = 0;
    for (size_t i = 0; i < marks->n; i++)
        for (int t = 0; t < 3; t++, k++) {
            m[k] = marks->mm[i];
            p[k] = marks->px[i];
        }
    for (size_t i = 0; i < n; i++, k++) {
        m[k] = mm[i];
        p[k] = px[i];
    }
    if (marks->n < 3 || !repli_fit_homography(m, p, k, trial) ||
        repli_fit_error_mm(trial, marks->mm, marks->px, marks->n) > FIT_TILTED_MM)
        return false;
    memcpy(h, trial, sizeof trial);
    return true;
}

/* A rough pose from the codes, then marks near where it expects them. */
static void from_codes(struct search *s, const struct xy *mm, const struct xy *px, size_t n, double reach_mm)
{
    double h[9];
    struct seen_marks f;
    if (!repli_fit_similarity(mm, px, n, h) || !plausible(h, code_scale(s)))
        return;
    look(s->image, s->map->marks, h, reach_mm, &f);
    struct seen_marks all = f;
    if (fit(&f, h) && plausible(h, code_scale(s)))
        consider(s, h, f.n);
    if ((!s->any || s->best.score < SCORE_GOOD) && fit_codes(&all, mm, px, n, h) && plausible(h, code_scale(s)))
        consider(s, h, all.n);
}

/* By the printed lines, where what was found is not good enough. */
static void refine(struct search *s)
{
    double h[9];
    struct seen_marks f;
    size_t n = 0;
    if (s->best.score >= SCORE_GOOD && s->best.marks > 3)
        return;
    memcpy(h, s->best.h, sizeof h);
    f = *look_near(s, h);
    for (size_t i = 0; i < f.n; i++) /* those that the pose goes by */
        if (repli_fit_error_mm(h, &f.mm[i], &f.px[i], 1) < FIT_GOOD_MM)
            f.mm[n++] = f.mm[i];
    if (!repli_pose_refine(s->image, s->map, f.mm, n, h) ||
        !plausible(h, s->ncodes ? code_scale(s) : repli_image_scale(s->image)))
        return;
    s->best.score -= SCORE_SLACK; /* the score forgives a quarter of a millimetre, the lines do not */
    consider(s, h, (size_t)s->best.marks);
    if (memcmp(s->best.h, h, sizeof h) != 0)
        s->best.score += SCORE_SLACK;
}

/* The corners' marks that a pose goes by, and those that are lost. */
static size_t corner_marks(struct search *s, const double h[9], struct seen_marks *seen, struct xy lost[4])
{
    const struct seen_marks f = *look_near(s, h);
    size_t nlost = 0;
    seen->n = 0;
    for (size_t i = 0; i < 4; i++) {
        struct xy mm;
        size_t k = 0;
        mark_mm(s->map->marks, i, &mm);
        while (k < f.n && (hypot(f.mm[k].x - mm.x, f.mm[k].y - mm.y) > 1e-6 ||
                           repli_fit_error_mm(h, &f.mm[k], &f.px[k], 1) > MARK_AGREES_MM))
            k++;
        if (k < f.n) {
            seen->mm[seen->n] = mm;
            seen->px[seen->n++] = f.px[k];
        } else
            lost[nlost++] = mm;
    }
    return nlost;
}

/* In place of a corner's mark that is lost: where the printed lines nearest to it say that it would be.  Neither
** three marks nor the lines of the whole page tell where a corner lies of paper that is held at an angle and folded. */
static void replace_corners(struct search *s)
{
    double h[9];
    memcpy(h, s->best.h, sizeof h);
    for (int round = 0; round < CORNER_ROUNDS; round++) {
        struct seen_marks f;
        struct xy lost[4];
        size_t n = corner_marks(s, h, &f, lost);
        if (n == 0)
            return;
        bool moved = round > 0;
        for (size_t i = 0; i < n; i++) {
            struct xy aside;
            double error;
            if (!repli_pose_aside(s->image, s->map, h, lost[i], &aside, &error) || error > CORNER_ERROR_MM)
                return;
            moved = moved || hypot(aside.x, aside.y) > CORNER_SURE * error;
            f.mm[f.n] = lost[i];
            f.px[f.n++] = pose_px(h, lost[i].x + aside.x, lost[i].y + aside.y);
        }
        if (!moved) /* three marks are better than what lines say by chance */
            return;
        if (!repli_fit_homography(f.mm, f.px, f.n, h) ||
            !plausible(h, s->ncodes ? code_scale(s) : repli_image_scale(s->image)))
            return;
    }
    s->best.score -= SCORE_SLACK;
    consider(s, h, (size_t)s->best.marks);
    if (memcmp(s->best.h, h, sizeof h) != 0)
        s->best.score += SCORE_SLACK;
}

/* A corner without its mark must be told by the lines nearest to it, to a millimetre: what is read near it, and
** whether it lies there at all, hangs on that. */
static bool corners_proven(struct search *s)
{
    struct seen_marks f;
    struct xy lost[4];
    size_t n = corner_marks(s, s->best.h, &f, lost);
    for (size_t i = 0; i < n; i++) {
        struct xy aside = {0, 0};
        double error = 0;
        bool told = repli_pose_aside(s->image, s->map, s->best.h, lost[i], &aside, &error);
        if (!told || hypot(aside.x, aside.y) + 2 * error > CORNER_PROVEN_MM)
            return false;
    }
    return true;
}

/* With two levels the lines may be gone altogether, with nothing that denies the pose: then four marks that agree to a
** third of a millimetre and a code in its place say where the sheet lies. */
static bool lines_are_gone(struct search *s)
{
    if (s->image->bits != 1 || s->ncodes == 0)
        return false;
    const struct seen_marks *f = look_near(s, s->best.h);
    return f->n >= 4 && repli_fit_error_mm(s->best.h, f->mm, f->px, f->n) < FIT_GOOD_MM;
}

static void by_codes(struct search *s)
{
    struct xy mm[8], px[8];
    for (size_t i = 0; i < 4 * (s->ncodes < 2 ? s->ncodes : 2); i++)
        px[i] = (struct xy){s->code_px[i / 4][2 * (i % 4)], s->code_px[i / 4][2 * (i % 4) + 1]};
    for (size_t k = 0; k < 2 && !s->any; k++) {
        code_corners(&s->map->codes[k], mm);
        code_corners(&s->map->codes[1 - k], mm + 4);
        if (s->ncodes >= 2)
            from_codes(s, mm, px, 8, 2.5);
        else
            from_codes(s, mm, px, 4, 5);
    }
}

/* Until here the sheet was taken for flat. */
static void unfold(struct search *s, struct repli_pose *pose)
{
    struct repli_pose found = *pose;
    if (repli_pose_unfold(s->image, s->map, look_near(s, pose->h), s->code_px, s->ncodes, &found) &&
        codes_agree(s, &found) && plausible(found.h, s->ncodes ? code_scale(s) : repli_image_scale(s->image)))
        *pose = found;
}

enum repli_registered repli_register(const struct repli_image *image, const struct repli_page_map *map,
                                     const double (*code_px)[8], size_t ncodes, struct repli_pose *out)
{
    struct search s = {.image = image, .map = map, .code_px = code_px, .ncodes = ncodes};
    if (ncodes)
        by_codes(&s);
    if (!s.any || s.best.score < SCORE_MIN) {
        struct repli_pose poses[POSES];
        size_t n = repli_register_marks(image, map->marks, poses);
        for (size_t i = 0; i < n; i++)
            consider(&s, poses[i].h, (size_t)poses[i].marks);
    }
    if (!s.any)
        return REPLI_REGISTER_NO_MARKS;
    refine(&s);
    replace_corners(&s);
    *out = s.best;
    if (!corners_proven(&s))
        return REPLI_REGISTER_NO_MARKS;
    if (s.best.score >= SCORE_MIN && repli_pose_is_grain(image, map, s.best.h))
        return REPLI_REGISTER_NO_FRAME;
    if (s.best.score < SCORE_MIN && !lines_are_gone(&s))
        return REPLI_REGISTER_NO_FRAME;
    unfold(&s, out);
    return REPLI_REGISTERED;
}
