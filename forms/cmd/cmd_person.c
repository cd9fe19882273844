#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

static int add(struct repli_cli *cli, const char **words, size_t nwords)
{
    if (nwords != 4)
        return repli_cli_usage(cli, "person add needs an id, a name and a role");
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (repli_ledger_person_add(cli->ledger, words[1], words[2], words[3], repli_clock_now(&cli->site->clock),
                                &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s (%s, %s) may act now: --by %s\n", words[1], words[2], words[3], words[1]);
    return REPLI_OK;
}

static int list(struct repli_cli *cli)
{
    struct repli_person *people;
    size_t count;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_person_list(cli->ledger, &cli->arena, &people, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < count; i++) {
        const struct repli_person *p = &people[i];
        if (!cli->json) {
            printf("%-16s %-12s %s%s\n", p->id, p->role, p->name, p->active ? "" : " (no longer active)");
            continue;
        }
        json_t *o =
            json_pack("{s:s, s:s, s:s, s:b}", "person", p->id, "name", p->name, "role", p->role, "active", p->active);
        repli_cli_json(o);
    }
    if (!count && !cli->json)
        puts("Nobody yet: repli person add ID NAME ROLE");
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords && strcmp(words[0], "add") == 0)
        return add(cli, words, nwords);
    if (nwords == 0 || (nwords == 1 && strcmp(words[0], "list") == 0))
        return list(cli);
    return repli_cli_usage(cli, "'%s' is not add or list", words[0]);
}

const struct repli_command repli_cmd_person = {
    .name = "person",
    .summary = "the people who act: add, list",
    .help = "usage: repli person add ID NAME ROLE\n"
            "       repli person list [--json]\n"
            "\n"
            "Whoever keys, confirms, merges or undoes does so under their own name.  ID is what you type after --by\n"
            "(a-z, digits, dot, dash, underscore; for ever theirs).  ROLE is nurse, clerk, verifier, coordinator or "
            "pharmacist.\n"
            "\n"
            "exit codes: 0 done · 2 no such role, or the id is taken · 5 the ledger failed\n"
            "\n"
            "example: repli person add an.peeters \"An Peeters\" clerk\n",
    .run = run,
};
