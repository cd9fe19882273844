#include "cmd/cmd.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/merge.h"

struct told {
    struct repli_cli *cli;
    bool dry;
    long long sheets, merged, noted, held, vanished;
};

static void print_held(struct repli_cli *cli, const json_t *held)
{
    size_t i;
    const json_t *h;
    json_array_foreach(held, i, h)
    {
        printf("    held %-16s %s: %s\n", json_string_value(json_object_get(h, "field")),
               json_string_value(json_object_get(h, "why")), repli_cli_detail(cli, h));
    }
}

static void print_notes(struct repli_cli *cli, const json_t *notes)
{
    size_t i;
    const json_t *n;
    json_array_foreach(notes, i, n)
    {
        printf("    note %-16s %s\n", json_string_value(json_object_get(n, "field")), repli_cli_detail(cli, n));
    }
}

static void print_doubles(struct repli_cli *cli, const json_t *doubles)
{
    size_t i;
    const json_t *d;
    json_array_foreach(doubles, i, d)
    {
        printf("    TWICE %-15s %s\n", json_string_value(json_object_get(d, "field")), repli_cli_detail(cli, d));
    }
}

static void patient_line(struct told *t, const char *json, const json_t *o)
{
    size_t i;
    const json_t *v, *gone = json_object_get(o, "vanished");
    t->vanished += (long long)json_array_size(gone);
    if (t->cli->json) {
        puts(json);
        return;
    }
    const char *name = json_string_value(json_object_get(o, "name"));
    printf("patient %-12s %s: %lld would merge, %lld noted, %lld held, %lld wait, on %zu sheets\n",
           json_string_value(json_object_get(o, "patient")), name ? name : "",
           (long long)json_integer_value(json_object_get(o, "would_merge")),
           (long long)json_integer_value(json_object_get(o, "would_note")),
           (long long)json_integer_value(json_object_get(o, "would_hold")),
           (long long)json_integer_value(json_object_get(o, "waiting")), json_array_size(json_object_get(o, "sheets")));
    json_array_foreach(gone, i, v)
    {
        printf("    VANISHED %s %s: %s\n", json_string_value(json_object_get(v, "what")),
               json_string_value(json_object_get(v, "id")), repli_cli_detail(t->cli, v));
    }
}

static void merge_line(void *user, const char *json)
{
    struct told *t = user;
    json_t *o = json_loads(json, 0, NULL);
    if (json_object_get(o, "vanished")) {
        patient_line(t, json, o);
        json_decref(o);
        return;
    }
    const json_t *held = json_object_get(o, "held"), *doubles = json_object_get(o, "doubles");
    long long merged = json_integer_value(json_object_get(o, "merged")),
              noted = json_integer_value(json_object_get(o, "noted"));
    const char *sheet = json_string_value(json_object_get(o, "sheet")),
               *id = json_string_value(json_object_get(o, "merge"));
    t->sheets += !doubles;
    t->merged += merged;
    t->noted += noted;
    t->held += (long long)json_array_size(held);
    if (t->cli->json) {
        puts(json);
    } else if (doubles) {
        printf("%-12s a dose from paper is in the record twice\n", sheet ? sheet : "?");
        print_doubles(t->cli, doubles);
    } else {
        printf("%-12s %-8s %lld %s, %lld noted, %zu held\n", sheet ? sheet : "?", id ? id : "-", merged,
               t->dry ? "would merge" : "merged", noted, json_array_size(held));
        print_held(t->cli, held);
        print_notes(t->cli, json_object_get(o, "notes"));
    }
    json_decref(o);
}

