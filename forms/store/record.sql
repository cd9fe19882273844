-- The record: the patient-record database, the only place where merged data goes.
--
-- Rules, kept by tests: every table is STRICT with a declared primary key (changesets need one); nothing is ever
-- REPLACEd; every table about a patient has `row_version`, raised by each UPDATE (the store does it, a trigger checks it),
-- so that an undo can see a change that came and went; `paper_entry`, `merge` and `merge_undo` are append-only.
-- CHECKs of rows that come in heaps name their words one by one (=, OR): of an IN with more than two of them SQLite
-- builds a table in memory for every single row.  Times are UTC seconds (_utc).  NULL means "not transmitted", never "none".
--
-- application_id 0x5265706C ("Repl"), user_version = the number of migrations applied.

CREATE TABLE meta(                     -- single facts about this database
  key   TEXT PRIMARY KEY,              -- 'site_tag', 'created_utc'
  value TEXT NOT NULL
) STRICT;

CREATE TABLE upgrade(                  -- one row a migration that ran
  version     INTEGER PRIMARY KEY,
  applied_utc INTEGER NOT NULL,
  program     TEXT NOT NULL            -- version of repli that did it
) STRICT;

-- ------------------------------------------------------------------ people and places (FHIR R4 names)

CREATE TABLE patient(
  patient_id        TEXT PRIMARY KEY,  -- logical id: FHIR Patient.id
  identifier_system TEXT NOT NULL,     -- primary identifier: the hospital's own number ...
  identifier_value  TEXT NOT NULL,     -- ... as printed (IPP/MRN)
  subject_hash      BLOB NOT NULL CHECK(length(subject_hash)=8), -- keyed hash of system|value: the page code's subject
  family            TEXT,              -- NULL: only `name_text` was sent, or no name at all
  given             TEXT,              -- all given names, blank-separated
  prefix            TEXT,              -- "Mme", "Dr"
  name_text         TEXT,              -- whole name where the parts were not sent
  name_fold         TEXT,              -- folded for search and for the same-name alert
  birth_date        TEXT,              -- YYYY, YYYY-MM or YYYY-MM-DD; NULL = unknown
  gender            TEXT CHECK(gender IN('male','female','other','unknown')),
  language          TEXT,              -- BCP 47
  address           TEXT,              -- in one line, as it is printed on a requisition
  deceased          INTEGER NOT NULL DEFAULT 0 CHECK(deceased IN(0,1)),
  deceased_utc      INTEGER,           -- NULL: alive, or time not sent
  active            INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  replaced_by       TEXT,              -- patient_id this one was merged into: what patient_link says, also when it came first
  source_hash       BLOB NOT NULL,     -- BLAKE2b-256 of the imported resource: an equal one changes nothing
  row_version       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX patient_subject ON patient(subject_hash);
CREATE UNIQUE INDEX patient_identifier_primary ON patient(identifier_system, identifier_value);

CREATE INDEX patient_replaced ON patient(replaced_by) WHERE replaced_by IS NOT NULL;

-- Two files of one person: rows stay under the record they were sent for, and whoever reads a patient reads all that it
-- replaces as well (store/record_family.h).  So nothing moves, a resource sent again for the old record is found where it
-- was, and the survivor's paper has it.  A circle is refused when its last link arrives.
CREATE TABLE patient_link(
  retired     TEXT NOT NULL,           -- patient_id, known or still to come
  survivor    TEXT NOT NULL,
  said_by     TEXT NOT NULL,           -- 'event' (HL7 A40), 'repli:identity' (two people here, about a downtime number), or the
                                       -- patient_id whose FHIR resource says so: its next version takes back what it no
  PRIMARY KEY(retired, survivor, said_by) -- longer says
) STRICT, WITHOUT ROWID;
CREATE INDEX patient_link_by ON patient_link(said_by);

-- A FHIR patient, stay or place whose number or name a message had brought before: the row keeps the id it has, for paper
-- and snapshots name it; the sender's id stands here.
CREATE TABLE alias(
  type    TEXT NOT NULL CHECK(type IN('Patient','Encounter','Location')),
  sent_id TEXT NOT NULL,
  row_id  TEXT NOT NULL,
  PRIMARY KEY(type, sent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE patient_identifier(       -- every identifier that was sent, the primary one too
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  system      TEXT NOT NULL,
  value       TEXT NOT NULL,
  type        TEXT,                    -- 'MR', 'NI' ...
  row_version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(patient_id, system, value)
) STRICT;
CREATE INDEX patient_identifier_value ON patient_identifier(value);

CREATE TABLE patient_contact(          -- whom to ring: Patient.contact, the general practitioner, and 'self': Patient.telecom
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  seq         INTEGER NOT NULL,        -- as sent; then general practitioners; the patient's own number last
  kind        TEXT NOT NULL CHECK(kind IN('contact','gp','self')),
  relation    TEXT,                    -- in words, else the code that was sent
  name        TEXT,
  phone       TEXT,
  actor_ref   TEXT,                    -- "Practitioner/17": a name sent elsewhere
  row_version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(patient_id, seq)
) STRICT;

-- Who acts.  Other rows name them by text where it was sent with them, and by reference (`..._ref`: "Practitioner/17",
-- "PractitionerRole/3", "Organization/5"), which the snapshot resolves: names may come after what refers to them.
CREATE TABLE practitioner(
  practitioner_id   TEXT PRIMARY KEY,
  identifier_system TEXT,
  identifier_value  TEXT,              -- first number that was sent (INAMI/RIZIV ...)
  name              TEXT,
  phone             TEXT,
  active            INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  source_hash       BLOB NOT NULL,
  row_version       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX practitioner_identifier ON practitioner(identifier_value);

CREATE TABLE practitioner_role(
  role_id          TEXT PRIMARY KEY,
  name             TEXT,               -- where the practitioner was named in words only
  practitioner_ref TEXT,
  organization_ref TEXT,
  role             TEXT,
  phone            TEXT,
  active           INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  source_hash      BLOB NOT NULL,
  row_version      INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE organization(
  organization_id   TEXT PRIMARY KEY,
  identifier_system TEXT,
  identifier_value  TEXT,
  name              TEXT,
  phone             TEXT,
  active            INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  source_hash       BLOB NOT NULL,
  row_version       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX organization_identifier ON organization(identifier_value);

CREATE TABLE location(                 -- wards, rooms, beds
  location_id TEXT PRIMARY KEY,
  kind        TEXT NOT NULL CHECK(kind IN('ward','room','bed','site','other')),
  name        TEXT NOT NULL,
  code        TEXT NOT NULL,           -- what people type: the sent identifier or alias, else made from the name
  part_of     TEXT,                    -- location_id above it
  active      INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  source_hash BLOB NOT NULL,
  row_version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX location_ward_code ON location(code) WHERE kind='ward';

CREATE TABLE encounter(
  encounter_id      TEXT PRIMARY KEY,
  patient_id        TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  part_of           TEXT,              -- the stay this belongs to (an ICU episode inside a hospital stay); NULL = a stay
  identifier_system TEXT,
  identifier_value  TEXT,              -- stay number as printed
  stay_hash         BLOB CHECK(length(stay_hash)=8),
  class             TEXT,              -- as sent: IMP, ACUTE, EMER, AMB ... never used to decide who is in the house
  status            TEXT NOT NULL,     -- FHIR: planned, in-progress, finished ...
  start_utc         INTEGER,
  end_utc           INTEGER,           -- NULL = under way or not sent
  reason            TEXT,
  attending         TEXT,              -- name of the attending practitioner, as text
  attending_ref     TEXT,              -- and by reference
  source_hash       BLOB NOT NULL,
  row_version       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX encounter_patient ON encounter(patient_id);
CREATE UNIQUE INDEX encounter_stay ON encounter(stay_hash) WHERE stay_hash IS NOT NULL;

CREATE TABLE encounter_location(       -- where the patient has been, in order
  encounter_id TEXT NOT NULL REFERENCES encounter(encounter_id) DEFERRABLE INITIALLY DEFERRED,
  seq          INTEGER NOT NULL,
  location_id  TEXT NOT NULL REFERENCES location(location_id) DEFERRABLE INITIALLY DEFERRED,
  start_utc    INTEGER,
  end_utc      INTEGER,                -- NULL = still there
  row_version  INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(encounter_id, seq)
) STRICT;
CREATE INDEX encounter_location_place ON encounter_location(location_id);

-- ------------------------------------------------------------------ clinical data

CREATE TABLE allergy(                  -- AllergyIntolerance; no row at all = not transmitted, never "none known"
  allergy_id  TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  kind        TEXT NOT NULL CHECK(kind IN('substance','none-known','not-asked')), -- the three things that can be known
  substance   TEXT,                    -- as sent; NULL unless kind = substance
  code_system TEXT, code TEXT,
  category    TEXT,                    -- food, medication, environment, biologic
  criticality TEXT,                    -- low, high, unable-to-assess
  certainty   TEXT,                    -- unconfirmed, confirmed, refuted, entered-in-error
  status      TEXT,                    -- active, inactive, resolved
  reaction    TEXT,
  severity    TEXT,                    -- mild, moderate, severe
  recorded_utc INTEGER,
  source_hash BLOB NOT NULL,
  row_version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX allergy_patient ON allergy(patient_id);

CREATE TABLE condition(
  condition_id TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  code_system  TEXT, code TEXT,
  display      TEXT NOT NULL,
  status       TEXT,                   -- clinical status; NULL = not sent
  certainty    TEXT,
  onset_utc    INTEGER,
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX condition_patient ON condition(patient_id);

CREATE TABLE medication(
  medication_id TEXT PRIMARY KEY,
  name          TEXT,                  -- best name that was sent; NULL = code only
  code_system   TEXT, code TEXT,
  ingredients   TEXT,                  -- "A + B" for a mixture, names joined at import where they were known
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE medication_request(       -- an order
  request_id    TEXT PRIMARY KEY,
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id  TEXT,
  status        TEXT NOT NULL,         -- active, on-hold, completed, stopped ...
  intent        TEXT NOT NULL,
  medication_id TEXT,                  -- reference; name below wins when both are there
  medication    TEXT,                  -- name as sent with the order
  dose          TEXT,                  -- "30" as decimal text with a point; NULL = not transmitted
  dose_unit     TEXT,
  dose_text     TEXT,                  -- instruction text as sent
  route         TEXT,
  frequency     TEXT,                  -- timing code or text as sent; NULL = not transmitted: no time is ever guessed
  times         TEXT,                  -- JSON list of "HH:MM" when the order names them
  period_s      INTEGER,               -- repeat period in seconds when the order says so
  as_needed     INTEGER NOT NULL DEFAULT 0 CHECK(as_needed IN(0,1)),
  as_needed_for TEXT,
  max_24h       TEXT,
  authored_utc  INTEGER,
  start_utc     INTEGER,
  end_utc       INTEGER,
  prescriber    TEXT,
  prescriber_ref TEXT,
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX medication_request_patient ON medication_request(patient_id, status);

CREATE TABLE medication_administration( -- a dose that was given or not: the MAR (F02) prints the last ones of each order
  administration_id TEXT PRIMARY KEY,  -- FHIR id; from paper: "paper:SERIAL:capture:revision"
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id  TEXT,
  request_id    TEXT,                  -- the order, as sent; NULL = not transmitted
  status        TEXT NOT NULL,         -- completed, in-progress, not-done ...
  medication_id TEXT,                  -- reference; name below wins when both are there
  medication    TEXT,
  dose          TEXT,                  -- decimal text with a point; NULL = not transmitted
  dose_unit     TEXT,
  dose_text     TEXT,
  route         TEXT,
  start_utc     INTEGER,               -- when it was given, or begun; of one that was not given: when it was due
  end_utc       INTEGER,
  performer     TEXT,
  performer_ref TEXT,
  reason        TEXT,                  -- why it was not given
  due_utc       INTEGER,               -- the printed time of the slot it was written in; NULL = not from a slot on paper
  indication    TEXT,                  -- as needed, on paper: the code of why it was given ("1" to "7")
  effect        TEXT,                  -- as needed, on paper: "0" none, "1" partial, "2" full
  site          TEXT,                  -- insulin, on paper: abdomen, thigh or arm, as ticked
  from_paper    INTEGER NOT NULL DEFAULT 0 CHECK(from_paper IN(0,1)), -- late data: fires no task, alert or charge
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX medication_administration_patient ON medication_administration(patient_id, start_utc);
CREATE INDEX medication_administration_paper ON medication_administration(start_utc) WHERE from_paper=1;

CREATE TABLE observation(              -- one value a row; the parts of a panel are rows of their own
  observation_id TEXT PRIMARY KEY,     -- FHIR id; a component adds "#code"; from paper: "paper:SERIAL:capture:revision"
  patient_id     TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id   TEXT,
  code_system    TEXT NOT NULL,
  code           TEXT NOT NULL,        -- LOINC where the sender uses it
  display        TEXT,
  category       TEXT,                 -- vital-signs, laboratory ...
  effective_utc  INTEGER,
  value          TEXT,                 -- decimal text with a point, or a code or text
  value_kind     TEXT NOT NULL CHECK(value_kind='quantity' OR value_kind='code' OR value_kind='text' OR value_kind='time' OR value_kind='absent'),
  unit           TEXT,
  status         TEXT NOT NULL,        -- final, amended, entered-in-error ...
  from_paper     INTEGER NOT NULL DEFAULT 0 CHECK(from_paper IN(0,1)), -- late data: fires no task, alert or charge
  source_hash    BLOB NOT NULL,
  row_version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX observation_patient ON observation(patient_id, code, effective_utc);

CREATE TABLE medication_statement(     -- what the patient takes, or says to take: medication before this stay
  statement_id  TEXT PRIMARY KEY,
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id  TEXT,
  status        TEXT NOT NULL,         -- active, completed, intended, stopped, not-taken, unknown ...
  medication_id TEXT,                  -- reference; name below wins when both are there
  medication    TEXT,
  dose          TEXT,                  -- as in medication_request
  dose_unit     TEXT,
  dose_text     TEXT,
  route         TEXT,
  frequency     TEXT,
  times         TEXT,
  as_needed     INTEGER NOT NULL DEFAULT 0 CHECK(as_needed IN(0,1)),
  as_needed_for TEXT,
  start_utc     INTEGER,
  end_utc       INTEGER,
  asserted_utc  INTEGER,
  source        TEXT,                  -- who said so
  reason        TEXT,
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX medication_statement_patient ON medication_statement(patient_id);

CREATE TABLE procedure(
  procedure_id  TEXT PRIMARY KEY,
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id  TEXT,
  status        TEXT NOT NULL,         -- preparation, in-progress, not-done, on-hold, stopped, completed ...
  category      TEXT,
  code_system   TEXT, code TEXT,
  display       TEXT NOT NULL,
  body_site     TEXT,
  start_utc     INTEGER,
  end_utc       INTEGER,
  performer     TEXT,
  performer_ref TEXT,
  outcome       TEXT,
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX procedure_patient ON procedure(patient_id, start_utc);

CREATE TABLE service_request(          -- what was asked for and has not come: tests, consultations, operations, diets
  service_id     TEXT PRIMARY KEY,
  patient_id     TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id   TEXT,
  status         TEXT NOT NULL,        -- draft, active, on-hold, revoked, completed ...
  intent         TEXT NOT NULL,
  priority       TEXT,                 -- routine, urgent, asap, stat
  not_to_do      INTEGER NOT NULL DEFAULT 0 CHECK(not_to_do IN(0,1)), -- doNotPerform: an order against it
  category       TEXT,
  code_system    TEXT, code TEXT,
  display        TEXT NOT NULL,
  detail         TEXT,
  occurrence_utc INTEGER,
  authored_utc   INTEGER,
  requester      TEXT,
  requester_ref  TEXT,
  reason         TEXT,
  source_hash    BLOB NOT NULL,
  row_version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX service_request_patient ON service_request(patient_id, status);

CREATE TABLE appointment(              -- one row a patient who takes part
  appointment_id TEXT PRIMARY KEY,     -- FHIR id; of the second patient on it adds "#patient_id"
  patient_id     TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  status         TEXT NOT NULL,        -- proposed, pending, booked, arrived, fulfilled, cancelled, noshow ...
  display        TEXT,                 -- what for: description, else type of service, else reason
  place          TEXT,                 -- where, in words
  location_id    TEXT,                 -- and as sent by reference
  actor          TEXT,                 -- with whom, in words
  actor_ref      TEXT,
  start_utc      INTEGER,
  end_utc        INTEGER,
  instruction    TEXT,                 -- "fasting"
  source_hash    BLOB NOT NULL,
  row_version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX appointment_patient ON appointment(patient_id, start_utc);

CREATE TABLE device(                   -- in or on a patient: pacemaker, catheter, drain; one of nobody has no patient
  device_id   TEXT PRIMARY KEY,
  patient_id  TEXT REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  status      TEXT,                    -- active, inactive, entered-in-error, unknown; NULL = not sent
  code_system TEXT, code TEXT,
  display     TEXT NOT NULL,
  identifier  TEXT,                    -- serial number, else UDI
  source_hash BLOB NOT NULL,
  row_version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX device_patient ON device(patient_id);

CREATE TABLE device_use(               -- DeviceUseStatement: where it sits, and since when
  use_id      TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  device_id   TEXT NOT NULL,           -- as sent
  display     TEXT,                    -- the device in words, where they were sent
  status      TEXT NOT NULL,           -- active, completed, entered-in-error, intended, stopped, on-hold
  body_site   TEXT,
  start_utc   INTEGER,
  end_utc     INTEGER,
  source_hash BLOB NOT NULL,
  row_version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX device_use_patient ON device_use(patient_id);

CREATE TABLE flag(                     -- what everybody must know: isolation, falls, limits of care
  flag_id       TEXT PRIMARY KEY,
  patient_id    TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id  TEXT,
  status        TEXT NOT NULL,         -- active, inactive, entered-in-error
  category      TEXT,                  -- code of the flag-category, as sent
  code_system   TEXT, code TEXT,
  display       TEXT NOT NULL,
  start_utc     INTEGER,
  end_utc       INTEGER,
  author        TEXT,
  author_ref    TEXT,
  source_hash   BLOB NOT NULL,
  row_version   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX flag_patient ON flag(patient_id);

CREATE TABLE coverage(                 -- who pays
  coverage_id TEXT PRIMARY KEY,
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  status      TEXT NOT NULL,           -- active, cancelled, draft, entered-in-error
  kind        TEXT,
  payor       TEXT,                    -- the insurer in words
  payor_ref   TEXT,
  number      TEXT,                    -- of the insured person
  start_utc   INTEGER,
  end_utc     INTEGER,
  source_hash BLOB NOT NULL,
  row_version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX coverage_patient ON coverage(patient_id);
-- ------------------------------------------------------------------ what only paper says; rows come with a merge and go with its undo

CREATE TABLE order_decision(           -- an order was looked at again: it goes on, stops, or is changed.  Changes no order
  decision_id  TEXT PRIMARY KEY,       -- "paper:SERIAL:capture:revision"
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  request_id   TEXT NOT NULL,          -- the order
  decision     TEXT NOT NULL CHECK(decision IN('continue','stop','changed')),
  changed_to   TEXT CHECK((changed_to IS NULL) = (decision<>'changed')), -- number of the handwritten order in its place
  medication   TEXT,                   -- as printed
  decided_utc  INTEGER,                -- NULL: no time was written
  box_um       TEXT NOT NULL,          -- "x0,y0,x1,y1" on the sheet: what a pharmacist looks at ...
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32), -- ... in this image
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX order_decision_order ON order_decision(request_id);

CREATE TABLE order_proposal(           -- a handwritten order, for the pharmacist: never an order by itself
  proposal_id  TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  status       TEXT NOT NULL DEFAULT 'proposed' CHECK(status='proposed'),
  kind         TEXT NOT NULL CHECK(kind IN('once','order','stop','care-limit')), -- once only, a new order, one to be stopped, a limit of care
  type         TEXT,                   -- as ticked: 'medication', 'infusion'; of a limit which one; NULL = none was ticked
  number       TEXT,                   -- printed number of a new order; of its line on a sheet of orders
  stops_number TEXT,                   -- stop: number of the order on the medication sheets, as written ...
  stops        TEXT,                   -- ... the order that was printed under it; NULL = none was
  drug         TEXT,                   -- NULL: nobody keyed it, it is in the image; stop: as it was printed
  dose TEXT, dose_unit TEXT, route TEXT,
  ordered_utc  INTEGER,
  given_utc    INTEGER,                -- written as given; not an administration of an order
  prescriber_number TEXT,              -- INAMI/RIZIV number
  verbal       INTEGER NOT NULL DEFAULT 0 CHECK(verbal IN(0,1)), -- told, by voice or telephone, as ticked
  telephone    INTEGER NOT NULL DEFAULT 0 CHECK(telephone IN(0,1)),
  read_back    INTEGER CHECK(read_back IN(0,1)), -- told: was it read back, as ticked; NULL = not told
  urgent       INTEGER NOT NULL DEFAULT 0 CHECK(urgent IN(0,1)),
  signature    TEXT NOT NULL CHECK(signature IN('ink','empty','doubtful','none')), -- as the machine saw its box
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX order_proposal_patient ON order_proposal(patient_id);

CREATE TABLE fluid(                    -- one amount of one hour of a fluid chart: FHIR Observation with effectivePeriod
  fluid_id     TEXT PRIMARY KEY,       -- "paper:SERIAL:capture:revision"
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  direction    TEXT NOT NULL CHECK(direction IN('in','out')),
  code_system  TEXT NOT NULL,          -- LOINC where it has a code of just this meaning, else urn:repli
  code         TEXT NOT NULL,          -- one a column of the chart: two drains are two codes
  display      TEXT,
  amount_ml    TEXT NOT NULL,          -- decimal text with a point
  start_utc    INTEGER NOT NULL,       -- the hour of the row ...
  end_utc      INTEGER NOT NULL CHECK(end_utc>start_utc), -- ... up to the next
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX fluid_patient ON fluid(patient_id, code, start_utc);

CREATE TABLE infusion(                 -- an infusion as written on a fluid chart; what runs is an image.  Adds nothing to any sum
  infusion_id  TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  volume_ml TEXT, rate_ml_h TEXT, given_ml TEXT, -- decimal text with a point; NULL = not written
  pump         TEXT,
  start_utc    INTEGER NOT NULL,
  stop_utc     INTEGER CHECK(stop_utc>=start_utc), -- NULL: not written, it may still run
  high_alert   INTEGER NOT NULL CHECK(high_alert IN(0,1)), -- as ticked
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX infusion_patient ON infusion(patient_id, start_utc);

CREATE TABLE allergy_check(            -- the printed allergies were held against the patient.  Changes no allergy
  check_id     TEXT PRIMARY KEY,
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  encounter_id TEXT,
  result       TEXT NOT NULL CHECK(result IN('unchanged','changed','unable')),
  printed      TEXT NOT NULL,          -- JSON list of the allergy_id that were printed
  checked_utc  INTEGER,                -- NULL: no time was written
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX allergy_check_patient ON allergy_check(patient_id);

CREATE TABLE movement(                 -- where somebody was seen at a head count, went, or a bed found empty: from a ward's census
  movement_id  TEXT PRIMARY KEY,       -- "paper:SERIAL:capture:revision"
  patient_id   TEXT REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED, -- NULL: 'empty', 'counted'
  encounter_id TEXT,
  event        TEXT NOT NULL CHECK(event IN('present','moved','left','empty','counted')),
  event_utc    INTEGER NOT NULL,
  ward         TEXT NOT NULL,          -- of the census
  room TEXT, bed TEXT, bed_id TEXT,    -- of the line, as printed
  to_location  TEXT,                   -- moved: the place that people keyed, found ...
  to_text      TEXT,                   -- ... from these words
  heads        TEXT,                   -- counted: so many on the sheet
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1,
  CHECK((patient_id IS NULL) = (event IN('empty','counted'))),
  CHECK((to_text IS NULL) = (event<>'moved')),
  CHECK((heads IS NULL) = (event<>'counted'))
) STRICT;
CREATE INDEX movement_patient ON movement(patient_id, event_utc);

CREATE TABLE registration(             -- somebody came while the computers were dark: what the registration sheet said
  registration_id TEXT PRIMARY KEY,    -- "paper:SERIAL:capture:revision"
  patient_id   TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED, -- the downtime number's
  encounter_id TEXT,
  known        TEXT CHECK(known IN('eid','document','patient','relative','nobody')), -- who said who it is
  family TEXT, given TEXT,             -- as keyed
  birth_date   TEXT, age_years TEXT,   -- written; estimated
  sex          TEXT CHECK(sex IN('male','female','other','unknown')),
  niss         TEXT,                   -- as keyed, also when its check does not fit
  language     TEXT,
  mode         TEXT CHECK(mode IN('walk','ambulance','pit','smur','police','transfer')),
  arrived_utc  INTEGER,
  same_as      TEXT,                   -- the one other patient with this national number when it was merged.  Joins nothing
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX registration_patient ON registration(patient_id);

CREATE TABLE document(                 -- handwriting, filed: one box of a sheet in its image, and what was ticked and keyed in it.
  document_id  TEXT PRIMARY KEY,       -- "paper:SERIAL:capture:revision".  Words are the image alone, never a value
  patient_id   TEXT REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED, -- NULL: of a sheet about a ward
  encounter_id TEXT,
  ward         TEXT,                   -- of the sheet
  form         TEXT NOT NULL,          -- 'notes'
  kind         TEXT NOT NULL,          -- 'isbar': what the template calls it ...
  number       TEXT NOT NULL,          -- ... and which of them on the sheet
  written_utc  INTEGER,                -- NULL: no time was written, or none that occurs once in the hours of the sheet
  window_utc   INTEGER NOT NULL,       -- start of those hours
  content      TEXT NOT NULL,          -- JSON: codes and ticks, keyed values, names of boxes with ink
  seen         TEXT NOT NULL CHECK(seen IN('ink','doubtful')), -- doubtful: the machine is not sure that anything is there
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX document_patient ON document(patient_id, kind, written_utc);

-- ------------------------------------------------------------------ an UPDATE raises row_version by one, or does not happen

CREATE TRIGGER patient_version BEFORE UPDATE ON patient WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'patient: an update must raise row_version by one'); END;
CREATE TRIGGER patient_identifier_version BEFORE UPDATE ON patient_identifier WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'patient_identifier: an update must raise row_version by one'); END;
CREATE TRIGGER location_version BEFORE UPDATE ON location WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'location: an update must raise row_version by one'); END;
CREATE TRIGGER encounter_version BEFORE UPDATE ON encounter WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'encounter: an update must raise row_version by one'); END;
CREATE TRIGGER encounter_location_version BEFORE UPDATE ON encounter_location WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'encounter_location: an update must raise row_version by one'); END;
CREATE TRIGGER allergy_version BEFORE UPDATE ON allergy WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'allergy: an update must raise row_version by one'); END;
CREATE TRIGGER condition_version BEFORE UPDATE ON condition WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'condition: an update must raise row_version by one'); END;
CREATE TRIGGER medication_version BEFORE UPDATE ON medication WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'medication: an update must raise row_version by one'); END;
CREATE TRIGGER medication_request_version BEFORE UPDATE ON medication_request WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'medication_request: an update must raise row_version by one'); END;
CREATE TRIGGER medication_administration_version BEFORE UPDATE ON medication_administration
  WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'medication_administration: an update must raise row_version by one'); END;
CREATE TRIGGER order_decision_version BEFORE UPDATE ON order_decision WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'order_decision: an update must raise row_version by one'); END;
CREATE TRIGGER order_proposal_version BEFORE UPDATE ON order_proposal WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'order_proposal: an update must raise row_version by one'); END;
CREATE TRIGGER fluid_version BEFORE UPDATE ON fluid WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'fluid: an update must raise row_version by one'); END;
CREATE TRIGGER infusion_version BEFORE UPDATE ON infusion WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'infusion: an update must raise row_version by one'); END;
CREATE TRIGGER allergy_check_version BEFORE UPDATE ON allergy_check WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'allergy_check: an update must raise row_version by one'); END;
CREATE TRIGGER observation_version BEFORE UPDATE ON observation WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'observation: an update must raise row_version by one'); END;
CREATE TRIGGER patient_contact_version BEFORE UPDATE ON patient_contact WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'patient_contact: an update must raise row_version by one'); END;
CREATE TRIGGER practitioner_version BEFORE UPDATE ON practitioner WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'practitioner: an update must raise row_version by one'); END;
CREATE TRIGGER practitioner_role_version BEFORE UPDATE ON practitioner_role WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'practitioner_role: an update must raise row_version by one'); END;
CREATE TRIGGER organization_version BEFORE UPDATE ON organization WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'organization: an update must raise row_version by one'); END;
CREATE TRIGGER medication_statement_version BEFORE UPDATE ON medication_statement WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'medication_statement: an update must raise row_version by one'); END;
CREATE TRIGGER procedure_version BEFORE UPDATE ON procedure WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'procedure: an update must raise row_version by one'); END;
CREATE TRIGGER service_request_version BEFORE UPDATE ON service_request WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'service_request: an update must raise row_version by one'); END;
CREATE TRIGGER appointment_version BEFORE UPDATE ON appointment WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'appointment: an update must raise row_version by one'); END;
CREATE TRIGGER device_version BEFORE UPDATE ON device WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'device: an update must raise row_version by one'); END;
CREATE TRIGGER device_use_version BEFORE UPDATE ON device_use WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'device_use: an update must raise row_version by one'); END;
CREATE TRIGGER flag_version BEFORE UPDATE ON flag WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'flag: an update must raise row_version by one'); END;
CREATE TRIGGER coverage_version BEFORE UPDATE ON coverage WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'coverage: an update must raise row_version by one'); END;

