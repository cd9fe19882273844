#include "cmd/cmd_print.h"

#include <jansson.h>
#include <string.h>

#include "repli/text.h"

/* What is said about printing again: one reason, in words that somebody can read later. */
static int check_again(struct repli_cli *cli, struct print_options *o)
{
    int64_t n = 0;
    if (o->reason && (strspn(o->reason, " ") == strlen(o->reason) || strlen(o->reason) > 200))
        return repli_cli_usage(cli, "--reason is a few words (at most 200 signs): --reason \"printer jam\"");
    if (o->copies && !repli_integer(o->copies, 2, 9, &n))
        return repli_cli_usage(cli, "--copies is a whole number of sheets in all, 2 to 9, not '%s'", o->copies);
    if (o->copies && !o->reason)
        return repli_cli_usage(cli, "what are copies for? add --reason TEXT: nobody may write on them");
    if (o->copies && o->changed)
        return repli_cli_usage(cli, "--changed and --copies: print what is new first, copies of all of it after that");
    o->ncopies = (int)n;
    n = 0;
    if (o->count && !o->pack && (!repli_integer(o->count, 1, 9999, &n) || o->all))
        return repli_cli_usage(cli, "--count is how many sheets of paper lie in one pile, 1 to 9999, for its cover: "
                                    "repli print WARD --form batchcover --count 57");
    o->npile = n;
    return REPLI_OK;
}

static int check_options(struct repli_cli *cli, struct print_options *o)
{
    int64_t n = 0;
    int code = check_again(cli, o);
    if (code != REPLI_OK)
        return code;
    if (o->nwords > 1)
        return repli_cli_usage(cli, "one ward at a time, or --all: '%s' is too much", o->words[1]);
    if ((o->nwords > 0) + o->all + (o->patient != NULL) > 1)
        return repli_cli_usage(cli, "name one thing to print: a ward, --all, or --patient ID");
    if (o->resume && !o->nwords)
        return repli_cli_usage(cli, "--resume BED goes on with one ward: repli print WARD --resume BED");
    o->scope = (struct repli_pack_scope){.people = true, .wards = true};
    if (o->pack && !repli_pack_known(o->pack, &o->scope))
        return repli_cli_usage(
            cli,
            "there is no pack '%s' in this version (%s): now, shift, logs, labels, house, admission, spares, or the "
            "forms of --form",
            o->pack, REPLI_VERSION);
    bool nobody = o->pack && (strcmp(o->pack, "admission") == 0 || strcmp(o->pack, "spares") == 0);
    if (nobody && (!o->nwords || o->resume))
        return repli_cli_usage(cli, "--pack %s is for one ward: repli print WARD --pack %s", o->pack, o->pack);
    if (o->count && o->pack && (!nobody || strcmp(o->pack, "spares") == 0))
        return repli_cli_usage(cli, "--count says how many packs of --pack admission");
    if (o->count && o->pack && !repli_integer(o->count, 1, 100, &n))
        return repli_cli_usage(cli, "--count is a whole number of packs, 1 to 100, not '%s'", o->count);
    o->npacks = (int)n;
    n = 0;
    if (o->pack && o->forms)
        return repli_cli_usage(cli, "--pack and --form both say what to print: leave one of them out");
    if (o->all && o->out)
        return repli_cli_usage(
            cli, "-o names one file, --all makes one a ward: leave -o out, they go to packs/ in the site");
    if (o->window && !repli_integer(o->window, 1, 72, &n))
        return repli_cli_usage(cli, "--window is a whole number of hours, 1 to 72, not '%s'", o->window);
    o->window_hours = (int)n;
    n = 0;
    if (o->jobs && !repli_integer(o->jobs, 1, 64, &n))
        return repli_cli_usage(cli, "--jobs is a whole number of processes, 1 to 64, not '%s'", o->jobs);
    o->njobs = (int)n;
    return REPLI_OK;
}

