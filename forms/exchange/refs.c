/* References: "Patient/x", absolute addresses that end so, conditional ones, identifiers, contained resources.  Those
** that only mean something inside a Bundle were rewritten before (bundle.c). */
#include <stdio.h>
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

#define MAX_ID 64

/* FHIR's ids, and the underscore that some servers add.  Nothing else: ids become parts of row keys and file names. */
bool fhir_id_valid(const char *id)
{
    size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");
    return n > 0 && n <= MAX_ID && id[n] == 0;
}

static void wait_or_refuse(struct fhir *c, enum fhir_need need, const char *type, const char *what)
{
    if (need == FHIR_MAY && c->last)
        return;
    if (c->status == REPLI_OK)
        c->status = repli_fail(c->err, REPLI_WAITS, "%s '%.120s', which it refers to, has not arrived", type, what);
}

static const char *by_identifier(struct fhir *c, const char *type, const char *system, const char *value,
                                 enum fhir_need need)
{
    const char *id = NULL;
    enum repli_status s = repli_record_find(c->imp->set.record, type, system, value, c->a, &id, c->err);
    if (s == REPLI_DATA && need == FHIR_MAY) {
        repli_err_clear(c->err);
        return NULL;
    }
    if (s != REPLI_OK) {
        c->status = c->status == REPLI_OK ? s : c->status;
        return NULL;
    }
    if (!id)
        wait_or_refuse(c, need, type, value);
    return id;
}

static int hex(char ch)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF", *at = ch ? strchr(digits, ch) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

static char *percent_decoded(struct fhir *c, const char *s)
{
    char *out = repli_arena_strdup(c->a, s), *w = out;
    for (const char *r = out; *r; w++) {
        int value = *r == '%' && hex(r[1]) >= 0 && hex(r[2]) >= 0 ? hex(r[1]) * 16 + hex(r[2]) : 0;
        *w = value > 0 ? (char)value : *r;
        r += value > 0 ? 3 : 1;
    }
    *w = 0;
    return out;
}

/* "Patient?identifier=system|value", the only search that names one thing. */
static const char *conditional(struct fhir *c, const char *ref, const char *type, enum fhir_need need)
{
    const char *query = strchr(ref, '?') + 1;
    if (strncmp(query, "identifier=", 11) != 0 || strchr(query, '&')) {
        if (need == FHIR_MUST)
            fhir_refuse(c, "reference '%.120s' searches for something else than one identifier", ref);
        return NULL;
    }
    char *system = percent_decoded(c, query + 11), *bar = strrchr(system, '|');
    if (!bar)
        return by_identifier(c, type, NULL, system, need);
    *bar = 0;
    return by_identifier(c, type, *system ? system : NULL, bar + 1, need);
}

/* Patients, stays and places may be kept under the id that a message gave them. */
static const char *row_id(struct fhir *c, const char *type, const char *id)
{
    const char *row = id;
    if (strcmp(type, "Patient") != 0 && strcmp(type, "Encounter") != 0 && strcmp(type, "Location") != 0)
        return id;
    enum repli_status s = repli_record_row_id(c->imp->set.record, type, id, c->a, &row, c->err);
    if (s != REPLI_OK)
        c->status = c->status == REPLI_OK ? s : c->status;
    return row;
}

/* The last "Type/id" of a path; a version ("/_history/2") is cut off. */
static const char *path_id(struct fhir *c, const char *ref, const char *type, enum fhir_need need)
{
    char *path = repli_arena_strdup(c->a, ref), *history = strstr(path, "/_history/");
    if (history)
        *history = 0;
    char *slash = strrchr(path, '/');
    if (!slash || !fhir_id_valid(slash + 1)) {
        if (need == FHIR_MUST)
            fhir_refuse(c, "reference '%.120s' is none to a %s", ref, type);
        return NULL;
    }
    *slash = 0;
    const char *before = strrchr(path, '/');
    before = before ? before + 1 : path;
    if (strcmp(before, type) == 0)
        return row_id(c, type, slash + 1);
    if (need == FHIR_MUST)
        fhir_refuse(c, "reference '%.120s' is to a %.40s, not to a %s", ref, before, type);
    return NULL;
}

static const char *by_text(struct fhir *c, const char *ref, const char *type, enum fhir_need need)
{
    if (*ref == '#') {
        if (need == FHIR_MUST)
            fhir_refuse(c, "its %s is only contained in it, not a %s of its own", type, type);
        return NULL;
    }
    if (strncmp(ref, "urn:", 4) == 0) { /* the Bundle that knew it did not name it */
        wait_or_refuse(c, need, type, ref);
        return NULL;
    }
    return strchr(ref, '?') ? conditional(c, ref, type, need) : path_id(c, ref, type, need);
}

