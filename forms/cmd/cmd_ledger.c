#include "cmd/cmd.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger.h"

struct rows {
    struct repli_cli *cli;
    struct repli_pack *packs; /* seen so far: the sheets of one pack come together */
    size_t npacks;
    long long count;
};

static enum repli_status printed_utc(struct rows *r, const char *pack_id, int64_t *utc, struct repli_err *err)
{
    for (size_t i = r->npacks; i > 0; i--)
        if (strcmp(r->packs[i - 1].id, pack_id) == 0) {
            *utc = r->packs[i - 1].printed_utc;
            return REPLI_OK;
        }
    r->packs = repli_arena_grow(&r->cli->arena, r->packs, r->npacks, r->npacks + 1, sizeof *r->packs);
    enum repli_status s =
        repli_ledger_pack_get(r->cli->ledger, NULL, pack_id, &r->cli->arena, &r->packs[r->npacks], err);
    if (s == REPLI_OK)
        *utc = r->packs[r->npacks++].printed_utc;
    return s;
}

static enum repli_status row(void *user, const struct repli_sheet_row *sheet, struct repli_err *err)
{
    struct rows *r = user;
    int64_t utc = 0;
    enum repli_status s = printed_utc(r, sheet->pack_id, &utc, err);
    if (s != REPLI_OK)
        return s;
    r->count++;
    if (!r->cli->json) {
        printf("%-12s %-8s %-12s %-10s %d/%d  %-9s %s\n", sheet->sheet, sheet->ward ? sheet->ward : "-",
               sheet->patient ? sheet->patient : "-", sheet->form_id, sheet->side, sheet->sides,
               repli_life_text(sheet->state), repli_cli_time(r->cli, utc));
        return REPLI_OK;
    }
    char side[32];
    snprintf(side, sizeof side, "%d/%d", sheet->side, sheet->sides);
    json_t *o = json_pack("{s:s, s:s?, s:s?, s:s, s:s, s:s, s:I}", "sheet", sheet->sheet, "ward", sheet->ward,
                          "patient", sheet->patient, "form", sheet->form_id, "side", side, "state",
                          repli_life_text(sheet->state), "printed_utc", (json_int_t)utc);
    char *text = json_dumps(o, JSON_COMPACT);
    puts(text ? text : "null");
    free(text);
    json_decref(o);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    struct repli_sheet_filter filter = {0};
    struct rows r = {.cli = cli};
    const struct repli_opt opts[] = {{"--missing", REPLI_OPT_FLAG, &filter.only_missing},
                                     {"--open", REPLI_OPT_FLAG, &filter.only_open},
                                     {"--ward", REPLI_OPT_TEXT, &filter.ward},
                                     {"--patient", REPLI_OPT_TEXT, &filter.patient},
                                     {"--pack", REPLI_OPT_TEXT, &filter.pack_id},
                                     {"--form", REPLI_OPT_TEXT, &filter.form_id}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "'%s' is not an option of ledger", words[0]);
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%-12s %-8s %-12s %-10s %-4s %-9s %s\n", "sheet", "ward", "patient", "form", "side", "state", "printed");
    if (repli_ledger_sheets(cli->ledger, &filter, row, &r, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%lld sheets%s\n", r.count, filter.only_missing ? " are printed and have not come back" : "");
    return REPLI_OK;
}

const struct repli_command repli_cmd_ledger = {
    .name = "ledger",
    .summary = "every printed sheet and where it is in its life",
    .help = "usage: repli ledger [--missing | --open] [--ward W] [--patient ID] [--pack ID] [--form ID] [--json]\n"
            "\n"
            "Lists sheets by ward, patient, pack and page.  A sheet is allotted, printed, scanned, read, reviewed and\n"
            "merged; or it ends as void, lost or blank.\n"
            "\n"
            "  --missing   printed sheets with fields that nobody has scanned yet: what to look for on the ward\n"
            "  --open      every sheet that is not closed\n"
            "\n"
            "example: repli ledger --missing --ward 3B\n",
    .run = run,
};
