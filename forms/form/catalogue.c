/* Which forms and languages there are: those of the site's own folder and those inside the program; and that no two of
** them share a number.  Numbers stand in page codes: paper is read by them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form_internal.h"
#include "repli/asset.h"
#include "repli/file.h"

/* ---- where templates come from: the site's folder first, then the program */

bool repli_template_id(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= 16 && !name[n];
}

enum repli_status repli_template_own(const char *dir, const char *sub, const char *name, struct repli_arena *a,
                                     struct template_text *out, struct repli_err *err)
{
    const char *path = dir ? repli_arena_printf(a, "%s/%s/%s.yaml", dir, sub, name) : NULL;
    char *data = NULL;
    *out = (struct template_text){NULL, "", 0};
    if (!path || !repli_file_exists(path))
        return REPLI_OK;
    if (repli_file_read(path, REPLI_TEMPLATE_MAX, a, &data, &out->len, err) != REPLI_OK)
        return err ? err->status : REPLI_IO;
    out->file = path;
    out->text = data;
    return REPLI_OK;
}

void repli_template_built_in(const char *sub, const char *name, struct repli_arena *a, struct template_text *out)
{
    const char *file = repli_arena_printf(a, "templates/%s/%s.yaml", sub, name);
    const struct repli_asset *asset = repli_asset_get(file);
    *out = asset ? (struct template_text){file, (const char *)asset->data, asset->len}
                 : (struct template_text){NULL, "", 0};
}

enum repli_status repli_template_read(const char *dir, const char *sub, const char *name, struct repli_arena *a,
                                      struct template_text *out, struct repli_err *err)
{
    enum repli_status status = repli_template_own(dir, sub, name, a, out, err);
    if (status == REPLI_OK && !out->file)
        repli_template_built_in(sub, name, a, out);
    return status;
}

enum repli_status repli_template_find(const char *dir, const char *name, struct repli_arena *a, const char **text,
                                      size_t *len, struct repli_err *err)
{
    static const char *const subs[] = {"forms", "lang", NULL};
    for (size_t i = 0; subs[i] && repli_template_id(name); i++) {
        struct template_text found;
        if (repli_template_read(dir, subs[i], name, a, &found, err) != REPLI_OK)
            return err ? err->status : REPLI_IO;
        if (found.len == 0) /* of the site's own: a shell made it for what is about to be written */
            repli_template_built_in(subs[i], name, a, &found);
        if (!found.file)
            continue;
        *text = found.text;
        *len = found.len;
        return REPLI_OK;
    }
    return repli_fail(err, REPLI_DATA, "there is no form and no language '%s' (`repli form list` shows the forms)",
                      name);
}

/* ---- listing */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_id(struct repli_arena *a, char ***ids, size_t *count, const char *name, size_t len)
{
    for (size_t i = 0; i < *count; i++)
        if (strlen((*ids)[i]) == len && memcmp((*ids)[i], name, len) == 0)
            return;
    *ids = repli_arena_grow(a, *ids, *count, *count + 1, sizeof **ids);
    (*ids)[(*count)++] = repli_arena_strndup(a, name, len);
}

static bool yaml_name(const char *name, size_t *len)
{
    size_t n = strlen(name);
    *len = n > 5 ? n - 5 : 0;
    return *len > 0 && strcmp(name + *len, ".yaml") == 0;
}

