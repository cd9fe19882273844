#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/desk.h"

#define LINE_MAX_BYTES 4096

/* What the person at the desk hears and sees: nothing but a bell makes her look up. */
static const char *words(enum repli_desk_answer answer)
{
    static const char *const texts[] = {"received",
                                        "was checked in before",
                                        "is closed: void, lost or blank; put it aside",
                                        "is paper of a drill: it does not count",
                                        "is ours, but this ledger does not know it: bring that station's ledger",
                                        "IS NOT OURS, or was changed: put it aside",
                                        "is no page code: scan the square again"};
    return texts[answer];
}

static json_t *out_json(const struct repli_sheet_row *list, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, json_string(list[i].sheet));
    return out;
}

static void tell(struct repli_cli *cli, const char *line, enum repli_desk_answer answer,
                 const struct repli_sheet_row *row, const struct repli_sheet_row *out, size_t nout)
{
    if (cli->json) {
        repli_cli_json(json_pack("{s:s?, s:s, s:s?, s:s?, s:s?, s:o}", "sheet", row ? row->sheet : NULL, "answer",
                                 repli_desk_text(answer), "ward", row ? row->ward : NULL, "patient",
                                 row ? row->patient : NULL, "form", row ? row->form_id : NULL, "still_out",
                                 out_json(out, nout)));
        (void)fflush(stdout);
        return;
    }
    if (answer != REPLI_DESK_RECEIVED && answer != REPLI_DESK_AGAIN)
        putchar('\a');
    if (!row)
        printf("%.40s %s\n", answer == REPLI_DESK_NOT_A_CODE ? line : "the sheet", words(answer));
    else
        printf("%s %s %d/%d, %s (%s), %s: %s\n", row->sheet, row->form_id, row->side, row->sides,
               row->patient_name ? row->patient_name : "-", row->patient ? row->patient : "-",
               row->ward ? row->ward : "no ward", words(answer));
    if (row && nout == 0)
        puts("  nothing else of it is out");
    for (size_t i = 0; i < nout; i++)
        printf("%s%s %s %d/%d%s", i ? ", " : "  still out: ", out[i].sheet, out[i].form_id, out[i].side, out[i].sides,
               i + 1 == nout ? "\n" : "");
    (void)fflush(stdout);
}

static enum repli_status one(struct repli_cli *cli, const char *line, bool *odd)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_sheet_row *row = NULL, *out = NULL;
    enum repli_desk_answer answer;
    size_t nout = 0;
    enum repli_status s = repli_desk_receive(cli->site, cli->ledger, line, cli->by, &a, &answer, &row, &cli->err);
    if (s == REPLI_OK && row)
        s = repli_desk_still_out(cli->ledger, row, &a, &out, &nout, &cli->err);
    if (s != REPLI_OK)
        return s;
    *odd = *odd || (answer != REPLI_DESK_RECEIVED && answer != REPLI_DESK_AGAIN);
    tell(cli, line, answer, row, out, nout);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **rest;
    size_t n;
    char line[LINE_MAX_BYTES];
    bool odd = false;
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &rest, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n)
        return repli_cli_usage(cli, "wedge reads what a hand scanner types, a line a sheet, from standard input");
    if (repli_cli_ledger(cli) != REPLI_OK || (cli->by && repli_cli_person(cli) != REPLI_OK))
        return repli_cli_fail(cli);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[strspn(line, " \t")] && one(cli, line, &odd) != REPLI_OK)
            return repli_cli_fail(cli);
    }
    return odd ? REPLI_WAITS : REPLI_OK;
}

const struct repli_command repli_cmd_wedge = {
    .name = "wedge",
    .summary = "check paper in at the desk with a hand scanner",
    .help =
        "usage: repli wedge [--by PERSON] [--json] <what the scanner types>\n"
        "\n"
        "For hand scanners that type what they read: each line is the page code of a sheet (or its number, typed by\n"
        "hand).  The sheet is checked in: it is at the desk, though not scanned yet, and `repli ledger --missing` "
        "does\n"
        "not look for it on the ward any more.  Then it says what of the same patient is still out.  The bell rings\n"
        "for what must be put aside: paper that is closed, of a drill, of a station whose ledger was not brought, or\n"
        "not ours.  Checking in is no scan: nothing is read from it.\n"
        "\n"
        "exit codes: 0 all checked in · 6 done, but some were put aside\n"
        "\n"
        "example: repli wedge --by an.peeters\n",
    .run = run,
};