CREATE TRIGGER document_version BEFORE UPDATE ON document WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'document: an update must raise row_version by one'); END;
CREATE TRIGGER movement_version BEFORE UPDATE ON movement WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'movement: an update must raise row_version by one'); END;

CREATE TRIGGER registration_version BEFORE UPDATE ON registration WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'registration: an update must raise row_version by one'); END;

-- ------------------------------------------------------------------ import

CREATE TABLE import_run(
  run_id      INTEGER PRIMARY KEY,
  started_utc INTEGER NOT NULL,
  source      TEXT NOT NULL,           -- paths as given
  inserted    INTEGER NOT NULL, updated INTEGER NOT NULL, unchanged INTEGER NOT NULL, refused INTEGER NOT NULL
) STRICT;

CREATE TABLE import_refusal(           -- every resource that was not taken, by name
  run_id   INTEGER NOT NULL REFERENCES import_run(run_id),
  seq      INTEGER NOT NULL,
  file     TEXT NOT NULL,
  line     INTEGER NOT NULL,           -- of an NDJSON file; entry number of a Bundle; number of an HL7 message; 0 = the whole file
  resource TEXT,                       -- "Observation/123", as far as it could be read
  reason   TEXT NOT NULL,
  PRIMARY KEY(run_id, seq)
) STRICT;

