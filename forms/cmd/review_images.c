/* Images without a code: which sheets they may be, and two people saying which one. */
#include "cmd/review_images.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger_assign.h"
#include "repli/review.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "repli/text.h"

/* As `review assign` takes it: enough of the hash, and the page. */
static const char *name_of(struct repli_cli *cli, const struct repli_unread *u)
{
    char hex[65];
    repli_hex(u->sha256, sizeof u->sha256, hex);
    return u->page == 1 ? repli_arena_printf(&cli->arena, "%.12s", hex)
                        : repli_arena_printf(&cli->arena, "%.12s/%d", hex, u->page);
}

static json_t *said_json(const struct repli_said *said, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        char sheet[REPLI_SERIAL_TEXT];
        repli_serial_format(said[i].serial, sheet);
        json_array_append_new(all, json_pack("{s:s, s:s}", "sheet", sheet, "by", said[i].person));
    }
    return all;
}

static void print_json(const char *name, const struct repli_unread *u, json_t *line, const char *const crops[2],
                       json_t *said)
{
    json_t *o = json_pack("{s:s, s:i, s:s, s:s?, s:o}", "image", name, "page", u->page, "outcome", "no-code", "reason",
                          u->reason, "said", said);
    json_object_set_new(o, "name", json_string(u->name));
    static const char *const keys[] = {"form", "candidates", "out"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(line, keys[i]))
            json_object_set(o, keys[i], json_object_get(line, keys[i]));
    json_object_set_new(o, "crops", json_pack("{s:s?, s:s?}", "band", crops[0], "serial", crops[1]));
    repli_cli_json(o);
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "-";
}

static void print_human(struct repli_cli *cli, const char *name, const struct repli_unread *u, json_t *line,
                        const char *const crops[2], json_t *said)
{
    json_t *all = json_object_get(line, "candidates"), *one;
    size_t i;
    printf("%s  %s page %d: %s%s\n", name, repli_text_clean(&cli->arena, u->name, strlen(u->name), NULL), u->page,
           json_is_array(all) ? "looks like form " : "no form of ours is seen",
           json_is_array(all) ? text_of(line, "form") : "");
    if (u->reason)
        printf("    %s\n", u->reason);
    for (i = 0; i < 2; i++)
        if (crops[i])
            printf("    %s: %s\n", i ? "printed serial" : "band",
                   repli_path_join(&cli->arena, cli->site->dir, crops[i]));
    json_array_foreach(all, i, one) printf(
        "    %-12s side %-4s ward %-6s patient %-12s like it %3.0f %%\n", text_of(one, "sheet"), text_of(one, "side"),
        text_of(one, "ward"), text_of(one, "patient"), 100 * json_number_value(json_object_get(one, "band")));
    json_array_foreach(said, i, one) printf("    %s says %s\n", text_of(one, "by"), text_of(one, "sheet"));
}

