/* Loading a field of a template: one map whose first word says its kind ("tick: doctor", "band: rr"), checked here as
** far as it can be without a page. */
#include <math.h>
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

static const struct {
    const char *word;
    enum repli_field_kind kind;
} words[] = {
    {"tick", REPLI_FIELD_TICK},           {"comb", REPLI_FIELD_DIGITS},   {"band", REPLI_FIELD_BAND},
    {"number", REPLI_FIELD_WRITE},        {"zone", REPLI_FIELD_TEXT},     {"initials", REPLI_FIELD_INITIALS},
    {"signature", REPLI_FIELD_SIGNATURE}, {"sticker", REPLI_FIELD_LABEL},
};

static const char *const allowed[] = {
    "tick",   "comb",  "band",  "number",   "zone", "initials", "signature", "sticker", "label",   "unit", "role",
    "tier",   "group", "cells", "soft",     "hard", "days",     "strong",    "fill",    "capture", "rows", "width",
    "height", "at",    "head",  "total_of", "over", "of",       "code",      "system",  NULL};

static const char *kind_word(const struct repli_yaml *node, enum repli_field_kind *kind)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (repli_yaml_get(node, words[i].word)) {
            *kind = words[i].kind;
            return words[i].word;
        }
    return NULL;
}

bool repli_load_is_field(const struct repli_yaml *node)
{
    enum repli_field_kind kind;
    return kind_word(node, &kind) != NULL;
}

enum repli_status repli_load_mm(const struct repli_yaml *map, const char *key, double min, double max, int32_t *out_um,
                                struct repli_err *err)
{
    double mm = NAN;
    if (repli_yaml_number(map, key, min, max, &mm, err) != REPLI_OK)
        return REPLI_DATA;
    if (!isnan(mm))
        *out_um = (int32_t)lround(mm * 100) * 10;
    return REPLI_OK;
}

/* The typeface has every sign; if not, the mistake lies in the language's file where the text is a translation. */
static enum repli_status check_signs(const struct repli_form *form, const struct repli_yaml *node, const char *text,
                                     struct repli_err *err)
{
    for (const char *p = text; *p;) {
        uint32_t cp = repli_utf8_next(&p);
        if (repli_font_has(REPLI_FACE_REGULAR, cp) || repli_font_has(REPLI_FACE_SYMBOL, cp))
            continue;
        const struct repli_yaml *translated = strcmp(node->text, text) == 0 ? NULL : repli_lang_node(form, text);
        return repli_yaml_fail(translated ? translated : node, err,
                               "U+%04X in \"%s\" is a sign that the printed typeface does not have: write it "
                               "another way",
                               (unsigned)cp, text);
    }
    return REPLI_OK;
}

enum repli_status repli_load_text(struct repli_form *form, const struct repli_yaml *map, const char *key, bool required,
                                  const char **out, struct repli_err *err)
{
    const struct repli_yaml *node = repli_yaml_get(map, key);
    const char *english = NULL;
    if (repli_yaml_text(map, key, &english, err) != REPLI_OK)
        return REPLI_DATA;
    if (!english || !*english)
        return required ? repli_yaml_fail(map, err, "`%s` is missing: write the English text", key) : REPLI_OK;
    form->line = node->line;
    *out = repli_form_text(form, english);
    form->line = 0;
    return check_signs(form, node, *out, err);
}

/* [low, high]; null = open. */
static enum repli_status load_range(const struct repli_yaml *map, const char *key, struct repli_range *out,
                                    struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(map, key);
    struct repli_range r = {0};
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count != 2)
        return repli_yaml_fail(list, err, "`%s` must be [lowest, highest]", key);
    for (size_t i = 0; i < 2; i++) {
        const struct repli_yaml *v = &list->items[i];
        bool open =
            v->kind == REPLI_YAML_SCALAR && !v->quoted && (strcmp(v->text, "null") == 0 || strcmp(v->text, "~") == 0);
        double n = 0;
        if (!open && (v->kind != REPLI_YAML_SCALAR || !repli_number(v->text, &n)))
            return repli_yaml_fail(v, err, "`%s` must hold two numbers with a point, or null for an open end", key);
        *(i ? &r.has_high : &r.has_low) = !open;
        *(i ? &r.high : &r.low) = n;
    }
    if (r.has_low && r.has_high && r.low > r.high)
        return repli_yaml_fail(list, err, "`%s` begins above its end", key);
    *out = r;
    return REPLI_OK;
}

/* Codes and units go into JSON as they are. */
static bool plain(const char *s)
{
    return !s || !s[strcspn(s, "\"\\\n\t")];
}