CREATE TABLE import_file(              -- what became of each file: seen = inserted + updated + unchanged + refused + not_used
  run_id    INTEGER NOT NULL REFERENCES import_run(run_id),
  seq       INTEGER NOT NULL,
  file      TEXT NOT NULL,
  seen      INTEGER NOT NULL,          -- resources and messages (one each), and lines or entries that were neither
  inserted  INTEGER NOT NULL, updated INTEGER NOT NULL, unchanged INTEGER NOT NULL, refused INTEGER NOT NULL,
  not_used  INTEGER NOT NULL,          -- of types that are not used
  PRIMARY KEY(run_id, seq)
) STRICT;

CREATE TABLE import_message(           -- every HL7 v2 message that came: an event counts once, and never late
  message_hash BLOB PRIMARY KEY CHECK(length(message_hash)=32), -- BLAKE2b-256 of its segments
  run_id       INTEGER NOT NULL REFERENCES import_run(run_id),
  type         TEXT NOT NULL,          -- 'ADT^A01'
  control_id   TEXT,                   -- MSH-10
  refused      TEXT                    -- why it was not applied; NULL = it was
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ scratch of a running import; empty outside its transaction

CREATE TABLE import_seen(              -- every resource this run has met: the same one may come twice
  kind        INTEGER NOT NULL,        -- enum record_kind
  id          TEXT NOT NULL,
  hash        BLOB NOT NULL,
  updated_utc INTEGER,                 -- meta.lastUpdated
  file        INTEGER NOT NULL,        -- number of the file in this run
  line        INTEGER NOT NULL,
  put         INTEGER NOT NULL,        -- enum repli_put: how it was counted
  PRIMARY KEY(kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_later(             -- resources whose patient or place has not come yet
  seq         INTEGER PRIMARY KEY,
  file        INTEGER NOT NULL,
  line        INTEGER NOT NULL,
  updated_utc INTEGER,
  resource    TEXT NOT NULL
) STRICT;

CREATE TABLE import_place(             -- places whose kind or code is settled when the run ends
  location_id TEXT PRIMARY KEY,
  code        TEXT NOT NULL,           -- as wanted; may be another ward's
  untyped     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ what came from paper (append-only)

CREATE TABLE merge(                    -- one merge of one sheet: whole or not at all
  merge_id    TEXT PRIMARY KEY,        -- "M0-17"
  serial      INTEGER NOT NULL,
  mac         BLOB NOT NULL CHECK(length(mac)=8), -- of the sheet's page code: (serial, mac) names the paper
  sheet       TEXT NOT NULL,           -- serial as printed
  merged_utc  INTEGER NOT NULL,
  person      TEXT NOT NULL,           -- who ran the merge
  entries     INTEGER NOT NULL,        -- paper_entry rows written with it
  changeset   BLOB                     -- SQLite session changeset over patient tables, for undo; NULL = nothing changed
) STRICT;

CREATE TABLE paper_entry(              -- one field that was merged: its provenance, and the guard of exactly-once
  serial     INTEGER NOT NULL,
  mac        BLOB NOT NULL,
  field      TEXT NOT NULL,
  revision   INTEGER NOT NULL,         -- raised when a merged or undone field is opened again
  merge_id   TEXT NOT NULL REFERENCES merge(merge_id),
  capture    TEXT NOT NULL,            -- capture id on the sheet (of a shared field: the first that used it)
  effect     TEXT NOT NULL,            -- 'inserted', 'amended', 'already-there', 'note'
  target     TEXT,                     -- table and key: "observation/paper:K7QD-M3XA-D:col3.rr:1"
  value      TEXT,                     -- NULL: ink that only the image shows (initials, words)
  event_utc  INTEGER,                  -- when it happened, as written
  scanned_utc INTEGER, entered_utc INTEGER NOT NULL,
  author     TEXT,                     -- initials on paper where they were keyed
  entered_by TEXT NOT NULL,            -- first key
  verified_by TEXT,                    -- second key, or who confirmed
  box_um     TEXT NOT NULL,            -- "x0,y0,x1,y1" on the sheet
  image_sha256 BLOB NOT NULL,
  outage     TEXT,                     -- outage it belongs to
  decided    TEXT CHECK(decided='paper' OR decided='live' OR decided='note'), -- how a conflict was decided; NULL = there was none
  decided_by TEXT CHECK((decided IS NULL) = (decided_by IS NULL)),
  PRIMARY KEY(serial, mac, field, revision)
) STRICT;
CREATE INDEX paper_entry_merge ON paper_entry(merge_id); -- every merge reads its own rows again
CREATE INDEX paper_entry_target ON paper_entry(target);

CREATE TABLE merge_undo(               -- an undone merge is marked, never deleted
  merge_id   TEXT PRIMARY KEY REFERENCES merge(merge_id),
  undone_utc INTEGER NOT NULL,
  person     TEXT NOT NULL,
  reason     TEXT
) STRICT;

CREATE TABLE merge_purge(              -- merges whose changeset left: they cannot be undone any more
  merge_id   TEXT PRIMARY KEY REFERENCES merge(merge_id),
  purged_utc INTEGER NOT NULL,
  by1        TEXT NOT NULL,
  by2        TEXT NOT NULL,
  CHECK(by1 <> by2)
) STRICT;

-- The one door: the changeset of a purged merge becomes NULL, and nothing else of the row changes.
CREATE TRIGGER merge_keep_u BEFORE UPDATE ON merge
  WHEN NEW.changeset IS NOT NULL OR NOT EXISTS(SELECT 1 FROM merge_purge WHERE merge_id=OLD.merge_id)
    OR (NEW.merge_id, NEW.serial, NEW.mac, NEW.sheet, NEW.merged_utc, NEW.person, NEW.entries) IS NOT
       (OLD.merge_id, OLD.serial, OLD.mac, OLD.sheet, OLD.merged_utc, OLD.person, OLD.entries)
  BEGIN SELECT RAISE(ABORT,'merge is append-only'); END;

-- Who somebody with a downtime number is: one person proposes, another one confirms; what was said stays (append-only).
-- The link itself is a row of patient_link; the state of a number is its last row here.
CREATE TABLE identity_act(
  act_id     INTEGER PRIMARY KEY,
  number     TEXT NOT NULL,            -- patient_id of the downtime number
  act        TEXT NOT NULL CHECK(act IN('proposed','confirmed','rejected','undone')),
  patient_id TEXT NOT NULL,            -- whom it was said to be
  proof1     TEXT, proof2 TEXT,        -- proposed: two different ones
  reason     TEXT,                     -- rejected, undone
  shown      BLOB NOT NULL CHECK(length(shown)=32), -- hash of the evidence that the proposal was made on
  person     TEXT NOT NULL,
  at_utc     INTEGER NOT NULL,
  CHECK((act='proposed') = (proof1 IS NOT NULL AND proof2 IS NOT NULL AND proof1<>proof2)),
  CHECK((act IN('rejected','undone')) = (reason IS NOT NULL))
) STRICT;
CREATE INDEX identity_act_number ON identity_act(number);

CREATE TABLE identity_sheet(           -- a sheet that bears a downtime number and is about somebody else: two people say so
  serial     INTEGER NOT NULL,
  mac        BLOB NOT NULL CHECK(length(mac)=8),
  seq        INTEGER NOT NULL,         -- the highest counts; what it says merges anew, as another revision
  sheet      TEXT NOT NULL,
  number     TEXT NOT NULL,            -- patient_id whose it was
  owner      TEXT NOT NULL,            -- patient_id whose it is: in the record, or a downtime number still to come
  reason     TEXT NOT NULL,
  person     TEXT NOT NULL,
  second     TEXT NOT NULL CHECK(second<>person),
  at_utc     INTEGER NOT NULL,
  PRIMARY KEY(serial, mac, seq)
) STRICT;

CREATE TRIGGER identity_act_keep_u BEFORE UPDATE ON identity_act BEGIN SELECT RAISE(ABORT,'identity_act is append-only'); END;
CREATE TRIGGER identity_act_keep_d BEFORE DELETE ON identity_act BEGIN SELECT RAISE(ABORT,'identity_act is append-only'); END;
CREATE TRIGGER identity_sheet_keep_u BEFORE UPDATE ON identity_sheet BEGIN SELECT RAISE(ABORT,'identity_sheet is append-only'); END;
CREATE TRIGGER identity_sheet_keep_d BEFORE DELETE ON identity_sheet BEGIN SELECT RAISE(ABORT,'identity_sheet is append-only'); END;
CREATE TRIGGER merge_keep_d BEFORE DELETE ON merge BEGIN SELECT RAISE(ABORT,'merge is append-only'); END;
CREATE TRIGGER paper_entry_keep_u BEFORE UPDATE ON paper_entry BEGIN SELECT RAISE(ABORT,'paper_entry is append-only'); END;
CREATE TRIGGER paper_entry_keep_d BEFORE DELETE ON paper_entry BEGIN SELECT RAISE(ABORT,'paper_entry is append-only'); END;
CREATE TRIGGER merge_undo_keep_u BEFORE UPDATE ON merge_undo BEGIN SELECT RAISE(ABORT,'merge_undo is append-only'); END;
CREATE TRIGGER merge_purge_keep_u BEFORE UPDATE ON merge_purge BEGIN SELECT RAISE(ABORT,'merge_purge is append-only'); END;
CREATE TRIGGER merge_purge_keep_d BEFORE DELETE ON merge_purge BEGIN SELECT RAISE(ABORT,'merge_purge is append-only'); END;
CREATE TRIGGER merge_undo_keep_d BEFORE DELETE ON merge_undo BEGIN SELECT RAISE(ABORT,'merge_undo is append-only'); END;
