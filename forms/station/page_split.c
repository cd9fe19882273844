/* One downtime number that was written for two people: its sheets are divided.  Two people say so, both at the station:
** one is signed in, the other gives their passphrase. */
#include <string.h>

#include "repli/identity.h"
#include "repli/record_identity.h"
#include "station/desk.h"

#define SHEETS_AT_ONCE 40

bool station_split_add(struct station_request *r, const char *number, json_t *view)
{
    struct repli_identity_sheet *rows = NULL;
    size_t n = 0;
    if (!station_is(r, ROLE_VERIFIER | ROLE_COORDINATOR))
        return true;
    if (!station_record(r))
        return false;
    enum repli_status s = repli_ledger_identity_sheets(r->ledger, number, &r->a, &rows, &n, &r->err);
    json_t *list = json_array();
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        const char *owner = NULL;
        int moves = 0;
        s = repli_record_sheet_owner(r->record, rows[i].serial, rows[i].mac, &r->a, &owner, &moves, &r->err);
        json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s?}", "sheet", rows[i].sheet, "form", rows[i].form, "side",
                              rows[i].side, "state", rows[i].state, "given_to", owner);
        station_set_flag(o, "is_merged", strcmp(rows[i].state, "merged") == 0);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "number_sheets", list);
    station_set_flag(view, "may_split", n > 1);
    if (s == REPLI_OK)
        return true;
    station_error(r, 500, r->err.text);
    return false;
}

static void divided(struct station_request *r, int code, const struct station_said *said)
{
    const char *owner = json_string_value(json_object_get(json_array_get(said->lines, 0), "owner"));
    if (code == REPLI_OK)
        station_flash(r, "Divided: write the other number on the paper by hand", owner);
    station_then_back(r, code, said);
}

/* The second one is there: their sign-in counts as their word. */
static void second_said(struct station_request *r, const char *second, bool right)
{
    const char *number = station_plain(r, "number", 40), *to = station_plain(r, "to", 64),
               *reason = station_plain(r, "reason", 200), *words[2 * SHEETS_AT_ONCE + 12];
    struct repli_person p;
    size_t n = 0;
    if (!r->who) {
        station_error(r, 401, "Sign in first");
        return;
    }
    if (!station_note(r, "sign", number, right ? "signed" : "refused", second))
        return;
    if (!right || repli_ledger_person_get(r->ledger, second, &r->a, &p, &r->err) != REPLI_OK || !p.active ||
        !(station_role(p.role) & (ROLE_NURSE | ROLE_VERIFIER | ROLE_COORDINATOR))) {
        station_error(r, 403,
                      right ? "The second person is a nurse, a verifier or a coordinator"
                            : "The second person’s name or passphrase is not right");
        return;
    }
    const char *const first[] = {"identity", "--by", second, "--to", to ? to : "new", "--reason", reason};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        words[n++] = first[i];
    for (size_t i = 0; i < r->nform && n < 2 * SHEETS_AT_ONCE + 7; i++)
        if (strcmp(r->form[i].name, "sheet") == 0) {
            words[n++] = "--sheet";
            words[n++] = r->form[i].value;
        }
    words[n++] = "--";
    words[n++] = "split";
    words[n++] = number;
    words[n] = NULL;
    station_command(r, words, NULL, divided);
}

void post_split(struct station_request *r)
{
    const char *number = station_plain(r, "number", 40), *second = station_plain(r, "second", 64);
    size_t sheets = 0;
    for (size_t i = 0; i < r->nform; i++)
        sheets += strcmp(r->form[i].name, "sheet") == 0;
    if (!number || number[strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] ||
        *number == '-') {
        station_error(r, 400, "This is no form");
        return;
    }
    r->back = repli_arena_printf(&r->a, "/identity?number=%s", number);
    if (sheets == 0 || sheets > SHEETS_AT_ONCE || !station_plain(r, "reason", 200)) {
        station_error(r, 400, sheets ? "Say why" : "Mark the sheets that are about the other one");
        return;
    }
    if (!second || strcmp(second, r->who->person) == 0) {
        station_error(r, 400, "Two different people must say so");
        return;
    }
    const char *why = station_prove(r, second, station_field(r, "passphrase"), second_said);
    if (why)
        station_error(r, r->status, why);
}
