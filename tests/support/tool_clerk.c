/* clerk: a simulated person at the review station.  Reads tasks (`repli review export`), answers from the truth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/err.h"
#include "repli/text.h"
#include "support/prng.h"
#include "support/truth.h"

static const char usage[] =
    "usage: clerk TRUTH.json [--error P] [--illegible P] [--seed N] < TASKS.jsonl > ANSWERS.jsonl\n"
    "\n"
    "Answers the tasks of `repli review export` as somebody would who sees what is written on the\n"
    "paper.  --error: share of answers that are wrong (0); --illegible: share that give up (0).\n"
    "The last line on stderr counts them.  An answer depends on the seed and its task alone.\n";

struct clerk {
    struct truth truth;
    double error, illegible;
    int64_t seed;
    unsigned answered, wrong, unknown;
};

/* A stream of chance of its own for every task, so that the order of the tasks changes nothing. */
static void seed_task(const struct clerk *c, const char *task, struct prng *r)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (const char *s = task; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001B3);
    prng_seed(r, (uint64_t)c->seed, h);
}

/* A slip of the eye or the finger: another digit in one place, another letter, or a field overlooked. */
static const char *slip(const char *right, struct prng *r, char *room, size_t size)
{
    static const char letters[] = "ACVPU";
    size_t n = strlen(right), digits = 0;
    (void)snprintf(room, size, "%s", right);
    for (size_t i = 0; i < n; i++)
        digits += right[i] >= '0' && right[i] <= '9';
    if (digits == 0 && n == 1 && strchr(letters, right[0]) != NULL) {
        const char *at = strchr(letters, right[0]);
        room[0] = letters[((size_t)(at - letters) + (size_t)prng_int(r, 1, 4)) % 5];
        return room;
    }
    if (digits == 0 || prng_chance(r, 0.15))
        return NULL;
    int k = prng_int(r, 0, (int)digits - 1);
    for (size_t i = 0; i < n; i++) {
        if (right[i] < '0' || right[i] > '9' || k-- > 0)
            continue;
        /* Times stay times: only the last digit of the minutes slips. */
        size_t at = strchr(right, ':') != NULL ? n - 1 : i;
        room[at] = (char)('0' + (right[at] - '0' + prng_int(r, 1, 9)) % 10);
        break;
    }
    return room;
}

static bool within(const json_t *range, const char *value)
{
    double v;
    if (!json_is_array(range) || !repli_number(value, &v))
        return true;
    const json_t *low = json_array_get(range, 0), *high = json_array_get(range, 1);
    return !(json_is_number(low) && v < json_number_value(low)) &&
           !(json_is_number(high) && v > json_number_value(high));
}

/* What somebody sees who looks at the paper: the text to key, "ticked", or NULL for nothing. */
static const char *seen(const json_t *field)
{
    if (strcmp(truth_text(field, "kind"), "tick") == 0)
        return strcmp(truth_text(field, "state"), "ticked") == 0 ? "ticked" : NULL;
    const char *answer = truth_text(field, "answer");
    return answer[0] != '\0' ? answer : NULL;
}

static void answer(struct clerk *c, const json_t *task)
{
    struct prng r;
    char room[64];
    const json_t *field = truth_field(truth_sheet(&c->truth, truth_text(task, "sheet")), truth_text(task, "field"));
    if (field == NULL) {
        c->unknown++;
        return;
    }
    seed_task(c, truth_text(task, "task"), &r);
    const char *value = seen(field), *say = NULL;
    bool errs = prng_chance(&r, c->error), gives_up = prng_chance(&r, c->illegible);
    if (errs) {
        bool tick = strcmp(truth_text(field, "kind"), "tick") == 0;
        value = value == NULL ? (tick ? "ticked" : "1") : tick ? NULL : slip(value, &r, room, sizeof room);
        /* Who keys what cannot be is stopped by the station and looks again: the slip is then noticed. */
        if (value != NULL && !within(json_object_get(task, "range_hard"), value))
            value = seen(field), errs = false;
    }
    say = gives_up ? "illegible" : value != NULL ? "value" : "blank";
    json_t *o = json_pack("{s:s, s:s}", "task", truth_text(task, "task"), "answer", say);
    if (strcmp(say, "value") == 0) {
        (void)json_object_set_new(o, "value", json_string(value));
        const char *role = json_string_value(json_object_get(task, "role"));
        /* Pens write any time of day and values that jump; somebody who sees it says so, where the station thinks that
        ** it is odd.  Who errs in settling alone is stopped. */
        bool odd = !within(json_object_get(task, "range_soft"), value) || (role && strcmp(role, "at") == 0);
        bool settles = strcmp(truth_text(task, "need"), "settle") == 0;
        if (odd || (strcmp(value, "ticked") != 0 && (!errs || !settles)))
            (void)json_object_set_new(o, "sure", json_true());
    }
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(o);
    c->answered++;
    c->wrong += errs;
}

static bool arguments(struct clerk *c, int argc, char **argv, const char **truth)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--error") == 0 && repli_number(value, &c->error))
            i++;
        else if (strcmp(argv[i], "--illegible") == 0 && repli_number(value, &c->illegible))
            i++;
        else if (strcmp(argv[i], "--seed") == 0 && repli_integer(value, 0, INT64_MAX, &c->seed))
            i++;
        else if (*truth == NULL && argv[i][0] != '-')
            *truth = argv[i];
        else
            return false;
    }
    return *truth != NULL;
}

int main(int argc, char **argv)
{
    struct clerk c = {.seed = 1};
    const char *path = NULL;
    bool bad = false;
    if (!arguments(&c, argc, argv, &path))
        return fputs(usage, stderr), REPLI_USAGE;
    if (!truth_load(&c.truth, path))
        return REPLI_DATA;
    for (json_t *task = truth_line(stdin, &bad); task != NULL; task = truth_line(stdin, &bad)) {
        answer(&c, task);
        json_decref(task);
    }
    truth_done(&c.truth);
    fprintf(stderr, "%u answers, %u of them wrong%s\n", c.answered, c.wrong, bad ? "; lines that are no tasks" : "");
    if (c.unknown > 0)
        fprintf(stderr, "clerk: %u tasks are about fields that the truth does not know\n", c.unknown);
    return bad || c.unknown > 0 ? REPLI_DATA : REPLI_OK;
}
