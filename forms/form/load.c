/* A template's head and its rows, from the YAML tree into what the layout works with. */
#include <string.h>

#include "drugs.h"
#include "repli/clock.h"

/* Kinds whose rows have keys that are other kinds' names come first. */
static const struct row_kind *const row_kinds[] = {
    &repli_row_labels,     &repli_row_banner,  &repli_row_block, &repli_row_orders, &repli_row_asneeded,
    &repli_row_title,      &repli_row_heading, &repli_row_note,  &repli_row_side,   &repli_row_line,
    &repli_row_zone,       &repli_row_chart,   &repli_row_table, &repli_row_list,   &repli_row_beds,
    &repli_row_injections, &repli_row_split};

static enum repli_status load_approved(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    static const char *const keys[] = {"by", "role", "date", NULL};
    const struct repli_yaml *a = repli_yaml_get(root, "approved");
    if (!a)
        return REPLI_OK;
    if (repli_yaml_only(a, keys, err) != REPLI_OK || repli_yaml_text(a, "by", &form->approved_by, err) != REPLI_OK ||
        repli_yaml_text(a, "role", &form->approved_role, err) != REPLI_OK ||
        repli_yaml_text(a, "date", &form->approved_date, err) != REPLI_OK)
        return REPLI_DATA;
    if (!form->approved_by || !*form->approved_by || !form->approved_role || !form->approved_date ||
        strlen(form->approved_date) != 10 || !repli_date_valid(form->approved_date))
        return repli_yaml_fail(
            a, err, "`approved` needs `by`, `role` and `date` (2026-11-23): leave it out until somebody signs");
    return REPLI_OK;
}

bool repli_form_fills_from(const struct repli_form *form, const char *dataset)
{
    for (size_t i = 0; i < form->ndatasets; i++)
        if (strcmp(form->datasets[i], dataset) == 0)
            return true;
    return false;
}

static enum repli_status load_datasets(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(root, "datasets");
    if (!list && form->subject == REPLI_SUBJECT_BLANK) {
        form->datasets = repli_arena_array(&form->arena, 1, sizeof *form->datasets);
        return REPLI_OK;
    }
    if (!list || list->kind != REPLI_YAML_LIST)
        return repli_yaml_fail(list ? list : root, err, "`datasets` must be a list: what the form is filled from");
    form->datasets = repli_arena_array(&form->arena, list->count + 1, sizeof *form->datasets);
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i].text;
        if (!name || !repli_load_column_known(name, "ward"))
            return repli_load_no_dataset(&list->items[i], name, err);
        form->datasets[form->ndatasets++] = name;
    }
    if (form->subject == REPLI_SUBJECT_SITE && !repli_form_fills_from(form, "site"))
        return repli_yaml_fail(list, err, "`datasets` must name site: the band of the house's sheet needs it");
    if (form->subject == REPLI_SUBJECT_WARD && !repli_form_fills_from(form, "ward"))
        return repli_yaml_fail(list, err, "`datasets` must name ward: the band of a ward's sheet needs it");
    if (form->subject == REPLI_SUBJECT_PATIENT &&
        (!repli_form_fills_from(form, "patient") || !repli_form_fills_from(form, "stay")))
        return repli_yaml_fail(list, err, "`datasets` must name patient and stay: the band needs them");
    return REPLI_OK;
}

/* Hours, so that whoever answers for the form can change them, and so that they are frozen with what was printed. */
static enum repli_status load_freshness(const struct repli_yaml *root, struct freshness_hours *out,
                                        struct repli_err *err)
{
    static const char *const keys[] = {"bold", "check", "sign", "history", NULL};
    const struct repli_yaml *f = repli_yaml_get(root, "freshness");
    int64_t h[] = {4, 12, 24, 48};
    for (size_t i = 0; f && keys[i]; i++)
        if (repli_yaml_only(f, keys, err) != REPLI_OK || repli_yaml_int(f, keys[i], 1, 240, &h[i], err) != REPLI_OK)
            return REPLI_DATA;
    if (h[0] > h[1] || h[1] > h[2] || h[2] > h[3])
        return repli_yaml_fail(f, err, "`freshness` must go up: bold, check, sign, history");
    *out = (struct freshness_hours){(int)h[0], (int)h[1], (int)h[2], (int)h[3]};
    return REPLI_OK;
}

