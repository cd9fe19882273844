/* PID and MRG: who it is, and who has become whom. */
#include <string.h>

#include "exchange/hl7.h"
#include "repli/text.h"

struct numbers {
    struct repli_rec_identifier *list;
    size_t count;
};

static bool holds(const struct numbers *n, const struct repli_rec_identifier *one)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->list[i].system, one->system) == 0 && strcmp(n->list[i].value, one->value) == 0)
            return true;
    return false;
}

/* Account and visit numbers name stays, not people. */
static bool of_a_person(const char *type)
{
    return !type || (strcmp(type, "AN") != 0 && strcmp(type, "VN") != 0);
}

/* All identifiers of a field (CX, repeated) that are not in `but`, added to what is there. */
static void add_numbers(struct hl7 *m, const struct hl7_span *segment, size_t field, const struct numbers *but,
                        struct numbers *n)
{
    for (size_t i = 1; i <= hl7_repeats(m, segment, field); i++) {
        struct hl7_span cx = hl7_repeat(m, segment, field, i);
        const char *value = hl7_part(m, cx, 1, 1), *type = hl7_part(m, cx, 5, 1);
        if (!value || !of_a_person(type))
            continue;
        const struct repli_rec_identifier one = {hl7_system(m, cx, 4, type), value, type};
        if (holds(n, &one) || (but && holds(but, &one)))
            continue;
        n->list = repli_arena_grow(m->a, n->list, n->count, n->count + 1, sizeof *n->list);
        n->list[n->count++] = one;
    }
}

/* 1 is best: the hospital's own number; what the state or an insurer gave is nobody's hospital number. */
static int rank(const char *type)
{
    static const char *const types[] = {"MR", "PI", "PT", "PN"};
    static const char *const last[] = {"NI", "NNBEL", "SS", "DL", "PPN"};
    for (int i = 0; type && i < 4; i++)
        if (strcmp(type, types[i]) == 0)
            return i + 1;
    for (int i = 0; type && i < 5; i++)
        if (strcmp(type, last[i]) == 0)
            return 9;
    return type ? 6 : 5;
}

/* By rank; equal ones stay in the order in which they were sent. */
static void best_first(struct numbers *n)
{
    for (size_t i = 1; i < n->count; i++)
        for (size_t k = i; k > 0 && rank(n->list[k].type) < rank(n->list[k - 1].type); k--) {
            struct repli_rec_identifier held = n->list[k];
            n->list[k] = n->list[k - 1];
            n->list[k - 1] = held;
        }
}

/* The record of whoever has one of these numbers; NULL = nobody.  Numbers of two people refuse the message. */
static const char *who(struct hl7 *m, const struct numbers *n)
{
    const char *id = NULL;
    for (size_t i = 0; i < n->count && m->status == REPLI_OK; i++) {
        const char *one = NULL;
        m->status =
            repli_record_person(m->imp->set.record, n->list[i].system, n->list[i].value, NULL, m->a, &one, m->err);
        if (m->status == REPLI_OK && id && one && strcmp(id, one) != 0)
            hl7_refuse(m, "its numbers are those of two people, Patient/%s and Patient/%s", id, one);
        id = one ? one : id;
    }
    return id;
}

/* ---- what is known of a person */

/* Never a maiden or former name: on a wristband it is somebody else's. */
static int name_rank(const char *type)
{
    static const char *const types[] = {"L", "D", "U", "N", "S"};
    for (int i = 0; type && i < 5; i++)
        if (strcmp(type, types[i]) == 0)
            return i + 2;
    if (type && (strcmp(type, "M") == 0 || strcmp(type, "A") == 0 || strcmp(type, "BAD") == 0))
        return 0;
    return type ? 8 : 1;
}

