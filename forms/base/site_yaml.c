/* site.yaml: read, checked, written once by `repli init`, and rebound by `repli station renew`. */
#include <string.h>

#include "base/site_internal.h"
#include "repli/file.h"
#include "repli/pagecode.h"
#include "repli/serial.h"
#include "repli/text.h"
#include "repli/yaml.h"

#define MAX_NAME_BYTES 200

enum repli_status repli_site_read_name(const struct repli_yaml *map, const char *key, struct repli_site *site,
                                       const char **out, struct repli_err *err)
{
    const char *text = NULL;
    bool changed = false;
    enum repli_status st = repli_yaml_text(map, key, &text, err);
    if (st != REPLI_OK || !text)
        return st;
    const char *clean = repli_text_clean(&site->arena, text, strlen(text), &changed);
    if (!*clean || changed || strlen(clean) > MAX_NAME_BYTES)
        return repli_yaml_fail(repli_yaml_get(map, key), err,
                               "'%s' must be a text on one line of 1 to %d bytes without control characters", key,
                               MAX_NAME_BYTES);
    *out = clean;
    return REPLI_OK;
}

/* One of the program's languages, or one of the site's own: a file in the folder templates beside site.yaml. */
static bool known_language(struct repli_arena *a, const char *site_yaml, const char *lang)
{
    const char *slash = strrchr(site_yaml, '/');
    const char *dir = slash ? repli_arena_strndup(a, site_yaml, (size_t)(slash - site_yaml)) : ".";
    if (repli_lang_number(lang) > 0)
        return true;
    return *lang && strlen(lang) <= 16 && !lang[strspn(lang, "abcdefghijklmnopqrstuvwxyz-")] &&
           repli_file_exists(repli_arena_printf(a, "%s/templates/lang/%s.yaml", dir, lang));
}

static enum repli_status read_language(const struct repli_yaml *map, struct repli_site *site, const char **out,
                                       struct repli_err *err)
{
    const char *lang = NULL;
    enum repli_status st = repli_site_read_name(map, "language", site, &lang, err);
    if (st != REPLI_OK || !lang)
        return st;
    if (!known_language(&site->arena, map->file, lang))
        return repli_yaml_fail(repli_yaml_get(map, "language"), err,
                               "language '%s' is none of fr, nl, de, en, and there is no templates/lang/%s.yaml in the "
                               "site's folder",
                               lang, lang);
    *out = lang;
    return REPLI_OK;
}

/* Required keys are named when they are missing. */
static enum repli_status need(const struct repli_yaml *map, const char *key, struct repli_err *err)
{
    if (repli_yaml_get(map, key))
        return REPLI_OK;
    return repli_yaml_fail(map, err, "%s%s'%s' is missing", map->key ? map->key : "", map->key ? ": " : "", key);
}

static enum repli_status read_station(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    static const char *const allowed[] = {"number", "name", "machine", NULL};
    const struct repli_yaml *map = repli_yaml_get(root, "station");
    int64_t number = 0;
    enum repli_status st = need(root, "station", err);
    if (st == REPLI_OK)
        st = repli_yaml_only(map, allowed, err);
    if (st == REPLI_OK)
        st = need(map, "number", err);
    if (st == REPLI_OK)
        st = repli_yaml_int(map, "number", 0, REPLI_STATION_MAX, &number, err);
    site->station = (unsigned)number;
    site->station_name = repli_arena_printf(&site->arena, "station %u", site->station);
    if (st == REPLI_OK)
        st = repli_site_read_name(map, "name", site, &site->station_name, err);
    if (st == REPLI_OK)
        st = repli_site_read_name(map, "machine", site, &site->machine, err);
    if (st == REPLI_OK && site->machine && strlen(site->machine) > 64)
        return repli_yaml_fail(repli_yaml_get(map, "machine"), err, "'machine' is longer than 64 bytes");
    return st;
}

/* CUPS: printable, no space, slash or hash; we add: no leading dash, so that it is never taken for an option. */
static bool good_queue(const char *s)
{
    if (!*s || *s == '-' || strlen(s) > 127)
        return false;
    for (; *s; s++)
        if (*s <= ' ' || *s > '~' || strchr("/#?'\"\\", *s))
            return false;
    return true;
}

