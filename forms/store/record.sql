-- The record: the patient-record database, the only place where merged data goes.
--
-- Rules, kept by tests: every table is STRICT with a declared primary key (changesets need one); nothing is ever
-- REPLACEd; every table about a patient has `row_version`, raised by each UPDATE (the store does it, a trigger checks it),
-- so that an undo can see a change that came and went; `paper_entry`, `merge` and `merge_undo` are append-only.
-- Times are UTC seconds (_utc).  NULL means "not transmitted", never "none".
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
  deceased          INTEGER NOT NULL DEFAULT 0 CHECK(deceased IN(0,1)),
  deceased_utc      INTEGER,           -- NULL: alive, or time not sent
  active            INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  replaced_by       TEXT,              -- patient_id this one was merged into (Patient.link replaced-by)
  source_hash       BLOB NOT NULL,     -- BLAKE2b-256 of the imported resource: an equal one changes nothing
  row_version       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX patient_subject ON patient(subject_hash);
CREATE UNIQUE INDEX patient_identifier_primary ON patient(identifier_system, identifier_value);

CREATE TABLE patient_identifier(       -- every identifier that was sent, the primary one too
  patient_id  TEXT NOT NULL REFERENCES patient(patient_id) DEFERRABLE INITIALLY DEFERRED,
  system      TEXT NOT NULL,
  value       TEXT NOT NULL,
  type        TEXT,                    -- 'MR', 'NI' ...
  row_version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY(patient_id, system, value)
) STRICT;
CREATE INDEX patient_identifier_value ON patient_identifier(value);

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
  reason        TEXT,                  -- why it was not given
  due_utc       INTEGER,               -- the printed time of the slot it was written in; NULL = not from a slot on paper
  indication    TEXT,                  -- as needed, on paper: the code of why it was given ("1" to "7")
  effect        TEXT,                  -- as needed, on paper: "0" none, "1" partial, "2" full
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
  value_kind     TEXT NOT NULL CHECK(value_kind IN('quantity','code','text','time','absent')),
  unit           TEXT,
  status         TEXT NOT NULL,        -- final, amended, entered-in-error ...
  from_paper     INTEGER NOT NULL DEFAULT 0 CHECK(from_paper IN(0,1)), -- late data: fires no task, alert or charge
  source_hash    BLOB NOT NULL,
  row_version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX observation_patient ON observation(patient_id, code, effective_utc);

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
  kind         TEXT NOT NULL CHECK(kind IN('once','order')), -- a once-only or verbal line, or a new order
  number       TEXT,                   -- printed number of a new order
  drug         TEXT,                   -- NULL: nobody keyed it, it is in the image
  dose TEXT, dose_unit TEXT, route TEXT,
  ordered_utc  INTEGER,
  given_utc    INTEGER,                -- written as given; not an administration of an order
  prescriber_number TEXT,              -- INAMI/RIZIV number
  verbal       INTEGER NOT NULL DEFAULT 0 CHECK(verbal IN(0,1)), -- read back, as ticked
  signature    TEXT NOT NULL CHECK(signature IN('ink','empty','doubtful','none')), -- as the machine saw its box
  box_um       TEXT NOT NULL,
  image_sha256 BLOB NOT NULL CHECK(length(image_sha256)=32),
  from_paper   INTEGER NOT NULL DEFAULT 1 CHECK(from_paper=1),
  source_hash  BLOB NOT NULL,
  row_version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX order_proposal_patient ON order_proposal(patient_id);

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
CREATE TRIGGER allergy_check_version BEFORE UPDATE ON allergy_check WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'allergy_check: an update must raise row_version by one'); END;
CREATE TRIGGER observation_version BEFORE UPDATE ON observation WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'observation: an update must raise row_version by one'); END;

CREATE TRIGGER movement_version BEFORE UPDATE ON movement WHEN NEW.row_version IS NOT OLD.row_version+1
  BEGIN SELECT RAISE(ABORT,'movement: an update must raise row_version by one'); END;

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

CREATE TABLE merge(                    -- one merge of one sheet: one transaction
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
  decided    TEXT CHECK(decided IN('paper','live','note')), -- how a conflict was decided; NULL = there was none
  decided_by TEXT CHECK((decided IS NULL) = (decided_by IS NULL)),
  PRIMARY KEY(serial, mac, field, revision)
) STRICT;

CREATE TABLE merge_undo(               -- an undone merge is marked, never deleted
  merge_id   TEXT PRIMARY KEY REFERENCES merge(merge_id),
  undone_utc INTEGER NOT NULL,
  person     TEXT NOT NULL,
  reason     TEXT
) STRICT;

CREATE TRIGGER merge_keep_u BEFORE UPDATE ON merge BEGIN SELECT RAISE(ABORT,'merge is append-only'); END;
CREATE TRIGGER merge_keep_d BEFORE DELETE ON merge BEGIN SELECT RAISE(ABORT,'merge is append-only'); END;
CREATE TRIGGER paper_entry_keep_u BEFORE UPDATE ON paper_entry BEGIN SELECT RAISE(ABORT,'paper_entry is append-only'); END;
CREATE TRIGGER paper_entry_keep_d BEFORE DELETE ON paper_entry BEGIN SELECT RAISE(ABORT,'paper_entry is append-only'); END;
CREATE TRIGGER merge_undo_keep_u BEFORE UPDATE ON merge_undo BEGIN SELECT RAISE(ABORT,'merge_undo is append-only'); END;
CREATE TRIGGER merge_undo_keep_d BEFORE DELETE ON merge_undo BEGIN SELECT RAISE(ABORT,'merge_undo is append-only'); END;
