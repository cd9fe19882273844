-- A snapshot: what the forms need from the record, of one instant, and nothing more.
--
-- Written once, never changed: rollback mode, no WAL, equal bytes for an equal record and instant.  Times are UTC seconds.
-- NULL means "not transmitted", never "none".  `ord` is the order of printing, from 1: ward by ward, bed by bed, then names.
-- The views at the end are the datasets that templates name: text columns, `patient_id` and `ward` choose the rows.
--
-- application_id 0x5270536E ("RpSn"), user_version = version of this schema.

CREATE TABLE meta(
  key   TEXT PRIMARY KEY,              -- taken_utc, timezone, hospital, site_tag, program, count.TABLE ...
  value TEXT NOT NULL
) STRICT;

CREATE TABLE seal(                     -- not part of the content hash: it holds it
  content BLOB PRIMARY KEY CHECK(length(content)=32), -- BLAKE2b-256 over the schema and every row of every other table
  id      BLOB NOT NULL CHECK(length(id)=6)           -- taken_utc (32 bits) and 16 bits of content
) STRICT;

CREATE TABLE setting(                  -- what the site says about itself and forms choose rows by; directory_reviewed
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  ord   INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE directory(                -- who is reached how when the telephones are down, as site.yaml has it
  ord    INTEGER PRIMARY KEY,
  name   TEXT NOT NULL,
  number TEXT NOT NULL,
  note   TEXT
) STRICT;

CREATE TABLE ward(                     -- every active ward of the house, and every other one where somebody lies
  ward   TEXT PRIMARY KEY,             -- the location's code: what people type
  name   TEXT NOT NULL,
  beds   INTEGER NOT NULL,             -- beds the record knows below it; 0 = none transmitted
  census INTEGER NOT NULL,             -- patients in it
  ord    INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE patient(                  -- everybody with a stay under way
  patient_id        TEXT PRIMARY KEY,  -- logical id in the record
  identifier_system TEXT NOT NULL,
  identifier        TEXT NOT NULL,     -- as printed
  subject           BLOB NOT NULL CHECK(length(subject)=8),
  family TEXT, given TEXT, prefix TEXT, name_text TEXT,
  birth_date TEXT, gender TEXT, language TEXT,
  national_number TEXT, address TEXT, -- printed where the law asks for them, nowhere else
  homonym  INTEGER NOT NULL CHECK(homonym IN(0,1)), -- somebody in the same ward has the same or a similar name
  deceased INTEGER NOT NULL CHECK(deceased IN(0,1)),
  ord      INTEGER NOT NULL UNIQUE
) STRICT;
CREATE UNIQUE INDEX patient_subject ON patient(subject);
CREATE INDEX patient_identifier ON patient(identifier);

CREATE TABLE stay(                     -- one a patient: an episode inside it (intensive care) only says where he is
  patient_id   TEXT PRIMARY KEY REFERENCES patient(patient_id),
  encounter_id TEXT NOT NULL,
  stay_number  TEXT,
  stay         BLOB CHECK(length(stay)=8),
  ward         TEXT REFERENCES ward(ward), -- NULL: no ward was transmitted
  room TEXT, bed TEXT,                 -- names; NULL = not transmitted
  attending    TEXT,
  admitted_utc INTEGER,
  reason       TEXT
) STRICT;
CREATE INDEX stay_ward ON stay(ward);

CREATE TABLE name_order(               -- everybody in the house from A to Z, accents and capitals aside
  patient_id TEXT PRIMARY KEY REFERENCES patient(patient_id),
  ord        INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE census(                   -- what stands on a ward's census: a line a bed, and a line a patient who has none
  ord        INTEGER PRIMARY KEY,
  ward       TEXT REFERENCES ward(ward), -- NULL: a patient of whom no ward was transmitted
  bed_id     TEXT,                     -- location in the record; NULL: a patient without a bed.  Two in one bed: two lines
  room TEXT, bed TEXT,                 -- names
  patient_id TEXT UNIQUE REFERENCES patient(patient_id), -- NULL: nobody lies there
  CHECK(bed_id IS NOT NULL OR patient_id IS NOT NULL)
) STRICT;
CREATE INDEX census_ward ON census(ward, ord);

CREATE TABLE allergy(                  -- active ones; no row at all = nothing was transmitted
  allergy_id  TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id),
  kind        TEXT NOT NULL CHECK(kind IN('substance','none-known','not-asked')),
  substance TEXT, category TEXT, criticality TEXT, certainty TEXT, reaction TEXT, severity TEXT,
  ord         INTEGER NOT NULL UNIQUE  -- the dangerous ones first; what is not graded counts as dangerous
) STRICT;
CREATE INDEX allergy_patient ON allergy(patient_id, ord);

CREATE TABLE medication_order(         -- orders under way or to begin; ended ones are left out
  request_id  TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id),
  status      TEXT NOT NULL CHECK(status IN('active','on-hold')),
  medication  TEXT,                    -- NULL: only a reference that was never transmitted
  dose TEXT, dose_unit TEXT, dose_text TEXT, route TEXT,
  frequency TEXT, times TEXT, period_s INTEGER, -- all NULL: no schedule was transmitted and none is guessed
  as_needed   INTEGER NOT NULL CHECK(as_needed IN(0,1)),
  as_needed_for TEXT, max_24h TEXT,
  authored_utc INTEGER, start_utc INTEGER, end_utc INTEGER,
  prescriber  TEXT,
  ord         INTEGER NOT NULL UNIQUE  -- scheduled before as-needed, then by name
) STRICT;
CREATE INDEX medication_order_patient ON medication_order(patient_id, ord);

CREATE TABLE dose(                       -- of each order the last dose given within a month, and all that was charted within a day
  administration_id TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id),
  request_id  TEXT NOT NULL,           -- the order; a dose that names none tells nothing about an order
  status      TEXT NOT NULL,           -- completed, in-progress, stopped, not-done, on-hold
  dose TEXT, dose_unit TEXT,
  start_utc   INTEGER NOT NULL,
  ord         INTEGER NOT NULL UNIQUE  -- newest first within an order
) STRICT;
CREATE INDEX dose_patient ON dose(patient_id, ord);

