/* The table of tables: a new type of resource is a struct in repli/record_rows.h, a table in record.sql and an entry
** here. */
#include "store/record_columns.h"

#define TEXT(what, column)                                                                                             \
    {                                                                                                                  \
#column, RECORD_TEXT, offsetof(struct repli_rec_##what, column)                                                \
    }
#define INTEGER(what, column)                                                                                          \
    {                                                                                                                  \
#column, RECORD_INTEGER, offsetof(struct repli_rec_##what, column)                                             \
    }
#define BOOL(what, column)                                                                                             \
    {                                                                                                                  \
#column, RECORD_BOOL, offsetof(struct repli_rec_##what, column)                                                \
    }

static const struct record_column patient_columns[] = {
    {"identifier_system", RECORD_TEXT, offsetof(struct record_patient, identifier_system)},
    {"identifier_value", RECORD_TEXT, offsetof(struct record_patient, identifier_value)},
    {"subject_hash", RECORD_HASH8, offsetof(struct record_patient, subject_hash)},
    TEXT(patient, family),
    TEXT(patient, given),
    TEXT(patient, prefix),
    TEXT(patient, name_text),
    TEXT(patient, name_fold),
    TEXT(patient, birth_date),
    TEXT(patient, gender),
    TEXT(patient, language),
    TEXT(patient, address),
    BOOL(patient, deceased),
    INTEGER(patient, deceased_utc),
    BOOL(patient, active),
    TEXT(patient, replaced_by)};
static const struct record_column location_columns[] = {
    TEXT(location, kind), TEXT(location, name), TEXT(location, code), TEXT(location, part_of), BOOL(location, active)};
static const struct record_column encounter_columns[] = {
    TEXT(encounter, patient_id),
    TEXT(encounter, part_of),
    TEXT(encounter, identifier_system),
    TEXT(encounter, identifier_value),
    {"stay_hash", RECORD_HASH8, offsetof(struct record_encounter, stay_hash)},
    {"class", RECORD_TEXT, offsetof(struct repli_rec_encounter, class_code)},
    TEXT(encounter, status),
    INTEGER(encounter, start_utc),
    INTEGER(encounter, end_utc),
    TEXT(encounter, reason),
    TEXT(encounter, attending),
    TEXT(encounter, attending_ref)};
static const struct record_column allergy_columns[] = {
    TEXT(allergy, patient_id), TEXT(allergy, kind),     TEXT(allergy, substance),   TEXT(allergy, code_system),
    TEXT(allergy, code),       TEXT(allergy, category), TEXT(allergy, criticality), TEXT(allergy, certainty),
    TEXT(allergy, status),     TEXT(allergy, reaction), TEXT(allergy, severity),    INTEGER(allergy, recorded_utc)};
static const struct record_column condition_columns[] = {TEXT(condition, patient_id),  TEXT(condition, encounter_id),
                                                         TEXT(condition, code_system), TEXT(condition, code),
                                                         TEXT(condition, display),     TEXT(condition, status),
                                                         TEXT(condition, certainty),   INTEGER(condition, onset_utc)};
static const struct record_column medication_columns[] = {TEXT(medication, name), TEXT(medication, code_system),
                                                          TEXT(medication, code), TEXT(medication, ingredients)};
static const struct record_column request_columns[] = {
    TEXT(request, patient_id),  TEXT(request, encounter_id),    TEXT(request, status),
    TEXT(request, intent),      TEXT(request, medication_id),   TEXT(request, medication),
    TEXT(request, dose),        TEXT(request, dose_unit),       TEXT(request, dose_text),
    TEXT(request, route),       TEXT(request, frequency),       TEXT(request, times),
    INTEGER(request, period_s), BOOL(request, as_needed),       TEXT(request, as_needed_for),
    TEXT(request, max_24h),     INTEGER(request, authored_utc), INTEGER(request, start_utc),
    INTEGER(request, end_utc),  TEXT(request, prescriber),      TEXT(request, prescriber_ref)};
static const struct record_column administration_columns[] = {
    TEXT(administration, patient_id), TEXT(administration, encounter_id),  TEXT(administration, request_id),
    TEXT(administration, status),     TEXT(administration, medication_id), TEXT(administration, medication),
    TEXT(administration, dose),       TEXT(administration, dose_unit),     TEXT(administration, dose_text),
    TEXT(administration, route),      INTEGER(administration, start_utc),  INTEGER(administration, end_utc),
    TEXT(administration, performer),  TEXT(administration, performer_ref), TEXT(administration, reason)};
