/* Patient: which of several names and numbers is the one on paper. */
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

/* Lower is better; 0 = never: a maiden or former name on a wristband is somebody else's name. */
static int name_rank(const json_t *name)
{
    static const char *const uses[] = {"official", "usual", NULL, "temp", "nickname", "anonymous"};
    const char *use = json_string_value(fhir_get(name, "use"));
    if (use && (strcmp(use, "maiden") == 0 || strcmp(use, "old") == 0))
        return 0;
    for (int i = 0; i < (int)(sizeof uses / sizeof *uses); i++)
        if ((!use && !uses[i]) || (use && uses[i] && strcmp(use, uses[i]) == 0))
            return i + 1;
    return 99;
}

static const json_t *best_name(const json_t *names)
{
    const json_t *best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < fhir_count(names); i++) {
        const json_t *one = fhir_item(names, i);
        int rank = json_is_object(one) ? name_rank(one) : 0;
        if (rank > 0 && (!best || rank < best_rank))
            best = one, best_rank = rank;
    }
    return best;
}

static void read_name(struct fhir *c, struct repli_rec_patient *x)
{
    const json_t *name = best_name(fhir_get(c->res, "name"));
    x->family = fhir_text(c, name, "family");
    x->given = fhir_texts(c, name, "given");
    x->prefix = fhir_texts(c, name, "prefix");
    if (!x->family && !x->given)
        x->name_text = fhir_text(c, name, "text");
    const char *whole = x->name_text ? x->name_text : fhir_join(c, x->family, " ", x->given);
    x->name_fold = whole ? repli_text_fold(c->a, whole) : NULL;
}

/* Belgian rule and good sense: the national number is nobody's hospital number. */
static bool national(const json_t *identifier)
{
    const json_t *type = fhir_get(identifier, "type");
    const char *system = json_string_value(fhir_get(identifier, "system"));
    return (system && strstr(system, "/ssin")) || fhir_has_code(type, NULL, "NI") ||
           fhir_has_code(type, NULL, "NNBEL") || fhir_has_code(type, NULL, "SS");
}

/* 1 is best; 0 = not to be printed as the number of this person. */
static int identifier_rank(const json_t *identifier)
{
    bool value = json_string_length(fhir_get(identifier, "value")) > 0, system = fhir_get(identifier, "system") != NULL;
    if (!value || fhir_is(identifier, "use", "old"))
        return 0;
    if (fhir_has_code(fhir_get(identifier, "type"), NULL, "MR"))
        return 1;
    int rank = fhir_is(identifier, "use", "usual") ? 2 : fhir_is(identifier, "use", "official") ? 3 : system ? 4 : 5;
    return national(identifier) ? rank + 10 : rank;
}

static void add_identifier(struct fhir *c, struct repli_rec_identifier *list, size_t *n, const json_t *one)
{
    const char *system = fhir_text(c, one, "system"), *value = fhir_text(c, one, "value");
    if (!value)
        return;
    if (!system)
        system = "";
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i].system, system) == 0 && strcmp(list[i].value, value) == 0)
            return;
    list[(*n)++] = (struct repli_rec_identifier){system, value, fhir_coding(c, fhir_get(one, "type"), NULL).code};
}

static void read_identifiers(struct fhir *c, struct repli_rec_patient *x)
{
    const json_t *all = fhir_get(c->res, "identifier"), *primary = NULL;
    size_t count = fhir_count(all);
    int best = 0;
    struct repli_rec_identifier *list = repli_arena_array(c->a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        int rank = identifier_rank(fhir_item(all, i));
        if (rank > 0 && (!primary || rank < best))
            primary = fhir_item(all, i), best = rank;
    }
    if (primary)
        add_identifier(c, list, &x->nidentifiers, primary);
    if (x->nidentifiers == 0) /* none, or one that was blanks only */
        list[x->nidentifiers++] = (struct repli_rec_identifier){"urn:repli:fhir-id", c->id, NULL};
    for (size_t i = 0; i < count && x->nidentifiers <= count; i++)
        add_identifier(c, list, &x->nidentifiers, fhir_item(all, i));
    x->identifiers = list;
}

static void read_death(struct fhir *c, struct repli_rec_patient *x)
{
    x->deceased_utc = fhir_time(c, c->res, "deceasedDateTime");
    x->deceased = x->deceased_utc != NULL || fhir_flag(c, c->res, "deceasedBoolean", false);
}

static void read_gender(struct fhir *c, struct repli_rec_patient *x)
{
    static const char *const known[] = {"male", "female", "other", "unknown"};
    x->gender = fhir_text(c, c->res, "gender");
    for (size_t i = 0; x->gender && i < sizeof known / sizeof *known; i++)
        if (strcmp(x->gender, known[i]) == 0)
            return;
    if (x->gender)
        fhir_refuse(c, "gender '%.40s' is none of male, female, other, unknown", x->gender);
}

