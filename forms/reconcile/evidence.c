/* Evidence, point by point: what paper says of a downtime number beside what the record says of somebody.  Words and
** figures for a person to read; nothing here adds anything up. */
#include <stdlib.h>
#include <string.h>

#include "reconcile/identity_internal.h"
#include "repli/belgian.h"
#include "repli/clock.h"
#include "repli/sounds.h"
#include "repli/text.h"

#define POINTS_MAX 16
#define AGE_NEAR   5 /* years: an age that was estimated */
#define PHONE_TAIL 8 /* digits: with and without +32 */

static const char agrees[] = "agrees", near[] = "near", differs[] = "differs", unknown[] = "unknown";
enum { ORDER_NISS, ORDER_PAPER, ORDER_BIRTH, ORDER_NAME, ORDER_GIVEN, ORDER_AGAINST };

static void say(struct repli_identity_candidate *c, const char *point, const char *says, const char *text)
{
    if (c->npoints < POINTS_MAX)
        c->points[c->npoints++] = (struct repli_identity_point){point, says, text};
    if (says == differs)
        c->order[ORDER_AGAINST]--;
}

/* ---- names */

/* 2 spelt the same, 1 alike by sound or spelling, 0 not; of several first names the first counts. */
static int likeness(const char *x, const char *y, bool first, struct repli_arena *a)
{
    if (strcmp(x, y) == 0)
        return 2;
    if (first) {
        size_t n = strcspn(x, " "), m = strcspn(y, " ");
        if (n == m && strncmp(x, y, n) == 0)
            return 2;
        if (repli_sounds_alike(repli_arena_strndup(a, x, n), repli_arena_strndup(a, y, m)))
            return 1;
    }
    return repli_sounds_alike(x, y) ? 1 : 0;
}

static bool sounds_equal(const char *x, const char *y)
{
    char one[REPLI_SOUNDS_TEXT], two[REPLI_SOUNDS_TEXT];
    repli_sounds(x, one);
    repli_sounds(y, two);
    return *one && strcmp(one, two) == 0;
}

static int name_point(struct repli_identity_candidate *c, const char *point, const char *paper, const char *live,
                      bool first, struct repli_arena *a)
{
    if (!paper || !live) {
        say(c, point, unknown,
            repli_arena_printf(a, "%s on paper, %s in the record", paper ? paper : "none", live ? live : "none"));
        return 0;
    }
    const char *x = repli_text_fold(a, paper), *y = repli_text_fold(a, live);
    int like = likeness(x, y, first, a);
    if (like == 2)
        say(c, point, agrees, repli_arena_printf(a, "%s, spelt as in the record", live));
    else if (like == 1)
        say(c, point, near,
            repli_arena_printf(a, "%s on paper, %s in the record: %s", paper, live,
                               sounds_equal(x, y) ? "they sound the same" : "they look alike"));
    else
        say(c, point, differs, repli_arena_printf(a, "%s on paper, %s in the record", paper, live));
    return like;
}

/* Written the other way round: "Thomas Martin". */
static bool swapped(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a)
{
    return p->fold_family && p->fold_given && x->fold_family && x->fold_given &&
           likeness(p->fold_family, x->fold_family, false, a) == 0 &&
           likeness(p->fold_family, x->fold_given, true, a) > 0 && likeness(p->fold_given, x->fold_family, true, a) > 0;
}

static void names(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                  struct repli_identity_candidate *c)
{
    if (swapped(p, x, a)) {
        say(c, "name", near,
            repli_arena_printf(a, "%s, %s on paper, %s, %s in the record: the two are changed over", p->said->family,
                               p->said->given, x->family, x->given));
        c->order[ORDER_NAME] = c->order[ORDER_GIVEN] = 1;
        return;
    }
    c->order[ORDER_NAME] = name_point(c, "name", p->said->family, x->family ? x->family : x->name_text, false, a);
    c->order[ORDER_GIVEN] = name_point(c, "first name", p->said->given, x->given, true, a);
}

/* ---- birth date */

/* How many characters differ; of texts of one length. */
static size_t other_digits(const char *x, const char *y)
{
    size_t n = 0;
    for (; *x && *y; x++, y++)
        n += *x != *y;
    return n + strlen(x) + strlen(y);
}

static bool day_for_month(const char *x, const char *y)
{
    return strlen(x) == 10 && strlen(y) == 10 && strncmp(x, y, 5) == 0 && strncmp(x + 5, y + 8, 2) == 0 &&
           strncmp(x + 8, y + 5, 2) == 0;
}

/* 3 equal, 2 day and month changed over, 1 near, 0 not, -1 unknown. */
static int birth_likeness(const char *paper, const char *live, const char **how)
{
    *how = "";
    if (!paper || !live)
        return -1;
    size_t n = strlen(paper) < strlen(live) ? strlen(paper) : strlen(live);
    if (strcmp(paper, live) == 0)
        return 3;
    if (day_for_month(paper, live)) {
        *how = "day and month are changed over";
        return 2;
    }
    if (strlen(paper) != strlen(live) && strncmp(paper, live, n) == 0) {
        *how = n == 4 ? "only the year is known of one" : "the day is known of one only";
        return 1;
    }
    if (strlen(paper) == strlen(live) && n == 10 && other_digits(paper, live) == 1) {
        *how = "one digit differs";
        return 1;
    }
    return 0;
}

