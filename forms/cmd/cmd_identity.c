#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/belgian.h"
#include "repli/identity.h"
#include "repli/merge.h"
#include "repli/text.h"

struct options {
    const char *patient, *reason, *to;
    const char **proofs, **sheets, **by;
};

static size_t length(const char **list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static const char *text(const char *s)
{
    return s ? s : "-";
}

/* ---- telling */

static json_t *paper_json(const struct repli_identity *x)
{
    const struct repli_identity_registration *p = &x->paper;
    return json_pack("{s:b, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:s?, s:s?, s:o}", "registered",
                     x->registered, "sheet", x->sheet, "known", p->known, "family", p->family, "given", p->given,
                     "birth_date", p->birth_date, "age_years", p->age_years, "sex", p->sex, "niss", p->niss,
                     "niss_fits", x->niss_fits, "language", p->language, "ward", p->ward, "arrived_utc",
                     p->arrived_utc ? json_integer((json_int_t)*p->arrived_utc) : json_null());
}

static json_t *candidate_json(const struct repli_identity_candidate *c)
{
    json_t *points = json_array();
    for (size_t i = 0; i < c->npoints; i++)
        json_array_append_new(points, json_pack("{s:s, s:s, s:s}", "point", c->points[i].point, "says",
                                                c->points[i].says, "text", c->points[i].text));
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:o}", "patient", c->id, "number", c->number, "name", c->name,
                     "birth_date", c->birth_date, "sex", c->sex, "points", points);
}

static json_t *act_json(const struct repli_identity_act *a)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:s?, s:s?, s:s?}", "act", a->act, "patient", a->patient_id, "by", a->person,
                     "at_utc", (json_int_t)a->at_utc, "proof1", a->proof1, "proof2", a->proof2, "reason", a->reason);
}

static void tell_json(const struct repli_identity *x)
{
    char shown[65];
    json_t *candidates = json_array(), *acts = json_array();
    repli_hex(x->shown, sizeof x->shown, shown);
    for (size_t i = 0; i < x->ncandidates; i++)
        json_array_append_new(candidates, candidate_json(&x->candidates[i]));
    for (size_t i = 0; i < x->nacts; i++)
        json_array_append_new(acts, act_json(&x->acts[i]));
    repli_cli_json(json_pack("{s:s, s:s?, s:s, s:s?, s:s?, s:o, s:o, s:o, s:s, s:b}", "downtime", x->number, "alias",
                             x->alias, "state", x->state, "patient", x->patient, "number", x->patient_number, "paper",
                             paper_json(x), "candidates", candidates, "acts", acts, "shown", shown, "changed",
                             x->changed));
}

static void print_paper(struct repli_cli *cli, const struct repli_identity *x)
{
    const struct repli_identity_registration *p = &x->paper;
    if (!x->registered)
        puts("  paper    no registration sheet of it was merged");
    printf("  paper    %s, %s, born %s%s%s, %s\n", text(p->family), text(p->given), text(p->birth_date),
           p->age_years ? ", about " : "", p->age_years ? p->age_years : "", p->sex ? p->sex : "no sex");
    if (p->niss)
        printf("           national number %s%s\n", p->niss, x->niss_fits ? "" : ": ITS CHECK DIGITS DO NOT FIT");
    printf("           who said so: %s; came to %s %s%s%s\n", text(p->known), text(p->ward),
           p->arrived_utc ? repli_cli_time(cli, *p->arrived_utc) : "at a time not known", x->sheet ? "; sheet " : "",
           x->sheet ? x->sheet : "");
}

static void print_candidate(const struct repli_identity_candidate *c)
{
    printf("  perhaps  %s (%s), born %s, %s\n", c->name, text(c->number), text(c->birth_date), text(c->sex));
    for (size_t i = 0; i < c->npoints; i++)
        printf("           %-8s %-16s %s\n", c->points[i].says, c->points[i].point, c->points[i].text);
}

static void print_acts(struct repli_cli *cli, const struct repli_identity *x)
{
    for (size_t i = 0; i < x->nacts; i++) {
        const struct repli_identity_act *a = &x->acts[i];
        printf("  said     %s %s: %s", repli_cli_time(cli, a->at_utc), a->person, a->act);
        if (a->proof1)
            printf(" to be %s: %s; %s", a->patient_id, a->proof1, a->proof2);
        printf("%s%s\n", a->reason ? ": " : "", a->reason ? a->reason : "");
    }
    if (x->changed)
        puts("  CHANGED  this is not what the proposal was made on: reject it and look again");
}