enum repli_status repli_load_condition(const struct repli_form *form, const struct repli_yaml *node,
                                       struct condition *out, struct repli_err *err)
{
    const struct repli_yaml *yes = repli_yaml_get(node, "if"), *no = repli_yaml_get(node, "unless");
    const struct repli_yaml *c = yes ? yes : no;
    if (!c)
        return REPLI_OK;
    if (yes && no)
        return repli_yaml_fail(no, err, "`if` and `unless`: one of them is enough");
    if (c->kind != REPLI_YAML_MAP || repli_load_dataset(form, c, &out->dataset, err) != REPLI_OK)
        return repli_yaml_fail(c, err, "a condition is {dataset: flags, kind: ...}: a dataset of the form, and values");
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->items[i].key, "dataset") != 0 && !repli_load_column_known(out->dataset, c->items[i].key))
            return repli_load_no_column(&c->items[i], out->dataset, c->items[i].key, err);
    out->values = c;
    out->unless = no != NULL;
    return REPLI_OK;
}

/* Whose sheets they are, by the word of the template; 0: none of ours. */
static enum repli_subject_kind subject_of(const char *word)
{
    static const struct {
        const char *word;
        enum repli_subject_kind kind;
    } subjects[] = {{"patient", REPLI_SUBJECT_PATIENT},
                    {"ward", REPLI_SUBJECT_WARD},
                    {"site", REPLI_SUBJECT_SITE},
                    {"downtime", REPLI_SUBJECT_DOWNTIME},
                    {"blank", REPLI_SUBJECT_BLANK}};
    for (size_t i = 0; word && i < sizeof subjects / sizeof *subjects; i++)
        if (strcmp(subjects[i].word, word) == 0)
            return subjects[i].kind;
    return (enum repli_subject_kind)0;
}

/* `paper: labels`: stock on which nothing but labels has room. */
static enum repli_status load_paper(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    const char *paper = NULL;
    if (repli_yaml_text(root, "paper", &paper, err) != REPLI_OK)
        return REPLI_DATA;
    if (paper && strcmp(paper, "labels") != 0)
        return repli_yaml_fail(repli_yaml_get(root, "paper"), err, "`paper` must be: labels");
    form->bare = paper != NULL;
    return !form->bare || (!repli_yaml_get(root, "top") && !repli_yaml_get(root, "bottom"))
               ? REPLI_OK
               : repli_yaml_fail(root, err, "a sheet of labels has neither `top` nor `bottom`");
}