static int merge(struct repli_cli *cli, const char *patient, bool dry)
{
    struct told t = {.cli = cli, .dry = dry};
    if ((!dry && repli_cli_person(cli) != REPLI_OK) || repli_cli_record(cli) != REPLI_OK ||
        repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_merge_run_of(cli->site, cli->ledger, cli->record, cli->by ? cli->by : "-", patient, dry,
                                             merge_line, &t, &cli->err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        return repli_cli_fail(cli);
    if (dry)
        repli_cli_note(cli, "view", "what would merge", "shown", NULL);
    if (!cli->json && t.sheets == 0)
        puts("Nothing to merge: no sheet has anything settled that is not in the record");
    else if (!cli->json)
        printf("%lld values %s, %lld noted, %lld held on %lld sheets\n", t.merged, dry ? "would merge" : "merged",
               t.noted, t.held, t.sheets);
    return (int)s;
}

static int undo(struct repli_cli *cli, const char *id, const char *reason)
{
    if (repli_cli_person(cli) != REPLI_OK || repli_cli_record(cli) != REPLI_OK ||
        repli_merge_undo(cli->site, cli->ledger, cli->record, id, cli->by, reason, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        printf("{\"merge\":\"%s\",\"undone\":true}\n", id);
    else
        printf("%s is undone; its values stay out until `repli review reopen` opens their fields again\n", id);
    return REPLI_OK;
}

struct undone {
    bool json;
    long long undone, refused;
};

static void undone_line(void *user, const char *merge_id, const char *sheet, const char *why)
{
    struct undone *u = user;
    u->undone += !why;
    u->refused += why != NULL;
    if (u->json)
        repli_cli_json(
            json_pack("{s:s, s:s, s:b, s:s?}", "merge", merge_id, "sheet", sheet, "undone", !why, "why", why));
    else if (why)
        printf("%-12s %-8s REFUSED: %s\n", sheet, merge_id, why);
    else
        printf("%-12s %-8s undone\n", sheet, merge_id);
}

static int undo_many(struct repli_cli *cli, const struct repli_merge_which *which, const char *reason)
{
    struct undone u = {.json = cli->json};
    struct repli_person who;
    if (repli_cli_person(cli) != REPLI_OK || repli_cli_record(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (which->person && repli_ledger_person_get(cli->ledger, which->person, &cli->arena, &who, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s =
        repli_merge_undo_many(cli->site, cli->ledger, cli->record, which, cli->by, reason, undone_line, &u, &cli->err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        return repli_cli_fail(cli);
    if (!cli->json && u.undone + u.refused == 0)
        puts("Nothing to undo: none of these merges is in force");
    else if (!cli->json)
        printf("%lld merges undone, %lld refused\n", u.undone, u.refused);
    return (int)s;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *reason = NULL, *patient = NULL;
    size_t nwords;
    bool dry = false;
    struct repli_merge_which which = {0};
    const struct repli_opt opts[] = {{"--dry-run", REPLI_OPT_FLAG, &dry},
                                     {"--reason", REPLI_OPT_TEXT, (void *)&reason},
                                     {"--patient", REPLI_OPT_TEXT, (void *)&patient},
                                     {"--batch", REPLI_OPT_TEXT, (void *)&which.batch},
                                     {"--by-person", REPLI_OPT_TEXT, (void *)&which.person}};
    if (repli_cli_parse(cli, argc, argv, opts, 5, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    bool many = which.batch || which.person;
    if (nwords == 0 && !many)
        return merge(cli, patient, dry);
    if (patient)
        return repli_cli_usage(cli, "--patient belongs to merging, not to undo");
    if (many && (nwords != 1 || strcmp(words[0], "undo") != 0 || dry || (which.batch && which.person)))
        return repli_cli_usage(cli, "undo --batch NAME, or undo --by-person PERSON");
    if (many)
        return undo_many(cli, &which, reason);
    if (nwords == 2 && strcmp(words[0], "undo") == 0 && !dry)
        return undo(cli, words[1], reason);
    return repli_cli_usage(cli, "nothing, or undo MERGE-ID");
}

const struct repli_command repli_cmd_merge = {
    .name = "merge",
    .summary = "bring settled values from paper into the record, and undo it",
    .help =
        "usage: repli merge [--patient NUMBER] --by PERSON [--json]\n"
        "       repli merge --dry-run [--patient NUMBER] [--json]\n"
        "       repli merge undo MERGE-ID --by PERSON [--reason TEXT] [--json]\n"
        "       repli merge undo --batch NAME | --by-person PERSON --by PERSON [--reason TEXT] [--json]\n"
        "\n"
        "Each sheet goes in whole or not at all, under a number of its own (M0-17), and comes out by it.  A value is\n"
        "held against what was printed and what the record says now: untouched since printing, it goes in; there\n"
        "already, that is noted; anything else is held with its reason and waits for a person, as does a time that\n"
        "does not fit the sheet, a patient who was discharged, joined, renamed or has died since, or a page that is\n"
        "crossed out.  Running it again changes nothing.  Values from paper are marked so that they fire no task,\n"
        "alert or charge.\n"
        "\n"
        "A dose on paper is also held against its order (stopped, on hold, changed), the allergies, the interval and\n"
        "the maximum of a drug given as needed; a high-alert drug needs time, dose and two people's initials.  What\n"
        "paper says of orders and allergies is written beside them and changes none: a handwritten order stays a\n"
        "proposal for the pharmacist.  A dose that another system sends again later is named by every run.  Of a\n"
        "fluid chart the amounts are added up: where a nurse wrote another sum, that is noted and nothing is changed.\n"
        "\n"
        "  --dry-run   says what would happen, sheet by sheet and patient by patient, and changes nothing; VANISHED: "
        "a\n"
        "              patient or an order that is on paper and not in the record any more\n"
        "  --patient   the sheets of one patient alone, by the number that is printed on them\n"
        "  undo        takes one merge back, unless somebody changed one of its rows since (then it says which).\n"
        "              What was undone does not come back by itself: repli review reopen SHEET FIELD.\n"
        "  --batch NAME          every merge of sheets that were scanned in this batch, the newest first\n"
        "  --by-person PERSON    every merge that they ran, or of which they keyed, confirmed or decided a value;\n"
        "              what cannot be undone is named and stays, the rest is undone (exit code 6)\n"
        "\n"
        "example: repli merge --by an.peeters\n"
        "         repli merge undo M0-17 --by an.peeters --reason \"wrong patient's sheet\"\n"
        "\n"
        "exit codes: 0 merged, or nothing to do · 2 no such person · 4 this merge cannot be undone (it says why) · 5 a "
        "database\n"
        "            failed: merge again, nothing goes in twice · 6 something is held and waits for a person\n",
    .run = run,
};
