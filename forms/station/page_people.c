/* People and the audit, for who coordinates. */
#include <string.h>

#include "repli/audit.h"
#include "repli/ledger_lists.h"
#include "repli/passphrase.h"
#include "repli/text.h"
#include "station/desk.h"

#define LOOKED 20000 /* rows of the audit that one page looks through */

/* ---- people */

static void show_people(struct station_request *r, const char *why)
{
    struct repli_person *people = NULL;
    size_t n = 0;
    static const char *const roles[] = {"nurse", "clerk", "verifier", "coordinator", "pharmacist"};
    if (!station_ledger(r))
        return;
    if (repli_ledger_person_list(r->ledger, &r->a, &people, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *view = json_object(), *list = json_array(), *words = json_array();
    for (size_t i = 0; i < n; i++) {
        const char *hash = NULL;
        json_t *choices = json_array();
        json_t *o = json_pack("{s:s, s:s, s:s, s:b}", "id", people[i].id, "name", people[i].name, "role",
                              people[i].role, "active", people[i].active);
        for (size_t k = 0; k < 5; k++)
            json_array_append_new(
                choices, json_pack("{s:s, s:b}", "role_id", roles[k], "chosen", strcmp(roles[k], people[i].role) == 0));
        json_object_set_new(o, "roles", choices);
        struct repli_err ignored = {0};
        station_set_flag(o, "signs_in",
                         repli_ledger_passphrase_get(r->ledger, people[i].id, &r->a, &hash, &ignored) == REPLI_OK &&
                             hash);
        station_set_flag(o, "myself", strcmp(people[i].id, r->who->person) == 0);
        json_array_append_new(list, o);
    }
    for (size_t k = 0; k < 5; k++)
        json_array_append_new(words, json_pack("{s:s}", "role_id", roles[k]));
    json_object_set_new(view, "people_list", list);
    json_object_set_new(view, "all_roles", words);
    json_object_set_new(view, "people_count", json_integer((json_int_t)n));
    if (why)
        json_object_set_new(view, "why", json_string(why));
    station_desk_page(r, "people", view);
}

void page_people(struct station_request *r)
{
    show_people(r, NULL);
}

/* Whoever has another role, or none any more, signs in anew; the coordinator who did it stays. */
static void end_sessions(struct station_request *r, const char *person)
{
    for (size_t i = 0; i < SESSIONS; i++)
        if (r->st->sessions[i].id[0] && &r->st->sessions[i] != r->who && strcmp(r->st->sessions[i].person, person) == 0)
            station_session_end(&r->st->sessions[i]);
}

static void changed(struct station_request *r, int code, const struct station_said *said)
{
    const char *act = station_field(r, "act"), *id = station_field(r, "id");
    if (code != REPLI_OK) {
        r->status = 409;
        show_people(r, said->why ? repli_arena_strdup(&r->a, said->why) : "It did not work: try again");
        return;
    }
    if (strcmp(act, "add") != 0)
        end_sessions(r, id);
    station_flash(r,
                  strcmp(act, "passphrase") == 0 ? "The passphrase is set"
                  : strcmp(act, "add") == 0      ? "Added: now set a passphrase"
                                                 : "Changed",
                  id);
    station_go(r, "/people");
}

void post_people(struct station_request *r)
{
    const char *act = station_field(r, "act"), *id = station_plain(r, "id", 64), *name = station_plain(r, "name", 200),
               *role = station_plain(r, "role", 20), *phrase = station_field(r, "passphrase"), *in = NULL;
    const char *words[8] = {"person", act, "--", id};
    bool adds = act && strcmp(act, "add") == 0, roles = act && strcmp(act, "role") == 0,
         sets = act && strcmp(act, "passphrase") == 0,
         ends = act && (strcmp(act, "disable") == 0 || strcmp(act, "enable") == 0);
    r->back = "/people";
    if (!id || (!adds && !roles && !sets && !ends) || (adds && (!name || !role)) || (roles && !role)) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (ends && strcmp(act, "disable") == 0 && strcmp(id, r->who->person) == 0) {
        station_error(r, 409, "Not yourself: another coordinator does that");
        return;
    }
    if (sets && (!phrase || strlen(phrase) > REPLI_PASSPHRASE_MOST || strpbrk(phrase, "\r\n"))) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (adds)
        words[4] = name;
    if (adds || roles)
        words[adds ? 5 : 4] = role;
    if (sets)
        in = repli_arena_printf(&r->a, "%s\n", phrase);
    station_command(r, words, in, changed);
}

/* ---- audit */

/* What the chain has in English, in the reader's language: whole, or the word before a name or after a number. */
static json_t *chain_word(struct station_request *r, const char *text)
{
    static const char *const before[] = {"ward", "image", "station", "revision", "was", "in place of"};
    const char *word = text ? station_word(r->lang, text) : NULL, *rest;
    if (!text || word != text)
        return text ? json_string(word) : NULL;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t len = strlen(before[i]);
        if (strncmp(text, before[i], len) == 0 && text[len] == ' ')
            return json_sprintf("%s %s", station_word(r->lang, before[i]), station_word(r->lang, text + len + 1));
    }
    rest = text + strspn(text, "0123456789");
    return rest > text && strcmp(rest, " sheets") == 0
               ? json_sprintf("%.*s %s", (int)(rest - text), text, station_word(r->lang, "sheets"))
               : json_string(text);
}

static json_t *chain_row(struct station_request *r, const struct repli_audit_row *row)
{
    json_t *o = json_pack("{s:s, s:s?, s:s, s:s?}", "number",
                          repli_arena_printf(&r->a, "%u-%lld", row->station, (long long)row->seq), "by", row->person,
                          "event", row->event, "object", row->object);
    json_object_set_new(o, "at", station_time(r, row->at_utc));
    json_object_set_new(o, "event_said", chain_word(r, row->event));
    json_object_set_new(o, "object_said", chain_word(r, row->object));
    json_object_set_new(o, "outcome", chain_word(r, row->outcome));
    json_object_set_new(o, "reason", chain_word(r, row->reason));
    return o;
}

static void add_verify(struct station_request *r, json_t *view)
{
    const struct station_figures *f = &r->st->desk->verify;
    const json_t *o = json_array_get(f->lines, 0);
    if (!f->running && !f->lines)
        return;
    json_t *v = json_pack("{s:b, s:s}", "running", f->running, "by", f->person);
    json_object_set_new(v, "at", station_time(r, f->made_utc));
    if (!f->running && o) {
        static const char *const keys[] = {"rows", "bad", "heads", "clock_set_back"};
        station_set_flag(v, json_is_true(json_object_get(o, "whole")) ? "is_whole" : "is_broken", true);
        for (size_t i = 0; i < 4; i++)
            json_object_set(v, keys[i], json_object_get(o, keys[i]));
    } else if (!f->running) {
        json_object_set_new(v, "why", json_string(f->why));
    }
    json_object_set_new(view, "verified", v);
}

static const char *asked(const struct station_request *r, const char *name)
{
    const char *text = station_query(r, name);
    return text && *text ? text : NULL;
}

void page_audit(struct station_request *r)
{
    struct repli_audit_row *rows = NULL;
    size_t n = 0;
    int64_t next = 0, before = INT64_MAX;
    const char *from = asked(r, "before");
    struct repli_audit_wanted w = {.station = r->st->site->station,
                                   .limit = ROWS,
                                   .looked = LOOKED,
                                   .person = asked(r, "person"),
                                   .event = asked(r, "event"),
                                   .object = asked(r, "object")};
    if (from && repli_integer(from, 1, INT64_MAX, &before))
        before = before < 1 ? INT64_MAX : before;
    w.before = before;
    if (!station_ledger(r))
        return;
    if (repli_audit_page(r->ledger, &w, &r->a, &rows, &n, &next, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *view = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, chain_row(r, &rows[i]));
    json_object_set_new(view, "rows", list);
    json_object_set_new(view, "f_person", json_string(w.person ? w.person : ""));
    json_object_set_new(view, "f_event", json_string(w.event ? w.event : ""));
    json_object_set_new(view, "f_object", json_string(w.object ? w.object : ""));
    if (next)
        json_object_set_new(view, "next", json_sprintf("%lld", (long long)next));
    station_set_flag(view, "not_first", from != NULL);
    add_verify(r, view);
    station_desk_page(r, "audit", view);
}

void post_audit_verify(struct station_request *r)
{
    static const char *const words[] = {"audit", "verify", NULL};
    if (station_figures_ask(r, &r->st->desk->verify, words))
        station_go(r, "/audit");
    else
        station_error(r, 500, r->err.text);
}
