#include "cmd/cmd.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "repli/cutting.h"
#include "repli/export.h"
#include "repli/file.h"
#include "repli/filed.h"
#include "repli/merge.h"
#include "repli/print.h"
#include "repli/scan.h"

#define IMAGE_MAX ((size_t)64 << 20)

struct export
{
    struct repli_cli *cli;
    const char *to; /* a folder: a file each; else NULL or a file: a line each */
    bool folder, images;
    struct repli_buf lines;
    struct repli_export_counts counts;
    size_t without; /* documents whose picture could not be made */
};

/* The whole side, upright, as people saw it. */
static enum repli_status picture(struct export *x, const struct repli_out_merge *m, struct repli_arena *a,
                                 struct repli_export_image *image)
{
    static const char *const whole[] = {REPLI_CROP_SHEET};
    struct repli_cli *cli = x->cli;
    bool missing = false;
    char *data = NULL;
    enum repli_status s = repli_scan_crops(cli->site, cli->ledger, m->serial, whole, 1, &missing, &cli->err);
    const char *path = repli_path_join(a, cli->site->crops, repli_scan_crop_name(a, m->sheet, REPLI_CROP_SHEET));
    if (s == REPLI_OK && !missing)
        s = repli_file_read(path, IMAGE_MAX, a, &data, &image->len, &cli->err);
    image->data = data;
    x->without += s == REPLI_OK && missing;
    return s;
}

/* ---- handwriting that was filed: a PDF of its block under a header of text */

static bool box_of(const char *text, struct repli_box *box)
{
    return text && sscanf(text, "%d,%d,%d,%d", &box->x0, &box->y0, &box->x1, &box->y1) == 4;
}

static const char *name_of(const struct repli_out_patient *p, struct repli_arena *a)
{
    if (!p)
        return NULL;
    if (!p->family)
        return p->name_text;
    return p->given ? repli_arena_printf(a, "%s, %s", p->family, p->given) : p->family;
}

/* What stands on paper over the box of that role, in the capture that the field belongs to. */
static const char *label_of(const struct repli_page_map *map, const char *field, const char *role)
{
    const char *label = NULL;
    for (size_t c = 0; map && c < map->ncaptures; c++) {
        const struct repli_capture *k = &map->captures[c];
        bool mine = false;
        for (size_t m = 0; m < k->nmembers; m++)
            mine = mine || strcmp(map->fields[k->fields[m]].id, field) == 0;
        for (size_t m = 0; mine && m < k->nmembers; m++)
            if (strcmp(k->roles[m], role) == 0)
                label = map->fields[k->fields[m]].label;
    }
    return label && *label ? label : role;
}

/* What people keyed of it, in words of the paper: "heure 09:10 · jour 23". */
static const char *keyed_of(const char *content, const struct repli_page_map *map, const char *field,
                            struct repli_arena *a)
{
    json_t *o = content ? json_loads(content, 0, NULL) : NULL, *value;
    const char *key, *out = NULL;
    json_object_foreach(json_object_get(o, "values"), key, value) out = repli_arena_printf(
        a, "%s%s%s %s", out ? out : "", out ? " \xC2\xB7 " : "", label_of(map, field, key), json_string_value(value));
    json_decref(o);
    return out;
}

static enum repli_status filed(void *user, const struct repli_export_filed *what, struct repli_arena *a,
                               struct repli_export_image *image, struct repli_err *err)
{
    struct export *x = user;
    const struct repli_site *site = x->cli->site;
    const struct repli_out_row *row = what->row;
    struct repli_cutting cut = {0};
    struct repli_draw_list list = {0};
    struct repli_pdf_picture picture = {0};
    struct repli_box box;
    void *data = NULL;
    struct repli_page_map *map = NULL;
    enum repli_status s = repli_ledger_sheet_map(x->cli->ledger, what->merge->serial, a, &map, err);
    const struct repli_filed page = {.hospital = site->hospital,
                                     .name = name_of(what->patient, a),
                                     .number = what->patient ? what->patient->value : NULL,
                                     .birth_date = what->patient ? what->patient->birth_date : NULL,
                                     .ward = row->ward,
                                     .form_id = row->form,
                                     .kind = row->kind_of,
                                     .block = row->number,
                                     .sheet = what->merge->sheet,
                                     .side = what->sheet ? what->sheet->side : 1,
                                     .sides = what->sheet ? what->sheet->sides : 1,
                                     .outage = what->entry->outage,
                                     .written_utc = row->at_utc,
                                     .from_utc = row->other_utc ? *row->other_utc : 0,
                                     .window_hours = what->sheet ? what->sheet->window_hours : 0,
                                     .keyed = keyed_of(row->content, map, what->entry->field, a)};
    const struct repli_pdf_info info = {
        .title = what->merge->sheet, .created_utc = what->merge->merged_utc, .zone = site->zone};
    if (s != REPLI_OK || !box_of(row->box_um, &box))
        return s;
    s = repli_scan_cut(site, x->cli->ledger, what->merge->serial, what->entry->field, &box, a, &cut, err);
    if (s != REPLI_OK || !cut.gray)
        return s;
    s = repli_filed_page(&page, site->templates, site->lang, site->zone, cut.width, cut.height, a, &list, &picture.box,
                         err);
    picture = (struct repli_pdf_picture){cut.gray, cut.width, cut.height, picture.box};
    const struct repli_pdf_page sheet = {.filled = &list, .picture = &picture};
    if (s == REPLI_OK)
        s = repli_pdf_build(&sheet, 1, &info, a, &data, &image->len, err);
    image->data = data;
    return s;
}