static void tell(struct repli_cli *cli, const struct repli_identity *x)
{
    bool resolved = strcmp(x->state, "resolved") == 0;
    if (cli->json) {
        tell_json(x);
        return;
    }
    printf("%s (%s): %s%s%s%s%s%s\n", x->number, text(x->alias), x->state,
           x->patient ? resolved ? ", is " : " to be " : "", x->patient ? x->patient : "",
           x->patient_number ? " (" : "", x->patient_number ? x->patient_number : "", x->patient_number ? ")" : "");
    print_paper(cli, x);
    for (size_t i = 0; !resolved && i < x->ncandidates; i++)
        print_candidate(&x->candidates[i]);
    if (!resolved && x->ncandidates == 0)
        puts("  perhaps  nobody in the record looks like this: the hospital's registration may not have come yet");
    print_acts(cli, x);
}

/* ---- looking */

static enum repli_status databases(struct repli_cli *cli)
{
    enum repli_status s = repli_cli_record(cli);
    if (s == REPLI_OK)
        s = repli_cli_ledger(cli);
    return s == REPLI_OK ? repli_cli_replay(cli) : s;
}

static int list(struct repli_cli *cli, const char *number)
{
    struct repli_identity *all = NULL;
    size_t count = 0, open = 0;
    if (databases(cli) != REPLI_OK ||
        repli_identity_list(cli->ledger, cli->record, number, &cli->arena, &all, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < count; i++) {
        tell(cli, &all[i]);
        open += strcmp(all[i].state, "resolved") != 0;
    }
    if (!cli->json && count == 0)
        puts("The record has nobody with a downtime number");
    repli_cli_note(cli, "view", number ? number : "downtime numbers", "shown", "identity");
    return open ? REPLI_WAITS : REPLI_OK;
}

/* ---- saying */

static int done(struct repli_cli *cli, enum repli_status s, const struct repli_identity *x, const char *outcome)
{
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "identity", x->number, outcome, x->nacts ? x->acts[x->nacts - 1].patient_id : NULL);
    tell(cli, x);
    return REPLI_OK;
}

