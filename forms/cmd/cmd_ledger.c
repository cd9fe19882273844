#include "cmd/ledger_paper.h"

#include <jansson.h>
#include <string.h>

#include "repli/carry.h"
#include "repli/clock.h"
#include "repli/closing.h"
#include "repli/desk.h"
#include "repli/file.h"
#include "repli/ledger.h"
#include "repli/merge.h"
#include "repli/text.h"

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
    if ((r->npacks & (r->npacks + 1)) == 0) /* 0, 1, 3, 7 ...: room for twice as many */
        r->packs = repli_arena_grow(&r->cli->arena, r->packs, r->npacks, 2 * r->npacks + 1, sizeof *r->packs);
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
    repli_cli_json(o);
    return REPLI_OK;
}

static int list(struct repli_cli *cli, const struct repli_sheet_filter *filter)
{
    struct rows r = {.cli = cli};
    enum repli_life state;
    if (filter->state && !repli_life_parse(filter->state, &state))
        return repli_cli_usage(
            cli, "'%s' is no state: allotted, printed, scanned, read, reviewed, merged, void, lost, blank",
            filter->state);
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%-12s %-8s %-12s %-10s %-4s %-9s %s\n", "sheet", "ward", "patient", "form", "side", "state", "printed");
    if (repli_ledger_sheets(cli->ledger, filter, row, &r, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "view",
                   filter->patient ? filter->patient
                   : filter->ward  ? filter->ward
                                   : "ledger",
                   "listed",
                   filter->only_missing ? "missing"
                   : filter->only_open  ? "open"
                                        : filter->state);
    if (!cli->json)
        printf("%lld sheets%s\n", r.count, filter->only_missing ? " are printed and have not come back" : "");
    return REPLI_OK;
}

/* ---- the board, and closing a ward */

static int board(struct repli_cli *cli)
{
    struct repli_desk_ward *all = NULL, *house = NULL;
    size_t n = 0;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_desk_board(cli->ledger, &cli->arena, &all, &n, &cli->err) != REPLI_OK ||
        repli_desk_house(cli->ledger, &cli->arena, &house, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%-10s %7s %7s %8s %10s %7s %7s\n", "ward", "sheets", "out", "at desk", "in review", "merged", "closed");
    for (size_t i = 0; i < n + (house != NULL); i++) {
        const struct repli_desk_ward *w = i < n ? &all[i] : house;
        if (cli->json)
            repli_cli_json(json_pack("{s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:s?}", "ward", w->ward, "sheets",
                                     (json_int_t)w->sheets, "out", (json_int_t)w->out, "received",
                                     (json_int_t)w->received, "scanned", (json_int_t)w->scanned, "merged",
                                     (json_int_t)w->merged, "closed", (json_int_t)w->closed, "closed_utc",
                                     w->closed_utc ? json_integer(w->closed_utc) : json_null(), "closed_by",
                                     w->closed_utc ? w->closed_by : NULL));
        else
            printf("%-10s %7lld %7lld %8lld %10lld %7lld %7lld%s%s\n", w->ward ? w->ward : "(house)",
                   (long long)w->sheets, (long long)w->out, (long long)w->received, (long long)w->scanned,
                   (long long)w->merged, (long long)w->closed, w->closed_utc ? "  done, says " : "",
                   w->closed_utc ? w->closed_by : "");
    }
    return REPLI_OK;
}

static int close_ward(struct repli_cli *cli, const char *ward)
{
    int64_t sheets = 0;
    if (repli_cli_person(cli) != REPLI_OK ||
        repli_desk_close_ward(cli->ledger, ward, cli->by, repli_clock_now(&cli->site->clock), &sheets, &cli->err) !=
            REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        repli_cli_json(json_pack("{s:s?, s:I}", "ward", *ward ? ward : NULL, "sheets", (json_int_t)sheets));
    else
        printf("%s%s is done: all its %lld sheets are merged, void, lost or blank\n", *ward ? "Ward " : "The house",
               ward, (long long)sheets);
    return REPLI_OK;
}

/* ---- closing by hand */

struct closing_options {
    const char *reason, *pack, *count;
    bool unused;
};

static int closed(struct repli_cli *cli, const char *state, const struct repli_closed *done)
{
    if (cli->json)
        printf("{\"state\":\"%s\",\"closed\":%lld,\"already\":%lld}\n", state, (long long)done->closed,
               (long long)done->already);
    else if (done->already)
        printf("%lld sheets are %s now, %lld were already\n", (long long)done->closed, state, (long long)done->already);
    else
        printf("%lld sheets are %s now\n", (long long)done->closed, state);
    return REPLI_OK;
}

static int close_unused(struct repli_cli *cli, const struct closing_options *o)
{
    int64_t count = 0;
    struct repli_closed done = {0};
    if (!o->pack || !o->count)
        return repli_cli_usage(cli, "void --unused needs --pack ID and --count N: the sheets in your hand, counted");
    if (!repli_integer(o->count, 0, 1000000, &count))
        return repli_cli_usage(cli, "--count is a whole number of sheets, not '%s'", o->count);
    if (repli_cli_person(cli) != REPLI_OK ||
        repli_sheets_unused(cli->site, cli->ledger, o->pack, count, cli->by, &done, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    return closed(cli, "void", &done);
}

static int close_sheets(struct repli_cli *cli, const char *state, const char *const *sheets, size_t count,
                        const struct closing_options *o)
{
    struct repli_closed done = {0};
    bool lost = strcmp(state, "lost") == 0;
    if (o->unused && !lost && count == 0 && !o->reason)
        return close_unused(cli, o);
    if (count == 0 || o->unused || o->pack || o->count)
        return repli_cli_usage(cli, "%s SHEET... --by PERSON --reason TEXT%s", state,
                               lost ? "" : ", or void --pack ID --unused --count N --by PERSON");
    if (lost && !o->reason)
        return repli_cli_usage(cli, "why are they lost? add --reason");
    if (repli_cli_person(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    struct repli_closing what = {.sheets = sheets, .count = count, .by = cli->by, .reason = o->reason};
    bool nowhere = cli->site->station != 0 && !repli_file_exists(cli->site->record); /* a ward's stick has no record */
    enum repli_status s = lost || nowhere ? REPLI_OK : repli_cli_record(cli);
    if (s == REPLI_OK && lost)
        s = repli_sheets_lost(cli->site, cli->ledger, &what, &done, &cli->err);
    else if (s == REPLI_OK && !nowhere)
        s = repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err);
    if (s == REPLI_OK && !lost)
        s = repli_sheets_void(cli->site, cli->ledger, cli->record, &what, &done, &cli->err);
    return s == REPLI_OK ? closed(cli, state, &done) : repli_cli_fail(cli);
}

/* ---- paper of a station as a file */

#define CARRY_MAX ((size_t)1024 * 1024 * 1024)

static int carried_out(struct repli_cli *cli, const char *to)
{
    struct repli_buf text = {0};
    struct repli_carried said = {0};
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_carry_export(cli->site, cli->ledger, &text, &said, &cli->err);
    if (s == REPLI_OK && to)
        s = repli_file_write(to, text.data, text.len, 0600, &cli->err);
    else if (s == REPLI_OK)
        (void)fwrite(text.data, 1, text.len, stdout);
    repli_buf_done(&text);
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "ledger", to ? to : "standard output", "exported", NULL);
    if (to)
        printf("%s: %lld sheets in %lld packs of station %u; it names patients: carry it like them\n", to,
               (long long)said.sheets, (long long)said.packs, said.station);
    return REPLI_OK;
}

static int carried_in(struct repli_cli *cli, const char *from)
{
    char *text = NULL;
    size_t len = 0;
    struct repli_carried said = {0};
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_file_read(from, CARRY_MAX, &cli->arena, &text, &len, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (repli_carry_import(cli->site, cli->ledger, text, len, &cli->arena, &said, &cli->err) != REPLI_OK) {
        (void)!repli_err_prefix(&cli->err, "%s: nothing was taken", from);
        return repli_cli_fail(cli);
    }
    repli_cli_note(cli, "ledger", from, "imported", repli_arena_printf(&cli->arena, "station %u", said.station));
    if (cli->json)
        repli_cli_json(json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "station", (int)said.station, "name",
                                 said.name, "made_utc", (json_int_t)said.made_utc, "packs", (json_int_t)said.packs,
                                 "sheets", (json_int_t)said.sheets, "new_packs", (json_int_t)said.new_packs,
                                 "new_sheets", (json_int_t)said.new_sheets, "closed", (json_int_t)said.closed));
    else
        printf("station %u (%s), as of %s: %lld sheets, %lld of them new here, %lld closed there since\n", said.station,
               said.name, repli_cli_time(cli, said.made_utc), (long long)said.sheets, (long long)said.new_sheets,
               (long long)said.closed);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *to = NULL;
    size_t nwords;
    struct repli_sheet_filter filter = {0};
    struct closing_options o = {0};
    bool apply = false;
    bool house = false;
    const struct repli_opt opts[] = {{"--house", REPLI_OPT_FLAG, &house},
                                     {"--missing", REPLI_OPT_FLAG, &filter.only_missing},
                                     {"--open", REPLI_OPT_FLAG, &filter.only_open},
                                     {"--ward", REPLI_OPT_TEXT, &filter.ward},
                                     {"--patient", REPLI_OPT_TEXT, &filter.patient},
                                     {"--state", REPLI_OPT_TEXT, &filter.state},
                                     {"--form", REPLI_OPT_TEXT, &filter.form_id},
                                     {"--pack", REPLI_OPT_TEXT, &o.pack},
                                     {"--reason", REPLI_OPT_TEXT, &o.reason},
                                     {"--unused", REPLI_OPT_FLAG, &o.unused},
                                     {"--count", REPLI_OPT_TEXT, &o.count},
                                     {"--apply", REPLI_OPT_FLAG, &apply},
                                     {"-o", REPLI_OPT_TEXT, &to}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    bool filtered =
        filter.only_missing || filter.only_open || filter.ward || filter.patient || filter.state || filter.form_id;
    if (nwords && (strcmp(words[0], "void") == 0 || strcmp(words[0], "lost") == 0)) {
        if (filtered)
            return repli_cli_usage(cli, "%s closes sheets by their numbers, not by a filter", words[0]);
        return close_sheets(cli, words[0], words + 1, nwords - 1, &o);
    }
    if (nwords == 1 && strcmp(words[0], "slips") == 0 && !filtered)
        return repli_cmd_ledger_slips(cli, apply);
    if (apply)
        return repli_cli_usage(cli, "--apply belongs to `ledger slips`");
    if (nwords == 1 && strcmp(words[0], "covers") == 0 && !filtered)
        return repli_cmd_ledger_covers(cli);
    bool closing = o.reason || o.pack || o.count || o.unused;
    if (nwords == 1 && strcmp(words[0], "board") == 0 && !filtered && !closing)
        return board(cli);
    if (nwords + house == 2 && strcmp(words[0], "close") == 0 && !filtered && !closing)
        return close_ward(cli, house ? REPLI_DESK_HOUSE : words[1]);
    if (house)
        return repli_cli_usage(cli, "--house belongs to `ledger close`");
    if (nwords == 1 && strcmp(words[0], "export") == 0 && !filtered && !closing)
        return carried_out(cli, to);
    if (to)
        return repli_cli_usage(cli, "-o belongs to `ledger export`");
    if (nwords == 2 && strcmp(words[0], "import") == 0 && !filtered && !closing)
        return carried_in(cli, words[1]);
    if (nwords)
        return repli_cli_usage(cli, "'%s' is not an option of ledger", words[0]);
    if (o.reason || o.unused || o.count)
        return repli_cli_usage(cli, "--reason, --unused and --count belong to void and lost");
    filter.pack_id = o.pack;
    filter.not_received = filter.only_missing;
    filter.one_moment = true;
    return list(cli, &filter);
}

const struct repli_command repli_cmd_ledger = {
    .name = "ledger",
    .summary = "every printed sheet and where it is in its life; void, lost",
    .help =
        "usage: repli ledger [--missing | --open | --state S] [--ward W] [--patient ID] [--pack ID] [--form ID] "
        "[--json]\n"
        "       repli ledger void SHEET... --by PERSON --reason TEXT\n"
        "       repli ledger void --pack ID --unused --count N --by PERSON\n"
        "       repli ledger lost SHEET... --by PERSON --reason TEXT\n"
        "       repli ledger slips [--apply --by PERSON] [--json]\n"
        "       repli ledger covers [--json]\n"
        "       repli ledger board [--json]\n"
        "       repli ledger close WARD | --house --by PERSON\n"
        "       repli ledger export [-o FILE]\n"
        "       repli ledger import FILE [--json]\n"
        "\n"
        "Lists sheets by ward, patient, pack and page.  A sheet is allotted, printed, scanned, read, reviewed and\n"
        "merged; or it ends as void, lost or blank.  Use it after an outage to find the paper that is still somewhere\n"
        "on a ward.\n"
        "\n"
        "  --missing   printed sheets with fields that nobody has scanned or checked in (repli wedge): what to look "
        "for\n"
        "              on the ward\n"
        "  --open      every sheet that is not closed\n"
        "  --state S   sheets in this state\n"
        "  --ward W, --patient ID, --pack ID, --form ID   only these; ID of a patient as printed on the paper\n"
        "  --json      one object a line: sheet, ward, patient, form, side, state, printed_utc\n"
        "\n"
        "  void        the sheet does not count: spoilt, crossed out, replaced.  People are asked nothing more about\n"
        "              it, and it never merges; if its paper comes back, scanning says `void`.  A sheet of which\n"
        "              something is in the record is refused until its merges are undone.  Where the page's own void\n"
        "              box was ticked and confirmed in review, no --reason is needed.\n"
        "  --unused    the rest of a pack that nobody wrote on: count it, shred it, say how many.  Every side with\n"
        "              fields is a sheet.  If the number is not the one in the ledger, nothing is closed: look again.\n"
        "  lost        the sheet was looked for and not found.  If it turns up, scan it like any other.\n"
        "\n"
        "  board       every ward: how many sheets with fields are out, at the desk, in review, merged, closed\n"
        "  close       says that a ward is done.  Refused while one of its sheets is neither merged nor void, lost or\n"
        "              blank: each has to be accounted for by name.  Paper printed later opens the ward again.\n"
        "              --house: the same for paper of no ward (print --pack house)\n"
        "  slips       what void slips (print WARD --form voidslip) and lists of sheets that were still out (--form\n"
        "              stillout) say, once people have keyed them: which sheet becomes void or lost, and why.  With\n"
        "              --apply they are closed, each by itself and by the same rules as above; what may not be closed\n"
        "              is told, and the exit code is 6.\n"
        "  covers      piles that were scanned under a cover (print WARD --form batchcover): sheets of paper as "
        "printed\n"
        "              or keyed, and how many images came between the cover and the next one; 6 when they differ.\n"
        "\n"
        "  export      all paper of this station as one file, with a MAC of its key: run it on a ward's stick\n"
        "  import      takes such a file in, so that paper of the ward's station can be scanned here.  A file that "
        "was\n"
        "              changed, or of a station that is not ours, is refused and changes nothing; the same file again\n"
        "              changes nothing; a sheet that went further here stays where it is.\n"
        "\n"
        "Several sheets close together or not at all.  Closing again changes nothing.\n"
        "\n"
        "examples: repli ledger --missing --ward 3B\n"
        "          repli ledger void K7QD-M3XA-D --by an.peeters --reason \"coffee\"\n"
        "          repli ledger void --pack P0-17 --unused --count 12 --by an.peeters\n"
        "\n"
        "exit codes: 0 done · 2 no such sheet number, person or state · 4 a sheet may not be closed, or the count "
        "differs\n",
    .run = run,
};
