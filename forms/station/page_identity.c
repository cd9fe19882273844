/* Who somebody with a downtime number is: evidence, two proofs, two people, and the way back. */
#include <string.h>

#include "repli/record_lists.h"
#include "station/desk.h"

static bool add_numbers(struct station_request *r, const char *chosen, json_t *view)
{
    struct repli_downtime_row *rows = NULL;
    size_t n = 0;
    if (!station_record(r))
        return false;
    if (repli_record_downtime(r->record, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    if (n > 0 && !station_note(r, "view", "downtime numbers", "shown", "identity"))
        return false;
    json_t *list = json_array();
    int64_t open = 0;
    for (size_t i = 0; i < n; i++) {
        json_t *o =
            json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "number", rows[i].number, "alias", rows[i].alias, "name",
                      rows[i].name, "born", rows[i].birth_date, "sex", rows[i].sex, "is", rows[i].patient);
        station_set_flag(o, "is_open", *rows[i].state == 'o');
        station_set_flag(o, "is_proposed", *rows[i].state == 'p');
        station_set_flag(o, "is_resolved", *rows[i].state == 'r');
        station_set_flag(o, "chosen", chosen && strcmp(chosen, rows[i].number) == 0);
        open += *rows[i].state != 'r';
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "numbers", list);
    json_object_set_new(view, "open_count", json_integer(open));
    station_pages(r, view, n);
    return true;
}

/* What each point says, with its shape. */
static void mark_points(json_t *candidate, size_t key)
{
    json_t *p;
    size_t i;
    json_array_foreach(json_object_get(candidate, "points"), i, p)
    {
        const char *says = json_string_value(json_object_get(p, "says"));
        station_set_flag(p, "agrees", says && strcmp(says, "agrees") == 0);
        station_set_flag(p, "near", says && strcmp(says, "near") == 0);
        station_set_flag(p, "differs", says && strcmp(says, "differs") == 0);
        station_set_flag(p, "unknown", says && strcmp(says, "unknown") == 0);
    }
    if (key <= 9)
        json_object_set_new(candidate, "key", json_sprintf("%zu", key));
}

static void shown(struct station_request *r, int code, const struct station_said *said)
{
    json_t *view = json_array_get(said->lines, 0), *c, *a;
    const char *number = json_string_value(json_object_get(view, "downtime")), *proposed = NULL;
    size_t i;
    if ((code != REPLI_OK && code != REPLI_WAITS) || !number) {
        station_then_back(r, REPLI_DATA, said);
        return;
    }
    view = json_deep_copy(view);
    const char *state = json_string_value(json_object_get(view, "state"));
    json_array_foreach(json_object_get(view, "candidates"), i, c) mark_points(c, i + 1);
    json_array_foreach(json_object_get(view, "acts"), i, a)
    {
        const char *act = json_string_value(json_object_get(a, "act"));
        json_object_set_new(a, "at", station_time(r, json_integer_value(json_object_get(a, "at_utc"))));
        if (act && strcmp(act, "proposed") == 0)
            proposed = json_string_value(json_object_get(a, "by"));
    }
    json_t *paper = json_object_get(view, "paper"), *arrived = json_object_get(paper, "arrived_utc");
    if (json_is_integer(arrived))
        json_object_set_new(paper, "arrived", station_time(r, json_integer_value(arrived)));
    bool open = state && strcmp(state, "open") == 0, waiting = state && strcmp(state, "proposed") == 0,
         mine = proposed && strcmp(proposed, r->who->person) == 0;
    station_set_flag(view, "may_propose", open);
    station_set_flag(view, "may_confirm", waiting && !mine && !json_is_true(json_object_get(view, "changed")));
    station_set_flag(view, "is_mine", waiting && mine);
    station_set_flag(view, "may_reject", waiting);
    station_set_flag(view, "may_undo",
                     state && strcmp(state, "resolved") == 0 && station_is(r, ROLE_VERIFIER | ROLE_COORDINATOR));
    json_object_set_new(view, "chosen_number", json_string(number));
    const char *kept = repli_arena_strdup(&r->a, number);
    if (add_numbers(r, kept, view) && station_split_add(r, kept, view))
        station_desk_page(r, "identity", view);
    else
        json_decref(view);
}

void page_identity(struct station_request *r)
{
    const char *number = station_query(r, "number");
    if (number && *number && *number != '-') {
        const char *words[] = {"identity", "show", number, NULL};
        r->back = "/identity";
        station_command(r, words, NULL, shown);
        return;
    }
    json_t *view = json_object();
    if (add_numbers(r, NULL, view))
        station_desk_page(r, "identity", view);
    else
        json_decref(view);
}

static void said_so(struct station_request *r, int code, const struct station_said *said)
{
    const char *act = station_field(r, "act");
    if (code == REPLI_WAITS)
        station_flash(r, "Done; paper was printed meanwhile that shows both: replace it", NULL);
    else if (code == REPLI_OK)
        station_flash(r,
                      *act == 'p'   ? "Proposed: a second person must confirm"
                      : *act == 'c' ? "Confirmed: change the wristband once samples under way are cleared"
                      : *act == 'r' ? "Rejected"
                                    : "Undone",
                      NULL);
    station_then_back(r, code, said);
}

void post_identity(struct station_request *r)
{
    const char *act = station_field(r, "act"), *number = station_plain(r, "number", 40),
               *patient = station_plain(r, "patient", 64), *proof1 = station_plain(r, "proof1", 200),
               *proof2 = station_plain(r, "proof2", 200), *reason = station_plain(r, "reason", 200);
    const char *words[12] = {"identity", act, number};
    size_t n = 3;
    bool propose = act && strcmp(act, "propose") == 0, confirm = act && strcmp(act, "confirm") == 0,
         back = act && (strcmp(act, "reject") == 0 || strcmp(act, "undo") == 0);
    if (!number || *number == '-' || (!propose && !confirm && !back)) {
        station_error(r, 400, "This is no form");
        return;
    }
    r->back = repli_arena_printf(&r->a, "/identity?number=%s", number);
    if (strspn(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != strlen(number))
        r->back = "/identity";
    if (back && !station_is(r, ROLE_VERIFIER | ROLE_COORDINATOR) && strcmp(act, "undo") == 0) {
        station_error(r, 403, "Your role does not do this");
        return;
    }
    if ((propose && (!patient || !proof1 || !proof2)) || (back && !reason)) {
        station_error(r, 400, propose ? "Choose who it is, and write down two different proofs" : "Say why");
        return;
    }
    const char *more[] = {propose ? "--patient" : back ? "--reason" : NULL,
                          propose ? patient : reason,
                          "--proof",
                          proof1,
                          "--proof",
                          proof2};
    for (size_t i = 0; more[0] && i < (propose ? 6u : 2u); i++)
        words[n++] = more[i];
    station_command(r, words, NULL, said_so);
}
