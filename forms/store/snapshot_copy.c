/* What of the record is copied patient by patient: of each table the columns in the order of snapshot.sql, without
** `ord`, in the order of printing.  ?1 is the patient, ?2 the instant, ?3 the stay; a record that the patient's
** replaces counts as his. */
#include "store/record_family.h"
#include "store/snapshot_internal.h"

#define HIS "IN " RECORD_FAMILY("?1")

#define PHONE(ref)                                                                                                     \
    "CASE WHEN " ref " LIKE 'Practitioner/%' THEN (SELECT a.phone FROM practitioner a WHERE "                          \
    "a.practitioner_id=substr(" ref ",14)) WHEN " ref " LIKE 'Organization/%' THEN (SELECT a.phone FROM organization " \
    "a WHERE a.organization_id=substr(" ref ",14)) WHEN " ref " LIKE 'PractitionerRole/%' THEN (SELECT "               \
    "coalesce(a.phone, p.phone) FROM practitioner_role a LEFT JOIN practitioner p ON "                                 \
    "p.practitioner_id=substr(a.practitioner_ref,14) WHERE a.role_id=substr(" ref ",18)) END"

const struct snapshot_copy snapshot_copies[] = {
    {"allergy", /* "none known" of one record is over when another one names a substance of that kind */
     "WITH a AS (SELECT * FROM allergy WHERE patient_id " HIS " AND (recorded_utc IS NULL OR recorded_utc<=?2) AND "
     "coalesce(status,'active')='active' AND coalesce(certainty,'') NOT IN('refuted','entered-in-error')) "
     "SELECT allergy_id, ?1, kind, substance, category, criticality, certainty, reaction, severity FROM a WHERE "
     "kind='substance' OR NOT EXISTS(SELECT 1 FROM a b WHERE b.kind='substance' AND b.patient_id<>a.patient_id AND "
     "(a.category IS NULL OR b.category IS NULL OR a.category=b.category)) "
     "ORDER BY coalesce(criticality,'')='low', substance, allergy_id"},
    {"medication_order",
     "SELECT r.request_id, ?1, r.status, coalesce(r.medication, m.name, m.ingredients), r.dose, r.dose_unit, "
     "r.dose_text, r.route, r.frequency, r.times, r.period_s, r.as_needed, r.as_needed_for, r.max_24h, r.authored_utc, "
     "r.start_utc, r.end_utc, " RECORD_ACTOR(
         "r.prescriber",
         "r.prescriber_ref") " "
                             "FROM medication_request r LEFT JOIN medication m USING(medication_id) "
                             "WHERE r.patient_id " HIS
                             " AND r.status IN('active','on-hold') AND r.intent NOT IN('proposal','plan','option') "
                             "AND (r.authored_utc IS NULL OR r.authored_utc<=?2) AND (r.end_utc IS NULL OR "
                             "r.end_utc>?2) "
                             "ORDER BY r.as_needed, 4, r.request_id"},
    {"dose",
     "SELECT administration_id, ?1, request_id, status, dose, dose_unit, start_utc FROM ("
     "SELECT *, row_number() OVER(PARTITION BY request_id ORDER BY status IN('completed','in-progress','stopped') "
     "DESC, start_utc DESC, administration_id) AS n FROM medication_administration "
     "WHERE patient_id " HIS " AND start_utc<=?2 AND start_utc>?2-31*86400 AND request_id IS NOT NULL "
     "AND status IN('completed','in-progress','stopped','not-done','on-hold')) "
     "WHERE n=1 OR start_utc>?2-86400 ORDER BY request_id, start_utc DESC, administration_id"},
    {"flag", "SELECT f.flag_id, ?1, f.category, f.code_system, f.code, f.display, f.start_utc, " RECORD_ACTOR(
                 "f.author", "f.author_ref") " FROM flag f WHERE f.patient_id " HIS " AND f.status='active' AND "
                                             "(f.start_utc IS NULL OR f.start_utc<=?2) AND (f.end_utc IS NULL OR "
                                             "f.end_utc>?2) ORDER BY f.start_utc, f.flag_id"},
    {"problem",
     "SELECT condition_id, ?1, display, certainty, coalesce(encounter_id=?3,0), onset_utc FROM condition WHERE "
     "patient_id " HIS " AND (coalesce(status,'') IN('active','recurrence','relapse') OR (status IS NULL AND "
     "encounter_id=?3)) AND coalesce(certainty,'') NOT IN('refuted','entered-in-error') AND (onset_utc IS NULL OR "
     "onset_utc<=?2) ORDER BY 5 DESC, onset_utc, display, condition_id"},
    {"contact",
     "SELECT c.patient_id||'#'||c.seq, ?1, c.kind, c.relation, " RECORD_ACTOR(
         "c.name", "c.actor_ref") ", "
                                  "coalesce(c.phone, " PHONE(
                                      "c.actor_ref") ") FROM patient_contact c WHERE c.patient_id " HIS " "
                                                     "ORDER BY c.patient_id<>?1, c.kind='gp', c.patient_id, c.seq"},
    {"coverage",
     "SELECT c.coverage_id, ?1, c.kind, " RECORD_ACTOR(
         "c.payor",
         "c.payor_ref") ", c.number FROM coverage c WHERE "
                        "c.patient_id " HIS " AND c.status='active' AND (c.start_utc IS NULL OR c.start_utc<=?2) AND "
                        "(c.end_utc IS NULL OR c.end_utc+86400>?2) ORDER BY c.start_utc DESC, c.coverage_id"},
    {"device",
     "SELECT id, ?1, display, body_site, identifier, since FROM (SELECT u.use_id AS id, coalesce(d.display, u.display) "
     "AS display, u.body_site, d.identifier, u.start_utc AS since FROM device_use u LEFT JOIN device d "
     "USING(device_id) "
     "WHERE u.patient_id " HIS " AND u.status IN('active','on-hold') AND (u.start_utc IS NULL OR u.start_utc<=?2) AND "
     "(u.end_utc IS NULL OR u.end_utc>?2) UNION ALL SELECT d.device_id, d.display, NULL, d.identifier, NULL FROM "
     "device "
     "d WHERE d.patient_id " HIS " AND coalesce(d.status,'active') IN('active','unknown') AND NOT EXISTS(SELECT 1 FROM "
     "device_use u WHERE u.device_id=d.device_id)) WHERE display IS NOT NULL ORDER BY since, display, id"},
    {"appointment",
     "SELECT a.appointment_id, ?1, a.status, a.display, coalesce(a.place, l.name), " RECORD_ACTOR(
         "a.actor",
         "a.actor_ref") ", "
                        "a.instruction, a.start_utc, a.end_utc FROM appointment a LEFT JOIN location l "
                        "USING(location_id) WHERE "
                        "a.patient_id " HIS
                        " AND a.status IN('proposed','pending','booked','arrived','checked-in','waitlist') AND "
                        "a.start_utc BETWEEN ?2-43200 AND ?2+172800 ORDER BY a.start_utc, a.appointment_id"},
    {"procedure",
     "SELECT p.procedure_id, ?1, p.status, p.display, p.body_site, " RECORD_ACTOR(
         "p.performer",
         "p.performer_ref") ", "
                            "p.start_utc FROM procedure p WHERE p.patient_id " HIS
                            " AND (p.start_utc IS NULL OR p.start_utc<=?2) AND "
                            "(p.status IN('preparation','in-progress','on-hold') OR (p.status='completed' AND "
                            "(p.encounter_id=?3 OR "
                            "p.start_utc>?2-2592000))) ORDER BY p.start_utc DESC, p.display, p.procedure_id"},
    {"pending",
     "SELECT s.service_id, ?1, s.status, s.priority, s.category, s.display, s.detail, " RECORD_ACTOR(
         "s.requester",
         "s.requester_ref") ", s.not_to_do, s.occurrence_utc, s.authored_utc FROM service_request s "
                            "WHERE s.patient_id " HIS
                            " AND s.status IN('active','on-hold') AND s.intent NOT IN('proposal','plan','option') "
                            "AND (s.authored_utc IS NULL OR s.authored_utc<=?2) ORDER BY s.occurrence_utc IS NULL, "
                            "s.occurrence_utc, s.display, "
                            "s.service_id"},
    {"home_medication",
     "SELECT h.statement_id, ?1, h.status, coalesce(h.medication, m.name, m.ingredients), h.dose, h.dose_unit, "
     "h.dose_text, h.route, h.frequency, h.times, h.as_needed, h.source, h.asserted_utc FROM medication_statement h "
     "LEFT "
     "JOIN medication m USING(medication_id) WHERE h.patient_id " HIS " AND h.status IN('active','intended','unknown',"
     "'on-hold') AND (h.asserted_utc IS NULL OR h.asserted_utc<=?2) AND (h.end_utc IS NULL OR h.end_utc>?2) "
     "ORDER BY 4, h.statement_id"},
    {NULL, NULL},
};