/* Which forms these are is seen when they are printed: a site may have forms of its own. */
static enum repli_status read_pack(const struct repli_yaml *map, struct repli_site *site, const char ***pack,
                                   struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(map, "pack");
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count == 0 || list->count > 20)
        return repli_yaml_fail(list, err, "'pack' must be a list of forms like [census, obs]");
    *pack = repli_arena_array(&site->arena, list->count + 1, sizeof **pack);
    for (size_t i = 0; i < list->count; i++) {
        const struct repli_yaml *item = &list->items[i];
        if (item->kind != REPLI_YAML_SCALAR || !*item->text)
            return repli_yaml_fail(item, err, "'pack' must be a list of forms like [census, obs]");
        (*pack)[i] = repli_arena_strdup(&site->arena, item->text);
    }
    return REPLI_OK;
}

static enum repli_status read_ward(const struct repli_yaml *item, struct repli_site *site, struct repli_site_ward *ward,
                                   struct repli_err *err)
{
    static const char *const allowed[] = {"id", "language", "printer", "pack", NULL};
    enum repli_status st = repli_yaml_only(item, allowed, err);
    if (st == REPLI_OK)
        st = need(item, "id", err);
    if (st == REPLI_OK)
        st = repli_site_read_name(item, "id", site, &ward->id, err);
    if (st == REPLI_OK)
        st = read_language(item, site, &ward->lang, err);
    if (st == REPLI_OK)
        st = repli_site_read_name(item, "printer", site, &ward->printer, err);
    if (st == REPLI_OK && ward->printer && !good_queue(ward->printer))
        return repli_yaml_fail(repli_yaml_get(item, "printer"), err,
                               "'%s' is no name of a CUPS queue (no spaces, quotes, '/', '#'; see lpstat -e)",
                               ward->printer);
    return st == REPLI_OK ? read_pack(item, site, &ward->pack, err) : st;
}

static enum repli_status read_wards(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(root, "wards");
    if (!list || (list->kind == REPLI_YAML_SCALAR && !*list->text))
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count > 10000)
        return repli_yaml_fail(list, err, "'wards' must be a list, each line like \"- id: 3B\"");
    site->wards = repli_arena_array(&site->arena, list->count, sizeof *site->wards);
    for (size_t i = 0; i < list->count; i++) {
        struct repli_site_ward *ward = &site->wards[i];
        enum repli_status st = read_ward(&list->items[i], site, ward, err);
        if (st != REPLI_OK)
            return st;
        for (size_t k = 0; k < i; k++)
            if (strcmp(site->wards[k].id, ward->id) == 0)
                return repli_yaml_fail(&list->items[i], err, "ward '%s' is listed twice (first in line %d)", ward->id,
                                       list->items[k].line);
    }
    site->nwards = list->count;
    return REPLI_OK;
}

/* A map from an authority's name to the system that FHIR resources have for it. */
static enum repli_status read_authorities(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const struct repli_yaml *map = repli_yaml_get(root, "hl7_systems");
    if (!map || (map->kind == REPLI_YAML_SCALAR && !*map->text))
        return REPLI_OK;
    if (map->kind != REPLI_YAML_MAP || map->count > 1000)
        return repli_yaml_fail(map, err, "'hl7_systems' must be a map, each line like \"HOSP: https://...\"");
    site->authorities = repli_arena_array(&site->arena, map->count, sizeof *site->authorities);
    for (size_t i = 0; i < map->count; i++) {
        const struct repli_yaml *one = &map->items[i];
        if (one->kind != REPLI_YAML_SCALAR || !*one->text)
            return repli_yaml_fail(one, err, "'%s' needs the identifier system that it stands for", one->key);
        site->authorities[i].name = strcmp(one->key, "default") == 0 ? "" : repli_arena_strdup(&site->arena, one->key);
        site->authorities[i].system = repli_arena_strdup(&site->arena, one->text);
    }
    site->nauthorities = map->count;
    return REPLI_OK;
}

static enum repli_status read_render(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const char *when = "auto";
    enum repli_status st = REPLI_OK;
    if (repli_yaml_get(root, "render"))
        st = repli_yaml_text(root, "render", &when, err);
    if (st == REPLI_OK && strcmp(when, "auto") != 0 && strcmp(when, "never") != 0)
        return repli_yaml_fail(repli_yaml_get(root, "render"), err, "'render' must be auto or never, not '%s'", when);
    site->scan_render = strcmp(when, "never") != 0;
    return st;
}

