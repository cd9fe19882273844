/* Forms as handles: opening from files, from the program, or from what was frozen when it was printed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form_internal.h"
#include "sample.h"
#include "words.h"
#include "repli/id.h"
#include "repli/text.h"

static const char frozen_head[] = "repli-form 1";

void repli_form_close(struct repli_form *form)
{
    if (!form)
        return;
    struct repli_arena arena = form->arena;
    free(form);
    repli_arena_done(&arena);
}

static void form_closep(struct repli_form **form)
{
    repli_form_close(*form);
}

const char *repli_form_id(const struct repli_form *form)
{
    return form->id;
}
const char *repli_form_lang(const struct repli_form *form)
{
    return form->lang;
}
const char *repli_form_title(const struct repli_form *form)
{
    return form->title;
}
int repli_form_lang_number(const struct repli_form *form)
{
    return form->language.number;
}
const char *repli_form_file(const struct repli_form *form)
{
    return form->file;
}
int repli_form_number(const struct repli_form *form)
{
    return form->number;
}
int repli_form_version(const struct repli_form *form)
{
    return form->version;
}
int repli_form_window_hours(const struct repli_form *form)
{
    return form->window_hours;
}
int repli_form_min_age_years(const struct repli_form *form)
{
    return form->min_age_years;
}
int repli_form_max_age_years(const struct repli_form *form)
{
    return form->max_age_years;
}
enum repli_subject_kind repli_form_subject(const struct repli_form *form)
{
    return form->subject;
}
bool repli_form_approved(const struct repli_form *form)
{
    return form->approved_by != NULL;
}
bool repli_form_bare(const struct repli_form *form)
{
    return form->bare;
}
const char *const *repli_form_datasets(const struct repli_form *form)
{
    return form->datasets;
}
bool repli_form_print_only(const struct repli_form *form)
{
    return form->print_only != NULL;
}

bool repli_form_from_ledger(const struct repli_form *form)
{
    static const char *const ledgers[] = {"still_out", "paper_trail", "outages", "cover"};
    for (size_t i = 0; i < form->ndatasets; i++)
        for (size_t k = 0; k < sizeof ledgers / sizeof *ledgers; k++)
            if (strcmp(form->datasets[i], ledgers[k]) == 0)
                return true;
    return false;
}
const char *const *repli_form_missing(const struct repli_form *form, size_t *count)
{
    *count = form->nmissing;
    return form->missing;
}
int repli_form_missing_line(const struct repli_form *form, size_t index)
{
    return form->missing_lines[index];
}

static enum repli_status try_one(const struct repli_form *form, const struct repli_zone *zone, enum sample_kind kind,
                                 const char *setting, enum repli_age_band age, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_layout layout;
    struct repli_layout_in in = {
        .form = form, .zone = zone, .window_utc = 1795392000, .window_hours = form->window_hours, .age_band = (int)age};
    enum repli_status status = REPLI_OK;
    if (repli_sample_in(kind, setting, &in, &a)) /* else it is never printed for such a subject */
        status = repli_layout_try(&in, &a, &layout, err);
    repli_arena_done(&a);
    return status;
}

/* What can go wrong on paper goes wrong here, with data that is bare, usual and plentiful, and not at night; for each
** setting of a site and each age by which rows are chosen. */
static enum repli_status try_out(const struct repli_form *form, struct repli_err *err)
{
    struct repli_zone *zone = NULL;
    if (repli_zone_open("Europe/Brussels", &zone, err) != REPLI_OK)
        return err ? err->status : REPLI_IO;
    enum repli_status status = REPLI_OK;
    for (size_t s = 0; status == REPLI_OK && (s == 0 || (form->varies && repli_setting_at(s))); s++)
        for (int age = REPLI_AGE_UNKNOWN; status == REPLI_OK && age <= (form->by_age ? REPLI_AGE_CHILD : 0);
             age += REPLI_AGE_CHILD)
            for (int kind = 0; kind < SAMPLE_ALL && status == REPLI_OK; kind++)
                status = try_one(form, zone, (enum sample_kind)kind, repli_setting_at(s)->value,
                                 (enum repli_age_band)age, err);
    repli_zone_close(zone);
    return status;
}

