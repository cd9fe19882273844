/* repli report: the figures of an outage as a PDF that a director signs, or as JSON. */
#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/file.h"
#include "repli/interval.h"
#include "repli/merge.h"
#include "repli/print.h"
#include "repli/report.h"

/* ---- machine-readable */

static json_t *time_json(int64_t utc)
{
    return utc ? json_integer(utc) : json_null();
}

static json_t *wards_json(const struct repli_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->nwards; i++) {
        json_t *o = json_pack("{s:s?, s:I}", "ward", r->wards[i].ward, "sheets", (json_int_t)r->wards[i].sheets);
        for (int k = 0; k < REPLI_LIFE_COUNT; k++)
            json_object_set_new(o, repli_life_text((enum repli_life)k), json_integer(r->wards[i].state[k]));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *missing_json(const struct repli_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->nsheets; i++) {
        const struct repli_report_sheet *s = &r->sheets[i];
        if (s->state == REPLI_LIFE_LOST || s->state == REPLI_LIFE_PRINTED)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:b, s:s?, s:s?}", "sheet", s->sheet,
                                                  "form", s->form_id, "ward", s->ward, "patient", s->patient, "state",
                                                  repli_life_text(s->state), "received", s->received_utc != 0, "reason",
                                                  s->state == REPLI_LIFE_LOST ? s->why : NULL, "by", s->by));
    }
    return list;
}

static json_t *patients_json(const struct repli_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->npatients; i++) {
        const struct repli_report_patient *p = &r->patients[i];
        json_array_append_new(list, json_pack("{s:s, s:s?, s:I, s:I, s:I, s:I, s:I}", "patient", p->patient, "ward",
                                              p->ward, "sheets", (json_int_t)p->sheets, "back", (json_int_t)p->back,
                                              "missing", (json_int_t)p->missing, "entries", (json_int_t)p->values,
                                              "held", (json_int_t)p->held));
    }
    return list;
}

static json_t *entries_json(const struct repli_report *r)
{
    static const char *const names[] = {"other", "1", "2"};
    json_t *o = json_object();
    for (int i = 0; i < 3; i++) {
        const struct repli_report_tier *t = &r->tiers[i];
        json_object_set_new(o, names[i],
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "fields", (json_int_t)t->fields,
                                      "open", (json_int_t)t->open, "key1", (json_int_t)t->key1, "key2",
                                      (json_int_t)t->key2, "settle", (json_int_t)t->settle, "confirm",
                                      (json_int_t)t->confirm, "twice", (json_int_t)t->twice, "differed",
                                      (json_int_t)t->differed));
    }
    return o;
}

static json_t *held_json(const struct repli_report *r)
{
    json_t *o = json_object();
    for (size_t i = 0; i < r->nheld; i++)
        json_object_set_new(o, r->held[i].kind,
                            json_pack("{s:I, s:I, s:I, s:I}", "open", (json_int_t)r->held[i].open, "paper",
                                      (json_int_t)r->held[i].paper, "live", (json_int_t)r->held[i].live, "note",
                                      (json_int_t)r->held[i].note));
    return o;
}

static json_t *images_json(const struct repli_report *r)
{
    json_t *o = json_object();
    for (size_t i = 0; i < r->nimages; i++)
        json_object_set_new(o, r->images[i].outcome,
                            json_pack("{s:I, s:I}", "images", (json_int_t)r->images[i].count, "waiting",
                                      (json_int_t)r->images[i].waiting));
    return o;
}

static json_t *timeline_json(const struct repli_report *r)
{
    static const char *const deeds[] = {"began",   "opened", "ended",  "closed", "printed",    "received",
                                        "scanned", "keyed",  "merged", "undone", "ward-closed"};
    json_t *list = json_array();
    for (size_t i = 0; i < r->nevents; i++) {
        const struct repli_report_event *e = &r->events[i];
        json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:I, s:s?, s:s?}", "event", deeds[e->deed], "utc",
                                              (json_int_t)e->utc, "last_utc", time_json(e->last_utc), "count",
                                              (json_int_t)e->count, "who", e->who, "what", e->what));
    }
    return list;
}

static json_t *numbers(const int64_t *n, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(n[i]));
    return list;
}

static json_t *plots_json(const struct repli_report *r)
{
    const struct repli_report_hours *h = &r->hours;
    return json_pack("{s:{s:I, s:I, s:o, s:o, s:o}, s:{s:o, s:o}}", "hours", "start_utc", (json_int_t)h->start_utc,
                     "step_h", (json_int_t)h->step_h, "printed", numbers(h->printed, h->count), "scanned",
                     numbers(h->scanned, h->count), "merged", numbers(h->merged, h->count), "ages", "out",
                     numbers(r->ages_out, REPLI_REPORT_AGES), "work", numbers(r->ages_work, REPLI_REPORT_AGES));
}

static json_t *share_json(const struct repli_report_share *s)
{
    struct repli_interval in = repli_interval_95(s->wrong, s->answered);
    return json_pack("{s:I, s:I, s:o, s:o, s:s?}", "answered", (json_int_t)s->answered, "wrong", (json_int_t)s->wrong,
                     "rate", s->answered ? json_real((double)s->wrong / (double)s->answered) : json_null(), "interval",
                     s->answered ? json_pack("[f, f]", in.low, in.high) : json_null(), "method",
                     s->answered ? in.method : NULL);
}

