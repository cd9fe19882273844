/* Files: found in folders, sorted by what they hold, read line by line through zlib (which passes plain files through).
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "exchange/hl7.h"
#include "repli/file.h"

#define PEEK        (256 * 1024) /* enough to see the type of the first resource */
#define BLOCK       65536
#define RANK_HL7    10 /* events change what the others brought */
#define MAX_FOLDERS 16 /* folders in folders */

/* ---- what a file is */

struct look {
    bool empty, xml, json, hl7;
    bool whole_line; /* the first line is a complete value: NDJSON, or all on one line */
    char type[41];   /* of its first resource, "" = not seen */
};

static size_t skip_blank(const char *s, size_t len)
{
    size_t i = len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n'))
        i++;
    return i;
}

/* After the key "resourceType": its value into look->type. */
static void note_type(const char *s, size_t len, struct look *look)
{
    size_t i = 0, n = 0;
    while (i < len && strchr(": \t\r\n", s[i]))
        i++;
    if (i >= len || s[i++] != '"')
        return;
    while (i + n < len && s[i + n] != '"')
        n++;
    if (n < sizeof look->type && i + n < len) {
        memcpy(look->type, s + i, n);
        look->type[n] = 0;
    }
}

/* Brackets outside of strings, up to the end of the first value or of what was read. */
static void scan(const char *s, size_t len, struct look *look)
{
    size_t depth = 0, top = s[0] == '[' ? 2 : 1, start = 0;
    bool in_string = false, newline = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (s[i] == '\\')
                i++;
            else if (s[i] == '"') {
                in_string = false;
                if (depth == top && i - start == 13 && memcmp(s + start + 1, "resourceType", 12) == 0 && !look->type[0])
                    note_type(s + i + 1, len - i - 1, look);
            }
        } else if (s[i] == '"') {
            in_string = true;
            start = i;
        } else if (s[i] == '{' || s[i] == '[') {
            depth++;
        } else if ((s[i] == '}' || s[i] == ']') && (depth == 0 || --depth == 0)) {
            look->whole_line = !newline;
            return;
        } else if (s[i] == '\n') {
            newline = true;
        }
    }
    look->whole_line = !newline; /* one line longer than the peek */
}

static struct look look_at(const char *data, size_t len)
{
    struct look look = {0};
    size_t at = skip_blank(data, len);
    look.empty = at == len;
    if (look.empty)
        return look;
    look.hl7 = hl7_looks_like(data, len);
    look.xml = data[at] == '<';
    look.json = data[at] == '{' || data[at] == '[';
    if (look.json)
        scan(data + at, len - at, &look);
    return look;
}

static bool named(const char *path, const char *ending)
{
    size_t n = strlen(path), e = strlen(ending);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
        n -= 3;
    return n > e && strncmp(path + n - e, ending, e) == 0;
}

static bool named_lines(const char *path)
{
    return named(path, ".ndjson") || named(path, ".jsonl");
}

static bool is_hl7(const struct look *look, const char *path)
{
    return look->hl7 || (!look->json && !look->xml && named(path, ".hl7"));
}

/* ---- reading */

struct reader {
    gzFile file;
    char *data;
    size_t len, cap, at; /* data[at..len) is not used yet */
    bool end, broken;
    const char *why;
};

static void reader_done(struct reader *r)
{
    if (r->file)
        (void)gzclose(r->file);
    free(r->data);
}

/* Reads another block behind what is there.  Bytes before `at` are moved out of the way. */
static void fill(struct reader *r, size_t want)
{
    int code;
    if (r->at > 0) {
        memmove(r->data, r->data + r->at, r->len - r->at);
        r->len -= r->at;
        r->at = 0;
    }
    if (r->cap - r->len < want + 1) {
        r->cap = (r->len + want + 1) * 2;
        r->data = repli_xrealloc(r->data, r->cap);
    }
    int n = gzread(r->file, r->data + r->len, (unsigned)want);
    if (n > 0)
        r->len += (size_t)n;
    if (n < (int)want) {
        const char *text = gzerror(r->file, &code);
        r->end = n <= 0;
        r->broken = n < 0 || (n == 0 && code != Z_OK && code != Z_STREAM_END);
        r->why = code == Z_BUF_ERROR ? "the compressed file is cut off" : code == Z_ERRNO ? strerror(errno) : text;
    }
}

