/* A sheet whose code is gone.  Its marks and its printed frame say which form it is; its band, held against every sheet
** of that form that is still out, ranks those.  That is for the eyes of people alone: nothing is read of the page until
** two of them have named its sheet, be it the only one that is missing.
*/
#include "band.h"
#include "batch.h"
#include "geometry.h"

#include <stdio.h>
#include <string.h>

#include "repli/draw.h"
#include "repli/form.h"
#include "repli/serial.h"

#define SHEETS_AT_ONCE 32
#define SCORE_MIN      .5 /* of the printed lines must be seen, as in register.c */

struct search {
    struct repli_arena arena; /* of the sheets that were handed over last */
    const char *form_id;      /* NULL: examples of every form are looked at */
    int side;
    uint64_t after;
    struct repli_out_sheet *sheets;
    size_t count;
    double score; /* of the best example so far */
    struct repli_point marks[5];
    struct repli_pose poses[4]; /* by those marks */
    size_t nposes;
};

enum repli_status repli_scan_out(struct job *job, struct repli_err *err)
{
    struct search *s = job->search;
    repli_arena_done(&s->arena);
    s->count = 0;
    return repli_ledger_out(job->batch->ledger, s->form_id, s->side, s->after, SHEETS_AT_ONCE, &s->arena, &s->sheets,
                            &s->count, err);
}

/* The best pose of a sheet's frame on this page; score 0: its marks are not there. */
static struct repli_pose pose_of(struct search *s, const struct repli_image *image, const struct repli_page_map *map)
{
    struct repli_pose best = {.score = 0};
    if (memcmp(s->marks, map->marks, sizeof s->marks) != 0) {
        memcpy(s->marks, map->marks, sizeof s->marks);
        s->nposes = repli_register_marks(image, map->marks, s->poses);
    }
    for (size_t i = 0; i < s->nposes; i++) {
        double score = repli_register_score(image, map, &s->poses[i]);
        if (score > best.score) {
            best = s->poses[i];
            best.score = score;
        }
    }
    if (best.score >= SCORE_MIN && repli_pose_is_grain(image, map, best.h))
        best.score = 0;
    return best;
}

static bool before(const struct candidate *a, const struct candidate *b)
{
    return a->likeness != b->likeness ? a->likeness > b->likeness : a->serial < b->serial;
}

static void keep(struct job *job, const struct candidate *c)
{
    size_t at = job->ncandidates;
    while (at > 0 && before(c, &job->candidates[at - 1]))
        at--;
    if (at == CANDIDATES_MAX)
        return;
    job->ncandidates += job->ncandidates < CANDIDATES_MAX;
    memmove(job->candidates + at + 1, job->candidates + at, (job->ncandidates - 1 - at) * sizeof *c);
    job->candidates[at] = *c;
}

/* Where people look: the texts of the band, and the serial. */
static void set_places(struct job *job, const struct repli_page_map *map)
{
    struct repli_printed serial = repli_layout_serial(map->sheet);
    struct repli_box band = {map->codes[0].x0, map->codes[0].y0, map->codes[0].x0, map->codes[0].y1};
    for (size_t i = 0; i < map->nprinted; i++) {
        const struct repli_printed *p = &map->printed[i];
        band.x0 = p->x < band.x0 ? p->x : band.x0;
    }
    job->look_band = band;
    job->look_serial = (struct repli_box){serial.x - 1000, serial.y - 5000,
                                          serial.x + repli_font_width(serial.face, serial.size_cpt, map->sheet) + 1000,
                                          serial.y + 2000};
}

static void hold_against(struct job *job, const struct repli_image *image, const struct repli_out_sheet *o)
{
    struct search *s = job->search;
    struct repli_pose pose = pose_of(s, image, o->map);
    struct band_match band;
    job->out++;
    if (pose.score < SCORE_MIN)
        return;
    repli_band_match(image, o->map, &pose, &band);
    struct candidate c = {.serial = o->serial,
                          .patient = repli_arena_strdup(job->arena, o->patient),
                          .ward = repli_arena_strdup(job->arena, o->ward),
                          .side = o->side,
                          .sides = o->sides,
                          .likeness = band.likeness,
                          .score = pose.score};
    keep(job, &c);
    if (job->candidates[0].serial == o->serial) {
        job->pose = pose;
        set_places(job, o->map);
    }
}

/* The sheets that were handed over.  true: there are more to look at. */
static bool look(struct job *job, const struct repli_image *image)
{
    struct search *s = job->search;
    const char *form = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct repli_out_sheet *o = &s->sheets[i];
        s->after = o->serial;
        if (!o->map)
            continue;
        if (s->form_id) {
            hold_against(job, image, o);
            continue;
        }
        double score = pose_of(s, image, o->map).score;
        if (score > s->score && score >= SCORE_MIN) {
            s->score = score;
            s->side = o->side;
            form = o->form_id;
        }
    }
    if (form)
        job->form_seen = repli_arena_strdup(job->arena, form);
    if (s->count == SHEETS_AT_ONCE)
        return true;
    if (s->form_id || !job->form_seen)
        return false;
    s->form_id = job->form_seen;
    s->after = 0;
    return true;
}

void repli_scan_candidates(struct job *job, const struct repli_image *image, bool (*ask)(void *user), void *user)
{
    struct search s = {.arena = {0}};
    job->search = &s;
    job->candidates = repli_arena_array(job->arena, CANDIDATES_MAX + 1, sizeof *job->candidates);
    job->ncandidates = job->out = 0;
    job->form_seen = NULL;
    while (ask(user) && look(job, image))
        ;
    repli_arena_done(&s.arena);
    job->search = NULL;
}