CREATE TABLE observation(              -- the newest value of each code that forms show
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id),
  code_system   TEXT NOT NULL,
  code          TEXT NOT NULL,
  display       TEXT,
  value         TEXT NOT NULL,
  unit          TEXT,
  effective_utc INTEGER NOT NULL,
  ord           INTEGER NOT NULL UNIQUE, -- as in `shown`, other vital signs after them
  PRIMARY KEY(patient_id, code_system, code)
) STRICT;

CREATE TABLE flag(                     -- what everybody must know: active ones; which is of what kind says flag_kind
  flag_id     TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id),
  category    TEXT,
  code_system TEXT, code TEXT,
  display     TEXT NOT NULL,
  since_utc   INTEGER,
  author      TEXT,
  ord         INTEGER NOT NULL UNIQUE  -- oldest first
) STRICT;
CREATE INDEX flag_patient ON flag(patient_id, ord);

CREATE TABLE problem(                  -- diagnoses that are not said to be over or refuted
  condition_id TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id),
  display      TEXT NOT NULL,
  certainty    TEXT,
  here         INTEGER NOT NULL CHECK(here IN(0,1)), -- told of this stay
  onset_utc    INTEGER,
  ord          INTEGER NOT NULL UNIQUE -- of this stay first
) STRICT;
CREATE INDEX problem_patient ON problem(patient_id, ord);

