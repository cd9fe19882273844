/* Census sheets for tests of review and merge: a page map by hand that keeps the contract of captures.
**
** Ward 3B: beds 301-1 (pat-0), 301-2 (pat-1), 302-1 (pat-2), 302-2 (nobody); ward 4A: 401-1 (pat-3), 401-2 (nobody).
** Sheet 0 is 3B's: lines bed1 to bed4.  Sheet 1 is 4A's from an odd snapshot: bed1 pat-3, bed2 nobody in 401-2, and
** bed3 pat-0 without a bed.  Each has the head count (count.heads, count.at, count.by) and two log lines (log1, log2).
*/
#include <stdio.h>

#include "support/ward.h"

struct sketch {
    struct repli_arena *a;
    struct repli_page_map *map;
};

static size_t add_field(struct sketch *s, const char *id, enum repli_field_kind kind, const char *role, int tier)
{
    size_t n = s->map->nfields++;
    int32_t x = 20000 + (int32_t)(n % 10) * 15000, y = 50000 + (int32_t)(n / 10) * 12000;
    struct repli_field *f = &s->map->fields[n];
    *f = (struct repli_field){
        .id = id, .kind = kind, .role = role, .label = id, .tier = tier, .box = {x, y, x + 12000, y + 8000}};
    if (kind == REPLI_FIELD_DIGITS) {
        f->nparts = 2;
        f->parts = repli_arena_array(s->a, 2, sizeof *f->parts);
        f->parts[0] = (struct repli_box){x, y, x + 3000, y + 8000};
        f->parts[1] = (struct repli_box){x + 4000, y, x + 7000, y + 8000};
    }
    return n;
}

static struct repli_capture *begin(struct sketch *s, const char *id, const char *key)
{
    struct repli_capture *c = &s->map->captures[s->map->ncaptures++];
    *c = (struct repli_capture){.id = id, .kind = "movement", .key = key};
    c->roles = repli_arena_array(s->a, 10, sizeof *c->roles);
    c->fields = repli_arena_array(s->a, 10, sizeof *c->fields);
    return c;
}

static void join(struct repli_capture *c, const char *role, size_t field)
{
    c->roles[c->nmembers] = role;
    c->fields[c->nmembers++] = field;
}

static void line(struct sketch *s, int number, const char *key, size_t at, size_t by)
{
    static const char *const ticks[] = {"present", "moved", "left", "empty"};
    struct repli_capture *c = begin(s, repli_arena_printf(s->a, "bed%d", number), key);
    for (int i = 0; i < 4; i++) {
        size_t f = add_field(s, repli_arena_printf(s->a, "%s.%s", c->id, ticks[i]), REPLI_FIELD_TICK, ticks[i], 1);
        s->map->fields[f].group = repli_arena_printf(s->a, "%s.where", c->id);
        join(c, ticks[i], f);
    }
    join(c, "to", add_field(s, repli_arena_printf(s->a, "%s.to", c->id), REPLI_FIELD_TEXT, "to", 1));
    join(c, "at", at);
    join(c, "by", by);
}

static char *key_of(struct sketch *s, const char *ward, int patient, const char *bed)
{
    char *who = patient < 0 ? repli_arena_strdup(s->a, "\"patient\":null")
                            : repli_arena_printf(s->a,
                                                 "\"patient\":\"pat-%d\",\"identifier\":\"10%03d\",\"encounter\":"
                                                 "\"enc-%d\",\"name\":\"DUPONT, Marie\",\"birth_date\":\"1950-01-02\"",
                                                 patient, patient, patient);
    char *place = bed ? repli_arena_printf(s->a, "\"room\":\"%.3s\",\"bed\":\"%s\",\"bed_id\":\"b-%s\"", bed, bed, bed)
                      : repli_arena_strdup(s->a, "\"room\":null,\"bed\":null,\"bed_id\":null");
    return repli_arena_printf(s->a, "{%s,\"ward\":\"%s\",%s}", who, ward, place);
}

