/* `repli review bind`: whose a blank sheet is, said by two people. */
#include <jansson.h>
#include <string.h>

#include "cmd/review_bind.h"
#include "repli/bind.h"
#include "repli/merge.h"

static void json_of(const char *sheet, const struct repli_bind_result *r)
{
    json_t *said = json_array(), *parents = json_array();
    for (size_t i = 0; i < r->nsaid; i++)
        json_array_append_new(said, json_pack("{s:s, s:s, s:s?, s:s?}", "person", r->said[i].person, "patient",
                                              r->said[i].number, "name", r->said[i].name, "birth_date",
                                              r->said[i].birth_date));
    for (size_t i = 0; i < r->nparents; i++)
        json_array_append_new(parents, json_pack("{s:s, s:s?, s:s}", "sheet", r->parents[i].sheet, "patient",
                                                 r->parents[i].patient, "how", r->parents[i].how));
    repli_cli_json(json_pack("{s:s, s:s?, s:o, s:o}", "sheet", sheet, "bound", r->bound ? r->bound->number : NULL,
                             "said", said, "candidates", parents));
}

static void text_of(const char *sheet, const struct repli_bind_result *r)
{
    for (size_t i = 0; i < r->nparents; i++) {
        const struct repli_parent *p = &r->parents[i];
        printf("  candidate: %s%s%s: sheet %s %s\n", p->patient ? p->patient : "a sheet of nobody either",
               p->patient_name ? ", " : "", p->patient_name ? p->patient_name : "", p->sheet,
               strcmp(p->how, "names it") == 0 ? "is the one that it continues, as it was keyed"
                                               : "is continued on it, as it was keyed");
    }
    for (size_t i = 0; i < r->nsaid; i++)
        printf("  %s says: %s, %s, born %s\n", r->said[i].person, r->said[i].number,
               r->said[i].name ? r->said[i].name : "?", r->said[i].birth_date ? r->said[i].birth_date : "?");
    if (r->bound)
        printf("sheet %s is bound to patient %s: the next repli merge takes it\n", sheet, r->bound->number);
    else if (r->nsaid > 1)
        printf("sheet %s is not bound: they do not say the same\n", sheet);
    else if (r->nsaid == 1)
        printf("sheet %s is not bound yet: a second person must look at the paper and say so, too\n", sheet);
    else
        printf("sheet %s is not bound: nobody says whose it is\n", sheet);
}

/* Who only looks has seen names. */
static int tell(struct repli_cli *cli, const char *sheet, const struct repli_bind_result *r)
{
    if (cli->json)
        json_of(sheet, r);
    else
        text_of(sheet, r);
    return r->bound ? REPLI_OK : REPLI_WAITS;
}

int repli_cmd_review_bind(struct repli_cli *cli, const char *sheet, const char *number, bool take_back)
{
    struct repli_bind_result r;
    if (number && take_back)
        return repli_cli_usage(cli, "--patient says whose the sheet is, --take-back takes that back: one of them");
    bool says = number || take_back;
    if ((says && repli_cli_person(cli) != REPLI_OK) || repli_cli_record(cli) != REPLI_OK ||
        repli_cli_ledger(cli) != REPLI_OK || repli_cli_replay(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (says ? repli_bind_say(cli->site, cli->ledger, cli->record, sheet, number, cli->by, &cli->arena, &r,
                              &cli->err) != REPLI_OK
             : repli_bind_show(cli->ledger, sheet, &cli->arena, &r, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (!says)
        repli_cli_note(cli, "view", sheet, "shown", NULL);
    return tell(cli, sheet, &r);
}
