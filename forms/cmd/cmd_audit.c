#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/audit.h"

struct listing {
    struct repli_cli *cli;
    const char *person, *object;
    int64_t count;
};

static bool wanted(const struct listing *l, const struct repli_audit_row *row)
{
    return (!l->person || (row->person && strcmp(row->person, l->person) == 0)) &&
           (!l->object || strncmp(row->object, l->object, strlen(l->object)) == 0);
}

static enum repli_status one(void *user, const struct repli_audit_row *row, struct repli_err *err)
{
    (void)err;
    struct listing *l = user;
    if (!wanted(l, row))
        return REPLI_OK;
    l->count++;
    if (l->cli->json) {
        repli_cli_json(json_pack("{s:i, s:I, s:I, s:s?, s:s, s:s, s:s?, s:s?, s:s}", "station", (int)row->station,
                                 "row", (json_int_t)row->seq, "at_utc", (json_int_t)row->at_utc, "person", row->person,
                                 "event", row->event, "object", row->object, "outcome", row->outcome, "reason",
                                 row->reason, "program", row->program));
        return REPLI_OK;
    }
    printf("%u-%-7lld %s  %-14s %-9s %s%s%s%s%s\n", row->station, (long long)row->seq,
           repli_cli_time(l->cli, row->at_utc), row->person ? row->person : "-", row->event, row->object,
           row->outcome ? ": " : "", row->outcome ? row->outcome : "", row->reason ? ", " : "",
           row->reason ? row->reason : "");
    return REPLI_OK;
}

static int list(struct repli_cli *cli, const char *since, const char *person, const char *object)
{
    struct listing l = {.cli = cli, .person = person, .object = object};
    int64_t from = INT64_MIN;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        (since && repli_time_parse(since, cli->site->zone, &from, &cli->err) != REPLI_OK) ||
        repli_audit_each(cli->ledger, from, one, &l, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!l.count && !cli->json)
        puts("The audit holds no such row");
    return REPLI_OK;
}

static json_t *texts(const char **list, size_t count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(out, json_string(list[i]));
    return out;
}

static int verify(struct repli_cli *cli, const char **heads)
{
    struct repli_audit_found f;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_audit_verify(cli->ledger, cli->site->keys, heads, &cli->arena, &f, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json) {
        repli_cli_json(json_pack("{s:b, s:I, s:I, s:o, s:o}", "whole", f.nbad == 0, "rows", (json_int_t)f.rows,
                                 "clock_set_back", (json_int_t)f.backwards, "heads", texts(f.heads, f.nheads), "bad",
                                 texts(f.bad, f.nbad)));
        return f.nbad ? REPLI_DATA : REPLI_OK;
    }
    for (size_t i = 0; i < f.nbad; i++)
        printf("BAD   %s\n", f.bad[i]);
    printf("%s: %lld rows of %lld station%s\n", f.nbad ? "The audit is NOT whole" : "The audit is whole",
           (long long)f.rows, (long long)f.stations, f.stations == 1 ? "" : "s");
    for (size_t i = 0; i < f.nheads; i++)
        printf("head  %s\n", f.heads[i]);
    if (f.backwards)
        printf("MIND: %lld rows say an earlier time than the row before: a clock was set back\n",
               (long long)f.backwards);
    return f.nbad ? REPLI_DATA : REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *since = NULL, *object = NULL, **heads = NULL;
    size_t n;
    const struct repli_opt opts[] = {
        {"--since", REPLI_OPT_TEXT, &since}, {"--object", REPLI_OPT_TEXT, &object}, {"--head", REPLI_OPT_LIST, &heads}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n == 1 && strcmp(words[0], "verify") == 0 && !since && !object)
        return verify(cli, heads);
    if ((n == 0 || (n == 1 && strcmp(words[0], "list") == 0)) && !heads)
        return list(cli, since, cli->by, object);
    return repli_cli_usage(cli,
                           "audit list [--since T] [--by PERSON] [--object TEXT], or audit verify [--head CODE]...");
}

const struct repli_command repli_cmd_audit = {
    .name = "audit",
    .summary = "who did what, as a sealed chain: list, verify",
    .help =
        "usage: repli audit list [--since TIME] [--by PERSON] [--object TEXT] [--json]\n"
        "       repli audit verify [--head CODE]... [--json]\n"
        "\n"
        "Every print, scan, key, decision, merge, undo, view, export and use of keys is a row: when, who, what, on\n"
        "which sheet, pack or file, how it ended; never what was keyed.  Each row is sealed on top of the one before\n"
        "with the station's key, in the same transaction as the deed.  Rows of ward stations come with their ledger\n"
        "files and stay as they are.\n"
        "\n"
        "list     in order of station and number; --object: rows about what begins so (a sheet, a pack)\n"
        "verify   reads every chain.  A changed, missing or added row is named.  A chain whose end was cut off looks\n"
        "         whole by itself: give it the heads that stand at the foot of a pack's first sheet, in a stick's\n"
        "         folder or on a colleague's note.  A head that lies in no chain is named.\n"
        "\n"
        "exit codes: 0 whole · 4 not whole\n"
        "\n"
        "examples: repli audit list --object K7QD-M3XA-D\n"
        "          repli audit verify --head 0-1234-K7QD9M\n",
    .run = run,
};