static void read_name(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    struct hl7_span best = {"", 0};
    int best_rank = 0;
    for (size_t i = 1; i <= hl7_repeats(m, pid, 5); i++) {
        struct hl7_span one = hl7_repeat(m, pid, 5, i);
        int r = name_rank(hl7_part(m, one, 7, 1));
        if (r > 0 && (best_rank == 0 || r < best_rank))
            best = one, best_rank = r;
    }
    const char *family = hl7_part(m, best, 1, 1), *given = hl7_part(m, best, 2, 1), *more = hl7_part(m, best, 3, 1);
    if (!family && !given)
        return;
    x->family = family;
    x->given = given && more ? repli_arena_printf(m->a, "%s %s", given, more) : given ? given : more;
    x->prefix = hl7_part(m, best, 5, 1);
    x->name_text = NULL;
    x->name_fold = repli_text_fold(m->a, repli_arena_printf(m->a, "%s%s%s", family ? family : "",
                                                            family && x->given ? " " : "", x->given ? x->given : ""));
}

static void read_sex(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    static const struct {
        const char *sent, *gender;
    } sexes[] = {{"f", "female"},  {"female", "female"}, {"m", "male"},      {"male", "male"},
                 {"o", "other"},   {"a", "other"},       {"x", "other"},     {"other", "other"},
                 {"u", "unknown"}, {"n", "unknown"},     {"unk", "unknown"}, {"unknown", "unknown"}};
    const char *sent = hl7_field(m, pid, 8), *folded = sent ? repli_text_fold(m->a, sent) : NULL;
    for (size_t i = 0; sent && i < sizeof sexes / sizeof *sexes; i++)
        if (strcmp(folded, sexes[i].sent) == 0) {
            x->gender = sexes[i].gender;
            return;
        }
    if (sent)
        hl7_refuse(m, "PID-8 '%.40s' is no sex (F, M, O, U, A, N, X)", sent);
}

static void read_language(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    static const char *const codes[][2] = {{"fra", "fr"}, {"fre", "fr"}, {"nld", "nl"}, {"dut", "nl"},
                                           {"deu", "de"}, {"ger", "de"}, {"eng", "en"}};
    const char *sent = hl7_field(m, pid, 15), *code = sent ? repli_text_fold(m->a, sent) : "";
    if (strlen(code) == 2)
        x->language = code;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i][0]) == 0)
            x->language = codes[i][1];
}

static const char *joined(struct hl7 *m, const char *a, const char *between, const char *b)
{
    return a && b ? repli_arena_printf(m->a, "%s%s%s", a, between, b) : a ? a : b;
}

/* PID-11: the first that is no birth place and no former one. */
static void read_address(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    for (size_t i = 1; i <= hl7_repeats(m, pid, 11); i++) {
        struct hl7_span one = hl7_repeat(m, pid, 11, i);
        const char *type = hl7_part(m, one, 7, 1);
        if (type && strcmp(type, "H") != 0 && strcmp(type, "L") != 0 && strcmp(type, "P") != 0 &&
            strcmp(type, "C") != 0)
            continue;
        const char *street = joined(m, hl7_part(m, one, 1, 1), ", ", hl7_part(m, one, 2, 1));
        const char *town = joined(m, hl7_part(m, one, 5, 1), " ", hl7_part(m, one, 3, 1));
        if (!street && !town)
            continue;
        x->address = joined(m, joined(m, street, ", ", town), ", ", hl7_part(m, one, 6, 1));
        return;
    }
}

static void read_death(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    const char *sent = hl7_field(m, pid, 30);
    const int64_t *when = hl7_time(m, pid, 29, "PID-29");
    if (sent && strcmp(sent, "N") == 0) {
        x->deceased = false;
        x->deceased_utc = NULL;
    }
    if (when)
        x->deceased_utc = when;
    if (when || (sent && strcmp(sent, "Y") == 0))
        x->deceased = true;
}

/* What a message does not say stays as it was. */
static void read_person(struct hl7 *m, const struct hl7_span *pid, struct repli_rec_patient *x)
{
    const char *birth = hl7_date(m, pid, 7, "PID-7");
    read_name(m, pid, x);
    read_sex(m, pid, x);
    read_language(m, pid, x);
    read_address(m, pid, x);
    read_death(m, pid, x);
    x->birth_date = birth ? birth : x->birth_date;
}

/* ---- rows */

