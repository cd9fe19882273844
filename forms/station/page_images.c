/* Images that wait for a person: what each is, and saying which sheet it shows, two people one after the other. */
#include <string.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/ledger_assign.h"
#include "repli/ledger_lists.h"
#include "repli/ledger_review.h"
#include "repli/outcome.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "repli/text.h"
#include "station/desk.h"

#define PICTURE_MAX (16u << 20)

/* ---- the queues */

/* What is left to wait for in each queue; *first: the name of the fullest. */
static bool add_queues(struct station_request *r, const char *kind, json_t *view)
{
    struct repli_wait_count *rows = NULL;
    size_t n = 0;
    int64_t all = 0;
    json_t *list = json_array();
    if (repli_ledger_waiting_images(r->ledger, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        json_decref(list);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        enum repli_outcome outcome;
        if (!repli_outcome_parse(rows[i].outcome, &outcome) || !repli_outcome_waits(outcome) || rows[i].count == 0)
            continue;
        all += rows[i].count;
        json_t *o = json_pack("{s:s, s:I}", "outcome", rows[i].outcome, "count", (json_int_t)rows[i].count);
        station_set_flag(o, "here_now", kind && strcmp(kind, rows[i].outcome) == 0);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "queues", list);
    json_object_set_new(view, "count_all", json_integer(all));
    station_set_flag(view, "all_now", !kind);
    return true;
}

static json_t *waiting_json(const struct station_request *r, const struct repli_waiting_row *w)
{
    json_t *o =
        json_pack("{s:I, s:s?, s:s, s:s?, s:s?, s:s, s:i}", "id", (json_int_t)w->scan_id, "batch", w->batch, "outcome",
                  w->outcome, "reason", w->reason, "sheet", w->sheet, "name", w->name, "side", w->page);
    json_object_set_new(o, "at", station_time(r, w->scanned_utc));
    station_set_flag(o, "is_second", strcmp(w->outcome, "second-image") == 0 && w->first_scan);
    return o;
}

static bool add_list(struct station_request *r, const char *kind, json_t *view)
{
    struct repli_waiting_row *rows = NULL;
    size_t n = 0;
    if (!add_queues(r, kind, view) ||
        repli_ledger_waiting(r->ledger, kind, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) != REPLI_OK)
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, waiting_json(r, &rows[i]));
    json_object_set_new(view, "waiting", list);
    if (kind)
        json_object_set_new(view, "kind", json_string(kind));
    station_pages(r, view, n);
    return true;
}

void page_images(struct station_request *r)
{
    const char *kind = station_query(r, "kind");
    json_t *view = json_object();
    if (!station_ledger(r)) {
        json_decref(view);
        return;
    }
    if (add_list(r, kind && *kind ? kind : NULL, view)) {
        station_desk_page(r, "images", view);
        return;
    }
    json_decref(view);
    station_error(r, 500, r->err.text);
}

/* ---- one image */

static bool scan_of(struct station_request *r, const char *text, struct repli_scanned **x)
{
    int64_t id = 0;
    *x = NULL;
    if (!text || !repli_integer(text, 1, INT64_MAX, &id)) {
        station_error(r, 404, "There is no such page");
        return false;
    }
    if (!station_ledger(r))
        return false;
    if (repli_ledger_scanned(r->ledger, id, &r->a, x, &r->err) != REPLI_OK)
        station_error(r, 500, r->err.text);
    else if (!*x)
        station_error(r, 404, "There is no such page");
    return *x != NULL;
}

/* As `review assign` takes it. */
static const char *image_name(struct station_request *r, const struct repli_waiting_row *w)
{
    char hex[65];
    repli_hex(w->sha256, sizeof w->sha256, hex);
    return w->page == 1 ? repli_arena_printf(&r->a, "%.64s", hex) : repli_arena_printf(&r->a, "%.64s/%d", hex, w->page);
}

/* Sheets that it may be, the likest first, with what stands on them: to be held against the paper. */
static json_t *candidates(struct station_request *r, const json_t *line)
{
    json_t *list = json_array(), *c;
    size_t i;
    json_array_foreach(json_object_get(line, "candidates"), i, c)
    {
        const char *sheet = json_string_value(json_object_get(c, "sheet"));
        struct repli_sheet_row *row = NULL;
        struct repli_err ignored = {0};
        uint64_t serial = 0;
        if (i >= 9 || !sheet || !repli_serial_parse(sheet, &serial) ||
            repli_ledger_sheet_get(r->ledger, serial, &r->a, &row, &ignored) != REPLI_OK || !row)
            continue;
        json_t *o = json_pack("{s:I, s:s, s:s?, s:s?, s:s?, s:s, s:s?, s:s}", "key", (json_int_t)i + 1, "sheet",
                              row->sheet, "name", row->patient_name, "patient", row->patient, "born", row->birth_date,
                              "form", row->form_id, "ward", row->ward, "state", repli_life_text(row->state));
        json_object_set_new(o, "side", json_sprintf("%d/%d", row->side, row->sides));
        json_object_set_new(o, "like", json_sprintf("%.0f %%", 100 * json_number_value(json_object_get(c, "band"))));
        station_set_flag(o, "is_out", row->state == REPLI_LIFE_PRINTED || row->state == REPLI_LIFE_LOST);
        json_array_append_new(list, o);
    }
    return list;
}

