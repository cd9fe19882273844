#include "cmd/review_bind.h"
#include "cmd/review_images.h"
#include "cmd/review_scans.h"
#include "cmd/review_quality.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/merge.h"
#include "repli/quality.h"
#include "repli/review.h"
#include "repli/scan.h"
#include "repli/serial.h"

#define ANSWERS_MAX (64u << 20)

/* What a crash left between record and ledger comes first: then the ledger says what is true. */
static enum repli_status open_both(struct repli_cli *cli)
{
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK)
        return cli->err.status;
    return repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err);
}

/* ---- list: one line a sheet */

struct listing {
    struct repli_cli *cli;
    char sheet[32];
    int open, tier1, settle, sheets, fields;
};

static void end_sheet(struct listing *l)
{
    if (!l->open)
        return;
    if (l->cli->json)
        printf("{\"sheet\":\"%s\",\"open\":%d,\"tier1\":%d,\"settle\":%d}\n", l->sheet, l->open, l->tier1, l->settle);
    else
        printf("%-12s %5d %10d %10d\n", l->sheet, l->open, l->tier1, l->settle);
    l->sheets++;
    l->fields += l->open;
    l->open = l->tier1 = l->settle = 0;
}

static void list_line(void *user, const char *json)
{
    struct listing *l = user;
    json_t *o = json_loads(json, 0, NULL);
    const char *sheet = json_string_value(json_object_get(o, "sheet")),
               *need = json_string_value(json_object_get(o, "need"));
    if (sheet && need) {
        if (strcmp(sheet, l->sheet) != 0)
            end_sheet(l);
        snprintf(l->sheet, sizeof l->sheet, "%s", sheet);
        l->open++;
        l->tier1 += json_integer_value(json_object_get(o, "tier")) == 1;
        l->settle += strcmp(need, "settle") == 0;
    }
    json_decref(o);
}

