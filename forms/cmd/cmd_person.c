#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "repli/ledger_lists.h"
#include "repli/passphrase.h"

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

/* role ID ROLE, disable ID, enable ID [ROLE] */
static int change(struct repli_cli *cli, const char **words, size_t nwords)
{
    bool role = strcmp(words[0], "role") == 0, disable = strcmp(words[0], "disable") == 0;
    struct repli_person *people;
    size_t count, i = 0;
    if (nwords != (role ? 3u : 2u))
        return repli_cli_usage(cli, role ? "person role needs an id and a role" : "person %s needs an id", words[0]);
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_person_list(cli->ledger, &cli->arena, &people, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    while (i < count && strcmp(people[i].id, words[1]) != 0)
        i++;
    bool active = role ? i < count && people[i].active : !disable;
    if (repli_ledger_person_change(cli->ledger, words[1], role ? words[2] : NULL, active, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s %s\n", words[1], role ? "has another role now" : disable ? "may not act any more" : "may act again");
    return REPLI_OK;
}

/* One line, unseen when somebody types it. */
static bool read_phrase(char *out, size_t room)
{
    struct termios before, unseen;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        fputs("passphrase (not shown): ", stderr);
        unseen = before;
        unseen.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    }
    bool got = fgets(out, (int)room, stdin) != NULL;
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    out[strcspn(out, "\r\n")] = 0;
    return got;
}

static int passphrase(struct repli_cli *cli, const char **words, size_t nwords)
{
    char phrase[REPLI_PASSPHRASE_MOST + 3] = "", hash[REPLI_PASSPHRASE_HASH];
    struct repli_person person;
    if (nwords != 2)
        return repli_cli_usage(cli, "person passphrase needs an id");
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_person_get(cli->ledger, words[1], &cli->arena, &person, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!read_phrase(phrase, sizeof phrase))
        return repli_cli_usage(cli, "no passphrase came: type it, or send it on stdin");
    if (repli_passphrase_hash(phrase, hash, &cli->err) != REPLI_OK ||
        repli_ledger_passphrase_put(cli->ledger, person.id, hash, repli_clock_now(&cli->site->clock), &cli->err) !=
            REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s may sign in at the station now (repli serve)\n", person.id);
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
    bool changes = nwords && (strcmp(words[0], "role") == 0 || strcmp(words[0], "disable") == 0 ||
                              strcmp(words[0], "enable") == 0);
    if (changes)
        return change(cli, words, nwords);
    if (nwords && strcmp(words[0], "passphrase") == 0)
        return passphrase(cli, words, nwords);
    if (nwords == 0 || (nwords == 1 && strcmp(words[0], "list") == 0))
        return list(cli);
    return repli_cli_usage(cli, "'%s' is not add, list, role, disable, enable or passphrase", words[0]);
}

const struct repli_command repli_cmd_person = {
    .name = "person",
    .summary = "the people who act: add, list, role, disable, passphrase",
    .help =
        "usage: repli person add ID NAME ROLE\n"
        "       repli person list [--json]\n"
        "       repli person role ID ROLE | disable ID | enable ID\n"
        "       repli person passphrase ID\n"
        "\n"
        "Whoever keys, confirms, merges or undoes does so under their own name.  ID is what you type after --by\n"
        "(a-z, digits, dot, dash, underscore; for ever theirs).  ROLE is nurse, clerk, verifier, coordinator or "
        "pharmacist.\n"
        "\n"
        "role, disable, enable: somebody who is disabled does nothing any more; what they did stays theirs.  One\n"
        "coordinator must be left.\n"
        "\n"
        "passphrase: what they sign in with at the station (repli serve): 12 to 256 characters, typed unseen or as a\n"
        "line on stdin; kept as Argon2id, never as text.\n"
        "\n"
        "exit codes: 0 done · 2 no such role or person, the id is taken, or the passphrase is too short ·\n"
        "4 the last coordinator · 5 the ledger failed\n"
        "\n"
        "example: repli person add an.peeters \"An Peeters\" clerk\n",
    .run = run,
};
