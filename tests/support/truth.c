#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/truth.h"

bool truth_load(struct truth *t, const char *path)
{
    json_error_t err;
    t->root = json_load_file(path, 0, &err);
    if (!json_is_array(t->root)) {
        fprintf(stderr, "%s: not a truth file: %s\n", path, err.text);
        json_decref(t->root);
        return false;
    }
    return true;
}

void truth_done(struct truth *t)
{
    json_decref(t->root);
    t->root = NULL;
}

const char *truth_text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "";
}

const json_t *truth_sheet(const struct truth *t, const char *serial)
{
    for (size_t i = 0; i < json_array_size(t->root); i++) {
        const json_t *sheet = json_array_get(t->root, i);
        if (strcmp(truth_text(sheet, "sheet"), serial) == 0)
            return sheet;
    }
    return NULL;
}

const json_t *truth_field(const json_t *sheet, const char *field)
{
    const json_t *fields = json_object_get(sheet, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *f = json_array_get(fields, i);
        if (strcmp(truth_text(f, "id"), field) == 0)
            return f;
    }
    return NULL;
}

json_t *truth_line(FILE *f, bool *bad)
{
    char *line = NULL;
    size_t room = 0;
    json_t *o = NULL;
    while (o == NULL && getline(&line, &room, f) > 0) {
        if (line[strspn(line, " \n")] == '\0')
            continue;
        o = json_loads(line, 0, NULL);
        if (!json_is_object(o)) {
            json_decref(o);
            o = NULL;
            *bad = true;
        }
    }
    free(line);
    return o;
}
