#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

/* A number counts when its keys are written: a folder that cannot be written uses up no number and no name. */
static enum repli_status issue(struct repli_cli *cli, const char *name, const char *to, unsigned *number)
{
    int64_t now = repli_clock_now(&cli->site->clock);
    enum repli_status s = repli_ledger_here(cli->ledger, cli->site, NULL, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(cli->ledger, &cli->err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_station_add(cli->ledger, name, now, number, &cli->err);
    if (s == REPLI_OK)
        s = repli_keys_issue(cli->site->keys, *number, to, &cli->err);
    if (s == REPLI_OK && repli_ledger_commit(cli->ledger, &cli->err) != REPLI_OK)
        s = repli_err_prefix(&cli->err, "the keys in %s are of no station, delete them", to);
    if (s != REPLI_OK)
        repli_ledger_rollback(cli->ledger);
    return s;
}

/* Only the centre may give numbers: two stations with one number would print the same serials. */
static int add(struct repli_cli *cli, const char *name, const char *to)
{
    unsigned number;
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!repli_keys_have_master(cli->site->keys)) {
        (void)repli_fail(&cli->err, REPLI_USAGE,
                         "this is station %u, not the centre: only the station with the master key gives numbers",
                         cli->site->station);
        return repli_cli_fail(cli);
    }
    if (issue(cli, name, to, &number) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        repli_cli_json(json_pack("{s:i, s:s}", "station", (int)number, "keys", to));
    else
        printf("Station %u is %s.  Its keys are in %s: carry them to it by hand and delete the copy here.\n", number,
               name, to);
    return REPLI_OK;
}

static int list(struct repli_cli *cli)
{
    struct repli_station *all;
    size_t count;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_station_list(cli->ledger, &cli->arena, &all, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("this is station %u, %s\n", cli->site->station, cli->site->station_name);
    for (size_t i = 0; i < count; i++) {
        if (!cli->json) {
            printf("%4u  %s\n", all[i].number, all[i].name);
            continue;
        }
        json_t *o = json_pack("{s:i, s:s, s:I}", "station", (int)all[i].number, "name", all[i].name, "added_utc",
                              (json_int_t)all[i].added_utc);
        repli_cli_json(o);
    }
    return REPLI_OK;
}

static int renew(struct repli_cli *cli)
{
    if (repli_cli_site(cli) != REPLI_OK || repli_site_renew_machine(cli->site, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "station", repli_arena_printf(&cli->arena, "%u", cli->site->station), "renewed", NULL);
    printf("Station %u now belongs to this computer.  The old one must not print any more.\n", cli->site->station);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *to = NULL;
    size_t nwords;
    const struct repli_opt opts[] = {{"-o", REPLI_OPT_TEXT, &to}};
    if (repli_cli_parse(cli, argc, argv, opts, 1, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords == 2 && strcmp(words[0], "add") == 0)
        return to ? add(cli, words[1], to) : repli_cli_usage(cli, "where to? add -o FOLDER for the station's keys");
    if (nwords == 1 && strcmp(words[0], "renew") == 0)
        return renew(cli);
    if (nwords == 0 || (nwords == 1 && strcmp(words[0], "list") == 0))
        return list(cli);
    return repli_cli_usage(cli, "station add NAME -o FOLDER, station list or station renew");
}

const struct repli_command repli_cmd_station = {
    .name = "station",
    .summary = "computers that print or scan: add, list, renew",
    .help =
        "usage: repli station add NAME -o FOLDER [--json]\n"
        "       repli station list [--json]\n"
        "       repli station renew\n"
        "\n"
        "add    at the centre: gives a new station its number and writes its keys (never the master key) to FOLDER,\n"
        "       to be carried there by hand as its keys/ folder.\n"
        "renew  on a station whose folder was moved to another computer: printing refuses until somebody says, with\n"
        "       this command, that the old computer will not print any more.  Serials go on; none is issued twice.\n"
        "\n"
        "exit codes: 0 done · 2 this is not the centre · 3 FOLDER cannot be written\n"
        "\n"
        "example: repli station add \"Ward 3B\" -o /media/stick/keys\n",
    .run = run,
};
