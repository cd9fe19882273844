#include "cmd/cmd.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/id.h"

#define PDF_MAX_BYTES 2000000000u

struct sheet_list {
    struct repli_arena *a;
    struct repli_sheet_row *rows;
    size_t count, room;
};

static enum repli_status collect(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct sheet_list *list = user;
    (void)err;
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->rows = repli_arena_grow(list->a, list->rows, list->count, list->room, sizeof *list->rows);
    }
    struct repli_sheet_row *to = &list->rows[list->count++];
    *to = *row;
    to->sheet = repli_arena_strdup(list->a, row->sheet);
    to->form_id = repli_arena_strdup(list->a, row->form_id);
    to->lang = repli_arena_strdup(list->a, row->lang);
    to->patient = repli_arena_strdup(list->a, row->patient);
    to->patient_name = repli_arena_strdup(list->a, row->patient_name);
    return REPLI_OK;
}

static int by_page(const void *x, const void *y)
{
    const struct repli_sheet_row *a = x, *b = y;
    return (a->page > b->page) - (a->page < b->page);
}

/* The pack id in the file's properties: "/Keywords(P0-17)" as we write it, or "/Keywords (P0-17)" as others rewrite it.
** NULL: none, or none that is one. */
static const char *keyword_pack(struct repli_arena *a, const char *data, size_t len)
{
    static const char key[] = "/Keywords";
    for (size_t at = 0; at + sizeof key < len; at++) {
        if (data[at] != '/' || memcmp(data + at, key, sizeof key - 1) != 0)
            continue;
        size_t from = at + sizeof key - 1;
        while (from < len && (data[from] == ' ' || data[from] == '\n' || data[from] == '\r'))
            from++;
        size_t to = from + 1;
        while (to < len && to - from < REPLI_ID_TEXT && data[to] != ')')
            to++;
        unsigned station;
        int64_t number;
        char *id = to < len && data[from] == '(' ? repli_arena_strndup(a, data + from + 1, to - from - 1) : NULL;
        if (id && repli_id_parse(id, 'P', &station, &number))
            return id;
    }
    return NULL;
}

/* By the bytes; else, when somebody's program has saved the file anew, by the pack id in its properties. */
static enum repli_status by_file(struct repli_cli *cli, const char *path, struct repli_pack *pack)
{
    char *data;
    size_t len;
    uint8_t sha[32];
    struct repli_err mine = {0};
    enum repli_status status = repli_file_read(path, PDF_MAX_BYTES, &cli->arena, &data, &len, &cli->err);
    if (status != REPLI_OK)
        return status;
    repli_sha256(data, len, sha);
    status = repli_ledger_pack_get(cli->ledger, sha, NULL, &cli->arena, pack, &mine);
    if (status != REPLI_DATA)
        return status == REPLI_OK ? REPLI_OK : repli_fail(&cli->err, status, "%s", mine.text);
    const char *id = keyword_pack(&cli->arena, data, len);
    if (!id)
        return repli_fail(&cli->err, REPLI_DATA,
                          "%s: not a pack of this site, or changed beyond recognition: give its "
                          "pack id instead (P0-17: in the name of the file)",
                          path);
    status = repli_ledger_pack_get(cli->ledger, NULL, id, &cli->arena, pack, &cli->err);
    if (status == REPLI_OK)
        fprintf(stderr, "repli: layout: %s was changed after it was printed; this is what pack %s looked like\n", path,
                id);
    return status == REPLI_OK ? REPLI_OK : repli_err_prefix(&cli->err, "%s", path);
}

static enum repli_status find(struct repli_cli *cli, const char *word, struct repli_pack *pack, const char **pdf)
{
    unsigned station;
    int64_t number;
    if (repli_file_exists(word)) {
        *pdf = word;
        return by_file(cli, word, pack);
    }
    bool adopted = word[0] == 'A' && word[1] >= '0' && word[1] <= '9' && strchr(word, '-'); /* A0-6b03ac304901 */
    if (!adopted && !repli_id_parse(word, 'P', &station, &number))
        return repli_fail(&cli->err, REPLI_IO, "%s: no such file, and not a pack id (P0-17)", word);
    enum repli_status status = repli_ledger_pack_get(cli->ledger, NULL, word, &cli->arena, pack, &cli->err);
    if (status == REPLI_OK)
        *pdf = pack->path[0] == '/' ? pack->path : repli_path_join(&cli->arena, cli->site->dir, pack->path);
    return status;
}

static void put_json_text(struct repli_buf *out, const char *s)
{
    json_t *v = s ? json_string(s) : json_null();
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    repli_buf_puts(out, text ? text : "null");
    free(text);
    json_decref(v);
}

