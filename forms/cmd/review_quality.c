/* `repli review callbacks|initials|operators|audit-sample`. */
#include "cmd/review_quality.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/merge.h"
#include "repli/quality.h"

static enum repli_status open_both(struct repli_cli *cli)
{
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK)
        return cli->err.status;
    return repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err);
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "-";
}

/* Prints lines with their pictures made, as they are or one by one with `human`; returns how many, -1 on failure. */
static int print_lines(struct repli_cli *cli, struct repli_buf *buf, enum repli_status s,
                       void (*human)(struct repli_cli *, const json_t *))
{
    int n = 0;
    if (s == REPLI_OK)
        s = repli_cmd_review_crops(cli, buf);
    for (char *at = buf->data, *end; s == REPLI_OK && at && *at; at = end + 1, n++) {
        end = strchr(at, '\n');
        *end = 0;
        json_t *o = json_loads(at, 0, NULL);
        if (cli->json || !human)
            puts(at);
        else
            human(cli, o);
        json_decref(o);
    }
    repli_buf_done(buf);
    return s == REPLI_OK ? n : -1;
}

/* ---- callbacks */

static void callback_human(struct repli_cli *cli, const json_t *o)
{
    (void)cli;
    printf("%-12s %-16s ward %s, %s (%s): %s; written by %s; %s\n", text(o, "sheet"), text(o, "field"), text(o, "ward"),
           text(o, "name"), text(o, "patient"), text(o, "label"),
           json_is_string(json_object_get(o, "author"))     ? text(o, "author")
           : json_is_string(json_object_get(o, "initials")) ? text(o, "initials")
                                                            : text(o, "initials_crop"),
           text(o, "crop"));
}

int repli_cmd_review_callbacks(struct repli_cli *cli)
{
    struct repli_buf buf = {0};
    if (open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    int n =
        print_lines(cli, &buf, repli_review_callbacks(cli->site, cli->ledger, repli_cmd_review_buffer, &buf, &cli->err),
                    callback_human);
    if (n < 0)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "view", "call-backs", "listed", NULL);
    if (!cli->json && n == 0)
        puts("Nobody has to be called back: everything that was keyed could be read");
    else if (!cli->json)
        printf("%d to ask who wrote them: repli review import FILE --by NURSE, "
               "{\"task\":\"SHEET/FIELD/1/callback\",\"answer\":\"value\",\"value\":\"...\"}\n",
               n);
    return REPLI_OK;
}

/* ---- initials */

static void initials_human(struct repli_cli *cli, const json_t *o)
{
    (void)cli;
    if (strcmp(text(o, "what"), "register") == 0)
        printf("%-12s %-16s register: %s, name %s\n", text(o, "sheet"), text(o, "field"), text(o, "crop"),
               text(o, "name_crop"));
    else
        printf("%-12s %-16s %lld values, %s%s%s: %s\n", text(o, "sheet"), text(o, "field"),
               (long long)json_integer_value(json_object_get(o, "captures")),
               json_is_string(json_object_get(o, "initials")) ? text(o, "initials") : "not told apart yet",
               json_is_string(json_object_get(o, "name")) ? " " : "",
               json_is_string(json_object_get(o, "name")) ? text(o, "name") : "", text(o, "crop"));
}

static void refusal(void *user, const char *json)
{
    json_t *o = json_loads(json, 0, NULL);
    struct repli_cli *cli = user;
    (void)repli_fail(&cli->err, REPLI_DATA, "%s", text(o, "why"));
    json_decref(o);
}

/* Tells whose initials they are, and where they stand: first the former. */
static int tell(struct repli_cli *cli, const char *const *words, size_t count, const char *name)
{
    struct repli_review_counts n = {0};
    json_t *fields = json_array(),
           *o = json_pack("{s:s, s:s, s:s?}", "sheet", words[0], "initials", words[1], "name", name);
    for (size_t i = 2; i < count; i++)
        json_array_append_new(fields, json_string(words[i]));
    if (count > 2)
        json_object_set(o, "fields", fields);
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(fields);
    json_decref(o);
    if (!line)
        return repli_cli_usage(cli, "a sheet, initials, and a name or fields, in UTF-8");
    enum repli_status s =
        repli_review_import(cli->site, cli->ledger, line, strlen(line), cli->by, refusal, cli, &n, &cli->err);
    free(line);
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    if (!cli->json)
        printf("%s on the sheets of %s: noted\n", words[1], words[0]);
    return REPLI_OK;
}