static enum repli_status finish(struct repli_form *form, const char *file, struct repli_err *err)
{
    form->file = file;
    if (repli_load_template(form, file, err) != REPLI_OK)
        return REPLI_DATA;
    return try_out(form, err);
}

/* A site's file of a language that the program has, too, says only what differs. */
static enum repli_status open_language(struct repli_form *f, const char *dir, const char *lang, struct repli_err *err)
{
    struct template_text own, built_in;
    struct language below;
    if (repli_template_own(dir, "lang", lang, &f->arena, &own, err) != REPLI_OK)
        return err ? err->status : REPLI_IO;
    repli_template_built_in("lang", lang, &f->arena, &built_in);
    if (!own.file && !built_in.file)
        return repli_fail(err, REPLI_DATA, "there is no language '%s': add templates/lang/%s.yaml", lang, lang);
    if (built_in.file && repli_lang_load(&built_in, NULL, &f->arena, &below, err) != REPLI_OK)
        return REPLI_DATA;
    if (!own.file)
        f->language = below;
    else if (repli_lang_load(&own, built_in.file ? &below : NULL, &f->arena, &f->language, err) != REPLI_OK)
        return REPLI_DATA;
    f->lang = f->language.code;
    f->language.own = own.file != NULL;
    return strcmp(f->lang, lang) == 0
               ? REPLI_OK
               : repli_fail(err, REPLI_DATA, "%s: `language` is %s, the file's name says %s", own.file, f->lang, lang);
}

enum repli_status repli_words_open(const char *dir, const char *lang, struct repli_form **words, struct repli_err *err)
{
    REPLI_AUTO(form_closep) struct repli_form *f = repli_xcalloc(1, sizeof *f);
    if (!repli_template_id(lang))
        return repli_fail(err, REPLI_DATA, "'%s' is no language: small letters, as fr", lang);
    enum repli_status status = open_language(f, dir, lang, err);
    if (status != REPLI_OK)
        return status;
    *words = f;
    f = NULL;
    return REPLI_OK;
}

enum repli_status repli_form_open(const char *dir, const char *id, const char *lang, struct repli_form **form,
                                  struct repli_err *err)
{
    REPLI_AUTO(form_closep) struct repli_form *f = repli_xcalloc(1, sizeof *f);
    struct template_text from;
    if (!repli_template_id(id) || !repli_template_id(lang))
        return repli_fail(err, REPLI_DATA, "form '%s' in '%s': ids are small letters, digits and -", id, lang);
    enum repli_status status = open_language(f, dir, lang, err);
    if (status == REPLI_OK)
        status = repli_template_read(dir, "forms", id, &f->arena, &from, err);
    if (status != REPLI_OK)
        return status;
    if (!from.file)
        return repli_fail(err, REPLI_DATA, "there is no form '%s' (`repli form list` shows them)", id);
    f->text = from.text;
    f->len = from.len;
    status = finish(f, from.file, err);
    if (status != REPLI_OK)
        return status;
    if (strcmp(f->id, id) != 0)
        return repli_fail(err, REPLI_DATA, "%s: `form` is %s, the file's name says %s", from.file, f->id, id);
    if (dir)
        status = repli_form_check_number(f, dir, err);
    if (dir && status == REPLI_OK)
        status = repli_lang_check_number(f, dir, err);
    if (status != REPLI_OK)
        return status;
    *form = f;
    f = NULL;
    return REPLI_OK;
}

/* ---- freezing: one text with the template and the strings it uses */
static void put_quoted(struct repli_buf *b, const char *s)
{
    repli_buf_puts(b, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            repli_buf_puts(b, "\\");
        repli_buf_add(b, s, 1);
    }
    repli_buf_puts(b, "\"");
}