static enum repli_status load_head(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    static const char *const keys[] = {"form",         "number",        "version",       "title",    "subject",
                                       "window_hours", "min_age_years", "max_age_years", "approved", "datasets",
                                       "drugs",        "freshness",     "top",           "bottom",   "body",
                                       "print_only",   "for",           "paper",         NULL};
    int64_t number = 0, version = 0, hours = 24, age = 0, oldest = 0;
    const char *id = NULL, *subject = NULL;
    bool print_only = false;
    if (repli_yaml_only(root, keys, err) != REPLI_OK || repli_yaml_text(root, "form", &id, err) != REPLI_OK ||
        repli_yaml_int(root, "number", 1, 65535, &number, err) != REPLI_OK ||
        repli_yaml_int(root, "version", 1, 65535, &version, err) != REPLI_OK ||
        repli_yaml_int(root, "window_hours", 1, 72, &hours, err) != REPLI_OK ||
        repli_yaml_int(root, "min_age_years", 0, 120, &age, err) != REPLI_OK ||
        repli_yaml_int(root, "max_age_years", 0, 120, &oldest, err) != REPLI_OK ||
        load_freshness(root, &form->hours, err) != REPLI_OK ||
        repli_yaml_bool(root, "print_only", &print_only, err) != REPLI_OK ||
        repli_yaml_text(root, "subject", &subject, err) != REPLI_OK ||
        repli_load_text(form, root, "title", true, &form->title, err) != REPLI_OK ||
        load_approved(form, root, err) != REPLI_OK)
        return REPLI_DATA;
    if (!id || !*id || strlen(id) > 16 || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return repli_yaml_fail(root, err, "`form` must be the form's id: small letters, digits and -, at most 16");
    if (number == 0 || version == 0)
        return repli_yaml_fail(root, err, "`number` (this form's own, for ever) and `version` (counts up) are needed");
    form->subject = subject_of(subject);
    if (!form->subject)
        return repli_yaml_fail(root, err, "`subject` must be patient, ward, site, downtime or blank");
    if ((form->subject == REPLI_SUBJECT_WARD || form->subject == REPLI_SUBJECT_SITE) && (age > 0 || oldest > 0))
        return repli_yaml_fail(repli_yaml_get(root, age > 0 ? "min_age_years" : "max_age_years"), err,
                               "a %s has no age", subject);
    if (load_paper(form, root, err) != REPLI_OK)
        return REPLI_DATA;
    form->id = id;
    form->number = (int)number;
    form->number_node = repli_yaml_get(root, "number");
    form->version_node = repli_yaml_get(root, "version");
    form->version = (int)version;
    form->window_hours = (int)hours;
    form->min_age_years = (int)age;
    form->max_age_years = (int)oldest;
    if (print_only)
        form->print_only = repli_form_text(form, "for reading: nothing is written here, and it need not come back");
    return load_datasets(form, root, err);
}

static const struct row_kind *kind_of(const struct repli_yaml *node)
{
    for (size_t i = 0; i < sizeof row_kinds / sizeof *row_kinds; i++)
        if (repli_yaml_get(node, row_kinds[i]->name))
            return row_kinds[i];
    return NULL;
}

/* One word of `only`. */
static enum repli_status load_only(struct repli_form *form, const struct repli_yaml *word, struct row *row,
                                   struct repli_err *err)
{
    const char *text = word->kind == REPLI_YAML_SCALAR ? word->text : "";
    const struct repli_setting *setting = repli_setting_of(text);
    if (setting && !repli_form_fills_from(form, "settings"))
        return repli_yaml_fail(word, err, "\"%s\" is a setting of the site: add settings to `datasets` at the top",
                               text);
    if (strcmp(text, "current") == 0 || strcmp(text, "history") == 0)
        row->when = *text == 'c' ? ROW_CURRENT : ROW_HISTORY;
    else if (strcmp(text, "under-16") == 0 || strcmp(text, "from-16") == 0)
        row->age = *text == 'u' ? ROW_UNDER_16 : ROW_FROM_16;
    else if (setting)
        row->setting = setting;
    else
        return repli_yaml_fail(word, err,
                               "`only` must be: current, history, under-16, from-16, or a setting of the site and its "
                               "value, like triage-mts");
    form->varies = form->varies || setting;
    form->by_age = form->by_age || row->age != ROW_ANY_AGE;
    return REPLI_OK;
}

/* `only: history`, `only: [triage-mts, from-16]`. */
static enum repli_status load_when(struct repli_form *form, const struct repli_yaml *node, struct row *row,
                                   struct repli_err *err)
{
    const struct repli_yaml *only = repli_yaml_get(node, "only");
    enum repli_status status = REPLI_OK;
    if (!only || only->kind != REPLI_YAML_LIST)
        return only ? load_only(form, only, row, err) : REPLI_OK;
    for (size_t i = 0; status == REPLI_OK && i < only->count; i++)
        status = load_only(form, &only->items[i], row, err);
    return status;
}

enum repli_status repli_load_kind(const struct repli_yaml *node, const char *const *kinds, const char **kind,
                                  const char **what, struct repli_err *err)
{
    static const char *const keys[] = {"kind", "what", NULL};
    const struct repli_yaml *c = repli_yaml_get(node, "capture");
    if (!c)
        return REPLI_OK;
    if (repli_yaml_only(c, keys, err) != REPLI_OK || repli_yaml_text(c, "kind", kind, err) != REPLI_OK ||
        repli_yaml_text(c, "what", what, err) != REPLI_OK)
        return REPLI_DATA;
    struct repli_buf b = {0};
    bool known = false;
    for (size_t i = 0; kinds[i]; i++) {
        repli_buf_printf(&b, "%s%s", i ? ", " : "", kinds[i]);
        known = known || (*kind && strcmp(*kind, kinds[i]) == 0);
    }
    enum repli_status status =
        known ? REPLI_OK : repli_yaml_fail(c, err, "`kind` must be one of: %s", b.data ? b.data : "");
    repli_buf_done(&b);
    return status;
}

static enum repli_status load_row(struct repli_form *form, const struct repli_yaml *node, struct row *row,
                                  struct repli_err *err)
{
    row->node = node;
    row->kind = kind_of(node);
    if (!row->kind)
        return repli_yaml_fail(node, err,
                               "this row is of no known kind: it needs one of title, heading, note, side, line, zone, "
                               "chart, table, list, banner, block, orders, asneeded, beds, labels, injections, split");
    if (form->bare != (row->kind == &repli_row_labels))
        return repli_yaml_fail(node, err, "rows of `labels` need `paper: labels` at the top, which has no other rows");
    row->gap_um = row->kind->gap_um;
    if (load_when(form, node, row, err) != REPLI_OK ||
        repli_load_condition(form, node, &row->condition, err) != REPLI_OK)
        return REPLI_DATA;
    if (repli_load_mm(node, "gap", 0, 100, &row->gap_um, err) != REPLI_OK)
        return REPLI_DATA;
    return row->kind->load(form, node, &row->spec, err);
}

enum repli_status repli_load_rows(struct repli_form *form, const struct repli_yaml *map, const char *key,
                                  struct row **rows, size_t *count, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(map, key);
    if (!list || list->kind != REPLI_YAML_LIST || list->count == 0)
        return repli_yaml_fail(list ? list : map, err, "`%s` must be a list of rows", key);
    *rows = repli_arena_array(&form->arena, list->count, sizeof **rows);
    for (size_t i = 0; i < list->count; i++)
        if (load_row(form, &list->items[i], &(*rows)[(*count)++], err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

/* Texts that the engine itself prints: on every form, and some on those about a ward or the house alone. */
static void load_furniture(struct repli_form *form, size_t from, size_t to)
{
    static const char *const english[] = {
#define ENGLISH(name, text) text,
        FORM_TEXTS(ENGLISH) FORM_WARD_TEXTS(ENGLISH) FORM_SITE_TEXTS(ENGLISH) FORM_NOBODY_TEXTS(ENGLISH)
#undef ENGLISH
    };
    for (size_t i = from; i < to; i++)
        form->t[i] = i < TEXT_NOBODY ? repli_form_text(form, english[i]) : repli_form_word(form, english[i]);
}

enum repli_status repli_load_template(struct repli_form *form, const char *file, struct repli_err *err)
{
    struct repli_yaml *root = NULL;
    if (repli_yaml_parse(file, form->text, form->len, &form->arena, &root, err) != REPLI_OK)
        return REPLI_DATA;
    if (root->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(root, err, "a template is a map: form, number, version, title ...");
    load_furniture(form, 0, TEXT_WARD);
    if (load_head(form, root, err) != REPLI_OK)
        return REPLI_DATA;
    if (form->subject == REPLI_SUBJECT_WARD)
        load_furniture(form, TEXT_WARD, TEXT_SITE);
    else if (form->subject == REPLI_SUBJECT_SITE)
        load_furniture(form, TEXT_SITE, TEXT_NOBODY);
    else
        load_furniture(form, TEXT_NOBODY, TEXT_COUNT);
    if (repli_wanted_load(form, root, err) != REPLI_OK || repli_drugs_load(form, root, &form->drugs, err) != REPLI_OK ||
        repli_load_text(form, root, "bottom", false, &form->bottom, err) != REPLI_OK ||
        (repli_yaml_get(root, "top") && repli_load_rows(form, root, "top", &form->top, &form->ntop, err) != REPLI_OK))
        return REPLI_DATA;
    return repli_load_rows(form, root, "body", &form->rows, &form->nrows, err);
}
