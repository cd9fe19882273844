/* `repli snapshot push`: a word of cmd_snapshot.c with a file of its own. */
#include "cmd/snapshot_push.h"

#include <jansson.h>

#include "repli/id.h"
#include "repli/push.h"

static void print_json(const struct repli_cli *cli, const char *dir, const struct repli_push_result *r)
{
    char id[REPLI_SNAPSHOT_ID_TEXT];
    (void)cli;
    repli_snapshot_id_format(r->info.id, id);
    repli_cli_json(json_pack("{s:s, s:i, s:s, s:s, s:b, s:b, s:s, s:I, s:I}", "dir", dir, "station", (int)r->station,
                             "name", r->name, "wards", r->wards, "new", r->fresh, "bound", r->bound, "id", id,
                             "data_utc", (json_int_t)r->info.taken_utc, "patients", (json_int_t)r->info.patients));
}

static void print_human(struct repli_cli *cli, const char *dir, const struct repli_push_result *r)
{
    printf("%s: station %u (%s), ward %s: data of %s, %lld patient%s, read back and verified\n", dir, r->station,
           r->name, r->wards, repli_cli_time(cli, r->info.taken_utc), (long long)r->info.patients,
           r->info.patients == 1 ? "" : "s");
    if (r->info.accepted_utc)
        printf("  UNVERIFIED: accepted by %s: %s\n", r->info.accepted_by, r->info.accepted_why);
    printf("  there: %s/print.sh, or %s/repli --site %s print %s\n", dir, dir, dir, r->wards);
    if (!r->bound)
        printf("  not bound to a computer yet: once, on the one that will print: ./repli --site . station renew\n");
}

int repli_cmd_snapshot_push(struct repli_cli *cli, const char *dir, const char **wards, const char *name)
{
    struct repli_push_request rq = {.dir = dir, .wards = wards, .name = name};
    struct repli_push_result r;
    while (wards && wards[rq.nwards])
        rq.nwards++;
    if (repli_cli_ledger(cli) != REPLI_OK ||
        repli_push(cli->site, cli->ledger, &rq, &cli->arena, &r, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        print_json(cli, dir, &r);
    else
        print_human(cli, dir, &r);
    return REPLI_OK;
}
