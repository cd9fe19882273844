/* The print page: one pack by Enter, the others by their key. */
#include <stdio.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger_recent.h"
#include "repli/outage.h"
#include "station/print.h"

#define RECENT 8

enum { NO_FIELD, BED, BED_OR_ALL, FROM_BED, COUNT };

static const struct {
    const char *pack, *key, *what;
    int field, roles; /* roles: besides those of the page; 0 = all of them */
} packs[] = {
    {"shift", "F2", "also face sheets, fluids and notes", NO_FIELD, 0},
    {"patient", "F3", "bed, or scan the wristband", BED, 0},
    {"admission", "F4", "registration and blank forms, one number", COUNT, 0},
    {"spares", "F5", "blank sheets for the cupboard", NO_FIELD, 0},
    {"labels", "F6", "tubes and forms; empty: the whole ward", BED_OR_ALL, 0},
    {"changed", "F7", "what is new since it was last printed", NO_FIELD, 0},
    {"logs", "F8", "ward log and messages", NO_FIELD, 0},
    {"resume", "F9", "after a jam: this bed and those after it", FROM_BED, 0},
    {"all", "", "for the command post", NO_FIELD, ROLE_COORDINATOR},
    {"house", "", "diversions, directory, A to Z, beds", NO_FIELD, ROLE_COORDINATOR},
};

static bool offered(const struct station_request *r, size_t i)
{
    return !packs[i].roles || (packs[i].roles & station_role(r->who->role));
}

static json_t *pack_rows(const struct station_request *r)
{
    static const char *const fields[] = {NULL, "bed", "bed_or_all", "from_bed", "count"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++) {
        if (!offered(r, i))
            continue;
        json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "pack", packs[i].pack, "key", packs[i].key, "word",
                              station_pack_word(packs[i].pack), "what", packs[i].what);
        if (packs[i].field)
            json_object_set_new(o, fields[packs[i].field], json_true());
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *recent(struct station_request *r)
{
    struct repli_recent_pack *list = NULL;
    size_t count = 0;
    json_t *out = json_array();
    if (r->who->glass || repli_ledger_packs_recent(r->ledger, RECENT, &r->a, &list, &count, &r->err) != REPLI_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *o = json_pack("{s:s, s:s?, s:s, s:i}", "pack_id", list[i].id, "ward", list[i].ward, "forms",
                              list[i].what, "pages", list[i].pages);
        json_object_set_new(o, "at", station_time(r, list[i].printed_utc));
        json_array_append_new(out, o);
    }
    return out;
}

/* Paper goes where the address says, else to the ward's own printer, else into a file. */
static const char *printer_of(const struct station_request *r, const char *ward, const char *asked)
{
    const struct repli_site_ward *w = ward ? repli_site_ward(r->st->site, ward) : NULL;
    const char *own = w && w->printer ? w->printer : "";
    if (!asked)
        return own;
    return strcmp(asked, own) == 0 || station_printer_known(r->st, asked) ? asked : "";
}

static void add_drill(struct station_request *r, const char *ward, json_t *view)
{
    bool drill = false;
    int64_t from = 0;
    if (repli_ledger_open_now(r->ledger, ward, &drill, &from, &r->err) == REPLI_OK && drill)
        json_object_set_new(view, "in_drill", json_true());
}

/* Wards with the chosen one marked; every link keeps the printer. */
static json_t *ward_rows(const json_t *wards, const json_t *chosen)
{
    json_t *rows = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(wards, "wards"), i, w)
    {
        json_t *row = json_copy(w);
        if (w == chosen)
            json_object_set_new(row, "chosen", json_true());
        json_array_append_new(rows, row);
    }
    return rows;
}

