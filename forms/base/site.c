#include "repli/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/key_internal.h"
#include "base/site_internal.h"
#include "repli/file.h"
#include "repli/pagecode.h"
#include "repli/serial.h"
#include "repli/text.h"

/* 2105-12-31T23:59:59Z: page codes and snapshot ids have 32 bits for a time, and a window begins and ends in them. */
#define LAST_AT_UTC INT64_C(4291747199)

#define MAX_YAML_BYTES ((size_t)1024 * 1024)

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

static void done_buf(struct repli_buf *b)
{
    repli_buf_done(b);
}

static void done_zone(struct repli_zone **z)
{
    repli_zone_close(*z);
}

static void done_site(struct repli_site **s)
{
    repli_site_close(*s);
}

static enum repli_status refuse_fs(const char *dir, struct repli_err *err)
{
    const char *kind = repli_file_unsafe_fs(dir);
    if (!kind)
        return REPLI_OK;
    return repli_fail(err, REPLI_IO, "%s: lies on %s, which may lose committed data: use a local disk", dir, kind);
}

/* The folder must be new or empty: what is in it might be somebody's only copy. */
static enum repli_status claim_folder(const char *dir, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    char **names = NULL;
    size_t count = 0;
    if (repli_file_exists(repli_path_join(&a, dir, "site.yaml")))
        return repli_fail(err, REPLI_USAGE, "%s: is a site already", dir);
    bool made = !repli_file_exists(dir);
    enum repli_status st = repli_dir_make(dir, 0700, err);
    if (st == REPLI_OK)
        st = repli_dir_list(dir, &a, &names, &count, err);
    for (size_t i = 0; i < count && st == REPLI_OK; i++)
        if (strcmp(names[i], "lost+found") != 0) /* a fresh volume has one */
            st = repli_fail(err, REPLI_USAGE, "%s: is not empty (it holds '%s'): name a new folder", dir, names[i]);
    if (st == REPLI_OK)
        st = refuse_fs(dir, err);
    if (st != REPLI_OK && made)
        (void)rmdir(dir);
    if (st == REPLI_OK && chmod(dir, (mode_t)0700) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", dir, strerror(errno));
    return st;
}

static enum repli_status check_words(const char *hospital, const char *timezone, const char *lang,
                                     struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    REPLI_AUTO(done_zone) struct repli_zone *zone = NULL;
    bool changed = false;
    const char *clean = repli_text_clean(&a, hospital, strlen(hospital), &changed);
    if (!*clean || changed || strlen(clean) > 200)
        return repli_fail(
            err, REPLI_USAGE,
            "the hospital's name must be a text on one line of 1 to 200 bytes without control characters");
    if (repli_lang_number(lang) < 0)
        return repli_fail(err, REPLI_USAGE,
                          "language '%s' is none of fr, nl, de, en: a language of your own comes after that, into "
                          "templates/lang/ and site.yaml",
                          lang);
    struct repli_err cause = {0};
    if (repli_zone_open(timezone, &zone, &cause) != REPLI_OK)
        return repli_fail(err, REPLI_USAGE, "%s", cause.text);
    return REPLI_OK;
}

enum repli_status repli_site_create(const char *dir, const char *hospital, const char *timezone, const char *lang,
                                    struct repli_err *err)
{
    static const char *const folders[] = {"snapshots", "packs", "forms", "inbox", "scans", "crops", NULL};
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    REPLI_AUTO(done_buf) struct repli_buf yaml = {0};
    char machine[65];
    enum repli_status st = check_words(hospital, timezone, lang, err);
    if (st == REPLI_OK)
        st = claim_folder(dir, err);
    if (st == REPLI_OK)
        st = repli_machine_id(dir, machine, err);
    for (size_t i = 0; folders[i] && st == REPLI_OK; i++)
        st = repli_dir_make(repli_path_join(&a, dir, folders[i]), 0700, err);
    if (st == REPLI_OK)
        st = repli_keys_create(repli_path_join(&a, dir, "keys"), err);
    if (st != REPLI_OK)
        return st;
    repli_site_write_yaml(&yaml, hospital, timezone, lang, machine);
    /* site.yaml comes last: only with it is the folder a site. */
    return repli_file_write(repli_path_join(&a, dir, "site.yaml"), yaml.data, yaml.len, 0600, err);
}

static void set_paths(struct repli_site *s)
{
    struct repli_arena *a = &s->arena;
    s->record = repli_path_join(a, s->dir, "record.db");
    s->ledger = repli_path_join(a, s->dir, "ledger.db");
    s->snapshots = repli_path_join(a, s->dir, "snapshots");
    s->packs = repli_path_join(a, s->dir, "packs");
    s->forms = repli_path_join(a, s->dir, "forms");
    s->inbox = repli_path_join(a, s->dir, "inbox");
    s->scans = repli_path_join(a, s->dir, "scans");
    s->crops = repli_path_join(a, s->dir, "crops");
    s->keys_dir = repli_path_join(a, s->dir, "keys");
    s->templates = repli_path_join(a, s->dir, "templates");
    if (!repli_file_exists(s->templates))
        s->templates = NULL;
}

static enum repli_status set_clock(struct repli_site *s, const char *at, struct repli_err *err)
{
    const char *env = getenv("REPLI_AT");
    bool from_env = !at && env && *env;
    if (!at && !from_env)
        return REPLI_OK;
    s->clock.fixed = true;
    enum repli_status st = repli_time_parse(at ? at : env, s->zone, &s->clock.at_utc, err);
    if (st == REPLI_OK && s->clock.at_utc > LAST_AT_UTC)
        st = repli_fail(err, REPLI_USAGE, "'%s' lies after 2105, which no page code can hold", at ? at : env);
    return st == REPLI_OK ? st : repli_err_prefix(err, "%s", from_env ? "REPLI_AT" : "--at");
}

enum repli_status repli_site_open(const char *dir, const char *at, struct repli_site **site, struct repli_err *err)
{
    REPLI_AUTO(done_site) struct repli_site *s = repli_xcalloc(1, sizeof *s);
    char *text = NULL;
    size_t len = 0;
    s->dir = repli_arena_strdup(&s->arena, dir);
    const char *file = repli_path_join(&s->arena, dir, "site.yaml");
    if (access(file, F_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
        return repli_fail(err, REPLI_IO, "%s: %s: is this the user that Repli runs as?", file, strerror(errno));
    if (!repli_file_exists(file))
        return repli_fail(err, REPLI_USAGE, "%s: is no site (it has no site.yaml): `repli init` makes one", dir);
    set_paths(s);
    enum repli_status st = refuse_fs(dir, err);
    if (st == REPLI_OK)
        st = repli_file_read(file, MAX_YAML_BYTES, &s->arena, &text, &len, err);
    if (st == REPLI_OK)
        st = repli_site_parse(file, text, len, s, err);
    if (st == REPLI_OK)
        st = set_clock(s, at, err);
    if (st == REPLI_OK)
        st = repli_keys_open(s->keys_dir, &s->keys, err);
    if (st != REPLI_OK)
        return st;
    *site = s;
    s = NULL;
    return REPLI_OK;
}

void repli_site_close(struct repli_site *s)
{
    if (!s)
        return;
    repli_keys_close(s->keys);
    repli_zone_close(s->zone);
    repli_arena_done(&s->arena);
    free(s);
}

enum repli_status repli_site_list_wards(const struct repli_site *site, const struct repli_site_ward *wards,
                                        size_t nwards, struct repli_err *err)
{
    static const char none[] = "\nwards: []\n";
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    REPLI_AUTO(done_buf) struct repli_buf out = {0};
    char *text = NULL;
    size_t len = 0;
    const char *file = repli_path_join(&a, site->dir, "site.yaml");
    enum repli_status st = repli_file_read(file, MAX_YAML_BYTES, &a, &text, &len, err);
    if (st != REPLI_OK)
        return st;
    const char *at = strstr(text, none);
    if (!at)
        return REPLI_OK;
    repli_buf_add(&out, text, (size_t)(at - text));
    repli_buf_puts(&out, "\nwards:\n");
    for (size_t i = 0; i < nwards; i++) {
        repli_buf_printf(&out, "  - id: \"%s\"\n", wards[i].id);
        if (wards[i].lang)
            repli_buf_printf(&out, "    language: %s\n", wards[i].lang);
        if (wards[i].printer)
            repli_buf_printf(&out, "    printer: \"%s\"\n", wards[i].printer);
    }
    at += sizeof none - 1;
    repli_buf_add(&out, at, len - (size_t)(at - text));
    return repli_file_write(file, out.data, out.len, 0600, err);
}

const struct repli_site_ward *repli_site_ward(const struct repli_site *site, const char *ward)
{
    for (size_t i = 0; ward && i < site->nwards; i++)
        if (strcmp(site->wards[i].id, ward) == 0)
            return &site->wards[i];
    return NULL;
}

const char *repli_site_lang(const struct repli_site *site, const char *ward)
{
    const struct repli_site_ward *w = repli_site_ward(site, ward);
    return w && w->lang ? w->lang : site->lang;
}

enum repli_status repli_site_check_machine(const struct repli_site *site, struct repli_err *err)
{
    char here[65];
    if (!site->machine)
        return repli_fail(err, REPLI_USAGE,
                          "station %u is not bound to a computer yet: bind it to this one with `repli station renew`",
                          site->station);
    /* What the station was bound to decides, not today's environment: a stick stays bound to its volume. */
    bool volume = strncmp(site->machine, "volume-", 7) == 0;
    enum repli_status st = repli_machine_read(site->dir, volume, here, err);
    if (st != REPLI_OK)
        return st;
    if (strcmp(here, site->machine) == 0)
        return REPLI_OK;
    return repli_fail(err, REPLI_USAGE,
                      "station %u belongs to another computer, and two that print as one station would give two sheets "
                      "the same serial: if the old one will never print again, run `repli station renew` here",
                      site->station);
}

enum repli_status repli_site_renew_machine(struct repli_site *site, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    REPLI_AUTO(done_buf) struct repli_buf out = {0};
    char machine[65], *text = NULL;
    size_t len = 0;
    const char *file = repli_path_join(&a, site->dir, "site.yaml");
    enum repli_status st = repli_machine_id(site->dir, machine, err);
    if (st == REPLI_OK)
        st = repli_file_read(file, MAX_YAML_BYTES, &a, &text, &len, err);
    if (st == REPLI_OK)
        st = repli_site_rebind_yaml(file, text, len, machine, &out, err);
    if (st == REPLI_OK)
        st = repli_file_write(file, out.data, out.len, 0600, err);
    if (st == REPLI_OK)
        site->machine = repli_arena_strdup(&site->arena, machine);
    return st;
}
