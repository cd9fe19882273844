/* Whose initials stand where.  A person reads the register of signatures once for all sheets of a pack about one
** subject, and says which initials stand in which field; merging takes the author from there. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/judge.h"
#include "repli/quality.h"
#include "repli/serial.h"
#include "repli/text.h"

#define INITIALS_MAX 8
#define NAME_MAX     80

/* "a.p." -> "AP"; NULL: *why. */
static const char *spelled(const char *text, struct repli_arena *a, const char **why)
{
    char *out = repli_arena_strdup(a, review_place(text, a));
    size_t n = 0;
    for (const char *p = out; *p; p++)
        if (*p != ' ')
            out[n++] = *p;
    out[n] = 0;
    if (n > 0 && n <= INITIALS_MAX)
        return out;
    *why = repli_arena_printf(a, "'%.20s' are no initials (one to %d letters)", text, INITIALS_MAX);
    return NULL;
}

static const struct repli_signer *signer_of(const struct repli_signer *rows, size_t count, const char *initials)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].initials, initials) == 0)
            return &rows[i];
    return NULL;
}

static enum repli_status take_name(const struct judge *j, struct repli_ledger *ledger, const struct review_sheet *sheet,
                                   const char *initials, const char *text, const struct repli_signer *known,
                                   enum verdict *v, const char **why, struct repli_err *err)
{
    const char *name = repli_text_clean(j->arena, text, strlen(text), NULL);
    while (*name == ' ')
        name++;
    if (!*name || strlen(name) > NAME_MAX) {
        *why = "the name is empty or too long: key it as it is printed in the register";
        return REPLI_OK;
    }
    *v = known && strcmp(known->name, name) == 0 ? REPEATED : TAKEN;
    const struct repli_signer row = {initials, name, j->by};
    return repli_ledger_signer_put(ledger, sheet->row->serial, &row, repli_clock_now(&j->site->clock), err);
}

static enum repli_status take_fields(const struct judge *j, struct repli_ledger *ledger,
                                     const struct review_sheet *sheet, const char *initials, const json_t *fields,
                                     const char **why, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    size_t i;
    const json_t *v;
    json_array_foreach(fields, i, v)
    {
        const struct review_field *f = json_is_string(v) ? review_find(sheet, json_string_value(v)) : NULL;
        if (!f || f->field->kind != REPLI_FIELD_INITIALS) {
            *why = repli_arena_printf(j->arena, "'%.40s' is no field for initials (repli review initials %s)",
                                      json_is_string(v) ? json_string_value(v) : "?", sheet->row->sheet);
            return REPLI_OK; /* nothing of the line is taken */
        }
    }
    json_array_foreach(fields, i, v)
    {
        const struct repli_initialled row = {.field = json_string_value(v), .initials = initials, .person = j->by};
        if (s == REPLI_OK)
            s = repli_ledger_initialled_put(ledger, sheet->row->serial, &row, repli_clock_now(&j->site->clock), err);
    }
    return s;
}

enum repli_status judge_initials(const struct judge *j, struct repli_ledger *ledger, const struct review_sheet *sheet,
                                 const struct answer *an, enum verdict *v, const char **why, struct repli_err *err)
{
    struct repli_signer *rows = NULL;
    size_t count = 0;
    const char *initials = spelled(an->initials, j->arena, why);
    if (!initials)
        return REPLI_OK;
    enum repli_status s = repli_ledger_signers(ledger, sheet->row->serial, j->arena, &rows, &count, err);
    if (s != REPLI_OK)
        return s;
    const struct repli_signer *known = signer_of(rows, count, initials);
    if (an->name)
        s = take_name(j, ledger, sheet, initials, an->name, known, v, why, err);
    else if (!known)
        *why = repli_arena_printf(j->arena,
                                  "nobody on these sheets is registered as %s: say whose initials they are first "
                                  "(\"initials\" with a \"name\"), or look again",
                                  initials);
    if (s == REPLI_OK && !*why && an->fields) {
        s = take_fields(j, ledger, sheet, initials, an->fields, why, err);
        *v = *why ? REFUSED : TAKEN;
    }
    return s;
}

/* ---- what there is to say */