CREATE TABLE contact(                  -- whom to ring, and the general practitioner
  contact_id TEXT PRIMARY KEY,         -- patient_id of the record it was sent with, and its number there
  patient_id TEXT NOT NULL REFERENCES patient(patient_id),
  kind       TEXT NOT NULL CHECK(kind IN('contact','gp','self')),
  relation TEXT, name TEXT, phone TEXT,
  ord        INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX contact_patient ON contact(patient_id, ord);

CREATE TABLE coverage(                 -- who pays, on the day
  coverage_id TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id),
  kind TEXT, payor TEXT, number TEXT,
  ord         INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX coverage_patient ON coverage(patient_id, ord);

CREATE TABLE device(                   -- in or on the patient, as far as not said to be out
  device_id  TEXT PRIMARY KEY,
  patient_id TEXT NOT NULL REFERENCES patient(patient_id),
  display    TEXT NOT NULL,
  body_site  TEXT,
  identifier TEXT,
  since_utc  INTEGER,
  ord        INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX device_patient ON device(patient_id, ord);

CREATE TABLE appointment(              -- from the evening before to the end of the next two days
  appointment_id TEXT PRIMARY KEY,
  patient_id     TEXT NOT NULL REFERENCES patient(patient_id),
  status         TEXT NOT NULL,
  display TEXT, place TEXT, actor TEXT, instruction TEXT,
  start_utc      INTEGER NOT NULL,
  end_utc        INTEGER,
  ord            INTEGER NOT NULL UNIQUE -- by start
) STRICT;
CREATE INDEX appointment_patient ON appointment(patient_id, ord);

CREATE TABLE call(                     -- appointments of the next three days of anybody, also who is not in the house
  appointment_id TEXT PRIMARY KEY,
  patient_id     TEXT NOT NULL,        -- in the record; most are not in `patient`
  family TEXT, given TEXT, name_text TEXT, birth_date TEXT, identifier TEXT NOT NULL,
  status         TEXT NOT NULL,
  display TEXT, place TEXT, actor TEXT,
  phone_of       TEXT,                 -- whose number it is; NULL: the patient's own
  phone          TEXT,                 -- NULL: none was transmitted
  start_utc      INTEGER NOT NULL,
  ord            INTEGER NOT NULL UNIQUE -- by start
) STRICT;

CREATE TABLE procedure(                -- of this stay or the last 30 days, and what is prepared or under way
  procedure_id TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id),
  status       TEXT NOT NULL,
  display      TEXT NOT NULL,
  body_site TEXT, performer TEXT,
  at_utc       INTEGER,
  ord          INTEGER NOT NULL UNIQUE -- newest first
) STRICT;
CREATE INDEX procedure_patient ON procedure(patient_id, ord);

CREATE TABLE pending(                  -- asked for, not there yet: tests, consultations, operations
  service_id TEXT PRIMARY KEY,
  patient_id TEXT NOT NULL REFERENCES patient(patient_id),
  status     TEXT NOT NULL,
  priority TEXT, category TEXT,
  display    TEXT NOT NULL,
  detail TEXT, requester TEXT,
  not_to_do  INTEGER NOT NULL CHECK(not_to_do IN(0,1)), -- asked not to be done: forms print the word before it
  at_utc     INTEGER,                  -- when it is to be done
  asked_utc  INTEGER,
  ord        INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX pending_patient ON pending(patient_id, ord);

CREATE TABLE home_medication(          -- what was taken before the stay, as told
  statement_id TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id),
  status       TEXT NOT NULL,
  medication   TEXT,
  dose TEXT, dose_unit TEXT, dose_text TEXT, route TEXT, frequency TEXT, times TEXT,
  as_needed    INTEGER NOT NULL CHECK(as_needed IN(0,1)),
  source       TEXT,
  asserted_utc INTEGER,
  ord          INTEGER NOT NULL UNIQUE -- by name
) STRICT;
CREATE INDEX home_medication_patient ON home_medication(patient_id, ord);

CREATE TABLE shown(                    -- codes that forms show, and how old a value may be; vital signs are shown as well
  code_system TEXT NOT NULL,
  code        TEXT NOT NULL,
  days        INTEGER NOT NULL,
  what        TEXT NOT NULL,
  ord         INTEGER NOT NULL UNIQUE, -- order on paper
  PRIMARY KEY(code_system, code)
) STRICT;
INSERT INTO shown(code_system, code, days, what, ord) VALUES
  ('http://loinc.org', '9279-1',   7, 'respiratory rate', 1),
  ('http://loinc.org', '59408-5',  7, 'oxygen saturation by pulse oximetry', 2),
  ('http://loinc.org', '2708-6',   7, 'oxygen saturation', 3),
  ('http://loinc.org', '3151-8',   7, 'inhaled oxygen flow', 4),
  ('http://loinc.org', '3150-6',   7, 'inhaled oxygen concentration', 5),
  ('http://loinc.org', '8480-6',   7, 'systolic blood pressure', 6),
  ('http://loinc.org', '8462-4',   7, 'diastolic blood pressure', 7),
  ('http://loinc.org', '8867-4',   7, 'heart rate', 8),
  ('http://loinc.org', '67775-7',  7, 'level of responsiveness', 9),
  ('http://loinc.org', '80288-4',  7, 'level of consciousness', 10),
  ('http://loinc.org', '8310-5',   7, 'body temperature', 11),
  ('http://loinc.org', '72514-3',  7, 'pain 0 to 10', 12),
  ('http://loinc.org', '88330-6',  7, 'early warning score', 13),
  ('http://loinc.org', '2339-0',   7, 'glucose in blood', 14),
  ('http://loinc.org', '41653-7',  7, 'glucose in capillary blood', 15),
  ('http://loinc.org', '2160-0',   7, 'creatinine', 16),
  ('http://loinc.org', '33914-3',  7, 'estimated glomerular filtration rate', 17),
  ('http://loinc.org', '2823-3',   7, 'potassium', 18),
  ('http://loinc.org', '718-7',    7, 'haemoglobin', 19),
  ('http://loinc.org', '6301-6',   7, 'INR', 20),
  ('http://loinc.org', '29463-7', 90, 'body weight', 21),
  ('http://loinc.org', '8302-2',  90, 'body height', 22),
  ('http://loinc.org', '81351-9', 3650, 'do-not-resuscitate order is in place', 23),
  ('http://snomed.info/sct', '1104321000000108', 7, 'NEWS2 oxygen saturation scale 2 score', 24);

-- What a flag, or an observation of that code, means.  The whole list: a code that is not here prints as it was sent, of
-- kind 'other', last.  Observations of kind care-limit count when their value is not "false".
CREATE TABLE flag_kind(
  code_system TEXT NOT NULL,           -- of Flag.code, Flag.category or Observation.code
  code        TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK(kind IN('care-limit','isolation','airway','fall','spo2-scale-2')),
  what        TEXT NOT NULL,
  PRIMARY KEY(code_system, code)
) STRICT;
INSERT INTO flag_kind(code_system, code, kind, what) VALUES
  ('http://loinc.org', '81351-9', 'care-limit', 'do-not-resuscitate order is in place'),
  ('http://snomed.info/sct', '304252001', 'care-limit', 'for resuscitation'),
  ('http://snomed.info/sct', '304253006', 'care-limit', 'not for resuscitation'),
  ('http://snomed.info/sct', '450475007', 'care-limit', 'for attempted cardiopulmonary resuscitation'),
  ('http://snomed.info/sct', '450476008', 'care-limit', 'not for attempted cardiopulmonary resuscitation'),
  ('http://terminology.hl7.org/CodeSystem/flag-category', 'advance-directive', 'care-limit', 'advance directive'),
  ('http://snomed.info/sct', '40174006', 'isolation', 'isolation procedure'),
  ('http://snomed.info/sct', '370388006', 'isolation', 'patient immunocompromised'),
  ('http://terminology.hl7.org/CodeSystem/flag-category', 'contact', 'isolation', 'coming into contact with the patient'),
  ('http://snomed.info/sct', '718447001', 'airway', 'difficult intubation'),
  ('http://snomed.info/sct', '129839007', 'fall', 'at risk for falls'),
  -- NEWS2 with a target of 88-92 %: a flag of the hospital's own, or a score that somebody took by that scale (SNOMED UK)
  ('urn:repli:flag', 'spo2-scale-2', 'spo2-scale-2', 'SpO2 scale 2, target 88-92 %'),
  ('http://snomed.info/sct', '1104321000000108', 'spo2-scale-2', 'NEWS2 oxygen saturation scale 2 score');

-- Flags of these codes keep somebody off the list of the switchboard.  The whole list.
CREATE TABLE secret_code(
  code_system TEXT NOT NULL,
  code        TEXT NOT NULL,
  what        TEXT NOT NULL,
  PRIMARY KEY(code_system, code)
) STRICT;
INSERT INTO secret_code(code_system, code, what) VALUES
  ('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'R', 'restricted'),
  ('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'V', 'very restricted');

-- ------------------------------------------------------------------ datasets
-- Rows with neither patient nor ward are the house's: they belong to every sheet.

CREATE VIEW ds_site AS
SELECT NULL AS patient_id, NULL AS ward, (SELECT value FROM meta WHERE key='hospital') AS hospital,
       (SELECT value FROM meta WHERE key='taken_utc') AS data_utc,
       (SELECT value FROM setting WHERE key='directory_reviewed') AS reviewed, 1 AS ord;

CREATE VIEW ds_settings AS SELECT NULL AS patient_id, NULL AS ward, key, value, ord FROM setting;

CREATE VIEW ds_directory AS SELECT NULL AS patient_id, NULL AS ward, name, number, note, ord FROM directory;

CREATE VIEW ds_patient AS
SELECT p.patient_id, s.ward, p.family, p.given, p.prefix, p.name_text, p.birth_date, p.gender, p.identifier, p.language,
       p.national_number, p.address, CAST(p.homonym AS TEXT) AS homonym, CAST(p.deceased AS TEXT) AS deceased, p.ord
  FROM patient p JOIN stay s USING(patient_id);

CREATE VIEW ds_stay AS
SELECT p.patient_id, s.ward, w.name AS ward_name, s.bed, s.room, s.stay_number, s.attending,
       CAST(s.admitted_utc AS TEXT) AS admitted_utc, s.reason, p.ord
  FROM patient p JOIN stay s USING(patient_id) LEFT JOIN ward w ON w.ward=s.ward;

CREATE VIEW ds_allergies AS
SELECT a.patient_id, s.ward, a.allergy_id, a.kind, a.substance, a.reaction, a.criticality, a.certainty, a.severity, a.category, a.ord
  FROM allergy a JOIN stay s USING(patient_id);

CREATE VIEW ds_orders AS
SELECT o.patient_id, s.ward, o.request_id, o.status, o.medication, o.dose, o.dose_unit, o.dose_text, o.route, o.frequency,
       o.times, CAST(o.period_s AS TEXT) AS period_s, CAST(o.as_needed AS TEXT) AS as_needed, o.as_needed_for, o.max_24h,
       CAST(o.authored_utc AS TEXT) AS authored_utc, CAST(o.start_utc AS TEXT) AS start_utc,
       CAST(o.end_utc AS TEXT) AS end_utc, o.prescriber, o.ord
  FROM medication_order o JOIN stay s USING(patient_id);

CREATE VIEW ds_doses AS
SELECT d.patient_id, s.ward, d.request_id, d.status, d.dose, d.dose_unit, CAST(d.start_utc AS TEXT) AS start_utc, d.ord
  FROM dose d JOIN stay s USING(patient_id);

CREATE VIEW ds_last_observations AS
SELECT o.patient_id, s.ward, o.code_system, o.code, o.display, o.value, o.unit,
       CAST(o.effective_utc AS TEXT) AS effective_utc, o.ord
  FROM observation o JOIN stay s USING(patient_id)
 WHERE NOT EXISTS(SELECT 1 FROM flag_kind k WHERE k.code_system=o.code_system AND k.code=o.code); -- those are flags

CREATE VIEW ds_ward AS
SELECT NULL AS patient_id, ward, name, CAST(beds AS TEXT) AS beds, CAST(census AS TEXT) AS census,
       (SELECT value FROM meta WHERE key='hospital') AS hospital, (SELECT value FROM meta WHERE key='taken_utc') AS data_utc,
       ord FROM ward;

CREATE VIEW ds_wards AS                -- a name that begins with the ward's code says the rest of it
SELECT NULL AS patient_id, ward, CASE WHEN substr(name,1,length(ward)+1)=ward||' ' THEN substr(name,length(ward)+2) ELSE name END
       AS name, CASE WHEN beds>0 THEN CAST(beds AS TEXT) END AS beds, CAST(census AS TEXT) AS census, ord FROM ward;

-- "305 2"; a bed whose name begins with that of its room says both: "305-2".
CREATE VIEW place AS
SELECT patient_id, CASE WHEN room IS NULL OR substr(bed,1,length(room)+1) IN(room||'-',room||'/',room||'.',room||' ') THEN bed
       WHEN bed IS NULL THEN room ELSE room||' '||bed END AS place FROM stay;

CREATE VIEW ds_inpatients AS           -- everybody in the house from A to Z, but for those who asked for secrecy
SELECT p.patient_id, s.ward, p.family, p.given, p.name_text AS name, p.birth_date, h.place, n.ord
  FROM name_order n JOIN patient p USING(patient_id) JOIN stay s USING(patient_id) JOIN place h USING(patient_id)
 WHERE NOT EXISTS(SELECT 1 FROM flag f JOIN secret_code c ON c.code_system=f.code_system AND c.code=f.code
                   WHERE f.patient_id=p.patient_id);

CREATE VIEW ds_calls AS                -- whom to ring: who lies in the house is reached there
SELECT c.patient_id, s.ward, c.family, c.given, c.name_text AS name, c.birth_date, c.identifier, c.status, c.display, c.place,
       c.actor, c.phone_of, c.phone, CAST(c.start_utc AS TEXT) AS start_utc,
       CASE WHEN s.patient_id IS NOT NULL THEN 'inpatient' WHEN c.phone IS NULL THEN 'none' END AS reach,
       h.place AS bed, c.ord
  FROM call c LEFT JOIN stay s ON s.patient_id=c.patient_id LEFT JOIN place h ON h.patient_id=c.patient_id;

CREATE VIEW ds_census AS               -- one line a bed, also an empty one (no patient_id), and one a patient without a bed
SELECT c.patient_id, c.ward, c.bed_id, c.room, c.bed, s.encounter_id, p.family, p.given, p.name_text, p.birth_date, p.gender,
       p.identifier, s.stay_number, s.attending, CAST(s.admitted_utc AS TEXT) AS admitted_utc, s.reason,
       CAST(p.homonym AS TEXT) AS homonym, CAST(p.deceased AS TEXT) AS deceased,
       (SELECT CASE WHEN sum(a.kind='substance')>0 THEN 'yes' WHEN sum(a.kind='none-known')>0 THEN 'none-known'
                    WHEN count(*)>0 THEN 'not-asked' END FROM allergy a WHERE a.patient_id=c.patient_id) AS allergy,
       (SELECT o.value FROM observation o WHERE o.patient_id=c.patient_id AND o.code_system='http://loinc.org'
          AND o.code='88330-6' AND o.effective_utc>(SELECT CAST(value AS INTEGER)-86400 FROM meta WHERE key='taken_utc'))
         AS news, -- not older than a day: an old score reassures nobody
       (SELECT group_concat(f.text, ', ') FROM ds_flags f WHERE f.patient_id=c.patient_id AND f.kind='care-limit') AS care_limits,
       (SELECT group_concat(f.text, ', ') FROM ds_flags f WHERE f.patient_id=c.patient_id AND f.kind='isolation') AS isolation,
       c.ord
  FROM census c LEFT JOIN patient p ON p.patient_id=c.patient_id LEFT JOIN stay s ON s.patient_id=c.patient_id;

CREATE VIEW ds_flags AS                -- limits of care first, then isolation, airway, falls, others
SELECT patient_id, ward, coalesce(kind,'other') AS kind, text, CAST(since_utc AS TEXT) AS since_utc, author,
       CASE kind WHEN 'care-limit' THEN 1 WHEN 'isolation' THEN 2 WHEN 'airway' THEN 3 WHEN 'fall' THEN 4 WHEN 'spo2-scale-2' THEN 5 ELSE 6 END
       *100000000 + ord AS ord
  FROM (SELECT f.patient_id, s.ward, f.display AS text, f.since_utc, f.author, f.ord,
               coalesce((SELECT k.kind FROM flag_kind k WHERE k.code_system=f.code_system AND k.code=f.code),
                        (SELECT k.kind FROM flag_kind k WHERE k.code=f.category AND
                                k.code_system='http://terminology.hl7.org/CodeSystem/flag-category')) AS kind
          FROM flag f JOIN stay s USING(patient_id)
        UNION ALL
        SELECT o.patient_id, s.ward,
               CASE o.value WHEN 'true' THEN coalesce(o.display, k.what) ELSE coalesce(o.display, k.what)||': '||o.value END,
               o.effective_utc, NULL, o.ord, k.kind
          FROM observation o JOIN stay s USING(patient_id) JOIN flag_kind k ON k.code_system=o.code_system AND k.code=o.code
         WHERE o.value<>'false');

CREATE VIEW ds_problems AS
SELECT p.patient_id, s.ward, p.display, p.certainty, CAST(p.here AS TEXT) AS here, CAST(p.onset_utc AS TEXT) AS onset_utc,
       p.ord
  FROM problem p JOIN stay s USING(patient_id);

CREATE VIEW ds_contacts AS
SELECT c.patient_id, s.ward, c.kind, c.relation, c.name, c.phone, c.ord FROM contact c JOIN stay s USING(patient_id);

CREATE VIEW ds_coverage AS
SELECT c.patient_id, s.ward, c.kind, c.payor, c.number, c.ord FROM coverage c JOIN stay s USING(patient_id);

CREATE VIEW ds_devices AS
SELECT d.patient_id, s.ward, d.display, d.body_site, d.identifier, CAST(d.since_utc AS TEXT) AS since_utc, d.ord
  FROM device d JOIN stay s USING(patient_id);

CREATE VIEW ds_appointments AS
SELECT a.patient_id, s.ward, a.status, a.display, a.place, a.actor, a.instruction, CAST(a.start_utc AS TEXT) AS start_utc,
       CAST(a.end_utc AS TEXT) AS end_utc, a.ord
  FROM appointment a JOIN stay s USING(patient_id);

CREATE VIEW ds_procedures AS
SELECT p.patient_id, s.ward, p.status, p.display, p.body_site, p.performer, CAST(p.at_utc AS TEXT) AS at_utc, p.ord
  FROM procedure p JOIN stay s USING(patient_id);

CREATE VIEW ds_pending AS
SELECT p.patient_id, s.ward, p.status, p.priority, p.category, p.display, p.detail, p.requester,
       CAST(p.not_to_do AS TEXT) AS not_to_do, CAST(p.at_utc AS TEXT) AS at_utc, CAST(p.asked_utc AS TEXT) AS asked_utc, p.ord
  FROM pending p JOIN stay s USING(patient_id);

CREATE VIEW ds_theatre AS              -- a ward's day: what is planned from six hours before to a day and a half after the data
SELECT row_number() OVER (ORDER BY w.at_utc IS NULL, w.at_utc, p.ord, w.id) AS ord, p.patient_id, s.ward, s.room, s.bed, l.place,
       p.family, p.given, p.name_text, p.birth_date, p.gender, p.identifier, CAST(w.at_utc AS TEXT) AS at_utc, w.what, w.plan
  FROM (SELECT patient_id, appointment_id AS id, start_utc AS at_utc, 'appointment' AS what,
               coalesce(display,'')||coalesce(' · '||place,'')||coalesce(' · '||actor,'')||coalesce(' · '||instruction,'') AS plan
          FROM appointment
        UNION ALL
        SELECT patient_id, procedure_id, at_utc, 'procedure', coalesce(display,'')||coalesce(' · '||body_site,'')||coalesce(' · '||performer,'')
          FROM procedure WHERE status IN('preparation','in-progress')
        UNION ALL
        SELECT patient_id, service_id, at_utc, 'request', coalesce(display,'')||coalesce(' · '||detail,'')||coalesce(' · '||requester,'')
          FROM pending WHERE not_to_do=0 AND at_utc IS NOT NULL) w
  JOIN patient p USING(patient_id) JOIN stay s USING(patient_id) JOIN place l USING(patient_id)
 WHERE w.at_utc IS NULL OR w.at_utc BETWEEN (SELECT CAST(value AS INTEGER)-21600 FROM meta WHERE key='taken_utc')
                                        AND (SELECT CAST(value AS INTEGER)+129600 FROM meta WHERE key='taken_utc');

CREATE VIEW ds_home_medication AS
SELECT h.patient_id, s.ward, h.status, h.medication, h.dose, h.dose_unit, h.dose_text, h.route, h.frequency, h.times,
       CAST(h.as_needed AS TEXT) AS as_needed, h.source, CAST(h.asserted_utc AS TEXT) AS asserted_utc, h.ord
  FROM home_medication h JOIN stay s USING(patient_id);
