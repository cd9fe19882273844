#include "support/pens_identity.h"

#include <stdio.h>
#include <string.h>

struct identity_plan {
    const struct repli_page_map *map;
    const struct pens_options *o;
    struct prng *r;
    struct repli_arena *a;
    struct pens_field *out;
};

/* Index of the field with this role, or -1. */
static int member(const struct repli_capture *c, const char *role)
{
    for (size_t m = 0; m < c->nmembers; m++)
        if (strcmp(c->roles[m], role) == 0)
            return (int)c->fields[m];
    return -1;
}

static void put(struct identity_plan *p, const struct repli_capture *c, const char *role, const char *written,
                const char *answer)
{
    int i = member(c, role);
    if (i < 0)
        return;
    p->out[i].mark = PENS_WRITING;
    p->out[i].written = p->out[i].value = written ? repli_arena_strdup(p->a, written) : NULL;
    p->out[i].answer = answer ? repli_arena_strdup(p->a, answer) : NULL;
}

static void tick(struct identity_plan *p, const struct repli_capture *c, const char *role)
{
    static const double ward[] = {40, 40, 10, 5, 3, 2};
    int i = member(c, role);
    if (i >= 0)
        p->out[i].mark = (enum pens_mark)(PENS_TICK + prng_pick(p->r, ward, 6));
}

/* A birth date and a national number that fit each other. */
static void born(struct identity_plan *p, const struct repli_capture *c, bool female)
{
    char written[24], answer[24], niss[24];
    int year = prng_int(p->r, 1930, 1999), month = prng_int(p->r, 1, 12), day = prng_int(p->r, 1, 28);
    int serial = prng_int(p->r, 1, 450) * 2 + (female ? 0 : 1);
    int64_t base = (int64_t)(year % 100) * 10000000 + month * 100000 + day * 1000 + serial;
    (void)snprintf(written, sizeof written, "%02d%02d%04d", day, month, year);
    (void)snprintf(answer, sizeof answer, "%02d-%02d-%04d", day, month, year);
    (void)snprintf(niss, sizeof niss, "%09lld%02d", (long long)base, 97 - (int)(base % 97));
    put(p, c, "birth", written, answer);
    put(p, c, "niss", niss, niss);
}

static void arrived(struct identity_plan *p, const struct repli_capture *c)
{
    struct repli_civil t;
    char written[16], answer[16];
    int64_t start = 0;
    int hours = 24;
    if (!pens_window(p->map->code, &start, &hours) || !p->o->zone)
        return;
    repli_zone_civil(p->o->zone, start + prng_int(p->r, 0, 59) * INT64_C(60), &t);
    (void)snprintf(written, sizeof written, "%02d%02d", t.day, t.month);
    (void)snprintf(answer, sizeof answer, "%02d-%02d", t.day, t.month);
    put(p, c, "date", written, answer);
    (void)snprintf(written, sizeof written, "%02d%02d", t.hour, t.minute);
    (void)snprintf(answer, sizeof answer, "%02d:%02d", t.hour, t.minute);
    put(p, c, "at", written, answer);
}

static void registration(struct identity_plan *p, const struct repli_capture *c)
{
    static const char *const family[] = {"DUPONT", "VAN DEN BERGHE", "EL IDRISSI", "LEFÈVRE", "MAES"};
    static const char *const men[] = {"JEAN", "KAREL", "YOUSSEF"}, *const women[] = {"MARIE-THÉRÈSE", "GREET",
                                                                                     "FATIMA"};
    bool female = prng_chance(p->r, 0.5), known = p->map->page == 1;
    tick(p, c, known ? "known_eid" : "known_nobody");
    tick(p, c, female ? "sex_female" : "sex_male");
    tick(p, c, prng_chance(p->r, 0.5) ? "lang_fr" : "lang_nl");
    tick(p, c, "mode_ambulance");
    put(p, c, "by", NULL, NULL);
    arrived(p, c);
    if (!known) {
        put(p, c, "age", "40", "40");
        put(p, c, "found", NULL, NULL);
        return;
    }
    put(p, c, "family", NULL, family[prng_int(p->r, 0, 4)]);
    put(p, c, "given", NULL, female ? women[prng_int(p->r, 0, 2)] : men[prng_int(p->r, 0, 2)]);
    put(p, c, "address", NULL, NULL);
    born(p, c, female);
}

void pens_plan_identity(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                        struct repli_arena *a, struct pens_field *out)
{
    struct identity_plan p = {map, o, r, a, out};
    for (size_t c = 0; c < map->ncaptures; c++) {
        const struct repli_capture *capture = &map->captures[c];
        if (strcmp(capture->kind, "identity") != 0)
            continue;
        if (member(capture, "family") >= 0)
            registration(&p, capture);
        else if (map->page != 1) {
            put(&p, capture, "mrn", NULL, "4711");
            put(&p, capture, "found_by", NULL, NULL);
        }
    }
}
