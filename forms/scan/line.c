/* The line of the reading contract: one JSON object a page image. */
#include "batch.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/serial.h"
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

static void put_id(struct repli_buf *b, const char *id)
{
    if (strcspn(id, "\"\\") == strlen(id) && (unsigned char)id[0] >= ' ') {
        repli_buf_printf(b, "{\"id\":\"%s\"", id);
        return;
    }
    json_t *text = json_string(id);
    char *quoted = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    repli_buf_printf(b, "{\"id\":%s", quoted ? quoted : "\"?\"");
    free(quoted);
    json_decref(text);
}

/* A hundred fields a page: as text at once, not as objects first. */
static void put_field(struct repli_buf *b, const struct repli_field *f, const struct repli_field_reading *r)
{
    char confidence[32];
    repli_number_format(r->confidence, 3, confidence);
    put_id(b, f->id);
    repli_buf_puts(b, ",\"kind\":\"");
    repli_buf_puts(b, repli_field_kind_text(f->kind));
    repli_buf_puts(b, "\",\"state\":\"");
    repli_buf_puts(b, repli_ink_text(r->state));
    repli_buf_puts(b, "\",\"confidence\":");
    repli_buf_puts(b, confidence);
    if (f->kind == REPLI_FIELD_BAND && r->row >= 0)
        repli_buf_printf(b, ",\"row\":%d", r->row);
    else if (f->kind == REPLI_FIELD_BAND)
        repli_buf_puts(b, ",\"row\":null");
    if (f->kind == REPLI_FIELD_DIGITS)
        repli_buf_puts(b, ",\"value\":null");
    repli_buf_puts(b, "}");
}

static void set_pose(json_t *o, const struct repli_pose *pose)
{
    json_t *h = json_array(), *list = json_array();
    for (int i = 0; i < 9; i++)
        (void)json_array_append_new(h, json_real(pose->h[i]));
    (void)json_object_set_new(o, "mm_to_px", h);
    for (size_t i = 0; i < pose->ncreases; i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:f, s:f}", "axis", pose->creases[i].across ? "y" : "x", "at_mm",
                                              pose->creases[i].at_mm, "loss_mm", pose->creases[i].loss_mm));
    if (pose->ncreases)
        (void)json_object_set_new(o, "creases", json_incref(list));
    json_decref(list);
}

/* Of what set_pose() wrote; a crease that makes no sense is none. */
static void read_creases(json_t *list, struct repli_pose *pose)
{
    for (size_t i = 0; i < json_array_size(list) && pose->ncreases < REPLI_CREASES_MAX; i++) {
        json_t *c = json_array_get(list, i);
        const char *axis = json_string_value(json_object_get(c, "axis"));
        json_t *at = json_object_get(c, "at_mm"), *loss = json_object_get(c, "loss_mm");
        if (axis && json_is_number(at) && json_number_value(loss) > 0)
            pose->creases[pose->ncreases++] =
                (struct repli_crease){strcmp(axis, "y") == 0, json_number_value(at), json_number_value(loss)};
    }
}

bool repli_scan_json_pose(const char *line, struct repli_pose *pose)
{
    json_t *o = json_loads(line, 0, NULL), *m = json_object_get(o, "mm_to_px");
    bool ok = json_array_size(m) == 9;
    pose->ncreases = 0;
    for (size_t i = 0; ok && i < 9; i++) {
        pose->h[i] = json_number_value(json_array_get(m, i));
        ok = json_is_number(json_array_get(m, i));
    }
    if (ok)
        read_creases(json_object_get(o, "creases"), pose);
    json_decref(o);
    return ok;
}

static json_t *box_mm(const struct repli_box *b)
{
    return json_pack("[f,f,f,f]", b->x0 / 1e3, b->y0 / 1e3, b->x1 / 1e3, b->y1 / 1e3);
}

/* What people need to find out whose sheet it is. */
static void set_candidates(json_t *o, const struct job *job)
{
    json_t *list = json_array();
    for (size_t i = 0; i < job->ncandidates; i++) {
        const struct candidate *c = &job->candidates[i];
        char sheet[REPLI_SERIAL_TEXT], side[32];
        repli_serial_format(c->serial, sheet);
        (void)snprintf(side, sizeof side, "%d/%d", c->side, c->sides);
        (void)json_array_append_new(list, json_pack("{s:s, s:s?, s:s?, s:s, s:f, s:f}", "sheet", sheet, "patient",
                                                    c->patient, "ward", c->ward, "side", side, "band",
                                                    (double)(int)(c->likeness * 1000 + .5) / 1000, "frame",
                                                    (double)(int)(c->score * 1000 + .5) / 1000));
    }
    (void)json_object_set_new(o, "candidates", list);
    (void)json_object_set_new(o, "out", json_integer((json_int_t)job->out));
    set_pose(o, &job->pose);
    (void)json_object_set_new(
        o, "look_mm", json_pack("{s:o, s:o}", "band", box_mm(&job->look_band), "serial", box_mm(&job->look_serial)));
}

/* The object with the fields behind its last member. */
static char *with_fields(char *object, const struct job *job, const char *fields)
{
    size_t len = strlen(object);
    if (!fields || len < 3)
        return object;
    return repli_arena_printf(job->arena, "%.*s,\"fields\":[%s]}", (int)(len - 1), object, fields);
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
    set_text(o, "form", job->row ? job->row->form_id : job->outcome == REPLI_OUTCOME_NO_CODE ? job->form_seen : NULL);
    if (job->authentic)
        set_text(o, "stage", job->assigned[0] ? "assigned" : repli_code_stage_text(job->stage));
    if (job->authentic && job->assigned[0])
        (void)json_object_set_new(o, "assigned", json_pack("[s,s]", job->assigned[0], job->assigned[1]));
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
        set_pose(o, &job->pose);
    else if (job->outcome == REPLI_OUTCOME_NO_CODE && job->ncandidates)
        set_candidates(o, job);
    struct repli_buf fields = {0};
    /* What a second image shows is kept, so that people can hold the two against each other. */
    bool read = job->outcome == REPLI_OUTCOME_READ, shows = read || job->outcome == REPLI_OUTCOME_SECOND_IMAGE;
    for (size_t i = 0; job->registered && job->readings && shows && i < job->map->nfields; i++) {
        repli_buf_puts(&fields, i ? "," : "");
        put_field(&fields, &job->map->fields[i], &job->readings[i]);
    }
    *told = with_fields(dump(json_incref(o), job->arena), job, read ? fields.data : NULL);
    (void)json_object_del(o, "ms");
    *stored = with_fields(dump(o, job->arena), job, fields.data);
    repli_buf_done(&fields);
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