const char *fhir_ref(struct fhir *c, const json_t *reference, const char *type, enum fhir_need need)
{
    const char *ref = fhir_text(c, reference, "reference");
    const json_t *identifier = fhir_get(reference, "identifier");
    if (ref)
        return by_text(c, ref, type, need);
    const char *value = fhir_text(c, identifier, "value");
    if (value)
        return by_identifier(c, type, fhir_text(c, identifier, "system"), value, need);
    if (need == FHIR_MUST)
        fhir_refuse(c, "refers to no %s", type);
    return NULL;
}

const json_t *fhir_contained(struct fhir *c, const json_t *reference, const char *type)
{
    const char *ref = json_string_value(fhir_get(reference, "reference"));
    const json_t *all = fhir_get(c->res, "contained");
    if (!ref || *ref != '#')
        return NULL;
    for (size_t i = 0; i < fhir_count(all); i++)
        if (fhir_is(fhir_item(all, i), "id", ref + 1) && fhir_is(fhir_item(all, i), "resourceType", type))
            return fhir_item(all, i);
    return NULL;
}

const char *fhir_texts(struct fhir *c, const json_t *object, const char *key)
{
    const json_t *list = fhir_get(object, key);
    const char *all = NULL;
    for (size_t i = 0; i < fhir_count(list); i++) {
        const json_t *one = fhir_item(list, i);
        if (json_is_null(one))
            continue;
        if (!json_is_string(one)) {
            fhir_refuse(c, "%s holds something that is no text", key);
            return NULL;
        }
        const char *clean = repli_text_clean(c->a, json_string_value(one), json_string_length(one), NULL);
        all = fhir_join(c, all, " ", *clean ? clean : NULL);
    }
    return all;
}

const char *fhir_human(struct fhir *c, const json_t *names)
{
    const json_t *n = fhir_item(names, 0);
    const char *text = fhir_text(c, n, "text");
    if (text)
        return text;
    return fhir_join(c, fhir_join(c, fhir_texts(c, n, "prefix"), " ", fhir_texts(c, n, "given")), " ",
                     fhir_text(c, n, "family"));
}

static const char *const acting[] = {"Practitioner", "PractitionerRole", "Organization"};

/* The type that a reference names, by its path or by `type`; NULL: none that has a name. */
static const char *acting_type(const json_t *reference, const char *ref)
{
    const char *said = json_string_value(fhir_get(reference, "type"));
    for (size_t i = 0; i < sizeof acting / sizeof *acting; i++) {
        size_t n = strlen(acting[i]);
        const char *at = ref ? strstr(ref, acting[i]) : NULL;
        if ((said && strcmp(said, acting[i]) == 0) || (at && (at[n] == '/' || at[n] == '?')))
            return acting[i];
    }
    return NULL;
}

struct fhir_actor fhir_actor(struct fhir *c, const json_t *reference)
{
    const char *ref = fhir_text(c, reference, "reference");
    struct fhir_actor actor = {fhir_text(c, reference, "display"), NULL};
    for (size_t i = 0; i < sizeof acting / sizeof *acting && !actor.name; i++) {
        const json_t *inside = fhir_contained(c, reference, acting[i]), *name = fhir_get(inside, "name");
        actor.name = json_is_string(name) ? fhir_text(c, inside, "name") : name ? fhir_human(c, name) : NULL;
        if (inside && !actor.name) /* a role names somebody else */
            actor.name = fhir_text(c, fhir_get(inside, "practitioner"), "display");
    }
    const char *type = acting_type(reference, ref);
    bool searched = !ref || strchr(ref, '?'); /* costs a look-up, and may have to wait: only for a name */
    if (!type || (ref && (*ref == '#' || strncmp(ref, "urn:", 4) == 0)) || (searched && actor.name))
        return actor;
    const char *id = fhir_ref(c, reference, type, FHIR_MAY);
    actor.ref = id ? repli_arena_printf(c->a, "%s/%s", type, id) : NULL;
    return actor;
}

const char *fhir_phone(struct fhir *c, const json_t *telecoms)
{
    for (size_t i = 0; i < fhir_count(telecoms); i++) {
        const json_t *one = fhir_item(telecoms, i);
        if (!fhir_is(one, "use", "old") && (fhir_is(one, "system", "phone") || !fhir_get(one, "system"))) {
            const char *value = fhir_text(c, one, "value");
            if (value)
                return value;
        }
    }
    return NULL;
}
