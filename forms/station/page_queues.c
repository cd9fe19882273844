/* Everything that waits for this person, kind by kind: what a clerk chooses from when the order of the work does not
** suit. */
#include "station/review.h"

#include <string.h>

#include "repli/lend.h"
#include "repli/text.h"

static json_t *row(const struct repli_work *w, size_t i)
{
    const char *slash = strchr(w->group, '/');
    bool settle = strcmp(w->need, "settle") == 0, key2 = strcmp(w->need, "key2") == 0,
         key1 = strcmp(w->need, "key1") == 0;
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:s}", "need", w->need, "group", w->group, "open",
                          (json_int_t)(w->open - w->theirs), "theirs", (json_int_t)w->theirs, "word",
                          settle ? "two people disagree"
                          : key2 ? "second key"
                          : key1 ? "first key"
                                 : "to confirm");
    if (slash) {
        json_object_set_new(o, "form", json_stringn(w->group, (size_t)(slash - w->group)));
        json_object_set_new(o, "field", json_string(slash + 1));
    } else {
        json_object_set_new(o, "wall",
                            json_string(strcmp(w->group, "ticked") == 0      ? "read as ticked"
                                        : strcmp(w->group, "cancelled") == 0 ? "read as struck out"
                                                                             : "read as empty"));
    }
    json_object_set_new(o, settle ? "is_settle" : key2 ? "is_key2" : key1 ? "is_key1" : "is_wall", json_true());
    if (w->mine)
        json_object_set_new(o, "mine", json_integer((json_int_t)w->mine));
    if (i == 0)
        json_object_set_new(o, "first", json_true());
    return o;
}

/* Asked of a page map once for each kind. */
static bool add_label(struct station_request *r, const struct repli_work *w, json_t *o)
{
    const char *label = NULL;
    if (!r->st->labels)
        r->st->labels = json_object();
    json_t *known = json_object_get(r->st->labels, w->group);
    if (!known) {
        if (repli_review_label(r->ledger, w->serial, w->field, &r->a, &label, &r->err) != REPLI_OK)
            return false;
        size_t n = strlen(label); /* "given 08:00": the hour is one sheet's */
        if (n > 6 && label[n - 6] == ' ' && label[n - 3] == ':')
            n -= 6;
        json_object_set_new(r->st->labels, w->group, json_stringn(label, n));
        known = json_object_get(r->st->labels, w->group);
    }
    json_object_set(o, "label", known);
    return true;
}

void page_review_queues(struct station_request *r)
{
    struct repli_work *work = NULL;
    size_t count = 0;
    int64_t all = 0, theirs = 0;
    const char *told = station_query(r, "told");
    if (!station_ledger(r))
        return;
    if (repli_review_work(r->st->site, r->ledger, r->who->person, &r->a, &work, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *o = row(&work[i], i);
        json_array_append_new(list, o);
        if (strchr(work[i].group, '/') && !add_label(r, &work[i], o)) {
            json_decref(list);
            station_error(r, 500, r->err.text);
            return;
        }
        all += work[i].open - work[i].theirs;
    }
    json_t *view = json_pack("{s:o, s:s}", "queues", list, "who_id", r->who->person);
    if (all > 0)
        json_object_set_new(view, "left", json_integer((json_int_t)all));
    if (json_array_size(station_review_of(r->who)->tasks) > 0)
        json_object_set_new(view, "has", json_true());
    if (told && repli_integer(told, 1, REVIEW_BATCH, &theirs))
        json_object_set_new(view, "told", json_integer(theirs));
    station_page(r, "queues", view);
}