/* The next line without its end; *line NULL at the end of the file.  *too_long: it was skipped. */
static void next_line(struct reader *r, size_t most, const char **line, size_t *len, bool *too_long)
{
    size_t seen = 0;
    *too_long = false;
    *line = NULL;
    for (;;) {
        const char *start = r->data + r->at;
        const char *nl = r->len > r->at + seen ? memchr(start + seen, '\n', r->len - r->at - seen) : NULL;
        if (nl || (r->end && r->len > r->at && !r->broken)) {
            size_t n = nl ? (size_t)(nl - start) : r->len - r->at;
            r->at += n + (nl != NULL);
            *line = start;
            *len = n > 0 && start[n - 1] == '\r' ? n - 1 : n;
            *too_long = *too_long || n > most;
            return;
        }
        if (r->end)
            return;
        seen = r->len - r->at;
        if (seen > most) { /* keeps no more of it than it must */
            *too_long = true;
            r->at = r->len;
            seen = 0;
        }
        fill(r, BLOCK);
    }
}

static enum repli_status refuse_file(struct repli_import *imp, const char *path, int64_t line, const char *reason,
                                     struct repli_err *err)
{
    repli_record_import_at(imp->set.record, path, line, NULL);
    return fhir_refused_piece(imp, NULL, NULL, reason, err);
}

#define TOO_LONG "larger than import_max_resource of site.yaml"

static enum repli_status read_lines(struct repli_import *imp, struct reader *r, const char *path, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    const char *line;
    size_t len;
    bool too_long;
    for (int64_t n = 1; s == REPLI_OK; n++) {
        next_line(r, (size_t)imp->set.max_resource, &line, &len, &too_long);
        if (!line)
            return r->broken ? refuse_file(imp, path, n, r->why, err) : s;
        if (too_long)
            s = refuse_file(imp, path, n, TOO_LONG, err);
        else if (skip_blank(line, len) < len)
            s = repli_import_text(imp, path, n, line, len, err);
    }
    return s;
}

static enum repli_status read_whole(struct repli_import *imp, struct reader *r, const char *path, struct repli_err *err)
{
    while (!r->end && r->len <= (size_t)imp->set.max_resource)
        fill(r, BLOCK);
    if (r->broken)
        return refuse_file(imp, path, 0, r->why, err);
    if (!r->end)
        return refuse_file(imp, path, 0, TOO_LONG ": export as NDJSON, a resource a line", err);
    return repli_import_text(imp, path, 0, r->data, r->len, err);
}

static enum repli_status read_file(struct repli_import *imp, struct reader *r, const char *path, bool asked_for,
                                   struct repli_err *err)
{
    while (!r->end && r->len < PEEK)
        fill(r, BLOCK);
    struct look look = look_at(r->data, r->len);
    if (r->broken && r->len == 0)
        return refuse_file(imp, path, 0, r->why, err);
    if (look.empty)
        return refuse_file(imp, path, 0, "empty", err);
    if (is_hl7(&look, path)) {
        imp->report.files++;
        return hl7_file(imp, path, err);
    }
    if (look.xml)
        return refuse_file(imp, path, 0, "type: XML is not read, export as JSON or NDJSON", err);
    if (!look.json && !named_lines(path)) {
        if (asked_for)
            return refuse_file(imp, path, 0, "type: neither JSON nor HL7 v2", err);
        imp->report.other_files++;
        return REPLI_OK;
    }
    imp->report.files++;
    bool one_line =
        r->end && !memchr(r->data + skip_blank(r->data, r->len), '\n', r->len - skip_blank(r->data, r->len));
    if (named_lines(path) || (look.whole_line && !one_line))
        return read_lines(imp, r, path, err);
    return read_whole(imp, r, path, err);
}