static void age_point(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                      struct repli_identity_candidate *c)
{
    char now[24];
    int64_t age = 0;
    if (!x->birth_date || !p->said->age_years || !p->said->arrived_utc ||
        !repli_integer(p->said->age_years, 0, 130, &age)) {
        say(c, "birth", unknown,
            repli_arena_printf(a, "no birth date on paper, %s in the record", x->birth_date ? x->birth_date : "none"));
        return;
    }
    repli_time_iso(*p->said->arrived_utc, now);
    int64_t would = strtoll(now, NULL, 10) - strtoll(x->birth_date, NULL, 10), off = llabs(would - age);
    say(c, "birth", off <= AGE_NEAR ? near : differs,
        repli_arena_printf(a, "about %lld years old on paper, born %s in the record: %lld that year", (long long)age,
                           x->birth_date, (long long)would));
}

static void birth(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                  struct repli_identity_candidate *c)
{
    const char *how, *paper = p->said->birth_date;
    int like = birth_likeness(paper, x->birth_date, &how);
    if (!paper) {
        age_point(p, x, a, c);
        return;
    }
    if (like < 0)
        say(c, "birth", unknown, repli_arena_printf(a, "%s on paper, none in the record", paper));
    else if (like == 3)
        say(c, "birth", agrees, repli_arena_printf(a, "%s in both", paper));
    else
        say(c, "birth", like ? near : differs,
            repli_arena_printf(a, "%s on paper, %s in the record%s%s", paper, x->birth_date, like ? ": " : "", how));
    c->order[ORDER_BIRTH] = like > 0 ? like : 0;
}

static void sex(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                struct repli_identity_candidate *c)
{
    const char *paper = p->said->sex, *live = x->gender;
    bool known = paper && live && strcmp(paper, "unknown") != 0 && strcmp(live, "unknown") != 0;
    const char *says = !known ? unknown : strcmp(paper, live) == 0 ? agrees : differs;
    say(c, "sex", says,
        says == agrees ? repli_arena_printf(a, "%s in both", paper)
                       : repli_arena_printf(a, "%s on paper, %s in the record", paper ? paper : "not written",
                                            live ? live : "not known"));
}

/* ---- numbers */

/* What the written number says by itself, beside a file that has none. */
static void niss_alone(const struct repli_niss *niss, const struct repli_identity_person *x, struct repli_arena *a,
                       struct repli_identity_candidate *c)
{
    char born[11], text[REPLI_NISS_TEXT];
    repli_niss_birth_date(niss, born);
    repli_niss_format(niss, text);
    bool day = *born && x->birth_date && strcmp(born, x->birth_date) == 0;
    say(c, "national number",
        !*born || !x->birth_date ? unknown
        : day                    ? near
                                 : differs,
        repli_arena_printf(a, "%s on paper says born %s; the record has no national number, and a birth date of %s",
                           text, *born ? born : "on a day not known", x->birth_date ? x->birth_date : "none"));
}

static void national_number(const struct identity_paper *p, const struct repli_identity_person *x,
                            struct repli_arena *a, struct repli_identity_candidate *c)
{
    struct repli_niss paper = {0}, live = {0};
    const char *written = p->said->niss;
    char text[REPLI_NISS_TEXT];
    bool fits = written && repli_niss_parse(written, &paper), has = x->niss && repli_niss_parse(x->niss, &live);
    if (!written && !x->niss)
        return;
    if (!written || (!fits && !x->niss)) {
        say(c, "national number", unknown,
            written ? repli_arena_printf(a, "%s on paper: its check digits do not fit; none in the record", written)
                    : repli_arena_printf(a, "none on paper, %s in the record", x->niss));
        return;
    }
    if (fits && !x->niss) {
        niss_alone(&paper, x, a, c);
        return;
    }
    const char *one = fits ? paper.digits : written, *two = has ? live.digits : x->niss;
    size_t off = other_digits(one, two);
    if (fits)
        repli_niss_format(&paper, text);
    say(c, "national number",
        off == 0   ? agrees
        : off <= 2 ? near
                   : differs,
        off == 0 ? repli_arena_printf(a, "%s in both, and its check digits fit", text)
                 : repli_arena_printf(a, "%s on paper%s, %s in the record%s", one,
                                      fits ? "" : " (its check digits do not fit)", two,
                                      off == 1   ? ": one digit differs"
                                      : off == 2 ? ": two digits differ"
                                                 : ""));
    c->order[ORDER_NISS] = off == 0 ? 2 : off <= 2 ? 1 : 0;
}

static bool named_so(const struct identity_paper *p, const struct repli_identity_person *x)
{
    return p->named && (strcmp(p->named, x->number) == 0 || strcmp(p->named, x->id) == 0);
}

