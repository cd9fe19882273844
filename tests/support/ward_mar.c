/* Medication sheets for tests of review and merge: a page map by hand that keeps the contract of captures.
**
** Patient pat-N: order "ord-N-1" paracetamol 1 g PO every 6 hours (row1, four slots), "ord-N-2" morphine 5 mg SC,
** high alert, every 12 hours (row2, two slots), "ord-N-3" ibuprofen 400 mg as needed, 6 hours apart, 1200 mg a day
** (prn1, four slots); two GAP lines; continue, stop, changed a row; a once-only line, a new order 11; the allergy box.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/ward.h"

#define HOUR 3600

const char *ward_mar_more;
bool ward_mar_sign;

struct sketch {
    struct repli_arena *a;
    struct repli_page_map *map;
    size_t sheet;
    size_t verified_at, verified_by; /* shared by all decisions and the allergy box */
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

static struct repli_capture *begin(struct sketch *s, const char *id, const char *kind, const char *key)
{
    struct repli_capture *c = &s->map->captures[s->map->ncaptures++];
    *c = (struct repli_capture){.id = id, .kind = kind, .key = key};
    c->roles = repli_arena_array(s->a, 20, sizeof *c->roles);
    c->fields = repli_arena_array(s->a, 20, sizeof *c->fields);
    return c;
}

static void join(struct repli_capture *c, const char *role, size_t field)
{
    c->roles[c->nmembers] = role;
    c->fields[c->nmembers++] = field;
}

static struct repli_field *member(struct sketch *s, struct repli_capture *c, const char *role,
                                  enum repli_field_kind kind, int tier)
{
    size_t n = add_field(s, repli_arena_printf(s->a, "%s.%s", c->id, role), kind, role, tier);
    s->map->fields[n].capture = c->kind;
    join(c, role, n);
    return &s->map->fields[n];
}

/* A scheduled order with its slots and its re-verification. */
static void order_row(struct sketch *s, int row, int slots, int first_hour, int every, bool high_alert,
                      const char *drug)
{
    struct repli_capture *c;
    for (int i = 0; i < slots; i++) {
        long long due = WARD_WINDOW_UTC + (first_hour + i * every) * HOUR;
        c = begin(s, repli_arena_printf(s->a, "row%d.slot%d", row, i + 1), "administration",
                  repli_arena_printf(s->a, "{\"order\":\"ord-%zu-%d\",\"due_utc\":%lld,%s,\"high_alert\":%s%s}",
                                     s->sheet, row, due, drug, high_alert ? "true" : "false",
                                     row == 1 && ward_mar_more ? ward_mar_more : ""));
        int tier = i == 3 ? 2 : 1; /* a template that asks too little */
        member(s, c, "status", REPLI_FIELD_TICK, tier);
        member(s, c, "at", REPLI_FIELD_DIGITS, tier);
        member(s, c, "reason", REPLI_FIELD_DIGITS, 1);
        member(s, c, "by", REPLI_FIELD_INITIALS, 3);
        if (high_alert) {
            member(s, c, "value", REPLI_FIELD_WRITE, 1);
            member(s, c, "by2", REPLI_FIELD_INITIALS, 3);
        }
    }
    char *id = repli_arena_printf(s->a, "row%d.verify", row);
    c = begin(s, id, "order-decision", repli_arena_printf(s->a, "{\"order\":\"ord-%zu-%d\",%s}", s->sheet, row, drug));
    c->base = "\"active\"";
    member(s, c, "continue", REPLI_FIELD_TICK, 1)->group = id;
    member(s, c, "stop", REPLI_FIELD_TICK, 1)->group = id;
    member(s, c, "changed", REPLI_FIELD_DIGITS, 1);
    if (ward_mar_sign)
        member(s, c, "prescriber", REPLI_FIELD_INITIALS, 3);
    join(c, "at", s->verified_at);
    join(c, "by", s->verified_by);
}