/* Nothing is named where the house alone is meant: its sheets are about no ward and no patient. */
static int check_scope(struct repli_cli *cli, struct print_options *o)
{
    bool named = o->nwords > 0 || o->all || o->patient;
    if (o->forms && repli_forms_scope(cli->site, o->forms, &o->scope, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    bool alone = o->scope.house && !o->scope.people && !o->scope.wards;
    if (!named && !alone)
        return repli_cli_usage(cli, "name one thing to print: a ward, --all, or --patient ID");
    if (alone && o->pack && (o->nwords > 0 || o->patient))
        return repli_cli_usage(cli, "pack '%s' is about the whole house: repli print --pack %s", o->pack, o->pack);
    return REPLI_OK;
}

static json_t *lines(const char *notes)
{
    json_t *list = json_array();
    for (const char *p = notes, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        if (end > p)
            json_array_append_new(list, json_stringn(p, (size_t)(end - p)));
    }
    return list;
}

static json_t *changes(const struct repli_print_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->nchanges; i++) {
        const struct repli_print_change *c = &r->changes[i];
        json_t *what = json_array();
        for (size_t k = 0; k < c->count; k++)
            json_array_append_new(what, json_string(c->what[k]));
        json_array_append_new(list, json_pack("{s:s?, s:s?, s:s?, s:s, s:o}", "bed", c->bed, "patient", c->patient,
                                              "name", c->name, "form", c->form, "changed", what));
    }
    return list;
}

static void report_json(const struct repli_print_result *r)
{
    const bool paper = r->pack.id[0] != 0;
    json_t *o = json_pack("{s:s?, s:s?, s:s?, s:i, s:I, s:o, s:o, s:I, s:I, s:b, s:s?, s:o, s:I}", "pack",
                          paper ? r->pack.id : NULL, "pdf", r->pack.path, "ward", r->pack.ward, "pages", r->pack.pages,
                          "patients", (json_int_t)r->patients, "skipped", lines(r->notes), "numbers",
                          lines(r->numbers ? r->numbers : ""), "data_utc", (json_int_t)r->pack.data_utc, "printed_utc",
                          (json_int_t)r->pack.printed_utc, "drill", r->drill, "printer", r->printer, "job",
                          r->printer ? json_integer(r->job) : json_null(), "repeats", (json_int_t)r->repeats);
    if (o && (r->nchanges || r->unchanged)) {
        json_object_set_new(o, "changes", changes(r));
        json_object_set_new(o, "unchanged", json_integer((json_int_t)r->unchanged));
    }
    repli_cli_json(o);
}

static void report_age(struct repli_cli *cli, const struct repli_pack *pack)
{
    int64_t age = pack->printed_utc - pack->data_utc;
    printf("  data of %s, %s old%s\n", repli_cli_time(cli, pack->data_utc), repli_cli_age(cli, age),
           age >= 48 * 3600   ? ": CHECK EVERYTHING"
           : age >= 12 * 3600 ? ": CHECK what changed since"
                              : "");
}

static void report_changes(const struct repli_print_result *r)
{
    for (size_t i = 0; i < r->nchanges; i++) {
        const struct repli_print_change *c = &r->changes[i];
        if (c->patient)
            printf("  bed %-6s %s (%s)  %s: ", c->bed ? c->bed : "-", c->name ? c->name : "?", c->patient, c->form);
        else
            printf("  the %s  %s: ", r->house ? "house" : "ward", c->form);
        for (size_t k = 0; k < c->count; k++)
            printf("%s%s", k ? "; " : "", c->what[k]);
        puts("");
    }
    if (r->nchanges || r->unchanged)
        printf("  %zu set%s of sheets as before: not printed again\n", r->unchanged, r->unchanged == 1 ? "" : "s");
}

static void report(struct repli_cli *cli, const struct repli_print_result *r)
{
    if (!r->pack.id[0]) {
        printf("nothing is new%s%s: no paper\n",
               r->pack.ward ? " on ward "
               : r->house   ? " for the house"
                            : "",
               r->pack.ward ? r->pack.ward : "");
        report_changes(r);
        report_age(cli, &r->pack);
        return;
    }
    printf("%s  %s\n", r->pack.id, r->pack.path);
    if (r->pack.ward)
        printf("  ward %s: ", r->pack.ward);
    else
        printf(r->house ? "  the whole house: " : "  ");
    if (r->numbers)
        printf("%zu admission pack%s, ", r->patients, r->patients == 1 ? "" : "s");
    else if (r->patients > 0) /* none: sheets about the ward alone */
        printf("%zu patient%s, ", r->patients, r->patients == 1 ? "" : "s");
    if (r->one_sided)
        printf("%d sheet%s of %s\n", r->pack.pages, r->pack.pages == 1 ? "" : "s",
               strcmp(r->pack.what, "wristband") == 0 ? "wristbands" : "labels");
    else
        printf("%d pages on %d sheets of paper\n", r->pack.pages, r->pack.pages / 2);
    if (!r->without_data)
        report_age(cli, &r->pack);
    for (const char *p = r->numbers ? r->numbers : "", *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        printf("  %.*s\n", (int)(end - p), p);
    }
    report_changes(r);
    if (r->repeats)
        printf("  %zu set%s of sheets repeat%s one in use: each sheet names it; keep both, write on one\n", r->repeats,
               r->repeats == 1 ? "" : "s", r->repeats == 1 ? "s" : "");
    if (r->drill)
        puts("  a DRILL: every page says so, and nothing written on it ever merges (repli outage list)");
    if (r->printer)
        printf("  sent to printer %s as job %d: %zu documents, one a patient\n", r->printer, r->job, r->documents);
    else if (r->one_sided)
        puts(strcmp(r->pack.what, "wristband") == 0
                 ? "  plain paper in the tray, to cut out; print at actual size (no scaling), on ONE side"
                 : "  label stock in the tray, its kind stands at the foot of each sheet; print at actual size (no "
                   "scaling), "
                   "on ONE side");
    else
        puts("  print at actual size (no scaling), on both sides, flipped on the long edge");
    for (const char *p = r->notes, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        printf("  MIND: %.*s\n", (int)(end - p), p);
    }
}

/* For the station, which reads it. */
static void progress_line(void *user, size_t done, size_t total)
{
    (void)user;
    fprintf(stderr, "progress %zu %zu\n", done, total);
}

/* "x.pdf" into "x-labels.pdf". */
static const char *beside(struct repli_arena *a, const char *out, const char *form)
{
    size_t n = out ? strlen(out) : 0;
    if (n > 4 && strcmp(out + n - 4, ".pdf") == 0)
        return repli_arena_printf(a, "%.*s-%s.pdf", (int)(n - 4), out, form);
    return out ? repli_arena_printf(a, "%s-%s", out, form) : NULL;
}

/* Wristbands and labels of the downtime numbers that a pack has just got: files of their own, since they are printed on
** other paper and on one side.  They go to no printer by themselves: somebody must put that paper in first. */
static enum repli_status print_labels(struct repli_cli *cli, struct repli_print_request rq,
                                      const struct repli_print_result *pack, struct repli_arena *a)
{
    static const char *const ids[] = {"wristband", "labels"};
    const char *out = rq.out;
    enum repli_status status = REPLI_OK;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *const form[] = {ids[i], NULL};
        struct repli_print_result result;
        rq.forms = form;
        rq.numbers = pack->given;
        rq.nnumbers = pack->ngiven;
        rq.out = beside(a, out, ids[i]);
        rq.printer = NULL;
        enum repli_status one = repli_print_pack(cli->site, cli->ledger, &rq, a, &result, &cli->err);
        if (one != REPLI_OK && one != REPLI_WAITS)
            return repli_err_prefix(&cli->err, "the packs are ready, their labels are not");
        status = one == REPLI_OK ? status : one;
        if (cli->json)
            report_json(&result);
        else
            report(cli, &result);
    }
    return status;
}

