#include "cmd/review_images.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/merge.h"
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
    int count;
};

static void conflict_line(void *user, const char *json)
{
    struct lines *c = user;
    c->count++;
    json_t *o = json_loads(json, 0, NULL);
    printf("%-12s %-16s %s: %s\n", json_string_value(json_object_get(o, "sheet")),
           json_string_value(json_object_get(o, "capture")), json_string_value(json_object_get(o, "why")),
           json_string_value(json_object_get(o, "detail")));
    json_decref(o);
}

static int list_conflicts(struct repli_cli *cli)
{
    struct lines c = {0};
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
               hold, json_string_value(json_object_get(o, "detail")), decided ? " -> " : "", decided ? decided : "",
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

static void buffer_line(void *user, const char *json)
{
    struct repli_buf *buf = user;
    repli_buf_puts(buf, json);
    repli_buf_puts(buf, "\n");
}

/* Lines of one sheet that name a crop, in the order of their fields. */
struct crops {
    struct repli_cli *cli;
    struct repli_arena a;
    json_t **lines;
    const char **fields;
    bool *missing;
    size_t count, room;
    uint64_t serial;
    size_t gone; /* crops that cannot be made */
    struct repli_buf out;
};

static enum repli_status end_crops(struct crops *c)
{
    struct repli_cli *cli = c->cli;
    enum repli_status s = c->serial == 0 ? REPLI_OK
                                         : repli_scan_crops(cli->site, cli->ledger, c->serial, c->fields, c->count,
                                                            c->missing, &cli->err);
    for (size_t i = 0; i < c->count; i++) {
        if (c->serial && c->missing[i] && c->fields[i][0]) {
            json_object_set_new(c->lines[i], "crop", json_null());
            c->gone++;
        }
        char *text = json_dumps(c->lines[i], JSON_COMPACT | JSON_REAL_PRECISION(15));
        repli_buf_puts(&c->out, text ? text : "{}");
        repli_buf_puts(&c->out, "\n");
        free(text);
        json_decref(c->lines[i]);
    }
    c->count = 0;
    return s;
}

static void add_crop(struct crops *c, json_t *line)
{
    const char *field = json_string_value(json_object_get(line, "field"));
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        c->lines = repli_arena_grow(&c->a, c->lines, c->room, room, sizeof *c->lines);
        c->fields = repli_arena_grow(&c->a, c->fields, c->room, room, sizeof *c->fields);
        c->missing = repli_arena_grow(&c->a, c->missing, c->room, room, sizeof *c->missing);
        c->room = room;
    }
    c->lines[c->count] = line;
    c->fields[c->count++] = json_is_string(json_object_get(line, "crop")) && field ? field : "";
}

/* Makes the crops that the lines name, sheet by sheet; one that cannot be made is null. */
static enum repli_status cut_crops(struct repli_cli *cli, struct repli_buf *buf)
{
    struct crops c = {.cli = cli};
    enum repli_status s = REPLI_OK;
    for (char *at = buf->data, *end; s == REPLI_OK && at && *at; at = end + 1) {
        end = strchr(at, '\n');
        json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        const char *sheet = json_string_value(json_object_get(line, "sheet"));
        uint64_t serial = 0;
        (void)(sheet && repli_serial_parse(sheet, &serial));
        if (serial != c.serial)
            s = end_crops(&c);
        c.serial = serial;
        add_crop(&c, line);
    }
    if (s == REPLI_OK)
        s = end_crops(&c);
    for (size_t i = 0; i < c.count; i++)
        json_decref(c.lines[i]);
    repli_arena_done(&c.a);
    repli_buf_done(buf);
    *buf = c.out;
    if (s == REPLI_OK && c.gone)
        fprintf(stderr,
                "repli: review: %zu crops cannot be made: their scans are no longer in %s, or are damaged; key from "
                "the paper\n",
                c.gone, cli->site->scans);
    return s;
}

static enum repli_status lines_of(struct repli_cli *cli, bool conflicts, bool proposals, struct repli_buf *buf)
{
    if (proposals)
        return repli_review_proposals(cli->ledger, cli->record, buffer_line, buf, &cli->err);
    if (conflicts)
        return repli_review_conflicts(cli->ledger, cli->by, buffer_line, buf, &cli->err);
    return repli_review_export(cli->site, cli->ledger, cli->by, buffer_line, buf, &cli->err);
}