static enum repli_status read_zone(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const char *name = NULL;
    struct repli_err cause = {0};
    enum repli_status st = need(root, "timezone", err);
    if (st == REPLI_OK)
        st = repli_yaml_text(root, "timezone", &name, err);
    if (st == REPLI_OK && repli_zone_open(name, &site->zone, &cause) != REPLI_OK)
        return repli_yaml_fail(repli_yaml_get(root, "timezone"), err, "%s", cause.text);
    return st;
}

enum repli_status repli_site_parse(const char *file, const char *text, size_t len, struct repli_site *site,
                                   struct repli_err *err)
{
    static const char *const allowed[] = {
        "hospital", "timezone", "language", "station",   "wards", "packs_keep_hours", "limits",           "hl7_systems",
        "snapshot", "render",   "triage",   "directory", "purge", "review",           "emergency_access", NULL};
    struct repli_yaml *root = NULL;
    enum repli_status st = repli_yaml_parse(file, text, len, &site->arena, &root, err);
    if (st == REPLI_OK)
        st = repli_yaml_only(root, allowed, err);
    if (st == REPLI_OK)
        st = need(root, "hospital", err);
    if (st == REPLI_OK)
        st = repli_site_read_name(root, "hospital", site, &site->hospital, err);
    if (st == REPLI_OK)
        st = need(root, "language", err);
    if (st == REPLI_OK)
        st = read_language(root, site, &site->lang, err);
    if (st == REPLI_OK)
        st = read_station(root, site, err);
    if (st == REPLI_OK)
        st = read_wards(root, site, err);
    if (st == REPLI_OK)
        st = repli_site_read_limits(root, site, err);
    if (st == REPLI_OK)
        st = read_authorities(root, site, err);
    if (st == REPLI_OK)
        st = read_render(root, site, err);
    site->emergency_access = true;
    if (st == REPLI_OK)
        st = repli_yaml_bool(root, "emergency_access", &site->emergency_access, err);
    if (st == REPLI_OK)
        st = repli_site_read_house(root, site, err);
    return st == REPLI_OK ? read_zone(root, site, err) : st;
}

/* A double-quoted YAML scalar. */
static void put_quoted(struct repli_buf *out, const char *s)
{
    repli_buf_puts(out, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            repli_buf_puts(out, "\\");
        repli_buf_add(out, s, 1);
    }
    repli_buf_puts(out, "\"");
}

void repli_site_write_yaml(struct repli_buf *out, const char *hospital, const char *timezone, const char *lang,
                           const char *machine)
{
    repli_buf_puts(out,
                   "# Settings of this site.  A line that Repli does not understand is refused by name and number,\n"
                   "# so a typing error never passes unnoticed.  `repli status` shows what is in force.\n"
                   "\n"
                   "# As printed on every sheet.\n"
                   "hospital: ");
    put_quoted(out, hospital);
    repli_buf_printf(
        out,
        "\n\n# Whose clocks the wards live by.  Data is kept in UTC.\n"
        "timezone: %s\n"
        "\n# fr, nl, de or en: for wards that are not listed below.\n"
        "language: %s\n"
        "\n# This computer.  Station 0 is the centre, which holds the master key; the number is part of every\n"
        "# serial it prints.  `machine` is written by `repli init` and `repli station renew`.\n"
        "station:\n"
        "  number: 0\n"
        "  name: centre\n"
        "  machine: %s\n",
        timezone, lang, machine);
    repli_site_write_snapshot(out);
    repli_buf_puts(
        out,
        "\n# Wards that differ from the rule above; `id` is the ward's code in the record.\n"
        "#  - id: 3B\n"
        "#    language: nl\n"
        "#    printer: ward-3b      # queue of CUPS: repli print 3B --printer ward\n"
        "#    pack: [census, obs]   # what it prints without --form; otherwise census, mar and obs (children: "
        "under 16)\n"
        "wards: []\n"
        "\n# Printed packs hold names: they are deleted after this time and can be laid out again.\n"
        "packs_keep_hours: 72\n"
        "\n# Names, values and images of paper leave by `repli purge`, so long after its ward was closed.\n"
        "purge:\n"
        "  days: 30\n"
        "\n# Pages of a scanned PDF that are more than one image: drawn by pdftoppm (auto) or refused (never).\n"
        "render: auto\n"
        "\n# Whether the station lets somebody print who has no account, or cannot sign in (every such print is in\n"
        "# the audit, and the coordinator is told): true or false.\n"
        "emergency_access: true\n");
    repli_site_write_house(out);
    repli_buf_puts(out, "\n");
    repli_site_write_limits(out);
    repli_buf_puts(out, "\n# Patients of HL7 v2 messages meet those of FHIR by identifier: which system an assigning\n"
                        "# authority (CX-4) stands for; \"default\" is for identifiers that name none.\n"
                        "# hl7_systems:\n"
                        "#   HOSP: https://hospital.example/patient-number\n");
}

