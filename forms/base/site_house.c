/* What site.yaml says of the house itself: settings that forms choose rows by, and the directory of telephone numbers.
** Both go into every snapshot, and onto paper from there. */
#include <string.h>

#include "base/site_internal.h"
#include "repli/text.h"

#define NUMBERS_MAX 200

/* One value for each name of a setting: the site's, else the usual one. */
static enum repli_status read_settings(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    size_t n = 0;
    while (repli_setting_at(n))
        n++;
    site->settings = repli_arena_array(&site->arena, n, sizeof *site->settings);
    for (size_t i = 0; i < n; i++) {
        const char *name = repli_setting_at(i)->name, *value = repli_setting_usual(name);
        if (site->nsettings && strcmp(site->settings[site->nsettings - 1].name, name) == 0)
            continue;
        enum repli_status st = repli_yaml_text(root, name, &value, err);
        if (st != REPLI_OK)
            return st;
        if (!repli_setting_of(repli_arena_printf(&site->arena, "%s-%s", name, value))) {
            const char *known = "";
            for (size_t k = 0; k < n; k++)
                if (strcmp(repli_setting_at(k)->name, name) == 0)
                    known = repli_arena_printf(&site->arena, "%s%s%s", known, *known ? ", " : "",
                                               repli_setting_at(k)->value);
            return repli_yaml_fail(repli_yaml_get(root, name), err, "'%s' must be one of: %s", name, known);
        }
        site->settings[site->nsettings++] = (struct repli_setting){name, repli_arena_strdup(&site->arena, value)};
    }
    return REPLI_OK;
}

static enum repli_status read_phone(const struct repli_yaml *item, struct repli_site *site,
                                    struct repli_site_phone *out, struct repli_err *err)
{
    static const char *const allowed[] = {"name", "number", "note", NULL};
    const struct {
        const char *key, **to;
    } texts[] = {{"name", &out->name}, {"number", &out->number}, {"note", &out->note}};
    enum repli_status st = repli_yaml_only(item, allowed, err);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && st == REPLI_OK; i++)
        st = repli_site_read_name(item, texts[i].key, site, texts[i].to, err);
    if (st == REPLI_OK && (!out->name || !out->number))
        return repli_yaml_fail(item, err, "a line of the directory needs 'name' and 'number'");
    return st;
}

static enum repli_status read_directory(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    static const char *const allowed[] = {"reviewed", "numbers", NULL};
    const struct repli_yaml *map = repli_yaml_get(root, "directory"), *list = repli_yaml_get(map, "numbers");
    if (!map || (map->kind == REPLI_YAML_SCALAR && !*map->text))
        return REPLI_OK;
    enum repli_status st = repli_yaml_only(map, allowed, err);
    if (st == REPLI_OK)
        st = repli_site_read_name(map, "reviewed", site, &site->phones_reviewed, err);
    if (st != REPLI_OK)
        return st;
    if (site->phones_reviewed && (strlen(site->phones_reviewed) != 10 || !repli_date_valid(site->phones_reviewed)))
        return repli_yaml_fail(repli_yaml_get(map, "reviewed"), err,
                               "'reviewed' is the day on which somebody rang all numbers, like 2026-11-23");
    if (!list || (list->kind == REPLI_YAML_LIST && list->count == 0))
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count > NUMBERS_MAX)
        return repli_yaml_fail(list, err, "'numbers' must be a list of at most %d lines with a name and a number",
                               NUMBERS_MAX);
    if (!site->phones_reviewed)
        return repli_yaml_fail(map, err,
                               "'reviewed' is missing: paper must say on which day somebody last rang these numbers");
    site->phones = repli_arena_array(&site->arena, list->count, sizeof *site->phones);
    for (size_t i = 0; i < list->count && st == REPLI_OK; i++)
        st = read_phone(&list->items[i], site, &site->phones[site->nphones++], err);
    return st;
}

enum repli_status repli_site_read_house(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    enum repli_status st = read_settings(root, site, err);
    return st == REPLI_OK ? read_directory(root, site, err) : st;
}

void repli_site_write_house(struct repli_buf *out)
{
    repli_buf_puts(
        out,
        "\n# The scale that the emergency department triages by: mts, esi or french.  It and the directory below go\n"
        "# into the next snapshot and are printed from there.\n"
        "triage: mts\n"
        "\n# Who is reached how when the telephones are down (form `directory`): crisis cell, pharmacy, laboratory,\n"
        "# blood bank, imaging, mobile numbers instead of the switchboard, runners, the 112 centre, emergency\n"
        "# departments of the neighbours, help with these forms.  `reviewed`: the day somebody last rang them all.\n"
        "#  reviewed: 2026-11-02\n"
        "#  numbers:\n"
        "#    - {name: Crisis cell, number: \"0470 00 00 01\", note: \"room 014, runner from the front desk\"}\n"
        "directory:\n");
}
