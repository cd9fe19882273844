/* A template's head and its rows, from the YAML tree into what the layout works with. */
#include <string.h>

#include "drugs.h"
#include "repli/clock.h"

/* Kinds whose rows have keys that are other kinds' names come first. */
static const struct row_kind *const row_kinds[] = {
    &repli_row_labels, &repli_row_banner,  &repli_row_block, &repli_row_orders, &repli_row_asneeded,
    &repli_row_title,  &repli_row_heading, &repli_row_note,  &repli_row_side,   &repli_row_line,
    &repli_row_zone,   &repli_row_chart,   &repli_row_table, &repli_row_list,   &repli_row_beds};

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

static enum repli_status load_datasets(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(root, "datasets");
    bool patient = false, stay = false, ward = false;
    if (!list || list->kind != REPLI_YAML_LIST)
        return repli_yaml_fail(list ? list : root, err, "`datasets` must be a list: what the form is filled from");
    form->datasets = repli_arena_array(&form->arena, list->count + 1, sizeof *form->datasets);
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i].text;
        if (!name || !repli_load_column_known(name, "ward"))
            return repli_yaml_fail(&list->items[i], err, "there is no dataset \"%s\"", name ? name : "");
        form->datasets[form->ndatasets++] = name;
        patient = patient || strcmp(name, "patient") == 0;
        stay = stay || strcmp(name, "stay") == 0;
        ward = ward || strcmp(name, "ward") == 0;
    }
    if (form->subject == REPLI_SUBJECT_WARD)
        return ward ? REPLI_OK
                    : repli_yaml_fail(list, err, "`datasets` must name ward: the band of a ward's sheet needs it");
    return patient && stay ? REPLI_OK
                           : repli_yaml_fail(list, err, "`datasets` must name patient and stay: the band needs them");
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
    static const char *const keys[] = {"form",         "number",        "version",  "title",    "subject",
                                       "window_hours", "min_age_years", "approved", "datasets", "drugs",
                                       "top",          "bottom",        "body",     "paper",    NULL};
    int64_t number = 0, version = 0, hours = 24, age = 0;
    const char *id = NULL, *subject = NULL;
    if (repli_yaml_only(root, keys, err) != REPLI_OK || repli_yaml_text(root, "form", &id, err) != REPLI_OK ||
        repli_yaml_int(root, "number", 1, 65535, &number, err) != REPLI_OK ||
        repli_yaml_int(root, "version", 1, 65535, &version, err) != REPLI_OK ||
        repli_yaml_int(root, "window_hours", 1, 72, &hours, err) != REPLI_OK ||
        repli_yaml_int(root, "min_age_years", 0, 120, &age, err) != REPLI_OK ||
        repli_yaml_text(root, "subject", &subject, err) != REPLI_OK ||
        repli_load_text(form, root, "title", true, &form->title, err) != REPLI_OK ||
        load_approved(form, root, err) != REPLI_OK)
        return REPLI_DATA;
    if (!id || !*id || strlen(id) > 16 || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return repli_yaml_fail(root, err, "`form` must be the form's id: small letters, digits and -, at most 16");
    if (number == 0 || version == 0)
        return repli_yaml_fail(root, err, "`number` (this form's own, for ever) and `version` (counts up) are needed");
    bool of_ward = subject && strcmp(subject, "ward") == 0;
    if (!of_ward && (!subject || strcmp(subject, "patient") != 0))
        return repli_yaml_fail(root, err, "`subject` must be patient or ward");
    if (of_ward && age > 0)
        return repli_yaml_fail(repli_yaml_get(root, "min_age_years"), err, "a ward has no age");
    if (load_paper(form, root, err) != REPLI_OK)
        return REPLI_DATA;
    form->subject = of_ward ? REPLI_SUBJECT_WARD : REPLI_SUBJECT_PATIENT;
    form->id = id;
    form->number = (int)number;
    form->version = (int)version;
    form->window_hours = (int)hours;
    form->min_age_years = (int)age;
    return load_datasets(form, root, err);
}

static const struct row_kind *kind_of(const struct repli_yaml *node)
{
    for (size_t i = 0; i < sizeof row_kinds / sizeof *row_kinds; i++)
        if (repli_yaml_get(node, row_kinds[i]->name))
            return row_kinds[i];
    return NULL;
}

/* `only: current` or `only: history`. */
static enum repli_status load_when(const struct repli_yaml *node, struct row *row, struct repli_err *err)
{
    const char *only = NULL;
    if (repli_yaml_text(node, "only", &only, err) != REPLI_OK)
        return REPLI_DATA;
    if (only && strcmp(only, "current") != 0 && strcmp(only, "history") != 0)
        return repli_yaml_fail(repli_yaml_get(node, "only"), err, "`only` must be: current or history");
    row->when = !only ? ROW_ALWAYS : *only == 'c' ? ROW_CURRENT : ROW_HISTORY;
    return REPLI_OK;
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
                               "chart, table, list, banner, block, orders, asneeded, beds, labels");
    if (form->bare != (row->kind == &repli_row_labels))
        return repli_yaml_fail(node, err, "rows of `labels` need `paper: labels` at the top, which has no other rows");
    row->gap_um = row->kind->gap_um;
    if (load_when(node, row, err) != REPLI_OK)
        return REPLI_DATA;
    if (repli_load_mm(node, "gap", 0, 100, &row->gap_um, err) != REPLI_OK)
        return REPLI_DATA;
    return row->kind->load(form, node, &row->spec, err);
}

static enum repli_status load_rows(struct repli_form *form, const struct repli_yaml *root, const char *key,
                                   struct row **rows, size_t *count, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(root, key);
    if (!list || list->kind != REPLI_YAML_LIST || list->count == 0)
        return repli_yaml_fail(list ? list : root, err, "`%s` must be a list of rows", key);
    *rows = repli_arena_array(&form->arena, list->count, sizeof **rows);
    for (size_t i = 0; i < list->count; i++)
        if (load_row(form, &list->items[i], &(*rows)[(*count)++], err) != REPLI_OK)
            return REPLI_DATA;
    return REPLI_OK;
}

/* Texts that the engine itself prints: on every form, and some on those about a ward alone. */
static void load_furniture(struct repli_form *form, size_t from, size_t to)
{
    static const char *const english[] = {
#define ENGLISH(name, text) text,
        FORM_TEXTS(ENGLISH) FORM_WARD_TEXTS(ENGLISH)
#undef ENGLISH
    };
    for (size_t i = from; i < to; i++)
        form->t[i] = repli_form_text(form, english[i]);
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
        load_furniture(form, TEXT_WARD, TEXT_COUNT);
    if (repli_drugs_load(form, root, &form->drugs, err) != REPLI_OK ||
        repli_load_text(form, root, "bottom", false, &form->bottom, err) != REPLI_OK ||
        (repli_yaml_get(root, "top") && load_rows(form, root, "top", &form->top, &form->ntop, err) != REPLI_OK))
        return REPLI_DATA;
    return load_rows(form, root, "body", &form->rows, &form->nrows, err);
}