void page_print(struct station_request *r)
{
    if (!station_ledger(r))
        return;
    station_printers_ask(r->st);
    const json_t *wards = station_wards(r), *chosen = station_ward(wards, station_query(r, "ward"));
    if (!chosen)
        chosen = station_ward(wards, NULL);
    const char *ward = chosen ? json_string_value(json_object_get(chosen, "ward")) : NULL,
               *printer = printer_of(r, ward, station_query(r, "printer"));
    json_t *view = json_copy((json_t *)(uintptr_t)wards);
    json_object_set_new(view, "wards", ward_rows(wards, chosen));
    if (chosen) {
        json_object_set(view, "ward", (json_t *)(uintptr_t)chosen);
        json_object_set_new(view, "ward_id", json_string(ward));
    }
    json_object_set_new(view, "jobs", station_jobs(r));
    json_object_set_new(view, "packs", pack_rows(r));
    json_object_set_new(view, "recent", recent(r));
    json_object_set_new(view, "stocks", station_stocks(r, false));
    json_object_set_new(view, "printers", station_printers(r->st, printer));
    json_object_set_new(view, "printer", json_string(printer));
    if (r->who->glass)
        json_object_set_new(view, "glass", json_true());
    if (station_role(r->who->role) != ROLE_PHARMACIST)
        json_object_set_new(view, "may_print", json_true());
    add_drill(r, ward, view);
    station_page(r, "print", view);
}

/* ---- Enter */

/* An error that leads back to where one was. */
static void refuse(struct station_request *r, const char *text)
{
    station_error(r, 400, text);
}

static bool known_pack(const struct station_request *r, const char *pack)
{
    bool known = !*pack;
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        known = known || (offered(r, i) && strcmp(packs[i].pack, pack) == 0);
    return known;
}

static bool number_or_none(const char *text, int64_t least, int64_t most)
{
    int64_t n = 0;
    return !text || !*text || repli_integer(text, least, most, &n);
}

/* One patient: of a bed, or of a number. */
static bool find_patient(struct station_request *r, struct station_wanted *w)
{
    bool asked = strcmp(w->pack, "patient") == 0 || (strcmp(w->pack, "labels") == 0 && w->bed && *w->bed);
    const char *where = w->ward;
    if (!asked)
        return true;
    w->patient = w->bed && *w->bed ? station_who(r, w->ward, w->bed, &where) : NULL;
    if (!w->patient) {
        refuse(r, "Nobody lies in this bed, and nobody has this number: for somebody new print an admission pack");
        return false;
    }
    w->ward = where;
    return true;
}

void post_print(struct station_request *r)
{
    const char *pack = station_field(r, "pack"), *printer = station_field(r, "printer");
    struct station_wanted w = {.ward = station_field(r, "ward"),
                               .pack = pack ? pack : "",
                               .bed = station_field(r, "bed"),
                               .count = station_field(r, "count"),
                               .copies = station_field(r, "copies"),
                               .reason = station_field(r, "reason")};
    if (!w.ward || !station_ward(station_wards(r), w.ward) || !known_pack(r, w.pack)) {
        refuse(r, "There is no such ward or pack");
        return;
    }
    if (!number_or_none(w.count, 1, 100) || !number_or_none(w.copies, 1, 9)) {
        refuse(r, "That is no number of packs");
        return;
    }
    if (strcmp(w.pack, "resume") == 0 && !(w.bed && *w.bed)) {
        refuse(r, "From which bed on?");
        return;
    }
    if (w.bed && strlen(w.bed) >= sizeof r->st->jobs[0].bed) {
        refuse(r, "Nobody lies in this bed, and nobody has this number: for somebody new print an admission pack");
        return;
    }
    if (w.reason && strlen(w.reason) >= 200) {
        refuse(r, "The reason is too long");
        return;
    }
    w.printer = printer_of(r, w.ward, printer);
    if (!find_patient(r, &w))
        return;
    if (!station_print(r, &w)) {
        station_error(r, 503, r->err.text);
        return;
    }
    station_go(r, repli_arena_printf(&r->a, "/print/job?id=%lld", (long long)r->st->next_job));
}
