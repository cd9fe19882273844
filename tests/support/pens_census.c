/* How a ward fills its census: most are where they were, some went, and somebody counts heads. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "support/pens_census.h"

struct line {
    const struct repli_capture *capture;
    json_t *key;
    bool patient;
};
struct census {
    const struct repli_page_map *map;
    struct pens_field *out;
    struct prng *r;
    struct repli_arena *a;
    struct line lines[64];
    size_t count;
};

bool pens_is_census(const struct repli_page_map *map)
{
    for (size_t i = 0; i < map->ncaptures; i++)
        if (strcmp(map->captures[i].kind, "movement") == 0)
            return true;
    return false;
}

static size_t member(const struct repli_capture *c, const char *role)
{
    for (size_t m = 0; m < c->nmembers; m++)
        if (strcmp(c->roles[m], role) == 0)
            return c->fields[m];
    return SIZE_MAX;
}

static void tick(struct census *c, const struct repli_capture *line, const char *role)
{
    static const double ward[] = {40, 40, 10, 5};
    size_t f = member(line, role);
    if (f != SIZE_MAX)
        c->out[f].mark = (enum pens_mark)(PENS_TICK + prng_pick(c->r, ward, 4));
}

static void write_in(struct census *c, size_t f, const char *written, const char *answer)
{
    if (f == SIZE_MAX)
        return;
    c->out[f].mark = PENS_WRITING;
    c->out[f].written = c->out[f].value = repli_arena_strdup(c->a, written);
    c->out[f].answer = repli_arena_strdup(c->a, answer);
}

/* A bed that was free when this was printed, as somebody of the ward would write it. */
static const char *free_bed(const struct census *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const char *bed = json_string_value(json_object_get(c->lines[i].key, "bed"));
        if (!c->lines[i].patient && bed && json_is_string(json_object_get(c->lines[i].key, "bed_id")))
            return bed;
    }
    return NULL;
}

static void plan_line(struct census *c, size_t i, const char **bed, int *present)
{
    const struct line *l = &c->lines[i];
    if (!l->patient) {
        if (prng_chance(c->r, 0.6) && *bed)
            tick(c, l->capture, "empty");
    } else if (*bed && prng_chance(c->r, 0.12)) {
        tick(c, l->capture, "moved");
        write_in(c, member(l->capture, "to"), *bed, *bed);
        *bed = NULL;
    } else if (prng_chance(c->r, 0.06)) {
        tick(c, l->capture, "left");
    } else {
        tick(c, l->capture, "present");
        ++*present;
    }
}

static void plan_count(struct census *c, const struct repli_capture *count, int present, int64_t at_utc,
                       const struct repli_zone *zone)
{
    struct repli_civil at;
    char text[24], key[24];
    repli_zone_civil(zone, at_utc, &at);
    (void)snprintf(text, sizeof text, "%02d%02d", at.hour, at.minute);
    (void)snprintf(key, sizeof key, "%02d:%02d", at.hour, at.minute);
    write_in(c, member(count, "at"), text, key);
    (void)snprintf(text, sizeof text, "%d", present);
    write_in(c, member(count, "value"), text, text);
    if (member(count, "by") != SIZE_MAX)
        c->out[member(count, "by")].mark = PENS_WRITING;
}

void pens_plan_census(const struct repli_page_map *map, const struct pens_options *o, struct prng *r,
                      struct repli_arena *a, struct pens_field *out)
{
    struct census c = {.map = map, .out = out, .r = r, .a = a};
    const struct repli_capture *count = NULL;
    int64_t start = 0;
    int hours = 0, present = 0;
    for (size_t i = 0; i < map->ncaptures; i++) {
        const struct repli_capture *m = &map->captures[i];
        json_t *key = json_loads(m->key, 0, NULL);
        if (json_is_true(json_object_get(key, "count")))
            count = m;
        else if (member(m, "present") != SIZE_MAX && c.count < sizeof c.lines / sizeof *c.lines) {
            c.lines[c.count++] = (struct line){m, json_incref(key), json_is_string(json_object_get(key, "patient"))};
        }
        json_decref(key);
    }
    const char *bed = free_bed(&c);
    for (size_t i = 0; i < c.count; i++)
        plan_line(&c, i, &bed, &present);
    if (count && pens_window(map->code, &start, &hours))
        plan_count(&c, count, present, start + prng_int(r, 5, 55) * INT64_C(60), o->zone);
    for (size_t i = 0; i < c.count; i++)
        json_decref(c.lines[i].key);
}