static enum repli_status print_json(struct repli_cli *cli, const struct repli_pack *pack, const char *pdf,
                                    const struct sheet_list *list)
{
    struct repli_buf out = {0};
    enum repli_status status = REPLI_OK;
    repli_buf_puts(&out, "{\"pack\":");
    put_json_text(&out, pack->id);
    repli_buf_puts(&out, ",\"pdf\":");
    put_json_text(&out, pdf);
    repli_buf_puts(&out, ",\"sheets\":[");
    for (size_t i = 0; i < list->count && status == REPLI_OK; i++) {
        struct repli_arena a = {0};
        struct repli_page_map *map = NULL;
        status = repli_ledger_sheet_map(cli->ledger, list->rows[i].serial, &a, &map, &cli->err);
        if (status == REPLI_OK && !map)
            status = repli_fail(&cli->err, REPLI_DB, "sheet %s has no page map", list->rows[i].sheet);
        if (status == REPLI_OK) {
            repli_buf_puts(&out, i ? ",\n" : "\n");
            repli_buf_puts(&out, repli_page_map_json(map, &a));
        }
        repli_arena_done(&a);
    }
    repli_buf_puts(&out, "]}\n");
    if (status == REPLI_OK)
        fputs(out.data, stdout);
    repli_buf_done(&out);
    return status;
}

static enum repli_status print_table(struct repli_cli *cli, const struct repli_pack *pack, const char *pdf,
                                     const struct sheet_list *list)
{
    printf("pack %s (%s)  %s\n", pack->id, pack->state, pdf);
    printf("printed %s, ward %s, %s, %s, %d pages\n\n", repli_cli_time(cli, pack->printed_utc),
           pack->ward ? pack->ward : "-", pack->what, pack->lang, pack->pages);
    printf("%5s  %-11s  %-5s %-5s %7s  %-9s %-14s %s\n", "page", "sheet", "side", "form", "fields", "state", "patient",
           "name");
    for (size_t i = 0; i < list->count; i++) {
        const struct repli_sheet_row *r = &list->rows[i];
        struct repli_arena a = {0};
        struct repli_page_map *map = NULL;
        char side[16];
        enum repli_status status = repli_ledger_sheet_map(cli->ledger, r->serial, &a, &map, &cli->err);
        if (status != REPLI_OK)
            return status;
        (void)snprintf(side, sizeof side, "%d/%d", r->side, r->sides);
        printf("%5d  %-11s  %-5s %-5s %7zu  %-9s %-14s %s\n", r->page, r->sheet, side, r->form_id,
               map ? map->nfields : 0, repli_life_text(r->state), r->patient ? r->patient : "-",
               r->patient_name ? r->patient_name : "-");
        repli_arena_done(&a);
    }
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *pdf = NULL;
    size_t nwords;
    struct repli_pack pack;
    struct sheet_list list = {.a = &cli->arena};
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords != 1)
        return repli_cli_usage(cli, "name one PDF or one pack id");
    if (repli_cli_ledger(cli) != REPLI_OK || find(cli, words[0], &pack, &pdf) != REPLI_OK)
        return repli_cli_fail(cli);
    struct repli_sheet_filter filter = {.pack_id = pack.id};
    if (repli_ledger_sheets(cli->ledger, &filter, collect, &list, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (list.count)
        qsort(list.rows, list.count, sizeof *list.rows, by_page);
    enum repli_status status = cli->json ? print_json(cli, &pack, pdf, &list) : print_table(cli, &pack, pdf, &list);
    if (status == REPLI_OK)
        repli_cli_note(cli, "view", pack.id, "laid out", NULL);
    return status == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

const struct repli_command repli_cmd_layout = {
    .name = "layout",
    .summary = "where everything on a pack's sheets is",
    .help =
        "usage: repli layout PACK.pdf | PACK-ID  [--json]\n"
        "\n"
        "Shows the sheets of a pack: page, serial, form, patient, number of fields, and how far each sheet is.\n"
        "The pack is found by the bytes of the PDF; when another program has saved the file anew, by the pack id in\n"
        "its properties; or name the id (P0-17: it is in the name of the file).  The PDF need not exist any more.\n"
        "\n"
        "--json prints the whole geometry: one object {\"pack\", \"pdf\", \"sheets\": [...]}; a sheet has page, sheet, "
        "form,\n"
        "version, lang, side, patient, stay, code, codes_mm, marks_mm and fields; a field has id, kind, box_mm, tier,\n"
        "label and what its kind adds (cells_mm, rows_mm, rows, unit, ranges).  All in millimetres from the sheet's\n"
        "top-left corner.\n"
        "\n"
        "exit codes: 3 no such file · 4 not a pack of this site\n"
        "\n"
        "examples: repli layout packs/2026-11-23/3B-P0-17.pdf --json\n"
        "          repli layout P0-17\n",
    .run = run,
};