enum repli_status repli_print_one(struct repli_cli *cli, const struct print_options *o, bool house, const char *ward,
                                  const struct print_place *place, bool *too_young)
{
    char label[64];
    struct repli_print_result result;
    struct repli_arena a = {0};
    (void)snprintf(label, sizeof label, "%.60s", ward ? ward : house ? "house" : o->patient ? o->patient : "no ward");
    struct repli_print_request request = {.all = o->all,
                                          .house = house,
                                          .ward = ward,
                                          .patient = o->patient,
                                          .forms = o->forms,
                                          .pack = o->pack,
                                          .count = o->npacks,
                                          .lang = o->lang,
                                          .from_bed = o->resume,
                                          .audit = o->audit,
                                          .printer = o->printer,
                                          .window_hours = o->window_hours,
                                          .changed = o->changed,
                                          .reason = o->reason,
                                          .copies = o->ncopies,
                                          .pile = o->npile,
                                          .press = place ? place->press : NULL,
                                          .out = o->out,
                                          .turn = place ? place->turn : NULL,
                                          .progress = place && place->progress ? place->progress
                                                      : o->progress            ? progress_line
                                                                               : repli_cli_progress,
                                          .user = place && place->user ? place->user : label};
    enum repli_status status = repli_print_pack(cli->site, cli->ledger, &request, &a, &result, &cli->err);
    if (status == REPLI_OK || status == REPLI_WAITS) {
        if (cli->json)
            report_json(&result);
        else
            report(cli, &result);
        if (too_young)
            *too_young = result.too_young;
        enum repli_status labels = result.ngiven > 0 ? print_labels(cli, request, &result, &a) : REPLI_OK;
        status = labels == REPLI_OK ? status : labels;
        fflush(stdout);
    } else if (too_young)
        *too_young = result.too_young;
    repli_arena_done(&a);
    return status;
}