static void as_needed(struct sketch *s)
{
    for (int i = 0; i < 4; i++) {
        struct repli_capture *c =
            begin(s, repli_arena_printf(s->a, "prn1.slot%d", i + 1), "administration",
                  repli_arena_printf(s->a,
                                     "{\"order\":\"ord-%zu-3\",\"as_needed\":true,\"min_interval_s\":21600,\"max_24h\":"
                                     "\"1200 mg\",\"medication\":\"ibuprofen\",\"dose_unit\":\"mg\"}",
                                     s->sheet));
        member(s, c, "at", REPLI_FIELD_DIGITS, 1);
        member(s, c, "value", REPLI_FIELD_WRITE, 1);
        member(s, c, "reason", REPLI_FIELD_DIGITS, 1);
        member(s, c, "effect", REPLI_FIELD_DIGITS, 1);
        member(s, c, "by", REPLI_FIELD_INITIALS, 3);
    }
}

static void gap(struct sketch *s)
{
    static const char *const orders[] = {"\"medication\":\"paracetamol\",\"dose_unit\":\"g\"",
                                         "\"medication\":\"morphine\",\"dose_unit\":\"mg\",\"high_alert\":true",
                                         "\"medication\":\"ibuprofen\",\"dose_unit\":\"mg\""};
    char *all = repli_arena_strdup(s->a, "");
    for (int k = 0; k < 3; k++)
        all = repli_arena_printf(s->a, "%s%s\"%d\":{\"order\":\"ord-%zu-%d\",%s}", all, k ? "," : "", k + 1, s->sheet,
                                 k + 1, orders[k]);
    for (int i = 0; i < 2; i++) {
        struct repli_capture *c =
            begin(s, repli_arena_printf(s->a, "gap%d", i + 1), "administration",
                  repli_arena_printf(s->a, "{\"gap\":true,\"from_utc\":%lld,\"to_utc\":%lld,\"orders\":{%s}}",
                                     (long long)WARD_WINDOW_UTC - 5 * HOUR, (long long)WARD_WINDOW_UTC, all));
        member(s, c, "order", REPLI_FIELD_DIGITS, 1);
        member(s, c, "at", REPLI_FIELD_DIGITS, 1);
        member(s, c, "value", REPLI_FIELD_WRITE, 1);
        member(s, c, "by", REPLI_FIELD_INITIALS, 3);
        if (i == 1) /* a form may have room for a second nurse */
            member(s, c, "by2", REPLI_FIELD_INITIALS, 3);
    }
}

static void proposal(struct sketch *s, const char *id, const char *key)
{
    static const char *const choices[] = {"unit_mg", "unit_g", "route_PO", "route_IV"};
    struct repli_capture *c = begin(s, id, "order-proposal", key);
    member(s, c, "drug", REPLI_FIELD_TEXT, 3);
    member(s, c, "value", REPLI_FIELD_WRITE, 1);
    for (int i = 0; i < 4; i++)
        member(s, c, choices[i], REPLI_FIELD_TICK, 1)->group =
            repli_arena_printf(s->a, "%s.%s", id, i < 2 ? "unit" : "route");
    member(s, c, "day", REPLI_FIELD_DIGITS, 1);
    member(s, c, "at", REPLI_FIELD_DIGITS, 1);
    member(s, c, "prescriber", REPLI_FIELD_TEXT, 3);
    member(s, c, "inami", REPLI_FIELD_DIGITS, 1);
    member(s, c, "signature", REPLI_FIELD_SIGNATURE, 3);
    member(s, c, "verbal", REPLI_FIELD_TICK, 1);
    member(s, c, "by2", REPLI_FIELD_INITIALS, 3);
    member(s, c, "given", REPLI_FIELD_DIGITS, 1);
    member(s, c, "by", REPLI_FIELD_INITIALS, 3);
}