static enum repli_status show(struct repli_cli *cli, const struct repli_unread *u)
{
    const char *crops[2] = {NULL, NULL};
    struct repli_said *said = NULL;
    size_t nsaid = 0;
    enum repli_status s = repli_scan_look(cli->site, u->sha256, u->page, u->result, &cli->arena, crops, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_said(cli->ledger, u->image_id, u->page, &cli->arena, &said, &nsaid, &cli->err);
    if (s != REPLI_OK)
        return s;
    json_t *line = json_loads(u->result, 0, NULL), *words = said_json(said, nsaid);
    if (cli->json) {
        print_json(name_of(cli, u), u, line, crops, words);
    } else {
        print_human(cli, name_of(cli, u), u, line, crops, words);
        json_decref(words);
    }
    json_decref(line);
    return REPLI_OK;
}

enum repli_status repli_cmd_review_images_count(struct repli_cli *cli, size_t *count)
{
    struct repli_unread *list = NULL;
    return repli_ledger_unread(cli->ledger, NULL, &cli->arena, &list, count, &cli->err);
}

int repli_cmd_review_images(struct repli_cli *cli)
{
    struct repli_unread *list = NULL;
    size_t n = 0;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_unread(cli->ledger, NULL, &cli->arena, &list, &n, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < n; i++)
        if (show(cli, &list[i]) != REPLI_OK)
            return repli_cli_fail(cli);
    if (!cli->json && n == 0)
        puts("No image is without a code");
    else if (!cli->json)
        puts("Look at the paper, then: repli review assign IMAGE SERIAL --by PERSON (two people)");
    return REPLI_OK;
}

/* ---- assign */

static enum repli_status find_image(struct repli_cli *cli, const char *text, struct repli_unread *u)
{
    struct repli_unread *list = NULL;
    size_t n = 0;
    enum repli_status s = repli_ledger_unread(cli->ledger, text, &cli->arena, &list, &n, &cli->err);
    if (s != REPLI_OK)
        return s;
    if (n == 0)
        return repli_fail(&cli->err, REPLI_DATA,
                          "no image %s waits without a code: repli review list --images shows those that do", text);
    if (n > 1)
        return repli_fail(&cli->err, REPLI_DATA, "%s is the begin of %zu images: give more of it", text, n);
    *u = list[0];
    return REPLI_OK;
}

static enum repli_status find_sheet(struct repli_cli *cli, const char *text, uint64_t *serial)
{
    struct repli_sheet_row *row = NULL;
    if (!repli_serial_parse(text, serial))
        return repli_fail(&cli->err, REPLI_USAGE, "'%s' is no serial: it is printed on the sheet, like K7QD-M3XA-9",
                          text);
    enum repli_status s = repli_ledger_sheet_get(cli->ledger, *serial, &cli->arena, &row, &cli->err);
    if (s == REPLI_OK && !row)
        return repli_fail(&cli->err, REPLI_DATA, "sheet %s is not in this ledger", text);
    if (s == REPLI_OK && !row->has_fields)
        return repli_fail(&cli->err, REPLI_DATA, "sheet %s has no fields: there is nothing to read on it", text);
    return s;
}

/* One transaction: all of them say so, or none. */
static enum repli_status say(struct repli_cli *cli, const struct repli_unread *u, uint64_t serial, const char **by)
{
    enum repli_status s = repli_ledger_begin(cli->ledger, &cli->err);
    for (size_t i = 0; s == REPLI_OK && by[i]; i++)
        s = repli_ledger_assign(cli->ledger, u->image_id, u->page, serial, by[i], repli_clock_now(&cli->site->clock),
                                &cli->err);
    if (s == REPLI_OK)
        return repli_ledger_commit(cli->ledger, &cli->err);
    repli_ledger_rollback(cli->ledger);
    return s;
}

struct result {
    struct repli_cli *cli;
    int page;
    int code; /* exit */
};

static void read_line(void *user, const struct repli_scan_line *line)
{
    struct result *r = user;
    if (line->page != r->page)
        return;
    r->code = line->outcome == REPLI_OUTCOME_READ ? REPLI_OK : REPLI_WAITS;
    if (r->cli->json)
        puts(line->json);
    else if (line->outcome == REPLI_OUTCOME_READ)
        printf("read as %s: %zu fields, %zu doubtful\n", line->sheet, line->fields, line->doubtful);
    else
        printf("not read: %s%s%s\n", repli_outcome_text(line->outcome), line->reason ? ": " : "",
               line->reason ? line->reason : "");
}

static enum repli_status derive(void *user, uint64_t serial, struct repli_page_map *map, struct repli_err *err)
{
    struct result *r = user;
    return repli_review_derive(r->cli->site, r->cli->ledger, serial, map, err);
}

/* The kept image is scanned again; what people said is found there. */
static int read_again(struct repli_cli *cli, const struct repli_unread *u)
{
    char hex[65];
    struct result result = {cli, u->page, REPLI_WAITS};
    struct repli_scan_result counts;
    repli_hex(u->sha256, sizeof u->sha256, hex);
    const char *paths[] = {repli_path_join(&cli->arena, cli->site->scans, hex)};
    struct repli_scan_request q = {
        .paths = paths, .npaths = 1, .line = read_line, .readings_stored = derive, .user = &result};
    if (!repli_file_exists(paths[0])) {
        (void)repli_fail(&cli->err, REPLI_IO, "%s is gone: scan the paper again", paths[0]);
        return repli_cli_fail(cli);
    }
    enum repli_status s = repli_scan_batch(cli->site, cli->ledger, &q, &counts, &cli->err);
    return s == REPLI_OK || s == REPLI_WAITS ? result.code : repli_cli_fail(cli);
}

int repli_cmd_review_assign(struct repli_cli *cli, const char *image, const char *serial_text, const char **by)
{
    struct repli_unread u;
    struct repli_person who;
    uint64_t serial = 0, agreed = 0;
    const char *two[2];
    if (!by)
        return repli_cli_usage(cli,
                               "who says so? add --by PERSON; it takes two people, together or one after the other");
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; by[i]; i++)
        if (repli_ledger_person_get(cli->ledger, by[i], &cli->arena, &who, &cli->err) != REPLI_OK)
            return repli_cli_fail(cli);
    if (find_image(cli, image, &u) != REPLI_OK || find_sheet(cli, serial_text, &serial) != REPLI_OK ||
        say(cli, &u, serial, by) != REPLI_OK ||
        repli_ledger_assigned(cli->ledger, u.image_id, u.page, &cli->arena, &agreed, two, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (agreed)
        return read_again(cli, &u);
    struct repli_said *said = NULL;
    size_t n = 0;
    if (repli_ledger_said(cli->ledger, u.image_id, u.page, &cli->arena, &said, &n, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        repli_cli_json(json_pack("{s:s, s:o}", "image", name_of(cli, &u), "said", said_json(said, n)));
    else
        puts(n > 1 ? "noted, but not everybody says the same: repli review list --images shows who says what"
                   : "noted; a second person must look at the paper and say so, too");
    return REPLI_WAITS;
}