void repli_site_ward_yaml(const struct repli_site *site, unsigned station, const char *name, const char *machine,
                          const char *const *wards, size_t count, struct repli_buf *out)
{
    repli_buf_puts(out,
                   "# Settings of a ward station, written by `repli snapshot push` at the centre, which changes them.\n"
                   "hospital: ");
    put_quoted(out, site->hospital);
    repli_buf_printf(out, "\ntimezone: %s\nlanguage: %s\nstation:\n  number: %u\n  name: ", repli_zone_name(site->zone),
                     site->lang, station);
    put_quoted(out, name);
    repli_buf_puts(out, "\n");
    if (machine)
        repli_buf_printf(out, "  machine: %s\n", machine);
    repli_buf_puts(out, "wards:\n");
    for (size_t i = 0; i < count; i++) {
        const struct repli_site_ward *ward = repli_site_ward(site, wards[i]);
        repli_buf_puts(out, "  - id: ");
        put_quoted(out, wards[i]);
        repli_buf_puts(out, "\n");
        if (ward && ward->lang)
            repli_buf_printf(out, "    language: %s\n", ward->lang);
        if (ward && ward->printer)
            repli_buf_printf(out, "    printer: \"%s\"\n", ward->printer);
        for (size_t k = 0; ward && ward->pack && ward->pack[k]; k++) {
            repli_buf_puts(out, k ? ", " : "    pack: [");
            put_quoted(out, ward->pack[k]);
            repli_buf_puts(out, ward->pack[k + 1] ? "" : "]\n");
        }
    }
    repli_buf_printf(out, "packs_keep_hours: %lld\n", (long long)site->packs_keep_hours);
    if (!site->emergency_access)
        repli_buf_puts(out, "emergency_access: false\n");
}

/* Byte at which a 1-based line starts, or `len`. */
static size_t line_start(const char *text, size_t len, int line)
{
    size_t at = 0;
    for (int i = 1; i < line && at < len; i++) {
        const char *end = memchr(text + at, '\n', len - at);
        at = end ? (size_t)(end - text) + 1 : len;
    }
    return at;
}

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

enum repli_status repli_site_rebind_yaml(const char *file, const char *text, size_t len, const char *machine,
                                         struct repli_buf *out, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    struct repli_yaml *root = NULL;
    enum repli_status st = repli_yaml_parse(file, text, len, &a, &root, err);
    if (st != REPLI_OK)
        return st;
    const struct repli_yaml *station = repli_yaml_get(root, "station");
    const struct repli_yaml *old = repli_yaml_get(station, "machine"), *number = repli_yaml_get(station, "number");
    const struct repli_yaml *near = old ? old : number;
    if (!near)
        return repli_yaml_fail(station ? station : root, err, "station: 'number' is missing");
    size_t from = line_start(text, len, near->line), end = line_start(text, len, near->line + 1);
    int indent = 0;
    while (from + (size_t)indent < end && text[from + (size_t)indent] == ' ')
        indent++;
    size_t keep = old ? from : end;
    repli_buf_add(out, text, keep);
    if (keep && text[keep - 1] != '\n')
        repli_buf_puts(out, "\n");
    repli_buf_printf(out, "%*smachine: %s\n", indent, "", machine);
    repli_buf_add(out, text + end, len - end);
    /* A file laid out in another way would now say something else: then nothing is changed. */
    struct repli_site before = {0}, after = {0};
    bool good = repli_site_parse(file, text, len, &before, NULL) == REPLI_OK &&
                repli_site_parse(file, out->data, out->len, &after, NULL) == REPLI_OK && after.machine &&
                strcmp(after.machine, machine) == 0 && strcmp(after.station_name, before.station_name) == 0 &&
                strcmp(after.hospital, before.hospital) == 0 && after.nwards == before.nwards;
    repli_zone_close(before.zone);
    repli_zone_close(after.zone);
    repli_arena_done(&before.arena);
    repli_arena_done(&after.arena);
    return good ? REPLI_OK
                : repli_yaml_fail(near, err, "write this line below 'station:' by hand: machine: %s", machine);
}