static int propose(struct repli_cli *cli, const char *number, const struct options *o)
{
    struct repli_identity *x = NULL;
    if (!o->patient || length(o->proofs) != 2)
        return repli_cli_usage(cli, "propose NUMBER --patient P --proof TEXT --proof TEXT --by PERSON");
    if (repli_cli_person(cli) != REPLI_OK || databases(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s =
        repli_identity_propose(cli->site, cli->ledger, cli->record, number, o->patient,
                               (const char *const[2]){o->proofs[0], o->proofs[1]}, cli->by, &cli->arena, &x, &cli->err);
    return done(cli, s, x, "proposed");
}

static int confirm(struct repli_cli *cli, const char *number)
{
    struct repli_identity *x = NULL;
    if (repli_cli_person(cli) != REPLI_OK || databases(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s =
        repli_identity_confirm(cli->site, cli->ledger, cli->record, number, cli->by, &cli->arena, &x, &cli->err);
    int code = done(cli, s, x, "confirmed");
    if (code == REPLI_OK && !cli->json)
        puts("  next     change the wristband once samples and blood under way are cleared; repli export fhir --merged "
             "tells the other system");
    return code;
}

static int reject(struct repli_cli *cli, const char *number, const struct options *o)
{
    struct repli_identity *x = NULL;
    if (!o->reason)
        return repli_cli_usage(cli, "reject NUMBER --by PERSON --reason TEXT");
    if (repli_cli_person(cli) != REPLI_OK || databases(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_identity_reject(cli->site, cli->ledger, cli->record, number, cli->by, o->reason,
                                                &cli->arena, &x, &cli->err);
    return done(cli, s, x, "rejected");
}

/* Paper of the other one that was printed meanwhile shows what belongs to two people. */
static enum repli_status printed_meanwhile(struct repli_cli *cli, const struct repli_identity *x, int64_t *count)
{
    const char *sheets = NULL;
    int64_t since = 0;
    for (size_t i = 0; i < x->nacts; i++)
        if (strcmp(x->acts[i].act, "confirmed") == 0)
            since = x->acts[i].at_utc;
    enum repli_status s = repli_ledger_identity_printed(cli->ledger, x->acts[x->nacts - 1].patient_id, since,
                                                        &cli->arena, &sheets, count, &cli->err);
    if (s == REPLI_OK && *count && !cli->json)
        printf("  MIND     %lld sheet%s of Patient/%s printed since %s what belongs to two people: replace "
               "them (%s)\n",
               (long long)*count, *count == 1 ? "" : "s", x->acts[x->nacts - 1].patient_id,
               *count == 1 ? "shows" : "show", sheets);
    return s;
}

static int undo(struct repli_cli *cli, const char *number, const struct options *o)
{
    struct repli_identity *x = NULL;
    int64_t printed = 0;
    if (!o->reason)
        return repli_cli_usage(cli, "undo NUMBER --by PERSON --reason TEXT");
    if (repli_cli_person(cli) != REPLI_OK || databases(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_identity_undo(cli->site, cli->ledger, cli->record, number, cli->by, o->reason,
                                              &cli->arena, &x, &cli->err);
    int code = done(cli, s, x, "undone");
    if (code == REPLI_OK && printed_meanwhile(cli, x, &printed) != REPLI_OK)
        return repli_cli_fail(cli);
    return code == REPLI_OK && printed ? REPLI_WAITS : code;
}

/* ---- sheets */

static enum repli_status two_people(struct repli_cli *cli, const char **by)
{
    struct repli_person who;
    enum repli_status s = repli_cli_ledger(cli);
    for (size_t i = 0; s == REPLI_OK && i < 2; i++)
        s = repli_ledger_person_get(cli->ledger, by[i], &cli->arena, &who, &cli->err);
    if (s == REPLI_OK && strcmp(by[0], by[1]) == 0)
        s = repli_fail(&cli->err, REPLI_USAGE, "two different people must say so: --by A --by B");
    return s;
}

static void tell_split(struct repli_cli *cli, const struct repli_identity_split *split, const char *owner)
{
    json_t *sheets = json_array();
    for (size_t i = 0; i < split->nsheets; i++)
        json_array_append_new(sheets, json_string(split->sheets[i]));
    if (cli->json) {
        repli_cli_json(json_pack("{s:s, s:s, s:o}", "downtime", split->number, "owner", owner, "sheets", sheets));
        return;
    }
    json_decref(sheets);
    printf("%zu sheet%s of %s %s about %s from now on   -> repli merge\n", split->nsheets,
           split->nsheets == 1 ? "" : "s", split->number, split->nsheets == 1 ? "is" : "are", owner);
    puts("  what was settled on them stays settled; write the new number on the paper by hand");
}

static int split_sheets(struct repli_cli *cli, const char *number, const struct options *o)
{
    struct repli_identity_split split = {
        .number = number, .to = o->to, .reason = o->reason, .sheets = o->sheets, .nsheets = length(o->sheets)};
    const char *owner = NULL;
    if (!o->to || !o->reason || !split.nsheets || length(o->by) != 2)
        return repli_cli_usage(cli, "split NUMBER --sheet S... --to new|NUMBER|PATIENT --reason TEXT --by A --by B");
    split.by[0] = o->by[0];
    split.by[1] = o->by[1];
    if (databases(cli) != REPLI_OK || two_people(cli, o->by) != REPLI_OK ||
        repli_identity_split(cli->site, cli->ledger, cli->record, &split, &cli->arena, &owner, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < split.nsheets; i++)
        repli_cli_note(cli, "identity", split.sheets[i],
                       repli_arena_printf(&cli->arena, "from %s to %s", number, owner),
                       repli_arena_printf(&cli->arena, "%s, %s: %s", o->by[0], o->by[1], o->reason));
    tell_split(cli, &split, owner);
    return REPLI_OK;
}

/* ---- */

/* --by is a list, because two people split; the others have one. */
static bool one_person(struct repli_cli *cli, const struct options *o)
{
    if (length(o->by) > 1)
        return false;
    cli->by = o->by ? o->by[0] : NULL;
    return true;
}

static int say(struct repli_cli *cli, const char *what, const char *number, const struct options *o)
{
    if (strcmp(what, "split") == 0)
        return split_sheets(cli, number, o);
    if (o->sheets || o->to)
        return repli_cli_usage(cli, "--sheet and --to belong to split");
    if (!one_person(cli, o))
        return repli_cli_usage(cli, "one person acts here: another one confirms by a command of their own");
    if (strcmp(what, "propose") == 0)
        return propose(cli, number, o);
    if (o->patient || o->proofs)
        return repli_cli_usage(cli, "--patient and --proof belong to propose");
    if (strcmp(what, "confirm") == 0)
        return confirm(cli, number);
    if (strcmp(what, "reject") == 0)
        return reject(cli, number, o);
    if (strcmp(what, "undo") == 0)
        return undo(cli, number, o);
    return strcmp(what, "show") == 0
               ? list(cli, number)
               : repli_cli_usage(cli, "list, show, propose, confirm, reject, undo or split NUMBER");
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    struct options o = {0};
    const struct repli_opt opts[] = {{"--patient", REPLI_OPT_TEXT, &o.patient}, {"--proof", REPLI_OPT_LIST, &o.proofs},
                                     {"--reason", REPLI_OPT_TEXT, &o.reason},   {"--sheet", REPLI_OPT_LIST, &o.sheets},
                                     {"--to", REPLI_OPT_TEXT, &o.to},           {"--by", REPLI_OPT_LIST, &o.by}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords == 0 || (nwords == 1 && strcmp(words[0], "list") == 0))
        return list(cli, NULL);
    if (nwords == 2)
        return say(cli, words[0], words[1], &o);
    return repli_cli_usage(cli, "list, or show, propose, confirm, reject, undo or split NUMBER");
}

const struct repli_command repli_cmd_identity = {
    .name = "identity",
    .summary = "who somebody with a downtime number is: evidence, and what two people said",
    .help =
        "usage: repli identity [list] [--json]\n"
        "       repli identity show NUMBER [--json]\n"
        "       repli identity propose NUMBER --patient P --proof TEXT --proof TEXT --by PERSON\n"
        "       repli identity confirm NUMBER --by OTHER\n"
        "       repli identity reject NUMBER --by PERSON --reason TEXT\n"
        "       repli identity undo NUMBER --by PERSON --reason TEXT\n"
        "       repli identity split NUMBER --sheet S... --to new|NUMBER|PATIENT --reason TEXT --by A --by B\n"
        "\n"
        "After the outage: every downtime number of the record (D0003-000127-83), what its registration sheet said, "
        "and\n"
        "who in the record it may be.  A candidate is told point by point (national number and its check, a number\n"
        "named on paper, names by sound and spelling, birth date, sex, stays around the arrival, telephone where the\n"
        "record has it): what paper says, what the record says, and agrees, near, differs or unknown.  There is no\n"
        "score, and nothing is ever joined by itself.\n"
        "\n"
        "  propose  one person says who it is, with two different proofs.  P is a number or an id in the record;\n"
        "           another downtime number where one person was given two\n"
        "  confirm  another person says so.  What was shown to the first is kept as a hash: if anything of it changed\n"
        "           since, nothing is confirmed.  The files are linked as by an HL7 A40 or a FHIR link: nothing "
        "moves,\n"
        "           the number stays one of the patient's, and its sheets that are scanned later merge for the "
        "patient\n"
        "  undo     takes it back, also when sheets of either were merged since; refused under a merge that found "
        "what\n"
        "           a sheet says in the other's file, or ended a place of the other's stay: that merge is undone "
        "first.\n"
        "           Names the paper that was printed meanwhile with what belongs to two people (exit code 6)\n"
        "  split    one number was used for two people: two of the staff name the sheets that are the other one's, "
        "and\n"
        "           whose they are (new: a new downtime number).  Sheets that are merged are undone first; what was\n"
        "           keyed from them stays keyed, and merges anew for the other one.  The way back is another split\n"
        "\n"
        "exit codes: 0 done, none is open · 2 no such number or person, too few proofs · 4 refused (it says why and\n"
        "            what to do first) · 6 numbers wait for people\n"
        "\n"
        "examples: repli identity propose D0003-000127-83 --patient 4711203 --proof \"identity card read\" \\\n"
        "              --proof \"her daughter knows her\" --by an.peeters\n"
        "          repli identity confirm D0003-000127-83 --by luc.maes\n",
    .run = run,
};