/* 9279-1: the digit behind the dash is the check digit (modulo 10, every other digit doubled) of those before it. */
static bool loinc_ok(const char *code)
{
    size_t n = strspn(code, "0123456789");
    int sum = 0;
    if (n == 0 || n > 7 || code[n] != '-' || code[n + 1] < '0' || code[n + 1] > '9' || code[n + 2] != '\0')
        return false;
    for (size_t i = 0; i < n; i++) {
        int digit = (code[n - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += digit / 10 + digit % 10;
    }
    return (10 - sum % 10) % 10 == code[n + 1] - '0';
}

static bool is_word(const char *text, const char *a, const char *b, const char *c)
{
    return text && (strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0);
}

/* An amount with its code and direction, or the sum of a block of them. */
static enum repli_status check_fluid(const struct repli_yaml *c, const struct capture_spec *s, struct repli_err *err)
{
    bool amount = s->code && is_word(s->direction, "in", "out", "out") && !s->sum && !s->of;
    bool sum = !s->code && !s->direction && is_word(s->sum, "in", "out", "net") && s->of;
    return amount || sum ? REPLI_OK
                         : repli_yaml_fail(c, err,
                                           "a fluid is an amount (`code`, and `direction` in or out) or a sum "
                                           "(`sum` in, out or net, `of` the name of the block)");
}

static enum repli_status load_capture(const struct repli_yaml *node, struct capture_spec *out, struct repli_err *err)
{
    static const char *const keys[] = {"kind", "system", "code", "unit", "direction", "sum", "of", "each", NULL};
    const struct repli_yaml *c = repli_yaml_get(node, "capture");
    struct capture_spec s = {.system = "http://loinc.org"};
    if (!c)
        return REPLI_OK;
    if (repli_yaml_only(c, keys, err) != REPLI_OK || repli_yaml_text(c, "kind", &s.kind, err) != REPLI_OK ||
        repli_yaml_text(c, "system", &s.system, err) != REPLI_OK ||
        repli_yaml_text(c, "code", &s.code, err) != REPLI_OK || repli_yaml_text(c, "unit", &s.unit, err) != REPLI_OK ||
        repli_yaml_text(c, "direction", &s.direction, err) != REPLI_OK ||
        repli_yaml_text(c, "sum", &s.sum, err) != REPLI_OK || repli_yaml_text(c, "of", &s.of, err) != REPLI_OK ||
        repli_yaml_bool(c, "each", &s.each, err) != REPLI_OK)
        return REPLI_DATA;
    if (!s.kind || (strcmp(s.kind, "observation") != 0 && strcmp(s.kind, "fluid") != 0))
        return repli_yaml_fail(c, err, "`kind` must be one of: observation, fluid");
    if (repli_yaml_text(node, "label", &s.display, err) != REPLI_OK)
        return REPLI_DATA;
    if (!plain(s.system) || !plain(s.code) || !plain(s.unit) || !plain(s.display) || !plain(s.of))
        return repli_yaml_fail(c, err, "a capture's texts hold no quotes, no backslash and no line break");
    if (strcmp(s.kind, "fluid") == 0) {
        *out = s;
        return check_fluid(c, &s, err);
    }
    if (!s.code)
        return repli_yaml_fail(c, err, "`code` is missing: which observation is it, e.g. 9279-1");
    if (strcmp(s.system, "http://loinc.org") == 0 && !loinc_ok(s.code))
        return repli_yaml_fail(repli_yaml_get(c, "code"), err,
                               "\"%s\" is no LOINC code (its last digit is not the check digit of the others): look it "
                               "up again, or say its `system`",
                               s.code);
    *out = s;
    return REPLI_OK;
}

/* "99:99", "999,9": a 9 is a cell, the signs between are printed. */
static enum repli_status load_cells(const struct repli_yaml *node, struct field_spec *f, struct repli_err *err)
{
    if (repli_yaml_text(node, "cells", &f->cells, err) != REPLI_OK)
        return REPLI_DATA;
    if (!f->cells)
        return repli_yaml_fail(node, err,
                               "`cells` is missing: a 9 for each digit, e.g. \"999\", \"99:99\" or \"999,9\"");
    const struct repli_yaml *at = repli_yaml_get(node, "cells");
    bool comma = false;
    for (const char *c = f->cells; *c; c++) {
        bool sign = *c == ':' || *c == ',' || *c == '-';
        if ((*c != '9' && !sign) || (sign && (c == f->cells || c[-1] != '9' || c[1] != '9')) || (*c == ',' && comma))
            return repli_yaml_fail(at, err, "`cells` is \"%s\"; it holds 9s, and one : , or - between them", f->cells);
        comma = comma || *c == ',';
        f->ncells += *c == '9';
        f->decimals += comma && *c == '9';
    }
    if (f->ncells == 0 || f->ncells > 12)
        return repli_yaml_fail(at, err, "`cells` must hold 1 to 12 digits");
    double limit = pow(10, (double)f->ncells), scale = pow(10, f->decimals);
    if (f->hard.has_high && f->hard.high * scale >= limit - 0.5)
        return repli_yaml_fail(at, err, "%zu cells cannot hold %g, the end of `hard`: add a cell or lower the range",
                               f->ncells, f->hard.high);
    if (f->hard.has_low && f->hard.low < 0)
        return repli_yaml_fail(at, err, "a comb cannot hold a number below 0: `hard` must begin at 0 or above");
    const double ends[] = {f->hard.has_low ? f->hard.low : 0, f->hard.has_high ? f->hard.high : 0,
                           f->soft.has_low ? f->soft.low : 0, f->soft.has_high ? f->soft.high : 0};
    for (size_t i = 0; i < 4; i++)
        if (fabs(ends[i] * scale - round(ends[i] * scale)) > 1e-6)
            return repli_yaml_fail(at, err, "\"%s\" has no room for the places of %g: write a comma, as in \"99,9\"",
                                   f->cells, ends[i]);
    return REPLI_OK;
}

/* A number that is always refused need not be asked about twice. */
static enum repli_status check_soft(const struct repli_yaml *node, const struct field_spec *f, struct repli_err *err)
{
    if ((f->soft.has_high && f->hard.has_high && f->soft.high > f->hard.high) ||
        (f->soft.has_low && f->hard.has_low && f->soft.low < f->hard.low))
        return repli_yaml_fail(repli_yaml_get(node, "soft"), err,
                               "`soft` reaches beyond `hard`: numbers outside `hard` are refused anyway");
    return REPLI_OK;
}

/* The fields that serve all captures of a line are read in one way only. */
static enum repli_status check_role(const struct repli_yaml *node, const struct field_spec *f, struct repli_err *err)
{
    const struct repli_yaml *at = repli_yaml_get(node, "role");
    bool comb = f->kind == REPLI_FIELD_DIGITS;
    if (!f->role || !at)
        return REPLI_OK;
    if (strcmp(f->role, "at") == 0 && !(comb && strcmp(f->cells, "99:99") == 0))
        return repli_yaml_fail(at, err, "`role: at` is a time of day: make it a comb with `cells: \"99:99\"`");
    if (strcmp(f->role, "day") == 0 && !(comb && strcmp(f->cells, "99") == 0))
        return repli_yaml_fail(at, err, "`role: day` is a day of the month: make it a comb with `cells: \"99\"`");
    if (strcmp(f->role, "by") == 0 && f->kind != REPLI_FIELD_INITIALS && f->kind != REPLI_FIELD_SIGNATURE)
        return repli_yaml_fail(at, err, "`role: by` is who wrote it: make it initials or a signature");
    return REPLI_OK;
}

static const char *number_text(double v, int decimals, struct repli_arena *a)
{
    char *text = repli_arena_printf(a, "%.*f", decimals, v), *point = strchr(text, '.');
    if (point)
        *point = ',';
    return text;
}

/* Printed range of a row: the outer ends of the whole band read "≥ 25" and "≤ 8". */
static const char *range_label(const struct field_spec *f, const struct repli_range *r, struct repli_arena *a)
{
    if (f->hard.has_high && r->high >= f->hard.high)
        return repli_arena_printf(a, "\xE2\x89\xA5\xC2\xA0%s", number_text(r->low, f->decimals, a));
    if (f->hard.has_low && r->low <= f->hard.low)
        return repli_arena_printf(a, "\xE2\x89\xA4\xC2\xA0%s", number_text(r->high, f->decimals, a));
    return repli_arena_printf(a, "%s\xE2\x80\x93%s", number_text(r->low, f->decimals, a),
                              number_text(r->high, f->decimals, a));
}

static enum repli_status load_row(struct repli_form *form, const struct repli_yaml *node, const struct field_spec *f,
                                  struct band_row *out, struct repli_err *err)
{
    static const char *const keys[] = {"range", "letters", "label", "score", "apart", NULL};
    int64_t score = -1;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_int(node, "score", 0, 3, &score, err) != REPLI_OK ||
        repli_yaml_text(node, "letters", &out->letters, err) != REPLI_OK ||
        repli_yaml_bool(node, "apart", &out->apart, err) != REPLI_OK ||
        load_range(node, "range", &out->range, err) != REPLI_OK ||
        repli_load_text(form, node, "label", out->letters != NULL, &out->label, err) != REPLI_OK)
        return REPLI_DATA;
    out->score = (int)score;
    if (!out->letters == !(out->range.has_low && out->range.has_high))
        return repli_yaml_fail(node, err, "a row of a band needs either `range: [low, high]` or `letters`");
    if (!out->label)
        out->label = range_label(f, &out->range, &form->arena);
    return REPLI_OK;
}

/* Rows of numbers must cover the hard range, top to bottom, without a hole and without two rows for one number. */
static enum repli_status check_rows(const struct field_spec *f, const struct repli_yaml *rows, struct repli_err *err)
{
    double step = pow(10, -f->decimals);
    if (f->rows[0].letters)
        return REPLI_OK;
    if (!f->hard.has_low || !f->hard.has_high)
        return repli_yaml_fail(f->node, err, "`hard` is missing: the rows of a band must cover it");
    size_t above = f->nrows; /* the row before, of those that are not apart */
    for (size_t i = 0; i < f->nrows; i++) {
        const struct repli_range *r = &f->rows[i].range;
        if (f->rows[i].apart)
            continue;
        if (above == f->nrows && fabs(r->high - f->hard.high) > step / 2)
            return repli_yaml_fail(&rows->items[i], err, "the top row ends at %g, `hard` at %g", r->high, f->hard.high);
        if (above < f->nrows && fabs(f->rows[above].range.low - r->high - step) > step / 2)
            return repli_yaml_fail(&rows->items[i], err, "this row ends at %g and the one above begins at %g: %s",
                                   r->high, f->rows[above].range.low,
                                   r->high < f->rows[above].range.low ? "numbers between them have no row"
                                                                      : "a number has two rows");
        above = i;
    }
    if (above == f->nrows || fabs(f->rows[above].range.low - f->hard.low) > step / 2)
        return repli_yaml_fail(&rows->items[f->nrows - 1], err, "the last row begins at %g, `hard` at %g",
                               above < f->nrows ? f->rows[above].range.low : 0.0, f->hard.low);
    return REPLI_OK;
}

static enum repli_status load_band(struct repli_form *form, const struct repli_yaml *node, struct field_spec *f,
                                   struct repli_err *err)
{
    const struct repli_yaml *rows = repli_yaml_get(node, "rows");
    if (!rows || rows->kind != REPLI_YAML_LIST || rows->count == 0 || rows->count > 20)
        return repli_yaml_fail(rows ? rows : node, err, "`rows` must be a list of 1 to 20 rows, highest first");
    /* Places after the comma: as many as the ends of the rows are written with. */
    for (size_t i = 0; i < rows->count; i++) {
        const struct repli_yaml *r = repli_yaml_get(&rows->items[i], "range");
        for (size_t j = 0; r && j < r->count; j++) {
            const char *point = r->items[j].text ? strchr(r->items[j].text, '.') : NULL;
            int n = point ? (int)strspn(point + 1, "0123456789") : 0;
            f->decimals = n > f->decimals && n <= 3 ? n : f->decimals;
        }
    }
    f->rows = repli_arena_array(&form->arena, rows->count, sizeof *f->rows);
    f->nrows = rows->count;
    for (size_t i = 0; i < rows->count; i++) {
        if (load_row(form, &rows->items[i], f, &f->rows[i], err) != REPLI_OK)
            return REPLI_DATA;
        if (!f->rows[i].letters != !f->rows[0].letters)
            return repli_yaml_fail(&rows->items[i], err, "a band has rows of numbers or rows of letters, not both");
    }
    return check_rows(f, rows, err);
}

static enum repli_status load_tier(const struct repli_yaml *node, struct field_spec *f, struct repli_err *err)
{
    int64_t tier = 3;
    if (f->kind == REPLI_FIELD_TICK || f->kind == REPLI_FIELD_DIGITS || f->kind == REPLI_FIELD_BAND ||
        f->kind == REPLI_FIELD_WRITE)
        tier = 2;
    enum repli_status status = repli_yaml_int(node, "tier", 1, 3, &tier, err);
    f->tier = (int)tier;
    return status;
}

/* What a tick stands for: a test that is asked for.  Its role follows from its name. */
static enum repli_status load_code(struct repli_form *form, const struct repli_yaml *node, struct field_spec *f,
                                   struct repli_err *err)
{
    f->code_system = "http://loinc.org";
    if (repli_yaml_text(node, "code", &f->code, err) != REPLI_OK ||
        repli_yaml_text(node, "system", &f->code_system, err) != REPLI_OK ||
        repli_yaml_text(node, "label", &f->display, err) != REPLI_OK)
        return REPLI_DATA;
    if (!f->code)
        return repli_yaml_get(node, "system") ? repli_yaml_fail(repli_yaml_get(node, "system"), err,
                                                                "`system` says whose `code` it is: there is none")
                                              : REPLI_OK;
    if (f->kind != REPLI_FIELD_TICK || !f->display || f->role)
        return repli_yaml_fail(repli_yaml_get(node, "code"), err,
                               "a `code` belongs to a tick with a label and without a role");
    if (!plain(f->code) || !plain(f->code_system) || !plain(f->display))
        return repli_yaml_fail(node, err, "a code's texts hold no quotes, no backslash and no line break");
    f->role = repli_arena_printf(&form->arena, "code_%s", f->id);
    return REPLI_OK;
}

static bool name_ok(const char *s)
{
    size_t n = s ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.") : 0;
    return n > 0 && n <= 24 && !s[n];
}

static enum repli_status load_place(const struct repli_yaml *node, struct field_spec *f, struct repli_err *err)
{
    f->at_um = f->width_um = f->height_um = -1;
    if (repli_load_mm(node, "at", 0, 180, &f->at_um, err) != REPLI_OK ||
        repli_load_mm(node, "width", 4, 180, &f->width_um, err) != REPLI_OK ||
        repli_load_mm(node, "height", 4, 224, &f->height_um, err) != REPLI_OK)
        return REPLI_DATA;
    return REPLI_OK;
}

enum repli_status repli_load_field(struct repli_form *form, const struct repli_yaml *node, struct field_spec *out,
                                   struct repli_err *err)
{
    struct field_spec f = {.node = node};
    const char *word = kind_word(node, &f.kind);
    if (!word)
        return repli_yaml_fail(node, err,
                               "this is no field: it needs one of tick, comb, band, number, zone, initials, signature, "
                               "sticker with the field's name");
    if (repli_yaml_only(node, allowed, err) != REPLI_OK || repli_yaml_text(node, word, &f.id, err) != REPLI_OK ||
        repli_yaml_text(node, "role", &f.role, err) != REPLI_OK ||
        repli_yaml_text(node, "group", &f.group, err) != REPLI_OK ||
        repli_yaml_text(node, "of", &f.of, err) != REPLI_OK ||
        repli_load_text(form, node, "label", false, &f.label, err) != REPLI_OK ||
        repli_load_text(form, node, "unit", false, &f.unit, err) != REPLI_OK ||
        load_range(node, "soft", &f.soft, err) != REPLI_OK || load_range(node, "hard", &f.hard, err) != REPLI_OK ||
        repli_yaml_bool(node, "days", &f.window_days, err) != REPLI_OK ||
        repli_yaml_bool(node, "strong", &f.strong, err) != REPLI_OK ||
        repli_yaml_bool(node, "fill", &f.fill, err) != REPLI_OK || load_capture(node, &f.capture, err) != REPLI_OK ||
        load_place(node, &f, err) != REPLI_OK || load_tier(node, &f, err) != REPLI_OK)
        return REPLI_DATA;
    if (!name_ok(f.id))
        return repli_yaml_fail(node, err, "`%s` needs a name of small letters, digits, _ and . (at most 24)", word);
    if (load_code(form, node, &f, err) != REPLI_OK)
        return REPLI_DATA;
    f.total_of = repli_yaml_get(node, "total_of");
    if (f.total_of && (f.total_of->kind != REPLI_YAML_LIST || !f.capture.kind))
        return repli_yaml_fail(f.total_of, err,
                               "`total_of` is a list of bands beside it, of a field with a `capture` of its own");
    if (f.capture.kind)
        f.role = "value";
    if (f.kind == REPLI_FIELD_DIGITS && load_cells(node, &f, err) != REPLI_OK)
        return REPLI_DATA;
    if (f.kind == REPLI_FIELD_BAND && load_band(form, node, &f, err) != REPLI_OK)
        return REPLI_DATA;
    if (check_soft(node, &f, err) != REPLI_OK || check_role(node, &f, err) != REPLI_OK)
        return REPLI_DATA;
    *out = f;
    return REPLI_OK;
}
