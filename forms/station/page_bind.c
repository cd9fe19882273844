/* Whose a blank sheet is: nobody is printed on it, so that two people look at the paper, each for themselves, and say
** the same number. */
#include <string.h>

#include "repli/bind.h"
#include "station/desk.h"

static json_t *row_json(const struct station_request *r, const struct repli_blank_row *b, const char *chosen)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s?, s:s}", "sheet", b->sheet, "form", b->form, "ward", b->ward, "state", b->state);
    json_object_set_new(o, "at", station_time(r, b->state_utc));
    station_set_flag(o, "is_bound", b->bound != NULL);
    station_set_flag(o, "is_open", b->said == 0);
    station_set_flag(o, "is_mine", b->said == 1 && b->mine);
    station_set_flag(o, "is_said", b->said == 1 && !b->mine);
    station_set_flag(o, "differs", b->said > 1 && !b->bound);
    station_set_flag(o, "chosen", chosen && strcmp(chosen, b->sheet) == 0);
    return o;
}

static bool add_list(struct station_request *r, const char *chosen, json_t *view)
{
    struct repli_blank_row *rows = NULL;
    size_t n = 0;
    if (!station_ledger(r))
        return false;
    if (repli_ledger_blanks(r->ledger, r->who->person, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) !=
        REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    json_t *list = json_array();
    int64_t open = 0;
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, row_json(r, &rows[i], chosen));
        open += rows[i].bound == NULL;
    }
    json_object_set_new(view, "sheets", list);
    json_object_set_new(view, "open_count", json_integer(open));
    station_pages(r, view, n);
    return true;
}

/* What the others said is seen by who said something, too. */
static void add_said(struct station_request *r, const struct repli_bind_result *b, json_t *view)
{
    const struct repli_binding *mine = NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < b->nsaid; i++)
        if (strcmp(b->said[i].person, r->who->person) == 0)
            mine = &b->said[i];
    for (size_t i = 0; i < b->nsaid && (mine || b->bound); i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s?, s:s?}", "by", b->said[i].person, "number", b->said[i].number,
                                        "name", b->said[i].name, "born", b->said[i].birth_date));
    json_object_set_new(view, "said_list", list);
    station_set_flag(view, "said_other", b->nsaid > 0 && !mine && !b->bound);
    station_set_flag(view, "said_mine", mine != NULL && !b->bound);
    station_set_flag(view, "may_back", mine != NULL);
    station_set_flag(view, "said_differs", b->nsaid > 1 && !b->bound);
    if (b->bound)
        json_object_set_new(view, "bound",
                            json_pack("{s:s, s:s?, s:s?}", "number", b->bound->number, "name", b->bound->name, "born",
                                      b->bound->birth_date));
}

static bool add_chosen(struct station_request *r, const char *sheet, json_t *view)
{
    struct repli_bind_result b;
    enum repli_status s = repli_bind_show(r->ledger, sheet, &r->a, &b, &r->err);
    if (s != REPLI_OK) {
        station_error(r, s == REPLI_DATA ? 404 : 500, r->err.text);
        return false;
    }
    if (!station_note(r, "view", sheet, "whose it is", NULL))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < b.nparents; i++) {
        const struct repli_parent *p = &b.parents[i];
        json_t *o = json_pack("{s:s, s:s?, s:s?}", "sheet", p->sheet, "patient", p->patient, "name", p->patient_name);
        station_set_flag(o, "names_it", strcmp(p->how, "names it") == 0);
        if (p->patient && i < 9)
            json_object_set_new(o, "key", json_sprintf("%zu", i + 1));
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "candidates", list);
    json_object_set_new(view, "chosen_sheet", json_string(sheet));
    add_said(r, &b, view);
    return true;
}

static void show(struct station_request *r, const char *sheet, const char *why)
{
    json_t *view = json_object();
    if (add_list(r, sheet, view) && (!sheet || add_chosen(r, sheet, view))) {
        if (why)
            json_object_set_new(view, "why", json_string(why));
        station_desk_page(r, "bind", view);
    } else {
        json_decref(view);
    }
}

void page_bind(struct station_request *r)
{
    const char *sheet = station_query(r, "sheet");
    show(r, sheet && *sheet ? sheet : NULL, NULL);
}

static void said_so(struct station_request *r, int code, const struct station_said *said)
{
    const json_t *line = json_array_get(said->lines, 0), *list = json_object_get(line, "said"), *mine = NULL, *one;
    size_t i;
    if (code != REPLI_OK && code != REPLI_WAITS) {
        r->status = code == REPLI_DB || code == REPLI_BUG ? 500 : 409;
        show(r, station_field(r, "sheet"),
             said->why ? repli_arena_strdup(&r->a, said->why) : "It did not work: try again");
        return;
    }
    json_array_foreach(list, i, one)
    {
        const char *by = json_string_value(json_object_get(one, "person"));
        if (by && strcmp(by, r->who->person) == 0)
            mine = one;
    }
    const char *name = json_string_value(json_object_get(mine, "name")),
               *born = json_string_value(json_object_get(mine, "birth_date"));
    station_flash(r,
                  !mine                       ? "Taken back"
                  : code == REPLI_OK          ? "Two people said the same: the next merge takes it"
                  : json_array_size(list) > 1 ? "You do not say the same: look at the paper together"
                                              : "Noted: a second person must say so, too",
                  mine ? repli_arena_printf(&r->a, "%s, %s", name ? name : "?", born ? born : "?") : NULL);
    station_go(r, r->back);
}

void post_bind(struct station_request *r)
{
    const char *sheet = station_plain(r, "sheet", 40), *patient = station_plain(r, "patient", 64),
               *back = station_field(r, "back");
    bool takes = back && *back;
    if (!sheet || *sheet == '-' || (!takes && patient && *patient == '-')) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (!takes && (!patient || !station_field(r, "compared"))) {
        r->status = 400;
        show(r, sheet, patient ? "Look at the paper first, then say so" : "Whose is it? Type the patient’s number");
        return;
    }
    const char *says[] = {"review", "bind", sheet, "--patient", patient, NULL},
               *takes_back[] = {"review", "bind", sheet, "--take-back", NULL};
    r->back = repli_arena_printf(&r->a, "/bind?sheet=%s",
                                 sheet[strspn(sheet, "ABCDEFGHJKLMNOPQRSTUVWXYZ0123456789-")] ? "" : sheet);
    station_command(r, takes ? takes_back : says, NULL, said_so);
}
