/* The paper of a station as one file with a MAC: see repli/carry.h. */
#include "repli/carry.h"

#include <stdio.h>
#include <string.h>

#include "repli/text.h"

#define CONTEXT   "repli ledger file 1"
#define MAC_BYTES 32
#define MAC_LINE  ((size_t)(sizeof "{\"mac\":\"\"}\n" - 1 + 2 * MAC_BYTES))

static void add_head(const struct repli_site *site, const struct repli_carried *said, struct repli_buf *text)
{
    repli_buf_printf(text,
                     "{\"repli-ledger\":1,\"site\":%u,\"station\":%u,\"epoch\":%u,\"made_utc\":%lld,\"packs\":%lld,"
                     "\"sheets\":%lld,\"name\":\"",
                     (unsigned)repli_keys_site_tag(site->keys), said->station, repli_keys_epoch(site->keys),
                     (long long)said->made_utc, (long long)said->packs, (long long)said->sheets);
    for (const char *c = site->station_name; *c; c++) /* one line without control characters: site.yaml saw to that */
        repli_buf_printf(text, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    repli_buf_puts(text, "\"}\n");
}

enum repli_status repli_carry_export(const struct repli_site *site, struct repli_ledger *ledger, struct repli_buf *text,
                                     struct repli_carried *said, struct repli_err *err)
{
    struct repli_carried out = {.station = site->station, .made_utc = repli_clock_now(&site->clock)};
    struct repli_buf rows = {0};
    uint8_t mac[MAC_BYTES];
    char hex[2 * MAC_BYTES + 1];
    enum repli_status s = repli_ledger_rows_out(ledger, site->station, &rows, &out.packs, &out.sheets, err);
    if (s == REPLI_OK) {
        add_head(site, &out, text);
        repli_buf_add(text, rows.data ? rows.data : "", rows.len);
        if (!repli_keys_seal(site->keys, repli_keys_epoch(site->keys), site->station, CONTEXT, text->data, text->len,
                             mac))
            s = repli_fail(err, REPLI_DATA, "the key of station %u is not held here", site->station);
    }
    repli_buf_done(&rows);
    if (s != REPLI_OK)
        return s;
    repli_hex(mac, MAC_BYTES, hex);
    repli_buf_printf(text, "{\"mac\":\"%s\"}\n", hex);
    *said = out;
    return REPLI_OK;
}

/* ---- in */

struct carrier {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_arena *a;
    struct repli_err *err;
    char *text; /* lines, each ended by NUL */
    size_t len; /* without the line of the MAC */
    int64_t packs, sheets;
    unsigned epoch;
};

static bool number(const char *text, int64_t max, int64_t *out)
{
    return repli_integer(text, 0, max, out);
}

/* Who says so?  Before anything else of the file is looked at. */
static enum repli_status check_head(struct carrier *c, struct repli_carried *said)
{
    static const char *const members[] = {"repli-ledger", "site",  "station", "epoch",
                                          "made_utc",     "packs", "sheets",  "name"};
    const char *v[8];
    int64_t version = 0, tag = 0, station = 0, epoch = 0;
    char *end = memchr(c->text, '\n', c->len);
    if (!end)
        return repli_fail(c->err, REPLI_DATA, "this is no ledger file");
    const char *head = repli_arena_strndup(c->a, c->text, (size_t)(end - c->text));
    struct repli_err mine = {0};
    if (repli_ledger_head_in(c->ledger, head, members, 8, c->a, v, &mine) != REPLI_OK || !number(v[0], 1000, &version))
        return repli_fail(c->err, REPLI_DATA, "this is no ledger file");
    if (version != 1)
        return repli_fail(c->err, REPLI_DATA, "the ledger file was written by a newer program (version %lld)",
                          (long long)version);
    if (!number(v[1], 65535, &tag) || !number(v[2], 1023, &station) || !number(v[3], 255, &epoch) ||
        !number(v[4], INT64_MAX, &said->made_utc) || !number(v[5], INT64_MAX, &c->packs) ||
        !number(v[6], INT64_MAX, &c->sheets))
        return repli_fail(c->err, REPLI_DATA, "the head of the ledger file is damaged");
    if (tag != repli_keys_site_tag(c->site->keys))
        return repli_fail(c->err, REPLI_DATA, "the ledger file is of another site");
    said->station = (unsigned)station;
    said->name = v[7];
    c->epoch = (unsigned)epoch;
    return REPLI_OK;
}

static enum repli_status check_mac(struct carrier *c, const struct repli_carried *said)
{
    uint8_t mac[MAC_BYTES];
    char hex[2 * MAC_BYTES + 1], line[MAC_LINE + 1];
    if (!repli_keys_seal(c->site->keys, c->epoch, said->station, CONTEXT, c->text, c->len, mac))
        return repli_fail(c->err, REPLI_DATA,
                          "the key of station %u (epoch %u) is not held here: import it at the centre", said->station,
                          c->epoch);
    repli_hex(mac, MAC_BYTES, hex);
    snprintf(line, sizeof line, "{\"mac\":\"%s\"}\n", hex);
    if (memcmp(c->text + c->len, line, MAC_LINE) != 0)
        return repli_fail(c->err, REPLI_DATA,
                          "the ledger file of station %u was changed, is damaged or was not written by that station",
                          said->station);
    return REPLI_OK;
}

static enum repli_status take_rows(struct carrier *c, struct repli_carried *said)
{
    enum repli_status s = REPLI_OK;
    char *line = memchr(c->text, '\n', c->len);
    size_t at = (size_t)(line - c->text) + 1;
    while (s == REPLI_OK && at < c->len) {
        char *end = memchr(c->text + at, '\n', c->len - at);
        if (!end)
            return repli_fail(c->err, REPLI_DATA, "the ledger file's last line is cut off");
        *end = '\0';
        s = repli_ledger_row_in(c->ledger, said->station, c->text + at, c->site->keys, repli_clock_now(&c->site->clock),
                                said, c->err);
        at = (size_t)(end - c->text) + 1;
    }
    if (s == REPLI_OK && (said->packs != c->packs || said->sheets != c->sheets))
        s = repli_fail(c->err, REPLI_DATA, "the ledger file holds %lld sheets and says %lld", (long long)said->sheets,
                       (long long)c->sheets);
    return s;
}

enum repli_status repli_carry_import(const struct repli_site *site, struct repli_ledger *ledger, const char *text,
                                     size_t len, struct repli_arena *a, struct repli_carried *said,
                                     struct repli_err *err)
{
    struct carrier c = {.site = site, .ledger = ledger, .a = a, .err = err};
    struct repli_carried out = {0};
    if (len <= MAC_LINE || memchr(text, '\0', len))
        return repli_fail(err, REPLI_DATA, "this is no ledger file");
    c.text = repli_arena_strndup(a, text, len);
    c.len = len - MAC_LINE;
    enum repli_status s = check_head(&c, &out);
    if (s == REPLI_OK)
        s = check_mac(&c, &out);
    if (s == REPLI_OK)
        s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    s = take_rows(&c, &out);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK) {
        repli_ledger_rollback(ledger);
        return s;
    }
    *said = out;
    return REPLI_OK;
}