static void allergy(struct sketch *s)
{
    static const char *const roles[] = {"same", "changed", "unable"};
    struct repli_capture *c =
        begin(s, "allergy", "allergy", repli_arena_printf(s->a, "{\"allergies\":[\"all-%zu\"]}", s->sheet));
    for (int i = 0; i < 3; i++)
        member(s, c, roles[i], REPLI_FIELD_TICK, 1)->group = "allergy";
    join(c, "at", s->verified_at);
    join(c, "by", s->verified_by);
}

struct repli_page_map *ward_mar_map(struct repli_arena *a, size_t sheet, const char *name)
{
    struct repli_page_map *map = repli_arena_alloc(a, sizeof *map);
    struct sketch s = {.a = a, .map = map, .sheet = sheet};
    *map = (struct repli_page_map){.page = (int)sheet + 1,
                                   .sheet = repli_arena_strdup(a, name),
                                   .form = "mar",
                                   .version = 1,
                                   .lang = "fr",
                                   .side = 1,
                                   .sides = 2,
                                   .ward = "3B",
                                   .patient = repli_arena_printf(a, "10%03zu", sheet),
                                   .code = "0"};
    for (int i = 0; i < 2; i++)
        map->codes[i] = (struct repli_box){1000, 1000, 2000, 2000};
    map->fields = repli_arena_array(a, 160, sizeof *map->fields);
    map->captures = repli_arena_array(a, 40, sizeof *map->captures);
    add_field(&s, "page.void", REPLI_FIELD_TICK, NULL, 1);
    add_field(&s, "page.correction", REPLI_FIELD_TICK, NULL, 1);
    s.verified_at = add_field(&s, "verify.at", REPLI_FIELD_DIGITS, "at", 1);
    s.verified_by = add_field(&s, "verify.by", REPLI_FIELD_INITIALS, "by", 3);
    order_row(&s, 1, 4, 1, 6, false,
              "\"medication\":\"paracetamol\",\"dose\":\"1\",\"dose_unit\":\"g\",\"route\":\"PO\"");
    order_row(&s, 2, 2, 2, 12, true,
              "\"medication\":\"morphine\",\"dose\":\"5\",\"dose_unit\":\"mg\",\"route\":\"SC\"");
    as_needed(&s);
    gap(&s);
    proposal(&s, "once1", "{\"once\":true}");
    proposal(&s, "new1", "{\"number\":11}");
    allergy(&s);
    return map;
}

const char *ward_mar_truth(const struct ward *w, size_t sheet, const char *field)
{
    for (const struct ward_ink *i = w->ink; i->field; i++)
        if (i->sheet == sheet && strcmp(i->field, field) == 0)
            return i->value;
    return NULL;
}

void ward_mar_record(struct ward *w)
{
    static const char *const orders[] = {"'paracetamol','1','g','PO',0", "'morphine','5','mg','SC',0",
                                         "'ibuprofen','400','mg','PO',1"};
    static const char insulin[] = "'insulin NovoRapid','6','U','SC',0";
    struct repli_arena a = {0};
    for (size_t i = 0; i < w->nsheets; i++) {
        for (int k = 0; k < 3; k++)
            ward_exec(w, true,
                      repli_arena_printf(&a,
                                         "INSERT INTO medication_request(request_id, patient_id, status, intent, "
                                         "medication, dose, dose_unit, route, as_needed, source_hash) "
                                         "VALUES('ord-%zu-%d','pat-%zu','active','order',%s,x'00')",
                                         i, k + 1, i, w->form && k == 1 ? insulin : orders[k]));
        ward_exec(
            w, true,
            repli_arena_printf(&a,
                               "INSERT INTO allergy(allergy_id, patient_id, kind, substance, status, source_hash) "
                               "VALUES('all-%zu','pat-%zu','substance','Latex','active',x'00')",
                               i, i));
    }
    repli_arena_done(&a);
}
