/* Everything about an answer that can be judged before it is written. */
#include "reconcile/judge.h"

#include <string.h>

/* An answer that this person gave already in this revision (for the same task, where one is named). */
static const struct repli_entry *own_answer(const struct review_field *f, const char *by, const struct repli_task *task,
                                            const struct answer *an)
{
    for (int n = NEED_KEY1; n < NEED_COUNT; n++) {
        const struct repli_entry *e = f->answers[n];
        if (!e || strcmp(e->person, by) != 0 || (task && strcmp(task->need, e->need) != 0))
            continue;
        if (review_same(e->answer, e->value, an->answer, an->value))
            return e;
    }
    return NULL;
}

/* The machine saw this very mark: it is a witness for who settles. */
static bool machine_ticked(const struct review_field *f, const struct answer *an)
{
    return f->field->kind == REPLI_FIELD_TICK && f->revision == 1 && f->reading &&
           strcmp(f->reading->state, "ticked") == 0 && strcmp(an->value, "ticked") == 0;
}

/* A settling value that nobody else gave and the machine did not see is asked again. */
static bool settles_alone(const struct review_field *f, const struct answer *an)
{
    bool row_read =
        f->field->kind == REPLI_FIELD_BAND && f->revision == 1 && f->reading && strcmp(f->reading->state, "ink") == 0;
    if (f->need != NEED_SETTLE || strcmp(an->answer, "value") != 0)
        return false;
    for (int n = NEED_KEY1; n < NEED_COUNT; n++)
        if (f->answers[n] && review_same(f->answers[n]->answer, f->answers[n]->value, an->answer, an->value))
            return false;
    if (machine_ticked(f, an))
        return false;
    return !(row_read && f->tier > 1 && review_in_row(f->field, f->reading->row, an->value));
}

/* What is asked again, whoever says so; the first that applies.  NULL: nothing. */
static const char *question(const struct judge *j, const struct review_sheet *sheet, const struct review_field *f,
                            const struct answer *an, const char **asked)
{
    if (!an->value)
        return NULL;
    const char *why = review_odd_value(j->usual, sheet, f, an->value, j->by, j->arena, asked);
    if (!why && (why = review_out_of_range(f->field, an->value, false, j->arena)) != NULL)
        *asked = "range";
    if (!why && (why = review_odd_time(j->site->zone, sheet, f, an->value, j->arena)) != NULL)
        *asked = "time";
    if (!why)
        why = review_odd_order(j->site->zone, sheet, f, an->value, j->by, j->arena, asked);
    if (!why && settles_alone(f, an)) {
        *asked = "alone";
        why = "nobody else read this value: look again, and repeat it with \"sure\":true if it is right";
    }
    return why;
}

/* Who was asked about what nobody could read: a clerk cannot know. */
static const char *may_not_call_back(const struct judge *j, const struct answer *an)
{
    if (!j->role || strcmp(j->role, "clerk") == 0)
        return "a call-back is answered by who asked the one who wrote it: a nurse, not a clerk";
    return strcmp(an->answer, "correction") == 0
               ? "a call-back is answered with the value, blank, or illegible when nobody knows any more"
               : NULL;
}

enum review_need judge_need(const struct review_field *f, const struct repli_task *task, const struct answer *an)
{
    const char *need = task ? task->need : an->need;
    return need && strcmp(need, "callback") == 0 ? NEED_CALLBACK : f->need;
}

static const char closed[] = "closed: it was answered already (repli review reopen opens a field again)";

/* Not this task any more, or never for this person. */
static bool is_closed(const struct review_field *f, const struct repli_task *task, const struct repli_blind *blind,
                      enum review_need need)
{
    if (task && task->revision != f->revision)
        return true;
    if (blind)
        return blind->answer || (task && strcmp(task->need, blind->need) != 0);
    if (need == NEED_CALLBACK)
        return !f->callback;
    return need == NEED_NONE || (task && strcmp(task->need, review_need_text(need)) != 0);
}

enum verdict judge(const struct judge *j, const struct review_sheet *sheet, const struct review_field *f,
                   const struct repli_task *task, const struct repli_blind *blind, struct answer *an, const char **why)
{
    bool current = !task || task->revision == f->revision;
    enum review_need need = judge_need(f, task, an);
    if (f->field->kind == REPLI_FIELD_TICK && an->value && strcmp(an->value, "cancelled") == 0)
        *an = (struct answer){.answer = "blank", .sure = an->sure, .fields = an->fields}; /* a struck mark is no mark */
    an->value = strcmp(an->answer, "value") == 0 ? review_normalise(f->field, an->value, j->arena, why) : NULL;
    if (*why)
        return REFUSED;
    if (current && (blind ? blind->answer && review_same(blind->answer, blind->value, an->answer, an->value)
                          : own_answer(f, j->by, task, an) != NULL))
        return REPEATED;
    if (is_closed(f, task, blind, need)) {
        *why = closed;
        return CLOSED;
    }
    *why = need == NEED_CALLBACK ? may_not_call_back(j, an) : blind ? NULL : review_may_not(f, j->by);
    if (!*why && an->value)
        *why = review_out_of_range(f->field, an->value, true, j->arena);
    const char *asked = NULL, *again = *why ? NULL : question(j, sheet, f, an, &asked);
    if (again && !an->sure)
        *why = again;
    an->asked = again ? asked : NULL;
    return *why ? REFUSED : TAKEN;
}
