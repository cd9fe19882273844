/* What the files of forms/exchange/ share: one resource at hand, and how its parts are read. */
#ifndef REPLI_EXCHANGE_EXCHANGE_H
#define REPLI_EXCHANGE_EXCHANGE_H

#include <jansson.h>

#include "repli/import.h"

#define SYSTEM_LOINC  "http://loinc.org"
#define SYSTEM_SNOMED "http://snomed.info/sct"

struct repli_import {
    struct repli_import_setup set;
    struct repli_import_report report;
};

/* One resource on its way into a row.  The first thing that is wrong sticks in `status` and `err`, readers go on
** harmlessly after it, and the mapper gives up at its end: REPLI_DATA refuses the resource, REPLI_WAITS leaves it for
** later. */
struct fhir {
    struct repli_import *imp;
    struct repli_arena *a;
    const json_t *res;
    const char *type, *id;
    uint8_t hash[32];
    bool last; /* nothing more will arrive: what is optional and missing stays out */
    enum repli_status status;
    struct repli_err *err;
};

/* ---- json.c: texts into trees.  REPLI_DATA with the reason. */
REPLI_MUST_CHECK enum repli_status fhir_parse(const char *text, size_t len, json_t **root, struct repli_err *err);
void json_done(json_t **root);
#define FHIR_JSON REPLI_AUTO(json_done) json_t *

/* ---- fhir.c: parts of a resource.  Texts are cleaned and live in c->a; NULL = not sent, or empty. */
void fhir_refuse(struct fhir *c, const char *fmt, ...) REPLI_PRINTF(2, 3);
const json_t *fhir_get(const json_t *object, const char *key); /* NULL when there is none */
size_t fhir_count(const json_t *list);                         /* one value counts as a list of one */
const json_t *fhir_item(const json_t *list, size_t i);
const char *fhir_text(struct fhir *c, const json_t *object, const char *key);
const char *fhir_texts(struct fhir *c, const json_t *object, const char *key); /* a list of them, blank-separated */
bool fhir_flag(struct fhir *c, const json_t *object, const char *key, bool otherwise);
const int64_t *fhir_time(struct fhir *c, const json_t *object, const char *key);
const char *fhir_decimal(struct fhir *c, const json_t *object, const char *key); /* "2.5", never an exponent */
bool fhir_is(const json_t *object, const char *key, const char *value);          /* object[key] is that text */

struct fhir_code {
    const char *system, *code, *display;
};
/* The coding of `system` (NULL = any), else the first one with a code; all NULL when there is none. */
struct fhir_code fhir_coding(struct fhir *c, const json_t *concept, const char *system);
bool fhir_has_code(const json_t *concept, const char *system, const char *code);
const char *fhir_words(struct fhir *c, const json_t *concept); /* text, else a display, else a code */
const char *fhir_join(struct fhir *c, const char *left, const char *between,
                      const char *right);                          /* NULLs are left out */
const char *fhir_quantity(struct fhir *c, const json_t *quantity); /* "2.5 mg" */

/* ---- refs.c */
enum fhir_need { FHIR_MUST, FHIR_MAY }; /* MUST: refused or left for later when it cannot be resolved; MAY: NULL then */
const char *fhir_ref(struct fhir *c, const json_t *reference, const char *type, enum fhir_need need); /* logical id */
const json_t *fhir_contained(struct fhir *c, const json_t *reference, const char *type);
/* Who acts: the name as far as it was sent with the reference, and "Practitioner/17" (or PractitionerRole,
** Organization), by which the snapshot finds a name that comes by itself. */
struct fhir_actor {
    const char *name, *ref;
};
struct fhir_actor fhir_actor(struct fhir *c, const json_t *reference);
const char *fhir_phone(struct fhir *c, const json_t *telecoms); /* the first number to ring */
const char *fhir_human(struct fhir *c, const json_t *names);    /* "Dr Anne Lambert" of a HumanName list */
bool fhir_id_valid(const char *id);

/* ---- bundle.c: references inside a Bundle become "Type/id", practitioners' names are written beside them. */
REPLI_MUST_CHECK enum repli_status fhir_bundle(struct repli_import *, json_t *bundle, const char *file, int64_t line,
                                               bool number_entries, int depth, struct repli_err *);

/* ---- import.c */
REPLI_MUST_CHECK enum repli_status fhir_value(struct repli_import *, json_t *value, const char *file, int64_t line,
                                              bool number_entries, int depth, struct repli_err *);
REPLI_MUST_CHECK enum repli_status fhir_refused(struct repli_import *, const char *type, const char *id,
                                                const char *reason, struct repli_err *);
/* The same for what is no resource: a line, an entry, a file. */
REPLI_MUST_CHECK enum repli_status fhir_refused_piece(struct repli_import *, const char *type, const char *id,
                                                      const char *reason, struct repli_err *);
void fhir_count_type(struct repli_import *, const char *type); /* of what is not used */
REPLI_MUST_CHECK enum repli_status fhir_settle(struct repli_import *, struct repli_err *);
int fhir_rank(const char *type); /* order in which types are best read; 9 = not used */

/* ---- files.c */
REPLI_MUST_CHECK enum repli_status fhir_file(struct repli_import *, const char *path, bool asked_for,
                                             struct repli_err *);
int fhir_file_rank(const char *path); /* by its first resource */

/* ---- one mapper a type: reads, then puts */
typedef enum repli_status fhir_map_fn(struct fhir *c, enum repli_put *put);
fhir_map_fn fhir_patient, fhir_location, fhir_encounter, fhir_allergy, fhir_condition, fhir_medication, fhir_request,
    fhir_administration, fhir_observation, fhir_practitioner, fhir_role, fhir_organization, fhir_statement,
    fhir_procedure, fhir_service, fhir_appointment, fhir_device, fhir_device_use, fhir_flag_resource, fhir_coverage;
/* What most mappers end with: one row, unless something was wrong. */
enum repli_status fhir_put(struct fhir *c, enum repli_rec kind, const void *row, enum repli_put *put);

/* place.c: what people would type for a place of that name (c: id and arena) */
const char *fhir_place_code(struct fhir *c, const char *name);

/* dosage.c: the instructions of an order, as `key` of the resource holds them */
void fhir_dosage(struct fhir *c, const char *key, struct repli_rec_request *x);
/* medication.c: medication[x] */
void fhir_drug(struct fhir *c, const char **name, const char **id);

#endif
