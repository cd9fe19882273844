#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/purge.h"

static void print_json(const struct repli_purge_counts *n, bool dry)
{
    repli_cli_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dry", dry, "sheets",
                             (json_int_t)n->sheets, "merges", (json_int_t)n->merges, "images", (json_int_t)n->images,
                             "packs", (json_int_t)n->packs, "files", (json_int_t)n->files, "refused",
                             (json_int_t)n->refused, "waiting", (json_int_t)n->waiting, "not_handed_over",
                             (json_int_t)n->not_handed_over, "outside", (json_int_t)n->outside));
}

static void print_human(const struct repli_purge_counts *n, bool dry)
{
    printf("%lld sheets %s; %lld merges cannot be undone %s\n", (long long)n->sheets, dry ? "would leave" : "left",
           (long long)n->merges, dry ? "then" : "any more");
    if (!dry)
        printf("  %lld images, %lld packs, %lld files of inbox/refused; %lld files and folders taken away\n",
               (long long)n->images, (long long)n->packs, (long long)n->refused, (long long)n->files);
    else if (n->refused)
        printf("  %lld files of inbox/refused would, too\n", (long long)n->refused);
    if (n->not_handed_over)
        printf("  MIND: %lld merges %s not handed over to the hospital's own system\n", (long long)n->not_handed_over,
               dry ? "are" : "were");
    if (n->waiting)
        printf("  MIND: images of %lld sheets were put aside and nobody looked at them\n", (long long)n->waiting);
    if (n->outside)
        printf("  MIND: %lld packs were written outside this folder: take them away yourself\n", (long long)n->outside);
    if (!dry)
        puts("  copies made before (backups, exports, a ward's stick) still hold what left here");
}

static int purge(struct repli_cli *cli, struct repli_purge_request *q, const char *before)
{
    struct repli_person who;
    struct repli_purge_counts n;
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK ||
        (before && repli_time_parse(before, cli->site->zone, &q->before_utc, &cli->err) != REPLI_OK))
        return repli_cli_fail(cli);
    for (int i = 0; i < 2 && !q->dry; i++)
        if (repli_ledger_person_get(cli->ledger, q->by[i], &cli->arena, &who, &cli->err) != REPLI_OK)
            return repli_cli_fail(cli);
    enum repli_status s = repli_purge_run(cli->site, cli->ledger, cli->record, q, &n, &cli->err);
    if (!q->dry && (s == REPLI_OK || n.sheets + n.images + n.files > 0)) {
        struct repli_err first = cli->err;
        repli_cli_note(cli, "purge", q->ward ? q->ward : "all wards", s == REPLI_OK ? "files gone" : "cut short",
                       repli_arena_printf(&cli->arena, "%lld sheets, %lld images, %lld files; %s, %s: %s",
                                          (long long)n.sheets, (long long)n.images, (long long)n.files, q->by[0],
                                          q->by[1], q->reason));
        cli->err = first;
    }
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        print_json(&n, q->dry);
    else
        print_human(&n, q->dry);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, **by = NULL, *before = NULL;
    size_t nwords;
    struct repli_purge_request q = {.before_utc = INT64_MAX};
    const struct repli_opt opts[] = {
        {"--before", REPLI_OPT_TEXT, (void *)&before}, {"--ward", REPLI_OPT_TEXT, (void *)&q.ward},
        {"--by", REPLI_OPT_LIST, (void *)&by},         {"--reason", REPLI_OPT_TEXT, (void *)&q.reason},
        {"--dry-run", REPLI_OPT_FLAG, &q.dry},         {"--force", REPLI_OPT_FLAG, &q.force}};
    if (repli_cli_parse(cli, argc, argv, opts, 6, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords > 0)
        return repli_cli_usage(cli, "no words: --ward names a ward");
    if (!q.dry && (!by || !by[1] || by[2] || strcmp(by[0], by[1]) == 0))
        return repli_cli_usage(cli, "two people must sign a purge: --by A --by B");
    if (!q.dry && (!q.reason || !*q.reason))
        return repli_cli_usage(cli, "why? add --reason TEXT: it stays in the ledger and the audit");
    for (int i = 0; by && i < 2 && by[i]; i++)
        q.by[i] = by[i];
    return purge(cli, &q, before);
}

const struct repli_command repli_cmd_purge = {
    .name = "purge",
    .summary = "take away names, values and images of paper after a ward was closed",
    .help =
        "usage: repli purge [--ward WARD] [--before TIME] --by PERSON --by PERSON --reason TEXT [--force] [--json]\n"
        "       repli purge --dry-run [--ward WARD] [--before TIME] [--json]\n"
        "\n"
        "Of wards that were closed (repli ledger close) as many days ago as `purge: days` in site.yaml says, and of\n"
        "sheets that are merged, void, lost or blank since before that, these leave the site's folder: scanned images\n"
        "and crops, what was keyed and read, names and numbers as printed, what was printed where, packs all of whose\n"
        "sheets left, and by what merges could be undone.  Files of inbox/refused that are as old leave when all "
        "wards\n"
        "are asked for.  What stays: serials, hashes, states, times, persons, the audit, and the record with what was\n"
        "merged into it.  The ledger's file is written anew and both logs are emptied, so that no rest of it is left\n"
        "in the folder.  Snapshots are copies of the record, not of paper: they leave by their own rule.\n"
        "\n"
        "Nothing leaves before it was handed over (repli export fhir --merged) or while an image of such a sheet was\n"
        "put aside and nobody looked at it.  A run that was cut short is run again and takes the rest away.\n"
        "\n"
        "  --ward WARD    only this ward\n"
        "  --before TIME  only wards that were closed until then; never sooner than site.yaml says\n"
        "  --force        also what was not handed over or not looked at; the reason says why\n"
        "  --dry-run      says how much would leave and changes nothing\n"
        "\n"
        "example: repli purge --ward 3B --by an.peeters --by luc.maes --reason \"signed off on Monday\"\n"
        "\n"
        "exit codes: 0 it left, or nothing was due · 2 no such person, or not two of them · 3 a file cannot be deleted "
        "·\n"
        "            4 something was not handed over or not looked at: nothing left · 5 a database failed or is in "
        "use:\n"
        "            run it again\n",
    .run = run,
};
