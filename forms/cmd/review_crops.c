/* The pictures that lines of review name, made when somebody is about to look at them; lines as a table. */
#include "cmd/review_quality.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/csv.h"
#include "repli/scan.h"
#include "repli/serial.h"

void repli_cmd_review_buffer(void *user, const char *json)
{
    struct repli_buf *buf = user;
    repli_buf_puts(buf, json);
    repli_buf_puts(buf, "\n");
}

/* Lines of one sheet that name a crop, in the order of their fields. */
struct crops {
    struct repli_cli *cli;
    struct repli_arena a;
    json_t **lines; /* a line may name more pictures than one: then it stands here as often */
    const char **keys, **fields;
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
            json_object_set_new(c->lines[i], c->keys[i], json_null());
            c->gone++;
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        if (i + 1 < c->count && c->lines[i + 1] == c->lines[i])
            continue;
        char *text = json_dumps(c->lines[i], JSON_COMPACT | JSON_REAL_PRECISION(15));
        repli_buf_puts(&c->out, text ? text : "{}");
        repli_buf_puts(&c->out, "\n");
        free(text);
        json_decref(c->lines[i]);
    }
    c->count = 0;
    return s;
}

static void add_crop(struct crops *c, json_t *line, const char *key, const char *named)
{
    const char *field = *named == '@' ? named : json_string_value(json_object_get(line, named));
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        c->lines = repli_arena_grow(&c->a, c->lines, c->room, room, sizeof *c->lines);
        c->keys = repli_arena_grow(&c->a, c->keys, c->room, room, sizeof *c->keys);
        c->fields = repli_arena_grow(&c->a, c->fields, c->room, room, sizeof *c->fields);
        c->missing = repli_arena_grow(&c->a, c->missing, c->room, room, sizeof *c->missing);
        c->room = room;
    }
    c->lines[c->count] = line;
    c->keys[c->count] = key;
    c->fields[c->count++] = json_is_string(json_object_get(line, key)) && field ? field : "";
}

/* Makes the crops that the lines name, sheet by sheet; one that cannot be made is null. */
enum repli_status repli_cmd_review_crops(struct repli_cli *cli, struct repli_buf *buf)
{
    static const char *const extra[][2] = {
        {"initials_crop", "initials_field"}, {"name_crop", "name_field"}, {"band_crop", REPLI_CROP_BAND}};
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
        for (size_t i = 0; i < sizeof extra / sizeof *extra; i++)
            if (json_is_string(json_object_get(line, extra[i][0])))
                add_crop(&c, line, extra[i][0], extra[i][1]);
        add_crop(&c, line, "crop", "field");
    }
    if (s == REPLI_OK)
        s = end_crops(&c);
    for (size_t i = 0; i < c.count; i++)
        if (i + 1 == c.count || c.lines[i + 1] != c.lines[i])
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

/* ---- pictures that are named one a line on standard input */

#define NAMED_MAX 4096 /* lines */

struct named {
    uint64_t serial;
    const char *sheet, *field;
};

static enum repli_status named_line(struct repli_cli *cli, char *line, struct named *n)
{
    char *blank = strchr(line, ' ');
    line[strcspn(line, "\n")] = 0;
    *n = (struct named){.sheet = line, .field = blank ? blank + 1 : ""};
    if (blank)
        *blank = 0;
    return blank && *n->field && repli_serial_parse(line, &n->serial)
               ? REPLI_OK
               : repli_fail(&cli->err, REPLI_DATA, "'%.80s' is no sheet number and field", line);
}

/* Those of one sheet at once: its scan is decoded once. */
static enum repli_status make_named(struct repli_cli *cli, const struct named *n, size_t count)
{
    const char **fields = repli_arena_array(&cli->arena, count, sizeof *fields);
    bool *missing = repli_arena_array(&cli->arena, count, sizeof *missing);
    for (size_t i = 0; i < count; i++)
        fields[i] = n[i].field;
    enum repli_status s = repli_scan_crops(cli->site, cli->ledger, n[0].serial, fields, count, missing, &cli->err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        printf("%s %s %s\n", missing[i] ? "gone" : "made", n[i].sheet, n[i].field);
    (void)fflush(stdout);
    return s;
}

int repli_cmd_review_make_crops(struct repli_cli *cli)
{
    struct named *list = repli_arena_array(&cli->arena, NAMED_MAX, sizeof *list);
    size_t count = 0;
    char line[512];
    enum repli_status s = repli_cli_ledger(cli);
    while (s == REPLI_OK && count < NAMED_MAX && fgets(line, sizeof line, stdin))
        s = named_line(cli, repli_arena_strdup(&cli->arena, line), &list[count++]);
    for (size_t from = 0, to; s == REPLI_OK && from < count; from = to) {
        for (to = from; to < count && list[to].serial == list[from].serial; to++)
            continue;
        s = make_named(cli, list + from, to - from);
        for (size_t i = from; s == REPLI_OK && i < to; i++)
            if (strcmp(list[i].field, REPLI_CROP_SHEET) == 0) /* it shows whose it is */
                repli_cli_note(cli, "view", list[i].sheet, "picture", NULL);
    }
    return s == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

/* ---- for spreadsheets */

void repli_cmd_review_csv(struct repli_buf *buf)
{
    static const char *const columns[] = {"task", "sheet",   "field", "label",  "unit",     "kind",
                                          "need", "drug",    "state", "answer", "value",    "sure",
                                          "crop", "patient", "name",  "born",   "band_crop"};
    const size_t n = sizeof columns / sizeof *columns;
    struct repli_buf out = {0};
    for (size_t i = 0; i < n; i++)
        repli_csv_cell(&out, columns[i], i == 0);
    repli_csv_end(&out);
    for (char *at = buf->data, *end; at && *at; at = end + 1) {
        end = strchr(at, '\n');
        json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        for (size_t i = 0; i < n; i++)
            repli_csv_cell(&out, json_string_value(json_object_get(line, columns[i])), i == 0);
        repli_csv_end(&out);
        json_decref(line);
    }
    repli_buf_done(buf);
    *buf = out;
}
