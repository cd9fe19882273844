#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/print.h"
#include "repli/text.h"

struct options {
    bool all, changed;
    const char *patient, *lang, *window, *out, *pack, *resume, *reason, *printer;
    const char **forms;
    const char *const *words;
    size_t nwords;
};

/* Options of the command that this version does not have: refused by name, never ignored. */
static int refuse_later(struct repli_cli *cli, const struct options *o)
{
    const struct {
        bool given;
        const char *name, *instead;
    } later[] = {
        {o->pack && strcmp(o->pack, "now") != 0, "--pack with anything but 'now'", "it prints the forms of --form"},
        {o->changed, "--changed", "it prints every patient"},
        {o->resume, "--resume", "print one patient with --patient"},
        {o->reason, "--reason", "leave it out"},
        {o->printer, "--printer", "open the PDF and print it: actual size, both sides, long edge"},
    };
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (later[i].given)
            return repli_cli_usage(cli, "%s is not in this version (%s): %s", later[i].name, REPLI_VERSION,
                                   later[i].instead);
    return REPLI_OK;
}

static int check_options(struct repli_cli *cli, const struct options *o, int *hours)
{
    int64_t n = 0;
    int code = refuse_later(cli, o);
    if (code != REPLI_OK)
        return code;
    if (o->nwords > 1)
        return repli_cli_usage(cli, "one ward at a time, or --all: '%s' is too much", o->words[1]);
    if ((o->nwords > 0) + o->all + (o->patient != NULL) != 1)
        return repli_cli_usage(cli, "name one thing to print: a ward, --all, or --patient ID");
    if (o->all && o->out)
        return repli_cli_usage(
            cli, "-o names one file, --all makes one a ward: leave -o out, they go to packs/ in the site");
    if (o->window && !repli_integer(o->window, 1, 72, &n))
        return repli_cli_usage(cli, "--window is a whole number of hours, 1 to 72, not '%s'", o->window);
    *hours = (int)n;
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

static void report_json(const struct repli_print_result *r)
{
    json_t *o = json_pack("{s:s, s:s, s:s?, s:i, s:I, s:o, s:I, s:I, s:b}", "pack", r->pack.id, "pdf", r->pack.path,
                          "ward", r->pack.ward, "pages", r->pack.pages, "patients", (json_int_t)r->patients, "skipped",
                          lines(r->notes), "data_utc", (json_int_t)r->pack.data_utc, "printed_utc",
                          (json_int_t)r->pack.printed_utc, "drill", r->drill);
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

static void report(struct repli_cli *cli, const struct repli_print_result *r)
{
    printf("%s  %s\n", r->pack.id, r->pack.path);
    if (r->pack.ward)
        printf("  ward %s: ", r->pack.ward);
    else
        printf("  ");
    printf("%zu patient%s, %d pages on %d sheets of paper\n", r->patients, r->patients == 1 ? "" : "s", r->pack.pages,
           r->pack.pages / 2);
    report_age(cli, &r->pack);
    if (r->drill)
        puts("  a DRILL: every page says so, and nothing written on it ever merges (repli outage list)");
    puts("  print at actual size (no scaling), on both sides, flipped on the long edge");
    for (const char *p = r->notes, *end; *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, "\n");
        printf("  MIND: %.*s\n", (int)(end - p), p);
    }
}

static enum repli_status print_one(struct repli_cli *cli, const struct options *o, const char *ward, int hours,
                                   struct repli_press *press)
{
    char label[64];
    struct repli_print_result result;
    struct repli_arena a = {0};
    (void)snprintf(label, sizeof label, "%.60s", ward ? ward : o->patient ? o->patient : "no ward");
    struct repli_print_request request = {.ward = ward,
                                          .patient = o->patient,
                                          .forms = o->forms,
                                          .lang = o->lang,
                                          .window_hours = hours,
                                          .press = press,
                                          .out = o->out,
                                          .progress = repli_cli_progress,
                                          .user = label};
    enum repli_status status = repli_print_pack(cli->site, cli->ledger, &request, &a, &result, &cli->err);
    if (status == REPLI_OK || status == REPLI_WAITS) {
        if (cli->json)
            report_json(&result);
        else
            report(cli, &result);
        fflush(stdout);
    }
    repli_arena_done(&a);
    return status;
}

/* One PDF of --all. A ward that cannot be printed must not keep the others from their paper. */
static void print_next(struct repli_cli *cli, const struct options *o, const char *ward, int hours,
                       struct repli_press *press, int *code)
{
    enum repli_status status = print_one(cli, o, ward, hours, press);
    if (status != REPLI_OK && status != REPLI_WAITS) {
        (void)(ward ? repli_err_prefix(&cli->err, "ward %s", ward)
                    : repli_err_prefix(&cli->err, "patients without a ward"));
        (void)repli_cli_fail(cli);
        repli_err_clear(&cli->err);
    }
    if (status != REPLI_OK && (*code == REPLI_OK || *code == REPLI_WAITS))
        *code = (int)status;
}

static int print_all(struct repli_cli *cli, const struct options *o, int hours)
{
    struct repli_press *press = NULL;
    struct repli_snap_ward *wards = NULL;
    size_t count = 0, printed = 0;
    int code = REPLI_OK;
    enum repli_status status = repli_press_open(cli->site, &press, &cli->err);
    if (status == REPLI_OK)
        status = repli_snapshot_wards(repli_press_snapshot(press), &cli->arena, &wards, &count, &cli->err);
    if (status != REPLI_OK) {
        repli_press_close(press);
        return repli_cli_fail(cli);
    }
    int64_t unplaced = repli_snapshot_info(repli_press_snapshot(press))->unplaced;
    for (size_t i = 0; i < count; i++)
        if (wards[i].census > 0) {
            print_next(cli, o, wards[i].id, hours, press, &code);
            printed++;
        }
    if (unplaced > 0)
        print_next(cli, o, NULL, hours, press, &code);
    else if (!printed) {
        (void)repli_fail(&cli->err, REPLI_DATA, "nobody is in the house in the newest snapshot: nothing to print");
        code = repli_cli_fail(cli);
    }
    repli_press_close(press);
    return code;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    struct options o = {0};
    bool drill = false;
    int hours = 0;
    const char **words;
    const struct repli_opt opts[] = {
        {"--all", REPLI_OPT_FLAG, &o.all},         {"--patient", REPLI_OPT_TEXT, &o.patient},
        {"--form", REPLI_OPT_LIST, &o.forms},      {"--lang", REPLI_OPT_TEXT, &o.lang},
        {"--window", REPLI_OPT_TEXT, &o.window},   {"-o", REPLI_OPT_TEXT, &o.out},
        {"--pack", REPLI_OPT_TEXT, &o.pack},       {"--changed", REPLI_OPT_FLAG, &o.changed},
        {"--resume", REPLI_OPT_TEXT, &o.resume},   {"--reason", REPLI_OPT_TEXT, &o.reason},
        {"--printer", REPLI_OPT_TEXT, &o.printer}, {"--drill", REPLI_OPT_FLAG, &drill},
    };
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &o.nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    o.words = words;
    if (drill)
        return repli_cli_usage(cli, "a drill is opened for wards, not for one print: repli outage open --drill");
    int code = check_options(cli, &o, &hours);
    if (code != REPLI_OK)
        return code;
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (o.all)
        return print_all(cli, &o, hours);
    enum repli_status status = print_one(cli, &o, o.nwords ? words[0] : NULL, hours, NULL);
    return status == REPLI_OK || status == REPLI_WAITS ? (int)status : repli_cli_fail(cli);
}

const struct repli_command repli_cmd_print = {
    .name = "print",
    .summary = "a ward's pack: pre-filled forms as one PDF",
    .help =
        "usage: repli print WARD | --all | --patient ID  [--form ID]... [--lang LANG] [--window H] [-o FILE] [--json]\n"
        "\n"
        "Makes a PDF of pre-filled forms for every patient of a ward, from the newest good snapshot.  It needs\n"
        "neither the record nor the network.  Use it at the start of an outage, and again at every shift; every\n"
        "print has numbers of its own, and printing again never makes earlier paper invalid.\n"
        "\n"
        "  WARD           the ward's code, as `repli wards` and the record name it\n"
        "  --all          every ward that has patients, one PDF a ward, and one of the patients whose ward is not "
        "known;\n"
        "                 a ward that fails does not stop the others\n"
        "  --patient ID   one patient, by the number printed on their papers\n"
        "  --form ID      only this form (again for more); without it: obs, the observations\n"
        "  --lang LANG    fr, nl, de or en; without it the ward's language in site.yaml\n"
        "  --window H     hours the sheets are for, from this full hour on; without it as the form says (obs: 24)\n"
        "  -o FILE        put a copy of the PDF there as well\n"
        "\n"
        "The PDF is in the site folder: packs/YEAR-MONTH-DAY/WARD-PACK.pdf, and is deleted after packs_keep_hours\n"
        "(site.yaml).  Print it at ACTUAL SIZE, on both sides, flipped on the LONG edge: the reader looks for the\n"
        "marks and boxes where they belong.  A patient for whom a form is not made (too young for it) or whose data\n"
        "do not fit is named, the others are printed, and the exit code is 6; so it is when a newer snapshot was "
        "damaged\n"
        "and this paper is older than it should be.\n"
        "\n"
        "--json prints one object a PDF: pack, pdf, ward, pages, patients, skipped (lines), data_utc, printed_utc, "
        "drill.\n"
        "\n"
        "exit codes: 0 printed · 2 no such ward, patient or option, or this is not the station's own machine ·\n"
        "            3 disk · 4 no snapshot, or nothing could be laid out · 6 printed, but look at what is said\n"
        "\n"
        "examples: repli print 3B\n"
        "          repli print --all --json\n"
        "          repli print --patient 1002340 --lang nl -o /tmp/one.pdf\n",
    .run = run,
};
