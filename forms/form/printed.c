/* What was printed is never edited under its version: a site keeps each printed version by its hash in SITE/forms, and
** paper of it lies in wards. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "repli/file.h"

/* Of a frozen text: what stands behind its first line, which names an epoch of the layout; NULL: it is none. */
static const char *behind_head(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : NULL;
}

/* The form of a frozen text, as far as it says who it is. */
struct printed {
    const char *id, *lang;
    int64_t number, version;
};
static bool who_is(const char *text, size_t len, struct repli_arena *a, struct printed *out)
{
    char lang[17] = "";
    size_t first = 0;
    const char *body = behind_head(text);
    struct repli_yaml *root = NULL;
    struct repli_err why = {0};
    *out = (struct printed){0};
    if (!body || sscanf(text, "repli-form 1 %16s %zu", lang, &first) != 2 || first > len - (size_t)(body - text))
        return false;
    out->lang = repli_arena_strdup(a, lang);
    return repli_yaml_parse("frozen form", body, first, a, &root, &why) == REPLI_OK &&
           repli_yaml_text(root, "form", &out->id, &why) == REPLI_OK &&
           repli_yaml_int(root, "number", 1, 65535, &out->number, &why) == REPLI_OK &&
           repli_yaml_int(root, "version", 1, 65535, &out->version, &why) == REPLI_OK && out->id;
}

static bool same_template(const struct repli_form *form, const char *body, size_t len)
{
    return len >= form->len && memcmp(body, form->text, form->len) == 0;
}

static enum repli_status compare(const struct repli_form *form, const char *file, const char *text, size_t len,
                                 struct repli_arena *a, struct repli_err *err)
{
    struct printed was;
    if (!who_is(text, len, a, &was))
        return REPLI_OK; /* damaged: `repli scan` says so when it is needed */
    if (was.number == form->number && strcmp(was.id, form->id) != 0)
        return repli_yaml_fail(
            form->number_node, err,
            "number %d was printed as the form %s (%s): give this one a number that no form ever had", form->number,
            was.id, file);
    if (was.number != form->number || strcmp(was.lang, form->lang) != 0 || was.version < form->version)
        return REPLI_OK;
    if (was.version > form->version)
        return repli_yaml_fail(form->version_node, err,
                               "version %d is older than version %d, which was printed (%s): count up from that one",
                               form->version, (int)was.version, file);
    const char *mine = repli_form_frozen(form, a), *body = behind_head(text);
    if (strcmp(body, behind_head(mine)) == 0)
        return REPLI_OK;
    return repli_yaml_fail(
        form->version_node, err,
        "version %d was printed with %s (%s), and paper of it may be in use: make `version` %d", form->version,
        same_template(form, body, strlen(body)) ? "other translations" : "another text", file, form->version + 1);
}

enum repli_status repli_form_check_printed(const struct repli_form *form, const char *dir, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena names_in = {0};
    char **names = NULL;
    size_t count = 0;
    if (!repli_file_exists(dir))
        return REPLI_OK;
    enum repli_status status = repli_dir_list(dir, &names_in, &names, &count, err);
    for (size_t i = 0; status == REPLI_OK && i < count; i++) {
        struct repli_arena a = {0};
        char *text = NULL;
        size_t len = 0;
        const char *file = repli_path_join(&a, dir, names[i]);
        status = repli_file_read(file, 2 * REPLI_TEMPLATE_MAX, &a, &text, &len, err);
        if (status == REPLI_OK)
            status = compare(form, file, text, len, &a, err);
        repli_arena_done(&a);
    }
    return status;
}