/* The words beside it in a line of the register: a field of the same line, "name"; NULL: it is no such line. */
static const struct review_field *name_beside(const struct review_sheet *sheet, const struct review_field *f)
{
    const char *dot = strrchr(f->field->id, '.');
    for (size_t i = 0; dot && !f->field->capture && i < sheet->count; i++) {
        const struct repli_field *other = sheet->fields[i].field;
        size_t n = (size_t)(dot - f->field->id) + 1;
        if (other->kind == REPLI_FIELD_TEXT && strncmp(other->id, f->field->id, n) == 0 &&
            strcmp(other->id + n, "name") == 0)
            return &sheet->fields[i];
    }
    return NULL;
}

static size_t captures_of(const struct review_sheet *sheet, const struct review_field *f)
{
    size_t n = 0, index = (size_t)(f - sheet->fields);
    for (size_t c = 0; c < sheet->map->ncaptures; c++)
        for (size_t m = 0; m < sheet->map->captures[c].nmembers; m++)
            n += sheet->map->captures[c].fields[m] == index;
    return n;
}

static json_t *line_of(const struct review_sheet *sheet, const struct review_field *f,
                       const struct repli_initialled *told, struct repli_arena *a)
{
    const struct review_field *name = name_beside(sheet, f);
    const char *crop = review_crop_path(f->reading->crop, a),
               *name_crop = name && name->reading ? review_crop_path(name->reading->crop, a) : NULL;
    if (name)
        return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s?}", "sheet", sheet->row->sheet, "field", f->field->id, "what",
                         "register", "crop", crop, "name_field", name->field->id, "name_crop", name_crop);
    return json_pack("{s:s, s:s, s:s, s:s?, s:I, s:s?, s:s?}", "sheet", sheet->row->sheet, "field", f->field->id,
                     "what", "initials", "crop", crop, "captures", (json_int_t)captures_of(sheet, f), "initials",
                     told ? told->initials : NULL, "name", told ? told->name : NULL);
}

static enum repli_status list_sheet(struct repli_ledger *ledger, uint64_t serial, bool all, repli_review_line_fn *fn,
                                    void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_initialled *told = NULL;
    size_t ntold = 0;
    enum repli_status s = review_load(ledger, serial, &a, &sheet, err);
    if (s == REPLI_OK)
        s = repli_ledger_initialled(ledger, serial, &a, &told, &ntold, err);
    for (size_t i = 0; s == REPLI_OK && sheet && i < sheet->count; i++) {
        const struct review_field *f = &sheet->fields[i];
        const struct repli_initialled *mine = NULL;
        for (size_t k = 0; k < ntold; k++)
            if (strcmp(told[k].field, f->field->id) == 0)
                mine = &told[k];
        bool ink = f->reading && strcmp(f->reading->state, "empty") != 0;
        if (f->field->kind != REPLI_FIELD_INITIALS || !ink || (mine && !all))
            continue;
        json_t *o = line_of(sheet, f, mine, &a);
        char *text = json_dumps(o, JSON_COMPACT);
        if (text)
            fn(user, text);
        free(text);
        json_decref(o);
    }
    return s;
}

enum repli_status repli_review_initials(const struct repli_site *site, struct repli_ledger *ledger, const char *sheet,
                                        repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    static const enum repli_life states[] = {REPLI_LIFE_READ, REPLI_LIFE_REVIEWED};
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    uint64_t serial = 0;
    if (sheet && !repli_serial_parse(sheet, &serial))
        return repli_fail(err, REPLI_USAGE, "'%.40s' is no sheet number (like K7QD-M3XA-9; its last sign is a check)",
                          sheet);
    enum repli_status s = review_refresh(site, ledger, err);
    if (s == REPLI_OK && sheet)
        return list_sheet(ledger, serial, true, fn, user, err);
    for (size_t i = 0; s == REPLI_OK && i < 2; i++) {
        uint64_t *serials = NULL;
        size_t count = 0;
        s = repli_ledger_serials(ledger, states[i], false, &a, &serials, &count, err);
        for (size_t k = 0; s == REPLI_OK && k < count; k++)
            s = list_sheet(ledger, serials[k], false, fn, user, err);
    }
    return s;
}
