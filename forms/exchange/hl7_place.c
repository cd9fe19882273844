/* PV1-3: point of care, room and bed. */
#include "exchange/hl7.h"

#include <string.h>

static const char *make(struct hl7 *m, const char *id, const char *kind, const char *name, const char *part_of)
{
    enum repli_put put;
    struct fhir names = {.imp = m->imp, .a = m->a, .id = id};
    const struct repli_rec_location x = {.id = id,
                                         .kind = kind,
                                         .name = name,
                                         .code = fhir_place_code(&names, name),
                                         .part_of = part_of,
                                         .active = true};
    enum repli_status s = repli_record_put_location(m->imp->set.record, &x, m->hash, &put, m->err);
    m->status = m->status == REPLI_OK ? s : m->status;
    return s == REPLI_OK ? id : NULL;
}

/* What an earlier message made, else a place of another source that is called so, else a new one. */
static const char *find_or_make(struct hl7 *m, const char *id, const char *kind, const char *name, const char *part_of)
{
    struct repli_record *r = m->imp->set.record;
    const char *found = NULL;
    bool known = false;
    enum repli_status s = repli_record_place_known(r, id, &known, m->err);
    if (s == REPLI_OK && !known)
        s = repli_record_place(r, kind, name, part_of, m->a, &found, m->err);
    /* another facility's ward of the same name, made by a message too, is another ward */
    if (s == REPLI_OK && !known && !part_of && found && strncmp(found, "hl7-", 4) == 0)
        found = NULL;
    m->status = m->status == REPLI_OK ? s : m->status;
    if (s != REPLI_OK)
        return NULL;
    return known ? id : found ? found : make(m, id, kind, name, part_of);
}

const char *hl7_place(struct hl7 *m, struct hl7_span pl)
{
    static const char *const kinds[] = {"ward", "room", "bed"};
    const char *facility = hl7_part(m, pl, 4, 1), *at = NULL;
    const char *texts[7] = {"place", facility ? facility : "", NULL};
    for (size_t i = 0; i < 3 && m->status == REPLI_OK; i++) {
        const char *name = hl7_part(m, pl, i + 1, 1);
        texts[i + 2] = name ? name : "";
        texts[i + 3] = NULL;
        if (name)
            at = find_or_make(m, hl7_id(m, texts), kinds[i], name, at);
    }
    return m->status == REPLI_OK ? at : NULL;
}