static void log_line(struct sketch *s, int number)
{
    struct repli_capture *c = begin(s, repli_arena_printf(s->a, "log%d", number),
                                    repli_arena_printf(s->a, "{\"log\":%d,\"ward\":\"3B\"}", number));
    join(c, "who", add_field(s, repli_arena_printf(s->a, "%s.who", c->id), REPLI_FIELD_TEXT, "who", 3));
    join(c, "event_admitted",
         add_field(s, repli_arena_printf(s->a, "%s.admitted", c->id), REPLI_FIELD_TICK, "event_admitted", 1));
    join(c, "to", add_field(s, repli_arena_printf(s->a, "%s.to", c->id), REPLI_FIELD_TEXT, "to", 1));
    join(c, "at", add_field(s, repli_arena_printf(s->a, "%s.at", c->id), REPLI_FIELD_DIGITS, "at", 1));
}

struct repli_page_map *ward_census_map(struct repli_arena *a, size_t sheet, const char *name)
{
    static const char *const beds[] = {"301-1", "301-2", "302-1", "302-2"};
    const char *ward = sheet == 0 ? "3B" : "4A";
    struct sketch s = {a, repli_arena_alloc(a, sizeof *s.map)};
    *s.map = (struct repli_page_map){.page = (int)sheet + 1,
                                     .sheet = repli_arena_strdup(a, name),
                                     .form = "census",
                                     .version = 1,
                                     .lang = "fr",
                                     .side = 1,
                                     .sides = 2,
                                     .ward = ward,
                                     .code = "0"};
    for (int i = 0; i < 2; i++)
        s.map->codes[i] = (struct repli_box){1000, 1000, 2000, 2000};
    s.map->fields = repli_arena_array(a, 48, sizeof *s.map->fields);
    s.map->captures = repli_arena_array(a, 12, sizeof *s.map->captures);
    (void)add_field(&s, "page.correction", REPLI_FIELD_TICK, NULL, 1);
    (void)add_field(&s, "page.void", REPLI_FIELD_TICK, NULL, 1);
    size_t heads = add_field(&s, "count.heads", REPLI_FIELD_DIGITS, "value", 1);
    size_t at = add_field(&s, "count.at", REPLI_FIELD_DIGITS, "at", 1);
    size_t by = add_field(&s, "count.by", REPLI_FIELD_INITIALS, "by", 3);
    for (int i = 0; sheet == 0 && i < 4; i++)
        line(&s, i + 1, key_of(&s, ward, i < 3 ? i : -1, beds[i]), at, by);
    if (sheet == 1) {
        line(&s, 1, key_of(&s, ward, 3, "401-1"), at, by);
        line(&s, 2, key_of(&s, ward, -1, "401-2"), at, by);
        line(&s, 3, key_of(&s, ward, 0, NULL), at, by);
    }
    struct repli_capture *count =
        begin(&s, "count", repli_arena_printf(a, "{\"count\":true,\"ward\":\"%s\",\"printed\":3}", ward));
    join(count, "value", heads);
    join(count, "at", at);
    join(count, "by", by);
    log_line(&s, 1);
    log_line(&s, 2);
    return s.map;
}

void ward_census_record(struct ward *w)
{
    static const char *const places[] = {
        "'w-3B','ward','3B Chirurgie','3B',NULL", "'w-4A','ward','4A Médecine','4A',NULL",
        "'r-301','room','301','301','w-3B'",      "'r-302','room','302','302','w-3B'",
        "'r-401','room','401','401','w-4A'",      "'b-301-1','bed','301-1','x1','r-301'",
        "'b-301-2','bed','301-2','x2','r-301'",   "'b-302-1','bed','302-1','x3','r-302'",
        "'b-302-2','bed','302-2','x4','r-302'",   "'b-401-1','bed','401-1','x5','r-401'",
        "'b-401-2','bed','401-2','x6','r-401'"};
    static const char *const lies[WARD_CENSUS_PATIENTS] = {"b-301-1", "b-301-2", "b-302-1", "b-401-1"};
    struct repli_arena a = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        ward_exec(w, true,
                  repli_arena_printf(&a,
                                     "INSERT INTO location(location_id, kind, name, code, part_of, source_hash) "
                                     "VALUES(%s,x'00')",
                                     places[i]));
    for (int i = 0; i < WARD_CENSUS_PATIENTS; i++)
        ward_exec(w, true,
                  repli_arena_printf(&a,
                                     "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) "
                                     "VALUES('enc-%d',1,'%s',%lld)",
                                     i, lies[i], (long long)WARD_WINDOW_UTC - 80000));
    repli_arena_done(&a);
}