static const struct record_column observation_columns[] = {TEXT(observation, patient_id),
                                                           TEXT(observation, encounter_id),
                                                           TEXT(observation, code_system),
                                                           TEXT(observation, code),
                                                           TEXT(observation, display),
                                                           TEXT(observation, category),
                                                           INTEGER(observation, effective_utc),
                                                           TEXT(observation, value),
                                                           TEXT(observation, value_kind),
                                                           TEXT(observation, unit),
                                                           TEXT(observation, status)};
static const struct record_column practitioner_columns[] = {
    TEXT(practitioner, identifier_system), TEXT(practitioner, identifier_value), TEXT(practitioner, name),
    TEXT(practitioner, phone), BOOL(practitioner, active)};
static const struct record_column role_columns[] = {
    TEXT(role, name),  TEXT(role, practitioner_ref), TEXT(role, organization_ref), TEXT(role, role), TEXT(role, phone),
    BOOL(role, active)};
static const struct record_column organization_columns[] = {
    TEXT(organization, identifier_system), TEXT(organization, identifier_value), TEXT(organization, name),
    TEXT(organization, phone), BOOL(organization, active)};
static const struct record_column statement_columns[] = {
    TEXT(statement, patient_id),      TEXT(statement, encounter_id), TEXT(statement, status),
    TEXT(statement, medication_id),   TEXT(statement, medication),   TEXT(statement, dose),
    TEXT(statement, dose_unit),       TEXT(statement, dose_text),    TEXT(statement, route),
    TEXT(statement, frequency),       TEXT(statement, times),        BOOL(statement, as_needed),
    TEXT(statement, as_needed_for),   INTEGER(statement, start_utc), INTEGER(statement, end_utc),
    INTEGER(statement, asserted_utc), TEXT(statement, source),       TEXT(statement, reason)};
static const struct record_column procedure_columns[] = {
    TEXT(procedure, patient_id), TEXT(procedure, encounter_id), TEXT(procedure, status),
    TEXT(procedure, category),   TEXT(procedure, code_system),  TEXT(procedure, code),
    TEXT(procedure, display),    TEXT(procedure, body_site),    INTEGER(procedure, start_utc),
    INTEGER(procedure, end_utc), TEXT(procedure, performer),    TEXT(procedure, performer_ref),
    TEXT(procedure, outcome)};
static const struct record_column service_columns[] = {
    TEXT(service, patient_id),      TEXT(service, encounter_id), TEXT(service, status),
    TEXT(service, intent),          TEXT(service, priority),     BOOL(service, not_to_do),
    TEXT(service, category),        TEXT(service, code_system),  TEXT(service, code),
    TEXT(service, display),         TEXT(service, detail),       INTEGER(service, occurrence_utc),
    INTEGER(service, authored_utc), TEXT(service, requester),    TEXT(service, requester_ref),
    TEXT(service, reason)};
static const struct record_column appointment_columns[] = {
    TEXT(appointment, patient_id), TEXT(appointment, status),       TEXT(appointment, display),
    TEXT(appointment, place),      TEXT(appointment, location_id),  TEXT(appointment, actor),
    TEXT(appointment, actor_ref),  INTEGER(appointment, start_utc), INTEGER(appointment, end_utc),
    TEXT(appointment, instruction)};
static const struct record_column device_columns[] = {TEXT(device, patient_id),  TEXT(device, status),
                                                      TEXT(device, code_system), TEXT(device, code),
                                                      TEXT(device, display),     TEXT(device, identifier)};
static const struct record_column device_use_columns[] = {
    TEXT(device_use, patient_id), TEXT(device_use, device_id),    TEXT(device_use, display),   TEXT(device_use, status),
    TEXT(device_use, body_site),  INTEGER(device_use, start_utc), INTEGER(device_use, end_utc)};
static const struct record_column flag_columns[] = {
    TEXT(flag, patient_id),  TEXT(flag, encounter_id), TEXT(flag, status),    TEXT(flag, category),
    TEXT(flag, code_system), TEXT(flag, code),         TEXT(flag, display),   INTEGER(flag, start_utc),
    INTEGER(flag, end_utc),  TEXT(flag, author),       TEXT(flag, author_ref)};