int repli_cmd_review_initials(struct repli_cli *cli, const char *const *words, size_t count, const char *name)
{
    struct repli_buf buf = {0};
    bool tells = count > 2 || name;
    if (tells && count < 2)
        return repli_cli_usage(cli, "initials SHEET INITIALS [--name NAME] [FIELD...]");
    if (!tells && count > 1)
        return repli_cli_usage(cli, "whose initials are they (--name), or in which fields do they stand?");
    if ((tells && repli_cli_person(cli) != REPLI_OK) || open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (tells)
        return tell(cli, words, count, name);
    int n = print_lines(cli, &buf,
                        repli_review_initials(cli->site, cli->ledger, count ? words[0] : NULL, repli_cmd_review_buffer,
                                              &buf, &cli->err),
                        initials_human);
    if (n < 0)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "view", count ? words[0] : "initials", "listed", NULL);
    if (!cli->json && n == 0)
        puts("No initials wait to be told apart");
    return REPLI_OK;
}

/* ---- operators, samples */

/* "2 of 300 wrong, 0.67 % (0.08 to 2.39 %, Clopper-Pearson)" */
static void print_share(const json_t *o, long long hits, long long n, const char *what)
{
    const json_t *in = json_object_get(o, "interval");
    if (n == 0)
        return;
    printf("%lld of %lld %s, %.2f %% (%.2f to %.2f %%, %s)", hits, n, what,
           100 * json_real_value(json_object_get(o, "rate")), 100 * json_number_value(json_array_get(in, 0)),
           100 * json_number_value(json_array_get(in, 1)), text(o, "method"));
}

static long long count_of(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

static void operator_human(struct repli_cli *cli, const json_t *o)
{
    const json_t *known = json_object_get(o, "known"), *pair = json_object_get(o, "second_key");
    (void)cli;
    printf("%-16s %6lld fields", text(o, "person"), count_of(o, "fields"));
    if (json_is_number(json_object_get(o, "fields_per_hour")))
        printf(", %.0f an hour", json_number_value(json_object_get(o, "fields_per_hour")));
    printf("; known fields: ");
    print_share(known, count_of(known, "wrong"), count_of(known, "answered"), "wrong");
    printf("%s; second key: %lld of %lld equal\n", count_of(known, "answered") ? "" : "none answered yet",
           count_of(pair, "agreed"), count_of(pair, "pairs"));
}

int repli_cmd_review_operators(struct repli_cli *cli)
{
    struct repli_buf buf = {0};
    if (open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    int n =
        print_lines(cli, &buf, repli_review_operators(cli->site, cli->ledger, repli_cmd_review_buffer, &buf, &cli->err),
                    operator_human);
    if (n < 0)
        return repli_cli_fail(cli);
    if (!cli->json && n == 0)
        puts("Nobody has keyed anything yet");
    return REPLI_OK;
}

static void sample_human(struct repli_cli *cli, const json_t *o)
{
    size_t i;
    const json_t *f;
    (void)cli;
    if (count_of(o, "answered") == 0)
        printf("No field of the record was read again yet (%lld asked): repli review audit-sample --n 300 --by PERSON",
               count_of(o, "asked"));
    print_share(o, count_of(o, "differs"), count_of(o, "answered"), "fields of the record differ from a third reading");
    putchar('\n');
    json_array_foreach(json_object_get(o, "fields"), i, f)
    {
        printf("  %-12s %-16s %s in the record (%s, %s), %s says %s\n", text(f, "sheet"), text(f, "field"),
               text(f, "held"), text(f, "by"), text(f, "by2"), text(f, "reread_by"), text(f, "reread"));
    }
}

int repli_cmd_review_sample(struct repli_cli *cli, int64_t n)
{
    struct repli_buf buf = {0};
    if ((n && repli_cli_person(cli) != REPLI_OK) || open_both(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s =
        n ? repli_review_sample(cli->site, cli->ledger, cli->record, cli->by, n, repli_cmd_review_buffer, &buf,
                                &cli->err)
          : repli_review_sample_result(cli->site, cli->ledger, repli_cmd_review_buffer, &buf, &cli->err);
    int count = print_lines(cli, &buf, s, n ? NULL : sample_human);
    if (count < 0)
        return repli_cli_fail(cli);
    if (!n)
        repli_cli_note(cli, "view", "samples", "listed", NULL);
    return REPLI_OK;
}