static enum repli_status one(struct export *x, const struct repli_out_merge *m)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_cli *cli = x->cli;
    struct repli_sheet_row *sheet = NULL;
    struct repli_export_pictures pictures = {
        .side = {.type = "image/png"}, .filed = x->images ? filed : NULL, .user = x};
    struct repli_buf text = {0};
    enum repli_status s = repli_ledger_sheet_get(cli->ledger, m->serial, &a, &sheet, &cli->err);
    if (s == REPLI_OK && sheet && x->images && !m->undone)
        s = picture(x, m, &a, &pictures.side);
    if (s == REPLI_OK)
        s = repli_export_bundle(cli->site, cli->record, m, sheet, &pictures, &text, &x->counts, &cli->err);
    if (s == REPLI_OK && text.len && x->folder)
        s = repli_file_write(repli_path_join(&a, x->to, repli_arena_printf(&a, "%s.json", m->id)), text.data, text.len,
                             0600, &cli->err);
    else if (s == REPLI_OK && text.len) {
        repli_buf_add(&x->lines, text.data, text.len);
        repli_buf_puts(&x->lines, "\n");
    }
    repli_buf_done(&text);
    return s;
}

/* Undone ones are told only where the other system was told of them, and once. */
static enum repli_status wanted(struct repli_cli *cli, const struct repli_out_merge *m, bool *want)
{
    bool exported = false, withdrawn = false;
    enum repli_status s = repli_ledger_exported(cli->ledger, m->id, &exported, &withdrawn, &cli->err);
    *want = !m->undone || (exported && !withdrawn);
    return s;
}

/* What was handed over is noted when all of it is safe: a run that was cut short is run again and changes nothing. */
static enum repli_status remember(struct repli_cli *cli, const struct repli_out_merge *all, const bool *want,
                                  size_t count)
{
    int64_t now = repli_clock_now(&cli->site->clock);
    enum repli_status s = repli_ledger_begin(cli->ledger, &cli->err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        if (want[i])
            s = repli_ledger_export_put(cli->ledger, all[i].id, all[i].undone, now, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(cli->ledger, &cli->err);
    if (s != REPLI_OK)
        repli_ledger_rollback(cli->ledger);
    return s;
}

static void tell(struct export *x, const char *to)
{
    const struct repli_export_counts *c = &x->counts;
    if (x->cli->json) {
        repli_cli_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "to", to, "bundles",
                                 (json_int_t)c->bundles, "observations", (json_int_t)c->observations, "doses",
                                 (json_int_t)c->doses, "orders", (json_int_t)c->orders, "moves", (json_int_t)c->moves,
                                 "documents", (json_int_t)c->documents, "filed", (json_int_t)c->filed, "withdrawn",
                                 (json_int_t)c->withdrawn, "without_picture", (json_int_t)x->without));
        return;
    }
    printf("%s: %lld Bundles: %lld observations, %lld doses, %lld proposed orders, %lld moves, %lld pieces of "
           "handwriting, %lld sheets%s\n",
           to, (long long)c->bundles, (long long)c->observations, (long long)c->doses, (long long)c->orders,
           (long long)c->moves, (long long)c->filed, (long long)c->documents, x->images ? " with their pictures" : "");
    if (c->withdrawn)
        printf("  %lld resources are withdrawn: they were handed over before and undone since\n",
               (long long)c->withdrawn);
    if (x->without)
        printf("  MIND: %zu sheets go without a picture: their scans are gone\n", x->without);
    puts("  they name patients: carry them like patients' data");
}

