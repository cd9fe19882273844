/* Location and Encounter: where people lie. */
#include <ctype.h>
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

#define SHORT_CODE 12 /* letters that somebody is willing to type */

/* http://terminology.hl7.org/CodeSystem/location-physical-type, and for places without it the role of a hospital unit.
** NULL: the sender does not say; the record decides by whether stays point at it. */
static const char *place_kind(const json_t *location)
{
    static const struct {
        const char *code, *kind;
    } physical[] = {{"wa", "ward"},  {"ro", "room"},   {"bd", "bed"},     {"si", "site"},  {"bu", "site"},
                    {"wi", "other"}, {"lvl", "other"}, {"co", "other"},   {"ve", "other"}, {"ho", "other"},
                    {"ca", "other"}, {"rd", "other"},  {"area", "other"}, {"jdn", "other"}};
    static const char *const units[] = {"HU",   "ICU", "CCU", "ER",   "PEDICU", "PEDNICU",
                                        "PEDU", "RHU", "PHU", "BMTU", "CHR"};
    const json_t *type = fhir_get(location, "physicalType"), *roles = fhir_get(location, "type");
    for (size_t i = 0; i < sizeof physical / sizeof *physical; i++)
        if (fhir_has_code(type, NULL, physical[i].code))
            return physical[i].kind;
    if (type || fhir_is(location, "mode", "kind")) /* "Patient's home": a kind of place, none that has beds */
        return "other";
    for (size_t i = 0; i < fhir_count(roles); i++)
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            if (fhir_has_code(fhir_item(roles, i), NULL, units[u]))
                return "ward";
    return NULL;
}

static bool short_enough(const char *s)
{
    return s && *s && strlen(s) <= SHORT_CODE && !strpbrk(s, " /\\'\"");
}

/* Letters and digits of each word in capitals, joined by hyphens; each word cut to `most` letters, at most `words`
 * words. */
static const char *squeeze(struct fhir *c, const char *name, size_t most, size_t words)
{
    struct repli_buf out = {0};
    size_t letters = 0, count = 0;
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) || (unsigned char)*name >= 128) {
            letters = 0;
            continue;
        }
        if (letters == 0 && count == words)
            break;
        if (letters == 0 && count++ > 0)
            repli_buf_puts(&out, "-");
        char up = (char)toupper((unsigned char)*name);
        if (letters++ < most)
            repli_buf_add(&out, &up, 1);
    }
    const char *result = repli_arena_strdup(c->a, out.data ? out.data : "");
    repli_buf_done(&out);
    return result;
}

/* "Medical Intensive Care Unit (MICU)" -> MICU; "Cardiology" -> CARDIOLOGY; "Emergency Department" -> EMER-DEPA. */
static const char *code_of_name(struct fhir *c, const char *name)
{
    const char *open = strrchr(name, '('), *close = open ? strchr(open, ')') : NULL;
    const char *folded = repli_text_fold(c->a, name);
    if (close && close > open + 1) {
        const char *code = squeeze(c, repli_arena_strndup(c->a, open + 1, (size_t)(close - open - 1)), 99, 9);
        if (short_enough(code))
            return code;
    }
    const char *code = squeeze(c, folded, 99, 99);
    if (strlen(code) > SHORT_CODE)
        code = squeeze(c, folded, 4, 3);
    return *code ? code : c->id;
}

const char *fhir_place_code(struct fhir *c, const char *name)
{
    return short_enough(name) ? name : code_of_name(c, name);
}

static const char *place_code(struct fhir *c, const char *name)
{
    const json_t *identifiers = fhir_get(c->res, "identifier");
    for (size_t i = 0; i < fhir_count(identifiers); i++) {
        const char *value = fhir_text(c, fhir_item(identifiers, i), "value");
        if (short_enough(value))
            return value;
    }
    const json_t *aliases = fhir_get(c->res, "alias");
    for (size_t i = 0; i < fhir_count(aliases); i++) {
        const json_t *alias = fhir_item(aliases, i);
        const char *text = repli_text_clean(c->a, json_string_value(alias) ? json_string_value(alias) : "",
                                            json_string_length(alias), NULL);
        if (short_enough(text))
            return text;
    }
    return code_of_name(c, name);
}

enum repli_status fhir_location(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_location x = {.id = c->id, .kind = place_kind(c->res)};
    const json_t *above = fhir_get(c->res, "partOf");
    const char *status = fhir_text(c, c->res, "status");
    x.name = fhir_text(c, c->res, "name");
    if (!x.name)
        x.name = fhir_text(c, c->res, "description");
    if (!x.name)
        x.name = c->id;
    x.code = place_code(c, x.name);
    x.part_of = above ? fhir_ref(c, above, "Location", FHIR_MAY) : NULL;
    x.active = !status || strcmp(status, "inactive") != 0;
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put_location(c->imp->set.record, &x, c->hash, put, c->err);
}

/* ---- encounters */

