/* Single page images: their pictures, setting one aside, and which of two images of a sheet people look at. */
#include "cmd/review_scans.h"

#include <jansson.h>
#include <string.h>

#include "repli/file.h"
#include "repli/ledger_lists.h"
#include "repli/review.h"
#include "repli/scan.h"
#include "repli/text.h"

/* "17", as the audit names it. */
static enum repli_status find(struct repli_cli *cli, const char *text, struct repli_scanned **x)
{
    int64_t id = 0;
    if (!repli_integer(text, 1, INT64_MAX, &id))
        return repli_fail(&cli->err, REPLI_USAGE, "'%.40s' is no number of an image: repli audit list shows them",
                          text);
    enum repli_status s = repli_cli_ledger(cli);
    if (s == REPLI_OK)
        s = repli_ledger_scanned(cli->ledger, id, &cli->arena, x, &cli->err);
    if (s == REPLI_OK && !*x)
        s = repli_fail(&cli->err, REPLI_DATA, "no image %s was scanned here", text);
    return s;
}

static int picture_scan(struct repli_cli *cli, const char *image, const char *turn, const char *field)
{
    struct repli_scanned *x = NULL;
    struct repli_scan_view v = {.field = field};
    const char *path = NULL;
    int64_t degrees = 0;
    if (turn && (!repli_integer(turn, 0, 270, &degrees) || degrees % 90 != 0))
        return repli_cli_usage(cli, "--turn is 0, 90, 180 or 270, clockwise");
    if (find(cli, image, &x) != REPLI_OK)
        return repli_cli_fail(cli);
    v.scan_id = x->row.scan_id;
    v.turn = (int)degrees;
    if (repli_scan_picture(cli->site, cli->ledger, &v, &cli->arena, &path, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!path) {
        (void)repli_fail(&cli->err, REPLI_DATA, "image %s is gone or damaged, or shows no such field", image);
        return repli_cli_fail(cli);
    }
    repli_cli_note(cli, "view", repli_arena_printf(&cli->arena, "image %s", image), "picture", x->row.sheet);
    if (cli->json)
        repli_cli_json(json_pack("{s:s}", "picture", path));
    else
        puts(repli_path_join(&cli->arena, cli->site->crops, path));
    return REPLI_OK;
}

static int look_scan(struct repli_cli *cli, const char *image)
{
    struct repli_scanned *x = NULL;
    const char *crops[2] = {NULL, NULL};
    if (find(cli, image, &x) != REPLI_OK ||
        repli_scan_look(cli->site, x->row.sha256, x->row.page, x->result, &cli->arena, crops, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "view", repli_arena_printf(&cli->arena, "image %s", image), "band", x->row.sheet);
    if (cli->json)
        repli_cli_json(json_pack("{s:s?, s:s?}", "band", crops[0], "serial", crops[1]));
    for (int i = 0; !cli->json && i < 2; i++)
        if (crops[i])
            puts(repli_path_join(&cli->arena, cli->site->dir, crops[i]));
    return REPLI_OK;
}

static int aside_scan(struct repli_cli *cli, const char *image, const char *reason)
{
    struct repli_scanned *x = NULL;
    if (!reason || strspn(reason, " ") == strlen(reason) || strlen(reason) > 200)
        return repli_cli_usage(cli, "what is it, and where did the paper go? --reason TEXT, at most 200 bytes");
    if (repli_cli_person(cli) != REPLI_OK || find(cli, image, &x) != REPLI_OK ||
        repli_ledger_scan_settle(cli->ledger, x->row.scan_id, cli->by, reason, repli_clock_now(&cli->site->clock),
                                 &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        repli_cli_json(json_pack("{s:I, s:s}", "image", (json_int_t)x->row.scan_id, "aside", reason));
    else
        printf("image %s waits for nobody any more: %s\n", image, reason);
    return REPLI_OK;
}

/* What the machine saw of a field on this image, from the line that was stored for it. */
static bool seen(const char *result, const char *field, const char **state, int64_t *row, double *confidence,
                 json_t **line)
{
    size_t i;
    json_t *f;
    *line = json_loads(result, 0, NULL);
    json_array_foreach(json_object_get(*line, "fields"), i, f)
    {
        const char *id = json_string_value(json_object_get(f, "id"));
        if (!id || strcmp(id, field) != 0)
            continue;
        *state = json_string_value(json_object_get(f, "state"));
        *row = json_is_integer(json_object_get(f, "row")) ? json_integer_value(json_object_get(f, "row")) : -1;
        *confidence = json_number_value(json_object_get(f, "confidence"));
        return *state != NULL;
    }
    return false;
}

static enum repli_status choose(struct repli_cli *cli, const struct repli_scanned *x, const char *field)
{
    const char *state = NULL;
    int64_t row = -1;
    double confidence = 0;
    json_t *line = NULL;
    bool has = x->serial && seen(x->result, field, &state, &row, &confidence, &line);
    enum repli_status s = has ? repli_ledger_begin(cli->ledger, &cli->err)
                              : repli_fail(&cli->err, REPLI_DATA, "this image shows no field %.40s", field);
    if (s == REPLI_OK) {
        s = repli_ledger_reading_choose(cli->ledger, x->serial, x->row.scan_id, field, state, row, confidence,
                                        &cli->err);
        if (s == REPLI_OK)
            s = repli_review_derive(cli->site, cli->ledger, x->serial, NULL, &cli->err);
        if (s == REPLI_OK)
            s = repli_ledger_commit(cli->ledger, &cli->err);
        if (s != REPLI_OK)
            repli_ledger_rollback(cli->ledger);
    }
    json_decref(line);
    return s;
}

static int choose_scan(struct repli_cli *cli, const char *image, const char *field)
{
    struct repli_scanned *x = NULL;
    if (repli_cli_person(cli) != REPLI_OK || find(cli, image, &x) != REPLI_OK || choose(cli, x, field) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *object = repli_arena_printf(&cli->arena, "%s %s", x->row.sheet, field);
    repli_cli_note(cli, "choose", object, repli_arena_printf(&cli->arena, "image %s", image), NULL);
    if (cli->json)
        repli_cli_json(
            json_pack("{s:s?, s:s, s:I}", "sheet", x->row.sheet, "field", field, "image", (json_int_t)x->row.scan_id));
    else
        printf("people look at %s of sheet %s on image %s from now on\n", field, x->row.sheet, image);
    return REPLI_OK;
}

bool repli_cmd_review_is_scan(const char *what)
{
    static const char *const all[] = {"picture", "look", "aside", "choose"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], what) == 0)
            return true;
    return false;
}

int repli_cmd_review_scan(struct repli_cli *cli, const char **words, size_t nwords, const struct review_scan_options *o)
{
    const char *what = nwords ? words[0] : "";
    bool picture = strcmp(what, "picture") == 0, aside = strcmp(what, "aside") == 0;
    if (((o->turn || o->field) && !picture) || (o->reason && !aside))
        return repli_cli_usage(cli, "--turn and --field belong to picture IMAGE, --reason to aside IMAGE");
    if (strcmp(what, "choose") == 0 && nwords == 3)
        return choose_scan(cli, words[1], words[2]);
    if (nwords != 2 || strcmp(what, "choose") == 0)
        return repli_cli_usage(cli, "picture IMAGE, look IMAGE, aside IMAGE --reason TEXT or choose IMAGE FIELD");
    return picture ? picture_scan(cli, words[1], o->turn, o->field)
           : aside ? aside_scan(cli, words[1], o->reason)
                   : look_scan(cli, words[1]);
}