static enum repli_status all_of(struct export *x, int64_t since, struct repli_out_merge **all, bool **want,
                                size_t *count)
{
    struct repli_cli *cli = x->cli;
    enum repli_status s = repli_record_out_merges(cli->record, since, &cli->arena, all, count, &cli->err);
    *want = repli_arena_array(&cli->arena, *count + 1, sizeof **want);
    char label[] = "exporting";
    for (size_t i = 0; s == REPLI_OK && i < *count; i++) {
        s = wanted(cli, &(*all)[i], &(*want)[i]);
        if (s == REPLI_OK && (*want)[i])
            s = one(x, &(*all)[i]);
        repli_cli_progress(label, i + 1, *count);
    }
    return s;
}

static int fhir(struct repli_cli *cli, const char *since, const char *to, bool no_images)
{
    struct export x = {.cli = cli, .to = to, .images = !no_images};
    struct repli_out_merge *all = NULL;
    struct stat st;
    bool *want = NULL;
    size_t count = 0;
    int64_t from = INT64_MIN;
    x.folder = to && stat(to, &st) == 0 && S_ISDIR(st.st_mode);
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK ||
        (since && repli_time_parse(since, cli->site->zone, &from, &cli->err) != REPLI_OK) ||
        repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = all_of(&x, from, &all, &want, &count);
    if (s == REPLI_OK && to && !x.folder)
        s = repli_file_write(to, x.lines.data ? x.lines.data : "", x.lines.len, 0600, &cli->err);
    else if (s == REPLI_OK && !to && x.lines.len && fwrite(x.lines.data, 1, x.lines.len, stdout) != x.lines.len)
        s = repli_fail(&cli->err, REPLI_IO, "cannot write to standard output");
    repli_buf_done(&x.lines);
    if (s == REPLI_OK)
        s = remember(cli, all, want, count);
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "export", to ? to : "standard output", "fhir",
                   repli_arena_printf(&cli->arena, "%lld Bundles", (long long)x.counts.bundles));
    if (to)
        tell(&x, to);
    return x.without ? REPLI_WAITS : REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *since = NULL, *to = NULL;
    size_t n;
    bool merged = false, no_images = false;
    const struct repli_opt opts[] = {{"--merged", REPLI_OPT_FLAG, &merged},
                                     {"--since", REPLI_OPT_TEXT, &since},
                                     {"--no-images", REPLI_OPT_FLAG, &no_images},
                                     {"-o", REPLI_OPT_TEXT, &to}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n == 1 && strcmp(words[0], "fhir") == 0 && merged)
        return fhir(cli, since, to, no_images);
    return repli_cli_usage(cli, "export fhir --merged [--since T] [--no-images] [-o FILE or FOLDER]");
}

const struct repli_command repli_cmd_export = {
    .name = "export",
    .summary = "what was merged from paper, as FHIR for the hospital's own system",
    .help =
        "usage: repli export fhir --merged [--since TIME] [--no-images] [-o FILE|FOLDER] [--json]\n"
        "\n"
        "Writes a FHIR R4 transaction Bundle for each merged sheet: Observation, MedicationAdministration, proposed\n"
        "orders (MedicationRequest, draft), moves (an Encounter that is part of the stay), the scanned side as a\n"
        "DocumentReference, each filed piece of handwriting as one, too (a PDF of its picture under whose it is, "
        "what,\n"
        "when and from which sheet), and a Provenance each: sheet, square, author, who keyed, who confirmed, who "
        "merged.\n"
        "Everything is created on condition that nothing with its number is there: the same Bundle twice changes\n"
        "nothing.  Patients and stays are found by their numbers and made only where nobody has them.  Every resource\n"
        "is tagged urn:repli:tag|downtime-paper: late data, which should fire no task, alert or charge.\n"
        "\n"
        "What was handed over and undone since is withdrawn (entered-in-error) by the next export.\n"
        "\n"
        "  --since TIME   merges done or undone from then on; otherwise all\n"
        "  --no-images    documents are named, but their pictures left out\n"
        "  -o FILE        a Bundle a line; -o FOLDER: a file a Bundle; otherwise standard output\n"
        "\n"
        "exit codes: 0 done · 3 FILE cannot be written · 6 done, but scans of some sheets are gone\n"
        "\n"
        "example: repli export fhir --merged --since 2026-11-24T00:00 -o merged.ndjson\n",
    .run = run,
};