/* A language file that holds what this form uses and no more, in the order of use. */
static char *used_strings(const struct repli_form *form, struct repli_arena *a)
{
    struct repli_buf b = {0};
    repli_buf_printf(&b, "language: %s\n", form->lang);
    if (form->language.number_node)
        repli_buf_printf(&b, "number: %d\n", form->language.number);
    repli_buf_puts(&b, "months: [");
    for (size_t i = 0; i < 12; i++) {
        repli_buf_puts(&b, i ? ", " : "");
        put_quoted(&b, form->language.months[i]);
    }
    repli_buf_puts(&b, "]\ntexts:\n");
    for (size_t i = 0; i < form->nused; i++) {
        repli_buf_puts(&b, "  ");
        put_quoted(&b, form->used[i].english);
        repli_buf_puts(&b, ": ");
        put_quoted(&b, form->used[i].text);
        repli_buf_puts(&b, "\n");
    }
    char *text = repli_arena_strndup(a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

void repli_form_hash(const struct repli_form *form, uint8_t hash[32])
{
    struct repli_arena a = {0};
    struct repli_hash h;
    uint8_t fonts[32];
    repli_font_digest(fonts);
    repli_hash_init(&h);
    repli_hash_int(&h, (int64_t)form->len);
    repli_hash_bytes(&h, form->text, form->len);
    repli_hash_text(&h, used_strings(form, &a));
    repli_hash_bytes(&h, fonts, sizeof fonts);
    repli_hash_int(&h, REPLI_LAYOUT_EPOCH);
    repli_hash_final(&h, hash);
    repli_arena_done(&a);
}

char *repli_form_frozen(const struct repli_form *form, struct repli_arena *a)
{
    const char *strings = used_strings(form, a);
    return repli_arena_printf(a, "%s %s %zu %zu %d\n%.*s%s", frozen_head, form->lang, form->len, strlen(strings),
                              REPLI_LAYOUT_EPOCH, (int)form->len, form->text, strings);
}

/* The template and the language's texts of a frozen form, borrowed. */
struct frozen {
    const char *form, *texts;
    size_t form_len, texts_len;
    int epoch;
};

static bool frozen_parts(const char *text, size_t len, struct frozen *out)
{
    char lang[17] = "", line[96];
    uint64_t first = 0, second = 0;
    const char *end = memchr(text, '\n', len < sizeof line ? len : sizeof line - 1);
    if (!end || (size_t)(end - text) < sizeof frozen_head || memcmp(text, frozen_head, sizeof frozen_head - 1) != 0)
        return false;
    memcpy(line, text, (size_t)(end - text));
    line[end - text] = 0;
    if (sscanf(line + sizeof frozen_head - 1, " %16s %" SCNu64 " %" SCNu64 " %d", lang, &first, &second, &out->epoch) !=
        4)
        return false;
    size_t rest = len - (size_t)(end + 1 - text);
    if (first > rest || second != rest - first)
        return false;
    out->form = end + 1;
    out->form_len = (size_t)first;
    out->texts = end + 1 + first;
    out->texts_len = (size_t)second;
    return true;
}

bool repli_form_frozen_approved(const char *text, size_t len)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct frozen parts;
    struct repli_yaml *root = NULL;
    return frozen_parts(text, len, &parts) && parts.epoch == REPLI_LAYOUT_EPOCH &&
           repli_yaml_parse("frozen form", parts.form, parts.form_len, &a, &root, NULL) == REPLI_OK &&
           repli_yaml_get(root, "approved") != NULL;
}

enum repli_status repli_form_open_frozen(const char *text, size_t len, struct repli_form **form, struct repli_err *err)
{
    REPLI_AUTO(form_closep) struct repli_form *f = repli_xcalloc(1, sizeof *f);
    struct frozen parts;
    if (!frozen_parts(text, len, &parts))
        return repli_fail(err, REPLI_DATA, "frozen form: the text is damaged; restore the site's forms/ from a backup");
    if (parts.epoch != REPLI_LAYOUT_EPOCH)
        return repli_fail(err, REPLI_DATA, "frozen form: laid out by epoch %d, this program has epoch %d: update Repli",
                          parts.epoch, REPLI_LAYOUT_EPOCH);
    f->text = repli_arena_strndup(&f->arena, parts.form, parts.form_len);
    f->len = parts.form_len;
    const char *text_of = repli_arena_strndup(&f->arena, parts.texts, parts.texts_len);
    struct template_text strings = {"frozen strings", text_of, parts.texts_len};
    if (repli_lang_load(&strings, NULL, &f->arena, &f->language, err) != REPLI_OK)
        return REPLI_DATA;
    f->lang = f->language.code;
    enum repli_status status = finish(f, "frozen form", err);
    if (status != REPLI_OK)
        return status;
    *form = f;
    f = NULL;
    return REPLI_OK;
}