static void print_json(const struct repli_report *r)
{
    const struct repli_outage *out = r->scope.outage;
    json_t *o = json_pack("{s:s?, s:b, s:o, s:o, s:I, s:s, s:I}", "outage", out ? out->id : NULL, "drill",
                          out && out->drill, "from_utc", time_json(r->scope.from_utc), "until_utc",
                          out && !out->open ? json_integer(r->scope.until_utc) : json_null(), "made_utc",
                          (json_int_t)r->now_utc, "audit", r->audit, "sheets", (json_int_t)r->nsheets);
    json_object_set_new(o, "wards", wards_json(r));
    json_object_set_new(o, "missing", missing_json(r));
    json_object_set_new(o, "tiers", entries_json(r));
    json_object_set_new(o, "errors",
                        json_pack("{s:I, s:I, s:I, s:I, s:I}", "ticks", (json_int_t)r->ticks, "ticks_refuted",
                                  (json_int_t)r->ticks_refuted, "settled", (json_int_t)r->settled, "illegible",
                                  (json_int_t)r->illegible, "machine", (json_int_t)r->machine));
    json_object_set_new(o, "sample", share_json(&r->sample));
    json_object_set_new(o, "known", share_json(&r->known));
    json_object_set_new(o, "conflicts", held_json(r));
    json_object_set_new(o, "images", images_json(r));
    json_object_set_new(o, "merges",
                        json_pack("{s:I, s:I, s:I}", "stand", (json_int_t)r->merges, "undone", (json_int_t)r->undone,
                                  "entries", (json_int_t)r->values));
    json_object_set_new(o, "patients", patients_json(r));
    json_object_set_new(o, "timeline", timeline_json(r));
    json_object_set_new(o, "plots", plots_json(r));
    json_object_set_new(o, "review", repli_cli_pace_json(&r->pace));
    repli_cli_json(o);
}

/* ---- the PDF */

static enum repli_status write_pdf(struct repli_cli *cli, const struct repli_report *r, const char *lang,
                                   const char *path, size_t *count)
{
    struct repli_draw_list *lists = NULL;
    uint8_t sha256[32];
    enum repli_status s =
        repli_report_pages(r, cli->site->templates, lang, cli->site->zone, &cli->arena, &lists, count, &cli->err);
    if (s != REPLI_OK)
        return s;
    struct repli_pdf_page *pages = repli_arena_array(&cli->arena, *count, sizeof *pages);
    for (size_t i = 0; i < *count; i++)
        pages[i].filled = &lists[i];
    struct repli_pdf_info info = {.title = r->scope.outage ? r->scope.outage->id : cli->site->hospital,
                                  .created_utc = r->now_utc,
                                  .zone = cli->site->zone};
    return repli_pdf_write(path, pages, *count, &info, NULL, NULL, sha256, &cli->err);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *outage = NULL, *lang = NULL, *path = NULL;
    size_t n, pages = 0;
    struct repli_report r;
    const struct repli_opt opts[] = {
        {"--outage", REPLI_OPT_TEXT, &outage}, {"--lang", REPLI_OPT_TEXT, &lang}, {"-o", REPLI_OPT_TEXT, &path}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n || (!path && !cli->json))
        return repli_cli_usage(cli, "report [--outage ID] [--lang fr] -o FILE.pdf, or report --json");
    if (repli_cli_ledger(cli) != REPLI_OK || repli_cli_record(cli) != REPLI_OK || repli_cli_replay(cli) != REPLI_OK ||
        repli_report_make(cli->site, cli->ledger, cli->record, outage, &cli->arena, &r, &cli->err) != REPLI_OK ||
        (path && write_pdf(cli, &r, lang ? lang : cli->site->lang, path, &pages) != REPLI_OK))
        return repli_cli_fail(cli);
    repli_cli_note(cli, "report", r.scope.outage ? r.scope.outage->id : "all paper", path ? "written" : "shown", path);
    if (cli->json)
        print_json(&r);
    else
        printf("%s: %zu page%s, %zu sheets, audit %s\n", path, pages, pages == 1 ? "" : "s", r.nsheets, r.audit);
    return REPLI_OK;
}

const struct repli_command repli_cmd_report = {
    .name = "report",
    .summary = "the figures of an outage, for a director to sign",
    .help =
        "usage: repli report [--outage ID] [--lang fr|nl|de|en] -o FILE.pdf\n"
        "       repli report [--outage ID] --json\n"
        "\n"
        "Writes what became of an outage's paper: its times; sheets by ward and state; every sheet that is missing, "
        "with\n"
        "the reason; what people keyed, and how often two of them, the machine or the scanner were wrong; conflicts "
        "and\n"
        "how they ended; images; how much came back for each patient (by number, never a value); a timeline; how many\n"
        "sheets an hour, and how long open ones are open.  It ends with lines to sign on, and every page names the "
        "head\n"
        "of the audit: `repli audit verify --head CODE` proves later that nothing before it was changed.\n"
        "\n"
        "  --outage ID   default: the latest outage that is no drill; all paper when there never was one\n"
        "  --lang L      language of the pages (default: the site's)\n"
        "  --json        the same figures as one object, with each kind of conflict by its word; with -o the PDF, too\n"
        "\n"
        "Its paper is what was printed in the outage or is for hours of it, in its wards; sheets for newcomers and "
        "spares\n"
        "count from when they came back.  Only sheets that can be written on are counted.\n"
        "\n"
        "exit codes: 0 written · 2 no such outage · 3 the PDF could not be written · 5 a database cannot be read\n"
        "\n"
        "example: repli report --outage O0-1 --lang nl -o report.pdf\n",
    .run = run,
};