static void read_links(struct fhir *c, struct repli_rec_patient *x)
{
    const json_t *links = fhir_get(c->res, "link");
    const char **replaces = repli_arena_array(c->a, fhir_count(links) + 1, sizeof *replaces);
    for (size_t i = 0; i < fhir_count(links); i++) {
        const json_t *one = fhir_item(links, i);
        bool up = fhir_is(one, "type", "replaced-by");
        const char *other =
            up || fhir_is(one, "type", "replaces") ? fhir_ref(c, fhir_get(one, "other"), "Patient", FHIR_MAY) : NULL;
        if (up && other && x->replaced_by && strcmp(x->replaced_by, other) != 0)
            fhir_refuse(c, "is replaced by two others, Patient/%s and Patient/%s", x->replaced_by, other);
        if (up && other)
            x->replaced_by = other;
        else if (other)
            replaces[x->nreplaces++] = other;
    }
    x->replaces = replaces;
}

/* Whom to ring, the general practitioner, and the patient himself. */
static void read_contacts(struct fhir *c, struct repli_rec_patient *x)
{
    const json_t *all = fhir_get(c->res, "contact"), *gps = fhir_get(c->res, "generalPractitioner");
    struct repli_rec_contact *list = repli_arena_array(c->a, fhir_count(all) + fhir_count(gps) + 2, sizeof *list);
    for (size_t i = 0; i < fhir_count(all); i++) {
        const json_t *one = fhir_item(all, i);
        const struct fhir_actor office = fhir_actor(c, fhir_get(one, "organization"));
        struct repli_rec_contact x1 = {.kind = "contact", .actor_ref = office.ref};
        x1.relation = fhir_words(c, fhir_item(fhir_get(one, "relationship"), 0));
        x1.name = fhir_human(c, fhir_get(one, "name"));
        x1.name = x1.name ? x1.name : office.name;
        x1.phone = fhir_phone(c, fhir_get(one, "telecom"));
        if (x1.name || x1.phone || x1.actor_ref)
            list[x->ncontacts++] = x1;
    }
    for (size_t i = 0; i < fhir_count(gps); i++) {
        const struct fhir_actor gp = fhir_actor(c, fhir_item(gps, i));
        if (gp.name || gp.ref)
            list[x->ncontacts++] = (struct repli_rec_contact){.kind = "gp", .name = gp.name, .actor_ref = gp.ref};
    }
    const char *own = fhir_phone(c, fhir_get(c->res, "telecom"));
    if (own)
        list[x->ncontacts++] = (struct repli_rec_contact){.kind = "self", .phone = own};
    x->contacts = list;
}

/* Lower is better; 0 = never: where somebody lived before. */
static int address_rank(const json_t *address)
{
    const char *use = json_string_value(fhir_get(address, "use"));
    if (use && strcmp(use, "old") == 0)
        return 0;
    return use && strcmp(use, "home") == 0 ? 1 : !use ? 2 : strcmp(use, "temp") == 0 ? 3 : 4;
}

/* "Rue Haute 322, 1000 Bruxelles"; whole words where the parts were not sent. */
static void read_address(struct fhir *c, struct repli_rec_patient *x)
{
    const json_t *all = fhir_get(c->res, "address"), *best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < fhir_count(all); i++) {
        const json_t *one = fhir_item(all, i);
        int rank = json_is_object(one) ? address_rank(one) : 0;
        if (rank > 0 && (!best || rank < best_rank))
            best = one, best_rank = rank;
    }
    const char *street = fhir_texts(c, best, "line");
    const char *town = fhir_join(c, fhir_text(c, best, "postalCode"), " ", fhir_text(c, best, "city"));
    x->address = fhir_join(c, fhir_join(c, street, ", ", town), ", ", fhir_text(c, best, "country"));
    if (!street && !town)
        x->address = fhir_text(c, best, "text");
}

enum repli_status fhir_patient(struct fhir *c, enum repli_put *put)
{
    struct repli_rec_patient x = {.id = c->id};
    const json_t *languages = fhir_get(c->res, "communication"), *one = fhir_item(languages, 0);
    read_name(c, &x);
    read_identifiers(c, &x);
    read_gender(c, &x);
    read_death(c, &x);
    read_links(c, &x);
    read_contacts(c, &x);
    read_address(c, &x);
    x.birth_date = fhir_text(c, c->res, "birthDate");
    if (x.birth_date && !repli_date_valid(x.birth_date))
        fhir_refuse(c, "birthDate '%.40s' is no date", x.birth_date);
    for (size_t i = 1; i < fhir_count(languages); i++)
        if (json_is_true(fhir_get(fhir_item(languages, i), "preferred")))
            one = fhir_item(languages, i);
    x.language = fhir_coding(c, fhir_get(one, "language"), "urn:ietf:bcp:47").code;
    x.active = fhir_flag(c, c->res, "active", true);
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put_patient(c->imp->set.record, c->imp->set.keys, &x, c->hash, put, c->err);
}
