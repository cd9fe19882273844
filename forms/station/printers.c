/* The queues of this computer.  A print server that hangs costs a process of its own its time, never a page. */
#include <string.h>

#include "repli/clock.h"
#include "station/print.h"

#define ASK_MS 30000

static void told(void *user, int code, const char *said)
{
    struct station *st = user;
    st->asks_printers = false;
    if (code != 0)
        return;
    json_t *list = json_loads(said, 0, NULL);
    if (!json_is_array(json_object_get(list, "queues"))) {
        json_decref(list);
        return;
    }
    json_decref(st->printers);
    st->printers = list;
}

void station_printers_ask(struct station *st)
{
    const char *const argv[] = {"repli", "--look", "--site", st->site->dir, "--json", "print", "--queues", NULL};
    const struct station_child how = {.end = told, .user = st};
    struct repli_err ignored = {0};
    if (st->asks_printers || (st->printers_ms && repli_monotonic_ms() - st->printers_ms < ASK_MS))
        return;
    st->printers_ms = repli_monotonic_ms();
    st->asks_printers = station_spawn(st, argv, NULL, &how, &ignored);
}

json_t *station_printers(const struct station *st, const char *chosen)
{
    json_t *list = json_array(), *q;
    bool there = !*chosen;
    size_t i;
    json_array_foreach(json_object_get(st->printers, "queues"), i, q)
    {
        json_t *o = json_copy(q);
        bool this = strcmp(json_string_value(json_object_get(q, "queue")), chosen) == 0;
        there = there || this;
        if (this)
            json_object_set_new(o, "chosen", json_true());
        json_array_append_new(list, o);
    }
    if (!there) /* named in site.yaml, and CUPS has not been asked yet, or does not know it */
        json_array_insert_new(
            list, 0, json_pack("{s:s, s:b, s:b}", "queue", chosen, "chosen", 1, st->printers ? "missing" : "asked", 1));
    return list;
}

bool station_printer_known(const struct station *st, const char *queue)
{
    const json_t *q;
    size_t i;
    json_array_foreach(json_object_get(st->printers, "queues"), i, q)
    {
        if (strcmp(json_string_value(json_object_get(q, "queue")), queue) == 0)
            return true;
    }
    return false;
}