static const struct record_column coverage_columns[] = {
    TEXT(coverage, patient_id), TEXT(coverage, status), TEXT(coverage, kind),         TEXT(coverage, payor),
    TEXT(coverage, payor_ref),  TEXT(coverage, number), INTEGER(coverage, start_utc), INTEGER(coverage, end_utc)};

#define COLUMNS(what) what##_columns, sizeof what##_columns / sizeof *what##_columns
const struct record_table record_tables[REPLI_RECS] = {
    [REPLI_REC_PATIENT] = {"Patient", "patient", "patient_id", NULL, sizeof(struct record_patient), false,
                           COLUMNS(patient)},
    [REPLI_REC_LOCATION] = {"Location", "location", "location_id", NULL, sizeof(struct repli_rec_location), false,
                            COLUMNS(location)},
    [REPLI_REC_ENCOUNTER] = {"Encounter", "encounter", "encounter_id", NULL, sizeof(struct record_encounter), false,
                             COLUMNS(encounter)},
    [REPLI_REC_ALLERGY] = {"AllergyIntolerance", "allergy", "allergy_id", NULL, sizeof(struct repli_rec_allergy), false,
                           COLUMNS(allergy)},
    [REPLI_REC_CONDITION] = {"Condition", "condition", "condition_id", NULL, sizeof(struct repli_rec_condition), false,
                             COLUMNS(condition)},
    [REPLI_REC_MEDICATION] = {"Medication", "medication", "medication_id", NULL, sizeof(struct repli_rec_medication),
                              false, COLUMNS(medication)},
    [REPLI_REC_REQUEST] = {"MedicationRequest", "medication_request", "request_id", NULL,
                           sizeof(struct repli_rec_request), false, COLUMNS(request)},
    [REPLI_REC_ADMINISTRATION] = {"MedicationAdministration", "medication_administration", "administration_id",
                                  "medication_administration.from_paper=0", sizeof(struct repli_rec_administration),
                                  false, COLUMNS(administration)},
    [REPLI_REC_OBSERVATION] = {"Observation", "observation", "observation_id", "observation.from_paper=0",
                               sizeof(struct repli_rec_observation), true, COLUMNS(observation)},
    [REPLI_REC_PRACTITIONER] = {"Practitioner", "practitioner", "practitioner_id", NULL,
                                sizeof(struct repli_rec_practitioner), false, COLUMNS(practitioner)},
    [REPLI_REC_ROLE] = {"PractitionerRole", "practitioner_role", "role_id", NULL, sizeof(struct repli_rec_role), false,
                        COLUMNS(role)},
    [REPLI_REC_ORGANIZATION] = {"Organization", "organization", "organization_id", NULL,
                                sizeof(struct repli_rec_organization), false, COLUMNS(organization)},
    [REPLI_REC_STATEMENT] = {"MedicationStatement", "medication_statement", "statement_id", NULL,
                             sizeof(struct repli_rec_statement), false, COLUMNS(statement)},
    [REPLI_REC_PROCEDURE] = {"Procedure", "procedure", "procedure_id", NULL, sizeof(struct repli_rec_procedure), false,
                             COLUMNS(procedure)},
    [REPLI_REC_SERVICE] = {"ServiceRequest", "service_request", "service_id", NULL, sizeof(struct repli_rec_service),
                           false, COLUMNS(service)},
    [REPLI_REC_APPOINTMENT] = {"Appointment", "appointment", "appointment_id", NULL,
                               sizeof(struct repli_rec_appointment), true, COLUMNS(appointment)},
    [REPLI_REC_DEVICE] = {"Device", "device", "device_id", NULL, sizeof(struct repli_rec_device), false,
                          COLUMNS(device)},
    [REPLI_REC_DEVICE_USE] = {"DeviceUseStatement", "device_use", "use_id", NULL, sizeof(struct repli_rec_device_use),
                              false, COLUMNS(device_use)},
    [REPLI_REC_FLAG] = {"Flag", "flag", "flag_id", NULL, sizeof(struct repli_rec_flag), false, COLUMNS(flag)},
    [REPLI_REC_COVERAGE] = {"Coverage", "coverage", "coverage_id", NULL, sizeof(struct repli_rec_coverage), false,
                            COLUMNS(coverage)},
};