static int export(struct repli_cli *cli, const char *to, bool conflicts, bool proposals)
{
    struct repli_buf buf = {0};
    if (open_both(cli) != REPLI_OK || (cli->by && repli_cli_person(cli) != REPLI_OK))
        return repli_cli_fail(cli);
    enum repli_status s = lines_of(cli, conflicts, proposals, &buf);
    if (s == REPLI_OK)
        s = cut_crops(cli, &buf);
    if (s == REPLI_OK && to)
        s = repli_file_write(to, buf.data ? buf.data : "", buf.len, 0600, &cli->err);
    else if (s == REPLI_OK && buf.len)
        fwrite(buf.data, 1, buf.len, stdout);
    repli_buf_done(&buf);
    if (s == REPLI_OK)
        repli_cli_note(cli, "view", conflicts ? "conflicts" : proposals ? "proposals" : "tasks", "exported", to);
    return s == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

static int show(struct repli_cli *cli, const char *sheet)
{
    struct repli_buf buf = {0};
    if (open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_review_show(cli->site, cli->ledger, sheet, cli->json ? buffer_line : show_line,
                                            cli->json ? (void *)&buf : (void *)cli, &cli->err);
    if (s == REPLI_OK && cli->json)
        s = cut_crops(cli, &buf);
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

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, **by = NULL, *to = NULL;
    size_t nwords;
    bool conflicts = false, proposals = false, images = false;
    const struct repli_opt opts[] = {{"-o", REPLI_OPT_TEXT, &to},
                                     {"--conflicts", REPLI_OPT_FLAG, &conflicts},
                                     {"--proposals", REPLI_OPT_FLAG, &proposals},
                                     {"--images", REPLI_OPT_FLAG, &images},
                                     {"--by", REPLI_OPT_LIST, &by}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *what = nwords ? words[0] : "list";
    cli->by = by ? by[0] : cli->by;
    if (strcmp(what, "assign") == 0 && nwords == 3)
        return repli_cmd_review_assign(cli, words[1], words[2], by);
    if (by && by[1])
        return repli_cli_usage(cli, "one person at a time: only assign takes two --by");
    if (images && strcmp(what, "list") == 0 && nwords <= 1 && !conflicts && !proposals)
        return repli_cmd_review_images(cli);
    if (images)
        return repli_cli_usage(cli, "--images belongs to list alone");
    if (conflicts && proposals)
        return repli_cli_usage(cli, "--conflicts and --proposals are two lists: ask for one");
    /* For programs both lists are the export: the picture that a line names is there. */
    if ((conflicts || proposals) && cli->json && strcmp(what, "list") == 0 && nwords <= 1)
        return export(cli, NULL, conflicts, proposals);
    if (strcmp(what, "list") == 0 && nwords <= 1)
        return proposals ? open_proposals(cli) : conflicts ? list_conflicts(cli) : list(cli);
    if (strcmp(what, "show") == 0 && nwords == 2)
        return show(cli, words[1]);
    if (strcmp(what, "export") == 0 && nwords == 1)
        return export(cli, to, conflicts, proposals);
    if (conflicts || proposals)
        return repli_cli_usage(cli, "--conflicts and --proposals belong to list and export");
    if (strcmp(what, "import") == 0 && nwords == 2)
        return import(cli, words[1]);
    if (strcmp(what, "reopen") == 0 && nwords == 3)
        return reopen(cli, words[1], words[2]);
    if (strcmp(what, "decide") == 0 && nwords == 4)
        return decide(cli, words + 1);
    return repli_cli_usage(cli,
                           "list, show SHEET, export, import FILE, decide SHEET CAPTURE CHOICE, assign IMAGE SERIAL or "
                           "reopen SHEET FIELD");
}

const struct repli_command repli_cmd_review = {
    .name = "review",
    .summary = "what people still have to key, confirm or settle: list, show, export, import, decide, assign, reopen",
    .help =
        "usage: repli review [list] [--conflicts | --proposals | --images] [--by PERSON] [--json]\n"
        "       repli review show SHEET [--json]\n"
        "       repli review export [--conflicts | --proposals] [--by PERSON] [-o FILE]\n"
        "       repli review import FILE --by PERSON [--json]\n"
        "       repli review decide SHEET CAPTURE paper|live|note --by PERSON\n"
        "       repli review assign IMAGE SERIAL --by PERSON [--by PERSON] [--json]\n"
        "       repli review reopen SHEET FIELD --by PERSON\n"
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
        "  import   answers, one JSON object a line (FILE - reads standard input):\n"
        "             {\"task\":\"...\",\"answer\":\"value\",\"value\":\"36,5\"}      the task as exported; a tick is "
        "\"ticked\"\n"
        "             {\"sheet\":\"...\",\"field\":\"col3.rr\",\"answer\":\"blank\"}     or illegible, or correction\n"
        "             an unusual value is asked again: repeat it with \"sure\":true\n"
        "           What cannot be taken is listed by line and the rest goes on.\n"
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
        "  reopen   opens a settled or undone field again; everybody keys it anew\n"
        "\n"
        "example: repli review export --by an.peeters -o tasks.jsonl\n"
        "         repli review import answers.jsonl --by an.peeters\n"
        "\n"
        "exit codes: 0 done · 2 no such person · 3 a file cannot be read or written · 4 no such sheet or field · 5 the "
        "ledger\n"
        "            failed: import the same file again, nothing is taken twice · 6 some answers were refused, or came "
        "for\n"
        "            tasks that are closed\n",
    .run = run,
};