static int queues(struct repli_cli *cli)
{
    struct repli_queue *list;
    size_t count;
    if (repli_print_queues(&cli->arena, &list, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct repli_queue *q = &list[i];
        if (!cli->json)
            printf("%-24s %-8s %s%s%s\n", q->name, q->ready ? "ready" : "stopped", q->info ? q->info : "",
                   q->why ? ": " : "", q->why ? q->why : "");
        json_array_append_new(all, json_pack("{s:s, s:s?, s:b, s:s?}", "queue", q->name, "info", q->info, "ready",
                                             q->ready, "why", q->why));
    }
    if (cli->json) {
        repli_cli_json(json_pack("{s:o}", "queues", all));
        return REPLI_OK;
    }
    json_decref(all);
    if (count == 0)
        puts("The print server has no queue yet.");
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    struct print_options o = {0};
    bool drill = false, ask = false;
    const char **words;
    const struct repli_opt opts[] = {
        {"--all", REPLI_OPT_FLAG, &o.all},           {"--patient", REPLI_OPT_TEXT, &o.patient},
        {"--form", REPLI_OPT_LIST, &o.forms},        {"--lang", REPLI_OPT_TEXT, &o.lang},
        {"--window", REPLI_OPT_TEXT, &o.window},     {"-o", REPLI_OPT_TEXT, &o.out},
        {"--pack", REPLI_OPT_TEXT, &o.pack},         {"--changed", REPLI_OPT_FLAG, &o.changed},
        {"--resume", REPLI_OPT_TEXT, &o.resume},     {"--reason", REPLI_OPT_TEXT, &o.reason},
        {"--printer", REPLI_OPT_TEXT, &o.printer},   {"--jobs", REPLI_OPT_TEXT, &o.jobs},
        {"--worker", REPLI_OPT_TEXT, &o.worker},     {"--drill", REPLI_OPT_FLAG, &drill},
        {"--copies", REPLI_OPT_TEXT, &o.copies},     {"--count", REPLI_OPT_TEXT, &o.count},
        {"--progress", REPLI_OPT_FLAG, &o.progress}, {"--queues", REPLI_OPT_FLAG, &ask},
    };
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &o.nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    o.words = words;
    if (ask)
        return queues(cli);
    if (drill)
        return repli_cli_usage(cli, "a drill is opened for wards, not for one print: repli outage open --drill");
    int code = check_options(cli, &o);
    if (code != REPLI_OK)
        return code;
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    code = check_scope(cli, &o);
    if (code != REPLI_OK)
        return code;
    if (o.all)
        return o.worker ? repli_print_worker(cli, &o) : repli_print_all(cli, &o);
    bool house = !o.nwords && !o.patient;
    enum repli_status status = repli_print_one(cli, &o, house, o.nwords ? words[0] : NULL, NULL, NULL);
    return status == REPLI_OK || status == REPLI_WAITS ? (int)status : repli_cli_fail(cli);
}

const struct repli_command repli_cmd_print = {
    .name = "print",
    .summary = "a ward's pack: pre-filled forms as one PDF",
    .help =
        "usage: repli print [WARD | --all | --patient ID]  [--pack NAME | --form ID...] [--lang LANG] [--window H]\n"
        "                   [--changed] [--reason TEXT] [--copies N] [--count N] [--resume BED]\n"
        "                   [--printer NAME] [-o FILE] [--jobs N] [--json]\n"
        "\n"
        "Makes a PDF of pre-filled forms for every patient of a ward, from the newest good snapshot.  It needs\n"
        "neither the record nor the network.  Use it at the start of an outage, and again at every shift; every\n"
        "print has numbers of its own, and printing again never makes earlier paper invalid.\n"
        "\n"
        "  WARD           the ward's code, as `repli wards` and the record name it\n"
        "  --all          every ward that has patients, one PDF a ward, and one of the patients whose ward is not "
        "known;\n"
        "                 a ward that fails does not stop the others; one whose patients are all too young for the\n"
        "                 forms is named, and is no failure while there is paper for others\n"
        "  --patient ID   one patient, by the number printed on their papers\n"
        "  --pack now     what gets a ward through the next hours: census, then bed by bed mar (medication) and obs\n"
        "                 (observations; children: for those under 16, without the score of adults); the same as no\n"
        "                 --pack, unless site.yaml has a `pack:` for the ward\n"
        "  --pack shift   for a whole shift: the same, bed by bed face before them; glucose, fluid, orders and\n"
        "                 notes after them\n"
        "  --pack logs    once a ward: wardlog (what happened, the stop line) and messages (and critical results);\n"
        "                 with --all also what the pack `house` holds\n"
        "  --pack labels  a ward's labels, 12 for tubes and 6 for forms each (with --patient those of one): label "
        "sheets in\n"
        "                 the tray, ONE side\n"
        "  --pack house   once for the house, without a ward: diversion and diverted (ambulances), directory\n"
        "                 (telephone numbers), switchboard (everybody from A to Z), rollup (beds of all wards),\n"
        "                 appointments (whom to ring); so is --form with forms that are about the house alone\n"
        "  --pack admission   for people who come while the computers are dark: the registration sheet and blank\n"
        "                 forms, all with one downtime number; --count N: so many packs (1 to 100).  Wristbands and\n"
        "                 labels of these numbers are files of their own (FILE-wristband.pdf, FILE-labels.pdf with -o\n"
        "                 FILE.pdf): other paper, ONE side, never sent to the printer with the pack\n"
        "  --pack spares  for the cupboard: blank sheets of the ward's forms for a fifth of its beds, and five\n"
        "                 admission packs\n"
        "  --form ID      only this form (again for more)\n"
        "  and, after the outage: --form stillout (sheets of the ward that have not come back), voidslip (sheets to "
        "be\n"
        "                 taken out), batchcover [--count N] (cover of a pile of N sheets for the scanner), "
        "downtimenote (a\n"
        "                 note for each patient's chart); these tell what the ledger knows, and are read with it "
        "alone\n"
        "  --lang LANG    fr, nl, de or en; without it the ward's language in site.yaml\n"
        "  --window H     hours the sheets are for, from this full hour on; without it as the form says (obs: 24)\n"
        "  --changed      only what is new since it was last printed, or whose hours end: says for each bed what\n"
        "  --reason TEXT  print once more what is in use: \"printer jam\".  Every sheet names the one that it "
        "repeats;\n"
        "                 both stay valid, what was written on either is read\n"
        "  --copies N     N of each in all (with --reason): all but the first say COPY, do not write, and are not "
        "read\n"
        "  --resume BED   go on from this bed: its patient and those after, in the order of printing\n"
        "  --printer NAME send it to this queue of CUPS too, as one job with one document a patient, at actual size,\n"
        "                 on both sides, long edge; `ward`: the queue that site.yaml names for the ward.  Whatever\n"
        "                 the printer says, the PDF is ready\n"
        "  --queues       prints nothing: the queues that this computer's print server has, and whether they are "
        "ready\n"
        "  -o FILE        put a copy of the PDF there as well\n"
        "  --jobs N       with --all: so many processes; without it one a core.  The paper is the same\n"
        "\n"
        "Two sheets for the same patient and hours invite two doses.  So what is in use for just these hours, and has\n"
        "not changed, is not printed again unasked: exit code 2 says which, and both ways out (--changed, --reason).\n"
        "\n"
        "The PDF is in the site folder: packs/YEAR-MONTH-DAY/WARD-PACK.pdf, and is deleted after packs_keep_hours\n"
        "(site.yaml).  Print it at ACTUAL SIZE, on both sides, flipped on the LONG edge: the reader looks for the\n"
        "marks and boxes where they belong.  A patient for whom a form is not made (too young for it) or whose data\n"
        "do not fit is named, the others are printed, and the exit code is 6; so it is when a newer snapshot was "
        "damaged\n"
        "and this paper is older than it should be.\n"
        "\n"
        "--json prints one object a PDF: pack, pdf, ward, pages, patients, skipped (lines), numbers, data_utc, "
        "printed_utc, "
        "drill,\n"
        "printer, job (null: not sent to one), repeats (sets that repeat one in use); with --changed: changes (bed,\n"
        "patient, name, form, changed: texts) and unchanged (sets), and pack is null when nothing is new.\n"
        "\n"
        "exit codes: 0 printed, or nothing new · 2 no such ward, patient or option, all of it in use already, or this\n"
        "            is not the station's own machine ·\n"
        "            3 disk or printer · 4 no snapshot, or nothing could be laid out · 6 printed, but look at what\n"
        "            is said\n"
        "\n"
        "examples: repli print 3B\n"
        "          repli print 3B --changed\n"
        "          repli print 3B --reason \"printer jam\"\n"
        "          repli print --all --json\n"
        "          repli print --form diversion\n"
        "          repli print 3B --printer ward-3b\n"
        "          repli print --patient 1002340 --lang nl -o /tmp/one.pdf\n",
    .run = run,
};