enum repli_status fhir_file(struct repli_import *imp, const char *path, bool asked_for, struct repli_err *err)
{
    struct stat st;
    struct reader r = {0};
    if (stat(path, &st) != 0 || !(r.file = gzopen(path, "rb"))) {
        const char *why = strerror(errno ? errno : EIO);
        return asked_for ? repli_fail(err, REPLI_IO, "%s: %s", path, why) : refuse_file(imp, path, 0, why, err);
    }
    (void)gzbuffer(r.file, 1 << 17);
    imp->report.bytes += st.st_size;
    enum repli_status s = read_file(imp, &r, path, asked_for, err);
    reader_done(&r);
    return s;
}

int fhir_file_rank(const char *path)
{
    struct reader r = {.file = gzopen(path, "rb")};
    if (!r.file)
        return 9;
    while (!r.end && r.len < PEEK)
        fill(&r, BLOCK);
    struct look look = look_at(r.data, r.len);
    reader_done(&r);
    return is_hl7(&look, path) ? RANK_HL7 : look.type[0] ? fhir_rank(look.type) : 4;
}

/* ---- finding */

struct found {
    const char *path;
    bool asked_for;
    int rank;
};

struct finder {
    struct repli_arena *a;
    struct found *list;
    size_t count, cap;
};

static void add_file(struct finder *f, const char *path, bool asked_for)
{
    if (f->count == f->cap) {
        f->list = repli_arena_grow(f->a, f->list, f->count, f->cap * 2 + 64, sizeof *f->list);
        f->cap = f->cap * 2 + 64;
    }
    f->list[f->count++] = (struct found){path, asked_for, fhir_file_rank(path)};
}

/* Links to folders are not followed (they may lead round in circles), devices and pipes are not opened. */
static enum repli_status find(struct finder *f, const char *path, bool asked_for, int depth, struct repli_err *err)
{
    struct stat st;
    char **names;
    size_t count;
    if ((asked_for ? stat(path, &st) : lstat(path, &st)) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
    if (S_ISLNK(st.st_mode) && (stat(path, &st) != 0 || S_ISDIR(st.st_mode)))
        return REPLI_OK;
    if (S_ISREG(st.st_mode)) {
        add_file(f, path, asked_for);
        return REPLI_OK;
    }
    if (!S_ISDIR(st.st_mode))
        return asked_for ? repli_fail(err, REPLI_IO, "%s is neither a file nor a folder", path) : REPLI_OK;
    if (depth > MAX_FOLDERS)
        return repli_fail(err, REPLI_IO, "%s: folders nested deeper than %d", path, MAX_FOLDERS);
    enum repli_status s = repli_dir_list(path, f->a, &names, &count, err);
    for (size_t i = 0; i < count && s == REPLI_OK; i++)
        if (names[i][0] != '.')
            s = find(f, repli_path_join(f->a, path, names[i]), false, depth + 1, err);
    return s;
}

static int by_rank(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : strcmp(x->path, y->path);
}

enum repli_status repli_import_paths(struct repli_import *imp, const char *const *paths, size_t npaths,
                                     repli_import_progress_fn *progress, void *user, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct finder f = {.a = &a};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; i < npaths && s == REPLI_OK; i++)
        s = find(&f, paths[i], true, 0, err);
    if (s == REPLI_OK && f.count > 0)
        qsort(f.list, f.count, sizeof *f.list, by_rank);
    for (size_t i = 0; i < f.count && s == REPLI_OK; i++) {
        if (progress)
            progress(user, i, f.count);
        if (f.list[i].rank == RANK_HL7 && (i == 0 || f.list[i - 1].rank != RANK_HL7))
            s = fhir_settle(imp, err);
        if (s == REPLI_OK)
            s = fhir_file(imp, f.list[i].path, f.list[i].asked_for, err);
    }
    if (progress && s == REPLI_OK)
        progress(user, f.count, f.count);
    repli_arena_done(&a);
    return s;
}
