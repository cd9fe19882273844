/* Answers on their way to the ledger: through the door of `review import`, each stored before the page goes on. */
#include "station/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/review.h"

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

static void on_verdict(void *user, const char *line)
{
    struct station_verdict *v = user;
    json_t *o = json_loads(line, 0, NULL);
    (void)snprintf(v->outcome, sizeof v->outcome, "%s", text(o, "outcome"));
    (void)snprintf(v->why, sizeof v->why, "%s", text(o, "why"));
    json_decref(o);
}

bool station_review_store(struct station_request *r, const char *lines, struct station_verdict *v)
{
    struct repli_review_counts n = {0};
    (void)snprintf(v->outcome, sizeof v->outcome, "stored");
    if (!station_ledger(r))
        return false;
    enum repli_status s = repli_review_import(r->st->site, r->ledger, lines, strlen(lines),
                                              repli_arena_strdup(&r->a, r->who->person), on_verdict, v, &n, &r->err);
    if (s != REPLI_OK && s != REPLI_WAITS) {
        station_error(r, 500, r->err.text);
        return false;
    }
    v->taken = n.taken + n.repeated;
    v->refused = n.refused;
    v->closed = n.closed;
    return true;
}

void station_review_line(struct repli_buf *out, const char *task, const char *sheet, const char *field,
                         const char *answer, const char *value, bool sure)
{
    json_t *o = json_pack("{s:s*, s:s*, s:s*, s:s, s:s*, s:b}", "task", task, "sheet", sheet, "field", field, "answer",
                          answer, "value", value, "sure", sure);
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    repli_buf_puts(out, line ? line : "");
    repli_buf_puts(out, "\n");
    free(line);
    json_decref(o);
}

/* In a tick's input 1 is a mark and 0 none. */
static struct station_answer tick_answer(const char *value, bool sure)
{
    if (strcmp(value, "0") == 0)
        return (struct station_answer){"blank", NULL, "−", sure};
    bool mark = strcmp(value, "1") == 0 || strcmp(value, "x") == 0 || strcmp(value, "X") == 0;
    return (struct station_answer){"value", mark ? "ticked" : value, mark ? "✓" : value, sure};
}

struct station_answer station_review_answer(struct station_request *r, bool tick)
{
    static const char *const others[][2] = {{"blank", "−"}, {"illegible", "*"}, {"correction", "/"}};
    const char *value = station_field(r, "value"), *flag = station_field(r, "flag"), *asked = station_field(r, "asked"),
               *pick = station_field(r, "pick");
    for (size_t i = 0; flag && i < 3; i++)
        if (strcmp(flag, others[i][0]) == 0)
            return (struct station_answer){others[i][0], NULL, others[i][1], false};
    value = pick && *pick ? pick : value ? value : "";
    /* What was asked again counts when it is keyed again, the same. */
    bool sure = (flag && strcmp(flag, "sure") == 0) || (asked && *asked && strcmp(asked, value) == 0);
    return tick ? tick_answer(value, sure) : (struct station_answer){"value", value, value, sure};
}

const char *station_review_outcome(const struct station_verdict *v)
{
    bool theirs = strstr(v->why, "was given this field until") || strstr(v->why, "somebody else must settle it") ||
                  strstr(v->why, "the second must come from somebody else");
    return v->closed || (v->refused && theirs) ? "gone" : v->outcome;
}

/* The reasons that people meet, in their own words; the rest as it is. */
const char *station_review_reason(struct station_request *r, const char *why)
{
    static const char *const plain[][2] = {
        {"which unit is it", "Unusual in this unit: which one is it?"},
        {"is unusual", "Outside the usual range."},
        {"away from the printed value", "Far from the value that was printed."},
        {"away from", "Far from the column beside it."},
        {"ten times more or less", "About ten times another dose: where is the comma?"},
        {"does not occur once", "Not one of the hours that this is for."},
        {"is after midnight", "After midnight, and the day is another."},
        {"is earlier than a time", "Earlier than the column before, or later than the next."},
        {"its check digits do not fit", "The check digits do not fit."},
        {"cannot be (", "This value cannot be."},
        {"nobody else read", "Nobody else read this value."},
        {"no time of day", "That is no time of day."},
        {"has no comma", "Key the decimals, too."},
        {"is no number", "That is no number."},
        {"none of the letters", "That is none of the letters."},
        {"was given this field until", "Somebody else has this field now."},
        {"closed: it was answered", "Somebody else answered this field already."}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strstr(why, plain[i][0]))
            return repli_arena_strdup(&r->a, station_word(r->lang, plain[i][1]));
    return why;
}
