/* The line of the reading contract: one JSON object a page image. */
#include "batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text && text[0])
        (void)json_object_set_new(o, key, json_string(text));
}

static void set_times(json_t *o, const struct job *job)
{
    json_t *ms = json_object();
    (void)json_object_set_new(ms, "load", json_real(job->ms_load));
    (void)json_object_set_new(ms, "code", json_real(job->ms_code));
    (void)json_object_set_new(ms, "fields", json_real(job->ms_fields));
    (void)json_object_set_new(o, "ms", ms);
}

static json_t *field_json(const struct repli_field *f, const struct repli_field_reading *r)
{
    json_t *o = json_object();
    set_text(o, "id", f->id);
    set_text(o, "kind", repli_field_kind_text(f->kind));
    set_text(o, "state", repli_ink_text(r->state));
    (void)json_object_set_new(o, "confidence", json_real(r->confidence));
    if (f->kind == REPLI_FIELD_BAND)
        (void)json_object_set_new(o, "row", r->row >= 0 ? json_integer(r->row) : json_null());
    if (f->kind == REPLI_FIELD_DIGITS)
        (void)json_object_set_new(o, "value", json_null());
    return o;
}

static void set_reading(json_t *o, const struct job *job)
{
    json_t *h = json_array(), *fields = json_array();
    for (int i = 0; i < 9; i++)
        (void)json_array_append_new(h, json_real(job->pose.h[i]));
    (void)json_object_set_new(o, "mm_to_px", h);
    if (job->outcome != REPLI_OUTCOME_READ) {
        json_decref(fields);
        return;
    }
    for (size_t i = 0; i < job->map->nfields; i++)
        (void)json_array_append_new(fields, field_json(&job->map->fields[i], &job->readings[i]));
    (void)json_object_set_new(o, "fields", fields);
}

/* Text of an object in the arena; jansson fails only for want of memory or for text that is no UTF-8. */
static char *dump(json_t *o, struct repli_arena *a)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(10));
    char *kept = repli_arena_strdup(a, text ? text : "{}");
    free(text);
    json_decref(o);
    return kept;
}

/* A file's name is foreign: bytes that are no UTF-8 are shown as U+FFFD. */
static json_t *head(const struct job *job)
{
    json_t *o = json_object();
    json_t *file = json_string(job->file->path);
    if (!file)
        file = json_string(repli_text_clean(job->arena, job->file->path, strlen(job->file->path), NULL));
    (void)json_object_set_new(o, "file", file);
    (void)json_object_set_new(o, "page", json_integer(job->page));
    set_text(o, "outcome", repli_outcome_text(job->outcome));
    return o;
}

void repli_scan_json(const struct job *job, char **told, char **stored)
{
    json_t *o = head(job);
    set_text(o, "reason", job->reason);
    set_text(o, "first", job->first_outcome);
    set_text(o, "sheet", job->sheet);
    set_text(o, "form", job->row ? job->row->form_id : NULL);
    if (job->authentic)
        set_text(o, "stage", repli_code_stage_text(job->stage));
    if (job->registered) {
        (void)json_object_set_new(o, "marks", json_integer(job->pose.marks));
        (void)json_object_set_new(o, "score", json_real(job->pose.score));
    }
    if (job->decoded) {
        (void)json_object_set_new(o, "bits", json_integer(job->bits));
        (void)json_object_set_new(o, "dpi", json_real(job->dpi));
    }
    set_times(o, job);
    if (job->registered)
        set_reading(o, job);
    *told = dump(json_incref(o), job->arena);
    (void)json_object_del(o, "ms");
    *stored = dump(o, job->arena);
}

char *repli_scan_json_again(const struct job *job, const char *stored)
{
    json_t *o = json_loads(stored, 0, NULL), *h = head(job);
    if (!json_is_object(o)) {
        json_decref(o);
        return dump(h, job->arena);
    }
    set_text(o, "first", job->first_outcome);
    (void)json_object_update(o, h);
    json_decref(h);
    return dump(o, job->arena);
}