static enum repli_status list(const char *dir, const char *sub, struct repli_arena *a, char ***ids, size_t *count,
                              struct repli_err *err)
{
    char **found = NULL, **names = NULL;
    size_t n = 0, nnames = 0, len = 0;
    const char *prefix = repli_arena_printf(a, "templates/%s/", sub);
    size_t fixed = strlen(prefix);
    for (size_t i = 0; repli_asset_at(i); i++) {
        const char *name = repli_asset_at(i)->name;
        if (strncmp(name, prefix, fixed) == 0 && yaml_name(name + fixed, &len))
            add_id(a, &found, &n, name + fixed, len);
    }
    const char *own = dir ? repli_path_join(a, dir, sub) : NULL;
    if (own && repli_file_exists(own) && repli_dir_list(own, a, &names, &nnames, err) != REPLI_OK)
        return err ? err->status : REPLI_IO;
    for (size_t i = 0; i < nnames; i++)
        if (yaml_name(names[i], &len))
            add_id(a, &found, &n, names[i], len);
    if (n)
        qsort(found, n, sizeof *found, by_name);
    *ids = found;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_forms_list(const char *dir, struct repli_arena *a, char ***ids, size_t *count,
                                   struct repli_err *err)
{
    return list(dir, "forms", a, ids, count, err);
}

enum repli_status repli_langs_list(const char *dir, struct repli_arena *a, char ***codes, size_t *count,
                                   struct repli_err *err)
{
    return list(dir, "lang", a, codes, count, err);
}

/* ---- numbers */

/* The `number` that a file says; 0 when it says none or cannot be read: whoever uses that file is told why. */
static int number_of(const char *dir, const char *sub, const char *name, struct repli_arena *a)
{
    struct template_text t;
    struct repli_yaml *root = NULL;
    struct repli_err why = {0};
    int64_t number = 0;
    if (repli_template_read(dir, sub, name, a, &t, &why) != REPLI_OK || !t.file ||
        repli_yaml_parse(t.file, t.text, t.len, a, &root, &why) != REPLI_OK ||
        repli_yaml_int(root, "number", 0, 65535, &number, &why) != REPLI_OK)
        return 0;
    return (int)number;
}

/* Another form or language with this number, in `a`; NULL: none. */
static enum repli_status same_number(const char *dir, const char *sub, const char *name, int number,
                                     struct repli_arena *a, const char **other, struct repli_err *err)
{
    char **names = NULL;
    size_t count = 0;
    enum repli_status status = list(dir, sub, a, &names, &count, err);
    *other = NULL;
    for (size_t i = 0; status == REPLI_OK && i < count && !*other; i++)
        if (strcmp(names[i], name) != 0 && number_of(dir, sub, names[i], a) == number)
            *other = names[i];
    return status;
}

enum repli_status repli_form_check_number(const struct repli_form *form, const char *dir, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const char *other = NULL;
    struct template_text built_in;
    enum repli_status status = same_number(dir, "forms", form->id, form->number, &a, &other, err);
    if (status == REPLI_OK && other)
        return repli_yaml_fail(form->number_node, err,
                               "number %d is that of the form %s: give this one a number that no form ever had (%d and "
                               "up are a site's own)",
                               form->number, other, REPLI_OWN_FORM_MIN);
    repli_template_built_in("forms", form->id, &a, &built_in);
    int right = built_in.file ? number_of(NULL, "forms", form->id, &a) : 0;
    if (status == REPLI_OK && right && right != form->number)
        return repli_yaml_fail(form->number_node, err,
                               "the form %s has number %d for ever, not %d: put it back, or give the form another id",
                               form->id, right, form->number);
    if (status == REPLI_OK && !right && form->number < REPLI_OWN_FORM_MIN)
        return repli_yaml_fail(form->number_node, err,
                               "numbers below %d are kept for forms that come with Repli: give this one a number of %d "
                               "or more that no form ever had",
                               REPLI_OWN_FORM_MIN, REPLI_OWN_FORM_MIN);
    return status;
}

enum repli_status repli_lang_check_number(const struct repli_form *form, const char *dir, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    const char *other = NULL;
    if (repli_lang_number(form->lang) > 0)
        return REPLI_OK;
    enum repli_status status = same_number(dir, "lang", form->lang, form->language.number, &a, &other, err);
    if (status != REPLI_OK || !other)
        return status;
    return repli_yaml_fail(
        form->language.number_node, err,
        "number %d is that of the language %s: give this one a number from %d to %d that no language "
        "of this site ever had",
        form->language.number, other, REPLI_OWN_LANG_MIN, REPLI_OWN_LANG_MAX);
}

enum repli_status repli_lang_find(const char *dir, int number, struct repli_arena *a, const char **code,
                                  struct repli_err *err)
{
    char **codes = NULL;
    size_t count = 0;
    *code = repli_lang_code(number);
    if (*code || number < REPLI_OWN_LANG_MIN)
        return REPLI_OK;
    enum repli_status status = repli_langs_list(dir, a, &codes, &count, err);
    for (size_t i = 0; status == REPLI_OK && i < count && !*code; i++)
        if (repli_lang_number(codes[i]) < 0 && number_of(dir, "lang", codes[i], a) == number)
            *code = codes[i];
    return status;
}