static int list(struct repli_cli *cli)
{
    struct listing l = {.cli = cli};
    size_t images = 0;
    if (open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%-12s %5s %10s %10s\n", "sheet", "open", "two keys", "to settle");
    if (repli_review_export(cli->site, cli->ledger, cli->by, list_line, &l, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    end_sheet(&l);
    if (!cli->json && l.sheets == 0)
        puts("Nothing is open: repli merge brings what is settled into the record");
    else if (!cli->json)
        printf("%d fields on %d sheets are open: repli review export --by PERSON\n", l.fields, l.sheets);
    if (!cli->json && repli_cmd_review_images_count(cli, &images) != REPLI_OK)
        return repli_cli_fail(cli);
    if (images)
        printf("%zu images show no code: repli review list --images\n", images);
    return REPLI_OK;
}

/* ---- conflicts: one line each */

struct lines {
    struct repli_cli *cli;
    int count;
};

static void conflict_line(void *user, const char *json)
{
    struct lines *c = user;
    c->count++;
    json_t *o = json_loads(json, 0, NULL);
    printf("%-12s %-16s %s: %s\n", json_string_value(json_object_get(o, "sheet")),
           json_string_value(json_object_get(o, "capture")), json_string_value(json_object_get(o, "why")),
           repli_cli_detail(c->cli, o));
    json_decref(o);
}

static int list_conflicts(struct repli_cli *cli)
{
    struct lines c = {.cli = cli};
    if (open_both(cli) != REPLI_OK || (cli->by && repli_cli_person(cli) != REPLI_OK) ||
        repli_review_conflicts(cli->ledger, cli->by, conflict_line, &c, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (c.count == 0)
        puts("No conflict waits for a decision (repli merge finds them)");
    else
        printf("%d wait: repli review decide SHEET CAPTURE paper|live|note --by PERSON\n", c.count);
    return REPLI_OK;
}

static int open_proposals(struct repli_cli *cli)
{
    return open_both(cli) == REPLI_OK ? repli_cmd_review_proposals(cli) : repli_cli_fail(cli);
}

static int decide(struct repli_cli *cli, const char *const *words)
{
    if (repli_cli_person(cli) != REPLI_OK || open_both(cli) != REPLI_OK ||
        repli_review_decide(cli->site, cli->ledger, words[0], words[1], words[2], cli->by, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s of sheet %s: %s; the next repli merge does it\n", words[1], words[0], words[2]);
    return REPLI_OK;
}

/* ---- show: one sheet */

static void show_line(void *user, const char *json)
{
    struct repli_cli *cli = user;
    if (cli->json) {
        puts(json);
        return;
    }
    json_t *o = json_loads(json, 0, NULL);
    const char *field = json_string_value(json_object_get(o, "field")),
               *hold = json_string_value(json_object_get(o, "hold"));
    const char *state = json_string_value(json_object_get(o, "state")),
               *status = json_string_value(json_object_get(o, "status"));
    const char *value = json_string_value(json_object_get(o, "value")),
               *answer = json_string_value(json_object_get(o, "answer"));
    const char *by = json_string_value(json_object_get(o, "by")), *by2 = json_string_value(json_object_get(o, "by2"));
    const char *need = json_string_value(json_object_get(o, "need"));
    const char *decided = json_string_value(json_object_get(o, "decided")),
               *decided_by = json_string_value(json_object_get(o, "decided_by"));
    if (hold)
        printf("%s %-15s %s: %s%s%s%s%s\n", decided ? "was " : "held", json_string_value(json_object_get(o, "capture")),
               hold, repli_cli_detail(cli, o), decided ? " -> " : "", decided ? decided : "",
               decided ? ", decided by " : "", decided_by ? decided_by : "");
    else if (field && status)
        printf("%-20s %-9s %-8s %-8s %-10s %s%s%s\n", field, state ? state : "-", status, need ? need : "",
               value    ? value
               : answer ? answer
                        : "",
               by ? by : "", by2 ? " + " : "", by2 ? by2 : "");
    json_decref(o);
}

/* ---- export and import */

#define BATCH_DEFAULT 50

static enum repli_status lines_of(struct repli_cli *cli, const struct review_wanted *w, struct repli_buf *buf)
{
    if (w->proposals)
        return repli_review_proposals(cli->ledger, cli->record, repli_cmd_review_buffer, buf, &cli->err);
    if (w->conflicts)
        return repli_review_conflicts(cli->ledger, cli->by, repli_cmd_review_buffer, buf, &cli->err);
    if (w->kind || w->limit)
        return repli_review_batch(cli->site, cli->ledger, cli->by, w->kind, w->limit ? w->limit : BATCH_DEFAULT,
                                  repli_cmd_review_buffer, buf, &cli->err);
    return repli_review_export(cli->site, cli->ledger, cli->by, repli_cmd_review_buffer, buf, &cli->err);
}

static int export(struct repli_cli *cli, const char *to, const struct review_wanted *w)
{
    struct repli_buf buf = {0};
    bool batch = w->kind || w->limit;
    if (batch && (w->conflicts || w->proposals))
        return repli_cli_usage(cli, "--kind and --limit are of tasks, not of --conflicts or --proposals");
    if (open_both(cli) != REPLI_OK || ((cli->by || batch) && repli_cli_person(cli) != REPLI_OK))
        return repli_cli_fail(cli);
    enum repli_status s = lines_of(cli, w, &buf);
    if (s == REPLI_OK)
        s = repli_cmd_review_crops(cli, &buf);
    if (s == REPLI_OK && w->csv)
        repli_cmd_review_csv(&buf);
    if (s == REPLI_OK && to)
        s = repli_file_write(to, buf.data ? buf.data : "", buf.len, 0600, &cli->err);
    else if (s == REPLI_OK && buf.len)
        fwrite(buf.data, 1, buf.len, stdout);
    repli_buf_done(&buf);
    if (s == REPLI_OK)
        repli_cli_note(cli, "view", w->conflicts ? "conflicts" : w->proposals ? "proposals" : "tasks", "exported", to);
    return s == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

static int show(struct repli_cli *cli, const char *sheet)
{
    struct repli_buf buf = {0};
    if (open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s =
        repli_review_show(cli->site, cli->ledger, sheet, cli->json ? repli_cmd_review_buffer : show_line,
                          cli->json ? (void *)&buf : (void *)cli, &cli->err);
    if (s == REPLI_OK && cli->json)
        s = repli_cmd_review_crops(cli, &buf);
    if (s == REPLI_OK && buf.len)
        fwrite(buf.data, 1, buf.len, stdout);
    repli_buf_done(&buf);
    if (s == REPLI_OK)
        repli_cli_note(cli, "view", sheet, "shown", NULL);
    return s == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

static enum repli_status read_stdin(struct repli_cli *cli, struct repli_buf *buf)
{
    char part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof part, stdin)) > 0) {
        repli_buf_add(buf, part, n);
        if (buf->len > ANSWERS_MAX)
            return repli_fail(&cli->err, REPLI_IO, "standard input: more than %u bytes of answers", ANSWERS_MAX);
    }
    return ferror(stdin) ? repli_fail(&cli->err, REPLI_IO, "standard input: %s", strerror(errno)) : REPLI_OK;
}

static void refused_line(void *user, const char *json)
{
    struct repli_cli *cli = user;
    json_t *o = json_loads(json, 0, NULL);
    const char *task = json_string_value(json_object_get(o, "task")),
               *sheet = json_string_value(json_object_get(o, "sheet"));
    const char *field = json_string_value(json_object_get(o, "field")),
               *why = json_string_value(json_object_get(o, "why"));
    if (cli->json)
        puts(json);
    else
        printf("line %lld: %s%s%s: %s\n", (long long)json_integer_value(json_object_get(o, "line")),
               task    ? task
               : sheet ? sheet
                       : "?",
               task || !field ? "" : " ", task || !field ? "" : field, why ? why : "");
    json_decref(o);
}

static int import(struct repli_cli *cli, const char *from)
{
    struct repli_buf in = {0};
    struct repli_review_counts n = {0};
    char *data = NULL;
    size_t len = 0;
    if (repli_cli_person(cli) != REPLI_OK || open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = strcmp(from, "-") == 0
                              ? read_stdin(cli, &in)
                              : repli_file_read(from, ANSWERS_MAX, &cli->arena, &data, &len, &cli->err);
    if (strcmp(from, "-") == 0) {
        data = in.data;
        len = in.len;
    }
    if (s == REPLI_OK)
        s = repli_review_import(cli->site, cli->ledger, data ? data : "", len, cli->by, refused_line, cli, &n,
                                &cli->err);
    repli_buf_done(&in);
    if (s != REPLI_OK && s != REPLI_WAITS)
        return repli_cli_fail(cli);
    if (cli->json)
        printf("{\"taken\":%lld,\"repeated\":%lld,\"refused\":%lld,\"closed\":%lld}\n", (long long)n.taken,
               (long long)n.repeated, (long long)n.refused, (long long)n.closed);
    else
        printf("%lld answers taken, %lld repeated, %lld refused, %lld for closed tasks\n", (long long)n.taken,
               (long long)n.repeated, (long long)n.refused, (long long)n.closed);
    return (int)s;
}

static int reopen(struct repli_cli *cli, const char *sheet, const char *field)
{
    if (repli_cli_person(cli) != REPLI_OK || open_both(cli) != REPLI_OK ||
        repli_review_reopen(cli->site, cli->ledger, sheet, field, cli->by, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s of sheet %s is open again: people key it anew\n", field, sheet);
    return REPLI_OK;
}

/* Who looked at patients' sheets is written down, whatever came of it. */
static int listed(struct repli_cli *cli, int rc, const char *what)
{
    if (rc == REPLI_OK || rc == REPLI_WAITS)
        repli_cli_note(cli, "view", what, "listed", NULL);
    return rc;
}

static int one_of(struct repli_cli *cli, const char *what, const char **words, size_t nwords, const char *to,
                  const struct review_wanted *w)
{
    if (strcmp(what, "list") == 0 && nwords <= 1)
        return w->proposals   ? listed(cli, open_proposals(cli), "proposals")
               : w->conflicts ? listed(cli, list_conflicts(cli), "conflicts")
                              : listed(cli, list(cli), "sheets");
    if (strcmp(what, "show") == 0 && nwords == 2)
        return show(cli, words[1]);
    if (strcmp(what, "export") == 0 && nwords == 1)
        return export(cli, to, w);
    if (w->conflicts || w->proposals)
        return repli_cli_usage(cli, "--conflicts and --proposals belong to list and export");
    if (strcmp(what, "import") == 0 && nwords == 2)
        return import(cli, words[1]);
    if (strcmp(what, "crops") == 0 && nwords == 1)
        return repli_cmd_review_make_crops(cli);
    if (strcmp(what, "callbacks") == 0 && nwords == 1)
        return repli_cmd_review_callbacks(cli);
    if (strcmp(what, "operators") == 0 && nwords == 1)
        return repli_cmd_review_operators(cli);
    if (strcmp(what, "reopen") == 0 && nwords == 3)
        return reopen(cli, words[1], words[2]);
    if (strcmp(what, "decide") == 0 && nwords == 4)
        return decide(cli, words + 1);
    return repli_cli_usage(
        cli, "list, show SHEET, export, import FILE, crops, callbacks, initials, operators, audit-sample, "
             "decide SHEET CAPTURE CHOICE, assign IMAGE SERIAL, bind SHEET or reopen SHEET FIELD");
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, **by = NULL, *to = NULL, *limit = NULL, *n = NULL, *name = NULL, *patient = NULL;
    struct review_scan_options one = {0};
    size_t nwords;
    bool images = false, back = false;
    int64_t sample = 0;
    struct review_wanted w = {0};
    const struct repli_opt opts[] = {{"-o", REPLI_OPT_TEXT, &to},
                                     {"--conflicts", REPLI_OPT_FLAG, &w.conflicts},
                                     {"--proposals", REPLI_OPT_FLAG, &w.proposals},
                                     {"--csv", REPLI_OPT_FLAG, &w.csv},
                                     {"--kind", REPLI_OPT_TEXT, &w.kind},
                                     {"--limit", REPLI_OPT_TEXT, &limit},
                                     {"--n", REPLI_OPT_TEXT, &n},
                                     {"--name", REPLI_OPT_TEXT, &name},
                                     {"--images", REPLI_OPT_FLAG, &images},
                                     {"--patient", REPLI_OPT_TEXT, &patient},
                                     {"--take-back", REPLI_OPT_FLAG, &back},
                                     {"--turn", REPLI_OPT_TEXT, &one.turn},
                                     {"--field", REPLI_OPT_TEXT, &one.field},
                                     {"--reason", REPLI_OPT_TEXT, &one.reason},
                                     {"--by", REPLI_OPT_LIST, &by}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *what = nwords ? words[0] : "list";
    cli->by = by ? by[0] : cli->by;
    if ((limit && !repli_integer(limit, 1, 100000, &w.limit)) || (n && !repli_integer(n, 1, 100000, &sample)))
        return repli_cli_usage(cli, "--limit and --n are whole numbers from 1 to 100000");
    if (strcmp(what, "assign") == 0 && nwords == 3)
        return repli_cmd_review_assign(cli, words[1], words[2], by);
    if (by && by[1])
        return repli_cli_usage(cli, "one person at a time, in a call of their own: only assign takes two --by");
    if (repli_cmd_review_is_scan(what) || one.turn || one.field || one.reason)
        return repli_cmd_review_scan(cli, words, nwords, &one);
    if (strcmp(what, "bind") == 0 && nwords == 2)
        return repli_cmd_review_bind(cli, words[1], patient, back);
    if (patient || back)
        return repli_cli_usage(cli, "--patient and --take-back belong to bind SHEET alone");
    if (images && strcmp(what, "list") == 0 && nwords <= 1 && !w.conflicts && !w.proposals)
        return listed(cli, repli_cmd_review_images(cli), "images");
    if (images)
        return repli_cli_usage(cli, "--images belongs to list alone");
    if (w.conflicts && w.proposals)
        return repli_cli_usage(cli, "--conflicts and --proposals are two lists: ask for one");
    if (strcmp(what, "export") != 0 && (w.csv || w.kind || w.limit))
        return repli_cli_usage(cli, "--csv, --kind and --limit belong to export");
    if (strcmp(what, "initials") == 0)
        return repli_cmd_review_initials(cli, words + 1, nwords - 1, name);
    if (strcmp(what, "audit-sample") == 0 && nwords == 1)
        return repli_cmd_review_sample(cli, sample);
    if (n || name)
        return repli_cli_usage(cli, "--n belongs to audit-sample, --name to initials");
    /* For programs both lists are the export: the picture that a line names is there. */
    if ((w.conflicts || w.proposals) && cli->json && strcmp(what, "list") == 0 && nwords <= 1)
        return export(cli, NULL, &w);
    return one_of(cli, what, words, nwords, to, &w);
}

const struct repli_command repli_cmd_review = {
    .name = "review",
    .summary = "what people still have to key, confirm or settle: list, show, export, import, decide ...",
    .help =
        "usage: repli review [list] [--conflicts | --proposals | --images] [--by PERSON] [--json]\n"
        "       repli review show SHEET [--json]\n"
        "       repli review export [--conflicts | --proposals] [--by PERSON] [--csv] [-o FILE]\n"
        "       repli review export --kind KIND [--limit N] --by PERSON [--csv] [-o FILE]\n"
        "       repli review import FILE --by PERSON [--json]\n"
        "       repli review decide SHEET CAPTURE paper|live|note --by PERSON\n"
        "       repli review assign IMAGE SERIAL --by PERSON [--by PERSON] [--json]\n"
        "       repli review bind SHEET [--patient NUMBER | --take-back] [--by PERSON] [--json]\n"
        "       repli review picture IMAGE [--turn 90|180|270] [--field FIELD] | look IMAGE [--json]\n"
        "       repli review aside IMAGE --reason TEXT --by PERSON\n"
        "       repli review choose IMAGE FIELD --by PERSON\n"
        "       repli review reopen SHEET FIELD --by PERSON\n"
        "       repli review crops <NAMES\n"
        "       repli review callbacks [--json]\n"
        "       repli review initials [SHEET] [--json]\n"
        "       repli review initials SHEET INITIALS [--name NAME] [FIELD...] --by PERSON\n"
        "       repli review operators [--json]\n"
        "       repli review audit-sample [--n N --by PERSON] [--json]\n"
        "\n"
        "Handwriting is never merged unseen.  After `repli scan`, people key what they see on the crops.  Times and\n"
        "other critical fields are keyed twice by two different people who do not see each other's answer; where\n"
        "they disagree a third settles.  Other numbers are keyed once and held against the row the machine read.\n"
        "\n"
        "  list     sheets with open fields (--by: those that this person may still answer)\n"
        "           --conflicts: what a person must decide, and lines of a census or log that name nobody\n"
        "           --proposals: handwritten orders that were merged, for the pharmacist; none is an order by itself\n"
        "           --images: scans without a readable code, with the sheets that are still out, the likest first,\n"
        "           and pictures of the band and the printed serial\n"
        "  show     every field of a sheet, what is settled and by whom, what is held and why\n"
        "  export   open tasks, one JSON object a line, with the file of the crop below the site folder\n"
        "           --kind tick, time, date, digits, band or number: a batch of one kind for one person (--limit, "
        "50);\n"
        "           nobody else gets these fields for some minutes.  Doses, orders, allergies, names and places are\n"
        "           never in one.  A few are known already: they only measure who keys.\n"
        "           --csv: for a spreadsheet; fill in answer or value, and import the file\n"
        "  import   answers, one JSON object a line (FILE - reads standard input):\n"
        "             {\"task\":\"...\",\"answer\":\"value\",\"value\":\"36,5\"}      the task as exported; a tick is "
        "\"ticked\"\n"
        "             {\"sheet\":\"...\",\"field\":\"col3.rr\",\"answer\":\"blank\"}     or illegible, or correction\n"
        "             an unusual value is asked again: repeat it with \"sure\":true\n"
        "           What cannot be taken is listed by line and the rest goes on.\n"
        "  crops    makes the pictures that standard input names, one a line: SHEET FIELD; @near. or @tile. before "
        "the\n"
        "           field brings the paper around it, @row. the whole line, @sheet the whole side\n"
        "  decide   a conflict that `repli merge` found between paper and the record (list --conflicts shows them):\n"
        "             paper   what was written goes in; a value of the record of that minute stays beside it\n"
        "             live    the record is right: what was written is noted, nothing is applied\n"
        "             note    neither is judged: noted, nothing is applied\n"
        "           Only somebody who keyed nothing of it may decide.  Who the patient is cannot be decided for "
        "paper:\n"
        "           put the record right.  If the record changes before the next merge, the question comes again.\n"
        "           As lines of import: {\"sheet\":\"...\",\"capture\":\"col3.rr\",\"decide\":\"paper\"}\n"
        "  assign   names the sheet that such an image shows, after a look at the paper; once two people say the "
        "same,\n"
        "           it is read, unless its band or frame says otherwise\n"
        "  bind     says whose a blank sheet is, by the patient's number; once a second person says the same, it "
        "merges\n"
        "           under that patient.  Without --patient: who says what, and the sheets that it may continue by\n"
        "           what was keyed.  Until it is merged everybody may say another number or --take-back.\n"
        "  picture, look, aside, choose   single page images by their number in the audit (image 17): what the "
        "scanner\n"
        "           saw, turned clockwise, or one field of it; band and printed serial; set aside for good one that "
        "is\n"
        "           no paper to be read, saying what it is; of a sheet that was scanned twice, look at a field on "
        "this\n"
        "           image, as long as nobody answered it\n"
        "  reopen   opens a settled or undone field again; everybody keys it anew\n"
        "  callbacks     what nobody could read, with who wrote it; a nurse asks, and answers by import:\n"
        "             {\"task\":\".../callback\",\"answer\":\"value\",\"value\":\"38,2\"}   illegible: nobody knows\n"
        "  initials      fields with initials that nobody told apart yet, and the registers of signatures.  --name:\n"
        "           whose they are, on all sheets of this pack about this patient; FIELDs: where they stand\n"
        "  operators     of each person: fields, fields an hour, errors in known fields, agreement with the second "
        "key\n"
        "  audit-sample  --n: fields that are in the record, drawn by lot, for a third person to key; without it what\n"
        "           came of all of them, with the interval\n"
        "\n"
        "example: repli review export --by an.peeters -o tasks.jsonl\n"
        "         repli review import answers.jsonl --by an.peeters\n"
        "\n"
        "exit codes: 0 done · 2 no such person · 3 a file cannot be read or written · 4 no such sheet or field · 5 the "
        "ledger\n"
        "            failed: import the same file again, nothing is taken twice · 6 some answers were refused, or came "
        "for\n"
        "            tasks that are closed; nobody, or one person alone, says whose a blank sheet is\n",
    .run = run,
};
