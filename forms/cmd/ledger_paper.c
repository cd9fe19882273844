#include "cmd/ledger_paper.h"

#include <jansson.h>
#include <string.h>

#include "repli/merge.h"
#include "repli/slips.h"

/* ---- piles: both sides of each sheet of paper are scanned */

int64_t repli_cover_sheets(const struct repli_cover *cover)
{
    return cover->written >= 0 ? cover->written : cover->printed;
}

bool repli_cover_differs(const struct repli_cover *cover)
{
    int64_t sheets = repli_cover_sheets(cover);
    return (sheets >= 0 && cover->images != 2 * sheets) ||
           (cover->written >= 0 && cover->printed >= 0 && cover->written != cover->printed);
}

void repli_cmd_say_cover(const struct repli_cover *cover)
{
    int64_t sheets = repli_cover_sheets(cover);
    printf("cover %s", cover->sheet);
    if (cover->ward)
        printf(" of ward %s", cover->ward);
    if (sheets < 0) {
        printf(": %lld images came after it; the number written on it is not keyed yet\n", (long long)cover->images);
        return;
    }
    printf(": %lld sheets of paper, so %lld images; %lld came", (long long)sheets, (long long)(2 * sheets),
           (long long)cover->images);
    if (cover->images < 2 * sheets)
        printf(": %lld ARE MISSING, look for them before the pile is put away",
               (long long)(2 * sheets - cover->images));
    else if (cover->images > 2 * sheets)
        printf(": %lld too many, another pile or a wrong count", (long long)(cover->images - 2 * sheets));
    if (cover->written >= 0 && cover->printed >= 0 && cover->written != cover->printed)
        printf("; printed on it was %lld", (long long)cover->printed);
    printf("\n");
}

int repli_cmd_ledger_covers(struct repli_cli *cli)
{
    struct repli_cover *covers = NULL;
    size_t count = 0;
    bool differs = false;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_ledger_covers(cli->ledger, 0, &cli->arena, &covers, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < count; i++) {
        const struct repli_cover *c = &covers[i];
        differs = differs || repli_cover_differs(c);
        if (!cli->json)
            repli_cmd_say_cover(c);
        else
            repli_cli_json(json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:o, s:o, s:b}", "cover", c->sheet, "ward", c->ward,
                                     "batch", c->batch, "scanned_utc", (json_int_t)c->scanned_utc, "images",
                                     (json_int_t)c->images, "printed",
                                     c->printed < 0 ? json_null() : json_integer((json_int_t)c->printed), "written",
                                     c->written < 0 ? json_null() : json_integer((json_int_t)c->written), "differs",
                                     repli_cover_differs(c)));
    }
    if (!cli->json && count == 0)
        puts("no cover of a pile was scanned");
    return differs ? REPLI_WAITS : REPLI_OK;
}

/* ---- slips */

static void say_slip(void *user, const struct repli_slip *slip)
{
    struct repli_cli *cli = user;
    if (cli->json) {
        repli_cli_json(json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I, s:I}", "slip", slip->slip, "field",
                                 slip->field, "sheet", slip->sheet, "closes", slip->closes, "reason", slip->reason,
                                 "why_not", slip->why_not, "closed", (json_int_t)slip->closed, "already",
                                 (json_int_t)slip->already));
        return;
    }
    printf("%s %-8s %s  ", slip->slip, slip->field, slip->sheet ? slip->sheet : "-");
    if (slip->why_not)
        printf("NOT CLOSED: %s\n", slip->why_not);
    else if (!slip->closes)
        printf("found: scan it\n");
    else if (slip->closed || slip->already)
        printf("%lld sheet%s %s now, %lld before\n", (long long)slip->closed, slip->closed == 1 ? " is" : "s are",
               slip->closes, (long long)slip->already);
    else
        printf("%s (%s)\n", slip->closes, slip->reason);
}

int repli_cmd_ledger_slips(struct repli_cli *cli, bool apply)
{
    if ((apply && repli_cli_person(cli) != REPLI_OK) || repli_cli_ledger(cli) != REPLI_OK ||
        repli_cli_record(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err);
    if (s == REPLI_OK)
        s = repli_slips(cli->site, cli->ledger, cli->record, apply ? cli->by : NULL, say_slip, cli, &cli->err);
    return s == REPLI_OK || s == REPLI_WAITS ? (int)s : repli_cli_fail(cli);
}