static void named(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                  struct repli_identity_candidate *c)
{
    if (!p->named)
        return;
    bool so = named_so(p, x);
    say(c, "paper", so ? agrees : differs,
        repli_arena_printf(a, "sheet %s says that it is patient %s", p->named_sheet, p->named));
    c->order[ORDER_PAPER] = so;
}

/* ---- where and when */

static void stay(const struct identity_paper *p, const struct repli_identity_stay *s, struct repli_arena *a,
                 struct repli_identity_candidate *c)
{
    char start[24] = "a time not known", end[24] = "", came[24];
    int64_t arrived = *p->said->arrived_utc;
    bool same = s->ward && p->said->ward && strcmp(s->ward, p->said->ward) == 0;
    bool before = s->start_utc && *s->start_utc < arrived;
    if (s->start_utc)
        repli_time_iso(*s->start_utc, start);
    if (s->end_utc)
        repli_time_iso(*s->end_utc, end);
    repli_time_iso(arrived, came);
    /* Who lay in the house already cannot have come to another ward of it; who was registered later may be the one. */
    say(c, "stay",
        before && !same ? differs
        : before        ? near
        : same          ? agrees
                        : near,
        repli_arena_printf(a, "stay %s in %s since %s%s%s; this one came to %s at %s%s", s->number ? s->number : "?",
                           s->ward ? s->ward : "no ward", start, *end ? " until " : "", end,
                           p->said->ward ? p->said->ward : "no ward", came,
                           before && !same ? ": in the house already, elsewhere" : ""));
}

static void whereabouts(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                        struct repli_identity_candidate *c)
{
    char died[24] = "at a time not known";
    if (!p->said->arrived_utc)
        say(c, "stay", unknown, "when this one came is not known");
    for (size_t i = 0; i < p->nstays; i++)
        stay(p, &p->stays[i], a, c);
    if (p->said->arrived_utc && p->nstays == 0)
        say(c, "stay", unknown, "no stay in the day after this one came");
    if (!x->deceased)
        return;
    if (x->deceased_utc)
        repli_time_iso(*x->deceased_utc, died);
    bool before = x->deceased_utc && p->said->arrived_utc && *x->deceased_utc < *p->said->arrived_utc;
    say(c, "death", before ? differs : unknown,
        repli_arena_printf(a, "died %s%s", died, before ? ", before this one came" : ""));
}

/* ---- telephone */

static void digits_of(const char *text, char out[64])
{
    size_t n = 0;
    for (; *text && n < 63; text++)
        if (*text >= '0' && *text <= '9')
            out[n++] = *text;
    out[n] = 0;
}

static void telephone(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                      struct repli_identity_candidate *c)
{
    char one[64], two[64];
    if (!x->phones)
        return;
    if (!p->file->phones) {
        say(c, "telephone", unknown,
            repli_arena_printf(a, "%s in the record; what is written stands on sheet %s as a picture", x->phones,
                               p->sheet ? p->sheet : "?"));
        return;
    }
    digits_of(p->file->phones, one);
    digits_of(x->phones, two);
    size_t n = strlen(one);
    bool same = n >= PHONE_TAIL && strstr(two, one + n - PHONE_TAIL);
    say(c, "telephone", same ? agrees : differs,
        repli_arena_printf(a, "%s, and %s in the record", p->file->phones, x->phones));
}

/* ---- */

bool identity_alike(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a)
{
    const char *how;
    struct repli_niss paper, live;
    if (p->said->niss && x->niss && repli_niss_parse(p->said->niss, &paper) && repli_niss_parse(x->niss, &live) &&
        strcmp(paper.digits, live.digits) == 0)
        return true;
    if (named_so(p, x) || swapped(p, x, a))
        return true;
    int day = birth_likeness(p->said->birth_date, x->birth_date, &how);
    bool family = p->fold_family && x->fold_family && likeness(p->fold_family, x->fold_family, false, a) > 0;
    bool given = p->fold_given && x->fold_given && likeness(p->fold_given, x->fold_given, true, a) > 0;
    if (family && (given || !p->fold_given || !x->fold_given))
        return true;
    return day > 0 && (family || given);
}

void identity_points(const struct identity_paper *p, const struct repli_identity_person *x, struct repli_arena *a,
                     struct repli_identity_candidate *c)
{
    *c = (struct repli_identity_candidate){
        .id = x->id, .number = x->number, .birth_date = x->birth_date, .sex = x->gender};
    c->points = repli_arena_array(a, POINTS_MAX, sizeof *c->points);
    c->name = x->family      ? repli_arena_printf(a, "%s, %s", x->family, x->given ? x->given : "?")
              : x->name_text ? x->name_text
                             : "no name";
    if (x->replaced_by)
        say(c, "file", differs, repli_arena_printf(a, "was joined to Patient/%s: look there", x->replaced_by));
    national_number(p, x, a, c);
    named(p, x, a, c);
    names(p, x, a, c);
    birth(p, x, a, c);
    sex(p, x, a, c);
    whereabouts(p, x, a, c);
    telephone(p, x, a, c);
}