/* A person without a record gets one: its id follows from the best number. */
static struct repli_rec_patient start(struct hl7 *m, const char *id, const struct numbers *n)
{
    struct repli_rec_patient x = {.active = true};
    bool known = false;
    if (id)
        m->status = repli_record_get_patient(m->imp->set.record, id, m->a, &known, &x, m->err);
    if (known || m->status != REPLI_OK)
        return x;
    const char *const texts[] = {"patient", n->list[0].system, n->list[0].value, NULL};
    x.id = hl7_id(m, texts);
    return x;
}

/* The numbers it had, the primary one first, and what is new. */
static void put(struct hl7 *m, struct repli_rec_patient *x, const struct numbers *sent)
{
    struct numbers all = {repli_arena_array(m->a, x->nidentifiers + sent->count, sizeof *all.list), 0};
    enum repli_put done;
    for (size_t i = 0; i < x->nidentifiers; i++)
        all.list[all.count++] = x->identifiers[i];
    for (size_t i = 0; i < sent->count; i++)
        if (!holds(&all, &sent->list[i]))
            all.list[all.count++] = sent->list[i];
    x->identifiers = all.list;
    x->nidentifiers = all.count;
    if (m->status == REPLI_OK)
        m->status = repli_record_put_patient(m->imp->set.record, m->imp->set.keys, x, m->hash, &done, m->err);
}

/* PID-3; the fields of older versions where it is empty. */
static struct numbers numbers_of(struct hl7 *m, const struct hl7_span *pid, const struct numbers *but)
{
    static const size_t fields[] = {3, 2, 4};
    struct numbers n = {0};
    for (size_t i = 0; i < 3 && n.count == 0; i++)
        add_numbers(m, pid, fields[i], but, &n);
    best_first(&n);
    if (n.count == 0)
        hl7_refuse(m,
                   but && but->count > 0 ? "PID-3 names nobody but who is merged (MRG-1)" : "PID-3 has no identifier");
    return n;
}

const char *hl7_person(struct hl7 *m, const struct hl7_span *pid, const struct hl7_span *mrg)
{
    struct numbers old = {0};
    if (mrg)
        add_numbers(m, mrg, 1, NULL, &old);
    struct numbers n = numbers_of(m, pid, &old);
    const char *id = who(m, &n);
    if (m->status != REPLI_OK)
        return NULL;
    struct repli_rec_patient x = start(m, id, &n);
    if (m->status == REPLI_OK)
        read_person(m, pid, &x);
    put(m, &x, &n);
    return m->status == REPLI_OK ? x.id : NULL;
}

/* Whoever has one of the old numbers and is not the survivor. */
static const char *who_else(struct hl7 *m, const struct numbers *n, const char *survivor)
{
    const char *id = NULL;
    for (size_t i = 0; i < n->count && m->status == REPLI_OK && !id; i++)
        m->status =
            repli_record_person(m->imp->set.record, n->list[i].system, n->list[i].value, survivor, m->a, &id, m->err);
    return id;
}

/* Both records stay; the old one says what has replaced it.  One that never came is made from its numbers, so that
** whatever is sent under them later finds the survivor. */
void hl7_merge(struct hl7 *m, const struct hl7_span *pid, const struct hl7_span *mrg)
{
    struct numbers old = {0}, none = {0};
    struct repli_rec_patient before = {0};
    bool known = false;
    const char *survivor = hl7_person(m, pid, mrg);
    if (m->status != REPLI_OK)
        return;
    add_numbers(m, mrg, 1, NULL, &old);
    best_first(&old);
    if (old.count == 0) {
        hl7_refuse(m, "MRG-1 has no identifier");
        return;
    }
    const char *id = who_else(m, &old, survivor);
    struct repli_rec_patient x = start(m, id, &old);
    if (m->status == REPLI_OK)
        m->status = repli_record_get_patient(m->imp->set.record, survivor, m->a, &known, &before, m->err);
    if (m->status == REPLI_OK && strcmp(x.id, survivor) == 0)
        hl7_refuse(m, "merges Patient/%s into itself", survivor);
    if (m->status == REPLI_OK && before.replaced_by && strcmp(before.replaced_by, x.id) == 0)
        hl7_refuse(m, "merges Patient/%s into Patient/%s, which was merged into it before", x.id, survivor);
    x.replaced_by = survivor;
    put(m, &x, id ? &none : &old);
}
