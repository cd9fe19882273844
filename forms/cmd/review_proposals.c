/* `repli review list --proposals`: handwritten orders that were merged, for the pharmacist. */
#include <jansson.h>
#include <string.h>

#include "cmd/review_images.h"
#include "repli/review.h"

/* What it is, where a line of a medication sheet says it by itself. */
static void proposal_what(const json_t *o)
{
    const char *kind = json_string_value(json_object_get(o, "kind")),
               *type = json_string_value(json_object_get(o, "type")),
               *stops = json_string_value(json_object_get(o, "stops_number"));
    if (strcmp(kind, "care-limit") == 0)
        printf(" LIMIT OF CARE %s", type ? type : "(none is ticked)");
    else if (strcmp(kind, "stop") == 0)
        printf(" STOP no. %s%s", stops ? stops : "-",
               json_is_null(json_object_get(o, "stops")) ? " (no such number was printed)" : "");
    else if (type)
        printf(" %s", type);
}

static void proposal_line(void *user, const char *json)
{
    size_t *count = user;
    json_t *o = json_loads(json, 0, NULL);
    static const char *const parts[] = {"drug", "dose", "unit", "route", "prescriber"};
    bool limit = strcmp(json_string_value(json_object_get(o, "kind")), "care-limit") == 0;
    (*count)++;
    printf("%-12s %-6s %s, %s:", json_string_value(json_object_get(o, "sheet")),
           json_string_value(json_object_get(o, "capture")), json_string_value(json_object_get(o, "patient")),
           json_is_string(json_object_get(o, "name")) ? json_string_value(json_object_get(o, "name")) : "?");
    proposal_what(o);
    for (size_t i = 0; !limit && i < sizeof parts / sizeof *parts; i++) {
        const char *text = json_string_value(json_object_get(o, parts[i]));
        printf(" %s", text ? text : i == 0 ? "(drug: see the crop)" : "-");
    }
    if (json_is_true(json_object_get(o, "urgent")))
        printf(", urgent");
    if (json_is_string(json_object_get(o, "given")))
        printf(", given %s", json_string_value(json_object_get(o, "given")));
    if (json_is_false(json_object_get(o, "read_back")))
        printf(", told and NOT READ BACK");
    if (strcmp(json_string_value(json_object_get(o, "signature")), "ink") != 0)
        printf(", no signature to be seen");
    putchar('\n');
    json_decref(o);
}

int repli_cmd_review_proposals(struct repli_cli *cli)
{
    size_t count = 0;
    if (repli_review_proposals(cli->ledger, cli->record, proposal_line, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (count == 0)
        puts("No handwritten order was merged (repli merge)");
    else
        printf("%zu for the pharmacist, none of them an order: repli review export --proposals makes the pictures\n",
               count);
    return REPLI_OK;
}
