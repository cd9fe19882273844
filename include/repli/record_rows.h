/* Rows of the record as the import hands them over and as events read them back.  Texts are cleaned UTF-8; NULL = not
** sent.  `..._ref`: who acts, "Practitioner/17". */
#ifndef REPLI_RECORD_ROWS_H
#define REPLI_RECORD_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct repli_rec_identifier {
    const char *system, *value, *type;
};
struct repli_rec_contact {
    const char *kind, *relation, *name, *phone, *actor_ref;
};
struct repli_rec_patient {
    const char *id;
    const struct repli_rec_identifier *identifiers; /* [0] is the primary one; no pair of system and value twice */
    size_t nidentifiers;
    const char *family, *given, *prefix, *name_text, *name_fold, *birth_date, *gender, *language, *address,
        *replaced_by;
    const char *const *replaces; /* patients that this one replaces */
    size_t nreplaces;
    const struct repli_rec_contact *contacts;
    size_t ncontacts;
    bool deceased, active;
    const int64_t *deceased_utc;
};
/* kind NULL: the sender does not say; when the run ends it is a ward when a stay points at it, else 'other'.
** code: what people would type; two wards never share one, the second (in order of id) gets "-" and four digits. */
struct repli_rec_location {
    const char *id, *kind, *name, *code, *part_of;
    bool active;
};
struct repli_rec_stop {
    const char *location_id;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_encounter {
    const char *id, *patient_id, *part_of, *identifier_system, *identifier_value, *class_code, *status, *reason,
        *attending, *attending_ref;
    const int64_t *start_utc, *end_utc;
    const struct repli_rec_stop *stops;
    size_t nstops;
};
struct repli_rec_allergy {
    const char *id, *patient_id, *kind, *substance, *code_system, *code, *category, *criticality, *certainty, *status,
        *reaction, *severity;
    const int64_t *recorded_utc;
};
/* encounter_id, here and below, is kept as sent: a diagnosis stays true when its encounter was not exported. */
struct repli_rec_condition {
    const char *id, *patient_id, *encounter_id, *code_system, *code, *display, *status, *certainty;
    const int64_t *onset_utc;
};
struct repli_rec_medication {
    const char *id, *name, *code_system, *code, *ingredients;
};
struct repli_rec_request {
    const char *id, *patient_id, *encounter_id, *status, *intent, *medication_id, *medication, *dose, *dose_unit,
        *dose_text, *route, *frequency, *times, *as_needed_for, *max_24h, *prescriber, *prescriber_ref;
    const int64_t *period_s, *authored_utc, *start_utc, *end_utc;
    bool as_needed;
};
struct repli_rec_administration {
    const char *id, *patient_id, *encounter_id, *request_id, *status, *medication_id, *medication, *dose, *dose_unit,
        *dose_text, *route, *performer, *performer_ref, *reason;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_observation {
    const char *id /* the resource's, or for a component "id#code" */, *patient_id, *encounter_id, *code_system, *code,
        *display, *category, *value, *value_kind, *unit, *status;
    const int64_t *effective_utc;
};
struct repli_rec_practitioner {
    const char *id, *identifier_system, *identifier_value, *name, *phone;
    bool active;
};
struct repli_rec_role {
    const char *id, *name, *practitioner_ref, *organization_ref, *role, *phone;
    bool active;
};
struct repli_rec_organization {
    const char *id, *identifier_system, *identifier_value, *name, *phone;
    bool active;
};
struct repli_rec_statement {
    const char *id, *patient_id, *encounter_id, *status, *medication_id, *medication, *dose, *dose_unit, *dose_text,
        *route, *frequency, *times, *as_needed_for, *source, *reason;
    const int64_t *start_utc, *end_utc, *asserted_utc;
    bool as_needed;
};
struct repli_rec_procedure {
    const char *id, *patient_id, *encounter_id, *status, *category, *code_system, *code, *display, *body_site,
        *performer, *performer_ref, *outcome;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_service {
    const char *id, *patient_id, *encounter_id, *status, *intent, *priority, *category, *code_system, *code, *display,
        *detail, *requester, *requester_ref, *reason;
    const int64_t *occurrence_utc, *authored_utc;
    bool not_to_do;
};
struct repli_rec_appointment {
    const char *id; /* the resource's id, of a second patient on it "id#patient_id" */
    const char *patient_id, *status, *display, *place, *location_id, *actor, *actor_ref, *instruction;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_device {
    const char *id, *patient_id, *status, *code_system, *code, *display, *identifier; /* patient_id NULL: nobody's */
};
struct repli_rec_device_use {
    const char *id, *patient_id, *device_id, *display, *status, *body_site;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_flag {
    const char *id, *patient_id, *encounter_id, *status, *category, *code_system, *code, *display, *author, *author_ref;
    const int64_t *start_utc, *end_utc;
};
struct repli_rec_coverage {
    const char *id, *patient_id, *status, *kind, *payor, *payor_ref, *number;
    const int64_t *start_utc, *end_utc;
};

/* One a table.  Numbers live in import_seen during a run only. */
enum repli_rec {
    REPLI_REC_PATIENT,
    REPLI_REC_LOCATION,
    REPLI_REC_ENCOUNTER,
    REPLI_REC_ALLERGY,
    REPLI_REC_CONDITION,
    REPLI_REC_MEDICATION,
    REPLI_REC_REQUEST,
    REPLI_REC_ADMINISTRATION,
    REPLI_REC_OBSERVATION,
    REPLI_REC_PRACTITIONER,
    REPLI_REC_ROLE,
    REPLI_REC_ORGANIZATION,
    REPLI_REC_STATEMENT,
    REPLI_REC_PROCEDURE,
    REPLI_REC_SERVICE,
    REPLI_REC_APPOINTMENT,
    REPLI_REC_DEVICE,
    REPLI_REC_DEVICE_USE,
    REPLI_REC_FLAG,
    REPLI_REC_COVERAGE,
    REPLI_RECS
};

#endif