/* What was said about it.  What somebody else named is not shown before you said something: two people who look. */
static bool add_said(struct station_request *r, const struct repli_scanned *x, json_t *view)
{
    struct repli_said *said = NULL;
    size_t n = 0;
    bool mine = false;
    if (repli_ledger_said(r->ledger, x->row.image_id, x->row.page, &r->a, &said, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        mine = mine || strcmp(said[i].person, r->who->person) == 0;
    json_t *list = json_array();
    for (size_t i = 0; mine && i < n; i++) {
        char sheet[REPLI_SERIAL_TEXT];
        repli_serial_format(said[i].serial, sheet);
        json_array_append_new(list, json_pack("{s:s, s:s}", "by", said[i].person, "sheet", sheet));
    }
    json_object_set_new(view, "said_list", list);
    station_set_flag(view, "said_mine", mine);
    station_set_flag(view, "said_other", !mine && n > 0);
    station_set_flag(view, "said_differs", mine && n > 1);
    return true;
}

static void add_turns(json_t *view, int turn)
{
    json_object_set_new(view, "turn", json_integer(turn));
    json_object_set_new(view, "turn_left", json_integer((turn + 270) % 360));
    json_object_set_new(view, "turn_right", json_integer((turn + 90) % 360));
    json_object_set_new(view, "turn_half", json_integer((turn + 180) % 360));
}

void page_image(struct station_request *r)
{
    struct repli_scanned *x = NULL;
    const char *turn_text = station_query(r, "turn");
    int64_t turn = 0;
    if (!scan_of(r, station_query(r, "scan"), &x))
        return;
    if (turn_text && (!repli_integer(turn_text, 0, 270, &turn) || turn % 90 != 0))
        turn = 0;
    if (!station_note(r, "view", repli_arena_printf(&r->a, "image %lld", (long long)x->row.scan_id), "candidates",
                      x->row.sheet))
        return;
    json_t *view = waiting_json(r, &x->row), *line = json_loads(x->result, 0, NULL);
    bool no_code = strcmp(x->row.outcome, "no-code") == 0, waits = !x->settled_by;
    add_turns(view, (int)turn);
    json_object_set_new(view, "candidates", no_code ? candidates(r, line) : json_array());
    const json_t *band = json_object_get(json_object_get(line, "look_mm"), "band");
    station_set_flag(view, "looks",
                     no_code &&
                         json_number_value(json_array_get(band, 2)) > json_number_value(json_array_get(band, 0)) + 1);
    station_set_flag(view, "looks_serial", no_code && json_object_get(json_object_get(line, "look_mm"), "serial"));
    station_set_flag(view, "may_assign", no_code && waits);
    station_set_flag(view, "may_aside", waits);
    if (x->settled_by)
        json_object_set_new(view, "settled_by", json_string(x->settled_by));
    if (x->settled_as)
        json_object_set_new(view, "settled_as", json_string(x->settled_as));
    json_decref(line);
    if (!add_said(r, x, view)) {
        json_decref(view);
        return;
    }
    station_desk_page(r, "image", view);
}

static void assigned(struct station_request *r, int code, const struct station_said *said)
{
    const json_t *line = json_array_get(said->lines, json_array_size(said->lines) - 1);
    const char *outcome = json_string_value(json_object_get(line, "outcome"));
    if (code == REPLI_OK)
        station_flash(r, "Two people said the same: it is read", NULL);
    else if (code == REPLI_WAITS && outcome)
        station_flash(r, "The paper says otherwise; nothing counts that was said", outcome);
    else if (code == REPLI_WAITS)
        station_flash(r, "Noted: a second person must say so, too", NULL);
    if (code == REPLI_OK)
        r->back = "/images?kind=no-code";
    station_then_back(r, code, said);
}

void post_image_assign(struct station_request *r)
{
    struct repli_scanned *x = NULL;
    const char *sheet = station_plain(r, "sheet", 40), *compared = station_field(r, "compared");
    if (!scan_of(r, station_field(r, "scan"), &x))
        return;
    r->back = repli_arena_printf(&r->a, "/image?scan=%lld", (long long)x->row.scan_id);
    if (!sheet || !compared) {
        station_error(r, 400,
                      sheet ? "Compare name and birth date first, then say so" : "Which sheet? Type its number");
        return;
    }
    const char *words[] = {"review", "assign", "--", image_name(r, &x->row), sheet, NULL};
    station_command(r, words, NULL, assigned);
}

static void set_aside(struct station_request *r, int code, const struct station_said *said)
{
    if (code == REPLI_OK)
        station_flash(r, "Set aside", NULL);
    station_then_back(r, code, said);
}

void post_image_aside(struct station_request *r)
{
    struct repli_scanned *x = NULL;
    const char *reason = station_plain(r, "reason", 200);
    if (!scan_of(r, station_field(r, "scan"), &x))
        return;
    r->back = repli_arena_printf(&r->a, "/image?scan=%lld", (long long)x->row.scan_id);
    if (!reason) {
        station_error(r, 400, "Say what it is, and where the paper went");
        return;
    }
    const char *words[] = {"review", "aside", "--reason",
                           reason,   "--",    repli_arena_printf(&r->a, "%lld", (long long)x->row.scan_id),
                           NULL};
    r->back = repli_arena_printf(&r->a, "/images?kind=%s", x->row.outcome);
    station_command(r, words, NULL, set_aside);
}

/* ---- pictures */

static bool send_file(struct station_request *r, const char *path)
{
    char *data = NULL;
    size_t len = 0;
    struct repli_err gone = {0};
    if (repli_file_read(path, PICTURE_MAX, &r->a, &data, &len, &gone) != REPLI_OK)
        return false;
    r->status = 200;
    r->type = "image/png";
    r->out.len = 0;
    repli_buf_add(&r->out, data, len);
    return true;
}

/* "12/90.png", "12/band.png", "12/serial.png", "12/f/col3.rr.png" */
static const char *picture_path(struct station_request *r, const struct repli_scanned *x, const char *what, int turn)
{
    struct repli_scan_view v = {.scan_id = x->row.scan_id, .turn = turn, .field = what[0] == 'f' ? what + 2 : NULL};
    char hex[65];
    if (strcmp(what, "band") != 0 && strcmp(what, "serial") != 0)
        return repli_path_join(&r->a, r->st->site->crops, repli_scan_picture_name(&r->a, &v));
    repli_hex(x->row.sha256, sizeof x->row.sha256, hex);
    return repli_path_join(&r->a, r->st->site->crops,
                           repli_arena_printf(&r->a, "images/%.12s-%d-%s.png", hex, x->row.page, what));
}

static void pictured(struct station_request *r, int code, const struct station_said *said)
{
    (void)said;
    if (code != REPLI_OK || !send_file(r, r->back))
        station_error(r, 404, "There is no picture: the scan is gone");
}

void get_picture(struct station_request *r)
{
    const char *rest = r->path + strlen("/picture/"), *slash = strchr(rest, '/');
    size_t n = strlen(rest);
    struct repli_scanned *x = NULL;
    int64_t turn = 0;
    if (!slash || n < 6 || n > 200 || strcmp(rest + n - 4, ".png") != 0 || strstr(rest, "..") || strchr(rest, '\\')) {
        station_error(r, 404, "There is no such page");
        return;
    }
    const char *id = repli_arena_strndup(&r->a, rest, (size_t)(slash - rest)),
               *what = repli_arena_strndup(&r->a, slash + 1, strlen(slash + 1) - 4);
    bool field = strncmp(what, "f/", 2) == 0 && what[2] && !strchr(what + 2, '/'),
         look = strcmp(what, "band") == 0 || strcmp(what, "serial") == 0,
         whole = repli_integer(what, 0, 270, &turn) && turn % 90 == 0;
    if (!field && !look && !whole) {
        station_error(r, 404, "There is no such page");
        return;
    }
    if (!scan_of(r, id, &x))
        return;
    const char *path = picture_path(r, x, what, (int)turn);
    /* Made once, by a process of its own, which writes down who looked; then it lies there. */
    if (repli_file_exists(path)) {
        if (station_note(r, "view", repli_arena_printf(&r->a, "image %s", id), "picture", x->row.sheet) &&
            !send_file(r, path))
            station_error(r, 404, "There is no picture: the scan is gone");
        return;
    }
    const char *picture[] = {"review", "picture", id, field ? "--field" : "--turn", field ? what + 2 : what, NULL},
               *looks[] = {"review", "look", id, NULL};
    r->back = path;
    station_command(r, look ? looks : picture, NULL, pictured);
}