static void read_stay_number(struct fhir *c, struct repli_rec_encounter *x)
{
    const json_t *all = fhir_get(c->res, "identifier"), *best = NULL;
    for (size_t i = 0; i < fhir_count(all); i++) {
        const json_t *one = fhir_item(all, i);
        if (json_string_length(fhir_get(one, "value")) == 0 || fhir_is(one, "use", "old"))
            continue;
        if (!best ||
            (fhir_has_code(fhir_get(one, "type"), NULL, "VN") && !fhir_has_code(fhir_get(best, "type"), NULL, "VN")))
            best = one;
    }
    x->identifier_value = fhir_text(c, best, "value");
    x->identifier_system = x->identifier_value ? fhir_text(c, best, "system") : NULL;
}

/* The first reason in words: as sent with the encounter, or the name written beside a referenced diagnosis. */
static void read_reason(struct fhir *c, struct repli_rec_encounter *x)
{
    const json_t *codes = fhir_get(c->res, "reasonCode"), *refs = fhir_get(c->res, "reasonReference"),
                 *diagnoses = fhir_get(c->res, "diagnosis");
    for (size_t i = 0; i < fhir_count(codes); i++)
        x->reason = fhir_join(c, x->reason, ", ", fhir_words(c, fhir_item(codes, i)));
    for (size_t i = 0; !x->reason && i < fhir_count(refs); i++)
        x->reason = fhir_text(c, fhir_item(refs, i), "display");
    for (size_t i = 0; !x->reason && i < fhir_count(diagnoses); i++)
        x->reason = fhir_text(c, fhir_get(fhir_item(diagnoses, i), "condition"), "display");
}

/* ATND attends; without one the primary performer, else the first who has a name. */
static void read_attending(struct fhir *c, struct repli_rec_encounter *x)
{
    static const char *const roles[] = {"ATND", "PPRF", NULL};
    const json_t *all = fhir_get(c->res, "participant");
    for (size_t r = 0; r < 3 && !x->attending && !x->attending_ref; r++)
        for (size_t i = 0; i < fhir_count(all) && !x->attending; i++) {
            const json_t *one = fhir_item(all, i), *types = fhir_get(one, "type");
            bool match = !roles[r];
            for (size_t t = 0; t < fhir_count(types) && !match; t++)
                match = fhir_has_code(fhir_item(types, t), NULL, roles[r]);
            if (!match)
                continue;
            const struct fhir_actor actor = fhir_actor(c, fhir_get(one, "individual"));
            x->attending = actor.name;
            x->attending_ref = actor.name || !x->attending_ref ? actor.ref : x->attending_ref;
        }
}

/* By start, as far as starts are known: an unknown one stays where it was sent. */
static void sort_stops(struct repli_rec_stop *s, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && s[k].start_utc && s[k - 1].start_utc && *s[k].start_utc < *s[k - 1].start_utc;
             k--) {
            struct repli_rec_stop held = s[k];
            s[k] = s[k - 1];
            s[k - 1] = held;
        }
}

static void read_stops(struct fhir *c, struct repli_rec_encounter *x)
{
    const json_t *all = fhir_get(c->res, "location");
    struct repli_rec_stop *stops = repli_arena_array(c->a, fhir_count(all), sizeof *stops);
    for (size_t i = 0; i < fhir_count(all) && c->status == REPLI_OK; i++) {
        const json_t *one = fhir_item(all, i), *period = fhir_get(one, "period");
        if (fhir_is(one, "status", "planned") || fhir_is(one, "status", "reserved"))
            continue; /* where the patient may go is not where the patient is */
        stops[x->nstops].location_id = fhir_ref(c, fhir_get(one, "location"), "Location", FHIR_MUST);
        stops[x->nstops].start_utc = fhir_time(c, period, "start");
        stops[x->nstops++].end_utc = fhir_time(c, period, "end");
    }
    if (c->status == REPLI_OK)
        sort_stops(stops, x->nstops);
    x->stops = stops;
}

enum repli_status fhir_encounter(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_encounter x = {.id = c->id};
    const json_t *part = fhir_get(c->res, "partOf"), *period = fhir_get(c->res, "period");
    x.patient_id = fhir_ref(c, fhir_get(c->res, "subject"), "Patient", FHIR_MUST);
    x.part_of = part ? fhir_ref(c, part, "Encounter", FHIR_MUST) : NULL;
    x.class_code = fhir_text(c, fhir_get(c->res, "class"), "code");
    x.status = fhir_text(c, c->res, "status");
    if (!x.status)
        fhir_refuse(c, "has no status");
    x.start_utc = fhir_time(c, period, "start");
    x.end_utc = fhir_time(c, period, "end");
    read_stay_number(c, &x);
    read_reason(c, &x);
    read_attending(c, &x);
    read_stops(c, &x);
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put_encounter(c->imp->set.record, c->imp->set.keys, &x, c->hash, put, c->err);
}
