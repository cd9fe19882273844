-- The ledger: every sheet ever allotted and where it is in its life; what was scanned, read and entered; who acts.
-- CHECKs of rows that come in heaps name their words one by one: see record.sql.
-- application_id 0x52704C64 ("RpLd").  Times are UTC seconds.  Only store/ledger.c changes sheet.state, through the life table.

CREATE TABLE meta(
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE upgrade(
  version     INTEGER PRIMARY KEY,
  applied_utc INTEGER NOT NULL,
  program     TEXT NOT NULL
) STRICT;

CREATE TABLE person(                   -- who acts; never a bare string
  person_id TEXT PRIMARY KEY,          -- short name used with --by: "an.peeters"
  name      TEXT NOT NULL,
  role      TEXT NOT NULL CHECK(role IN('nurse','clerk','verifier','coordinator','pharmacist')),
  added_utc INTEGER NOT NULL,
  active    INTEGER NOT NULL DEFAULT 1 CHECK(active IN(0,1)),
  lang      TEXT CHECK(lang IN('fr','nl','de','en')) -- of the station's pages, as last chosen
) STRICT;

CREATE TABLE passphrase(               -- how people prove at the station who they are
  person_id TEXT PRIMARY KEY REFERENCES person(person_id),
  hash      TEXT NOT NULL CHECK(hash LIKE '$argon2id$%'), -- with its salt and cost
  set_utc   INTEGER NOT NULL
) STRICT;

CREATE TABLE station(                  -- stations that were given a number, by the centre
  number    INTEGER PRIMARY KEY CHECK(number BETWEEN 0 AND 1023),
  name      TEXT NOT NULL UNIQUE,
  added_utc INTEGER NOT NULL
) STRICT;

CREATE TABLE push(                     -- copies of a snapshot that were brought to a ward's own computer or stick
  station    INTEGER NOT NULL REFERENCES station(number),
  ward       TEXT NOT NULL,
  snapshot   BLOB NOT NULL CHECK(length(snapshot)=6), -- id of the take
  data_utc   INTEGER NOT NULL,
  pushed_utc INTEGER NOT NULL,
  PRIMARY KEY(station, ward, snapshot)
) STRICT;

CREATE TABLE counter(                  -- next serial counter, pack, merge and outage number of this station
  name TEXT PRIMARY KEY,               -- 'serial', 'pack', 'merge', 'outage', 'downtime' (1 to 999,999: repli/downtime.h)
  next INTEGER NOT NULL
) STRICT;

CREATE TABLE outage(                   -- a period in which paper is the truth, or a drill; rows are never deleted
  outage_id  TEXT PRIMARY KEY,         -- "O0-1"
  drill      INTEGER NOT NULL CHECK(drill IN(0,1)),
  from_utc   INTEGER NOT NULL CHECK(from_utc % 60 = 0), -- T0, to the minute: paper knows no seconds
  opened_utc INTEGER NOT NULL,
  opened_by  TEXT NOT NULL REFERENCES person(person_id),
  until_utc  INTEGER CHECK(until_utc % 60 = 0 AND until_utc >= from_utc), -- NULL: still open
  closed_utc INTEGER,
  closed_by  TEXT REFERENCES person(person_id),
  CHECK((until_utc IS NULL) = (closed_utc IS NULL) AND (until_utc IS NULL) = (closed_by IS NULL))
) STRICT;
CREATE TABLE outage_ward(              -- the wards of an outage; none = the whole house
  outage_id TEXT NOT NULL REFERENCES outage(outage_id),
  ward      TEXT NOT NULL,
  PRIMARY KEY(outage_id, ward)
) STRICT;
CREATE TRIGGER outage_keep_u BEFORE UPDATE ON outage WHEN OLD.until_utc IS NOT NULL
  BEGIN SELECT RAISE(ABORT,'a closed outage stays as it is'); END;
CREATE TRIGGER outage_keep_d BEFORE DELETE ON outage BEGIN SELECT RAISE(ABORT,'outages are never deleted'); END;
CREATE TRIGGER outage_ward_keep_u BEFORE UPDATE ON outage_ward BEGIN SELECT RAISE(ABORT,'outages are never changed'); END;
CREATE TRIGGER outage_ward_keep_d BEFORE DELETE ON outage_ward BEGIN SELECT RAISE(ABORT,'outages are never deleted'); END;

-- ------------------------------------------------------------------ audit

CREATE TABLE audit(                    -- append-only: who did what, as one sealed chain a station; see repli/audit.h
  station INTEGER NOT NULL,            -- rows of other stations come with their ledger files
  seq     INTEGER NOT NULL CHECK(seq > 0), -- without gaps
  at_utc  INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,            -- of the key that sealed it
  person  TEXT,
  event   TEXT NOT NULL,
  object  TEXT NOT NULL,               -- serial, pack, image, person, file: never a clinical value
  outcome TEXT, reason TEXT,
  program TEXT NOT NULL,               -- version
  seal    BLOB NOT NULL CHECK(length(seal)=32),
  PRIMARY KEY(station, seq)
) STRICT, WITHOUT ROWID;
-- emergency accesses (repli/ledger_glass.h), found without reading millions of rows
CREATE INDEX audit_glass ON audit(object, outcome) WHERE event='break-glass';
CREATE INDEX audit_glass_deeds ON audit(person) WHERE person GLOB 'GLASS-*';
CREATE TRIGGER audit_keep_u BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT,'the audit is append-only'); END;
CREATE TRIGGER audit_keep_d BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT,'the audit is append-only'); END;

-- ------------------------------------------------------------------ printing

CREATE TABLE form(                     -- every template version ever printed, with the strings it used
  hash      BLOB PRIMARY KEY CHECK(length(hash)=32),
  form_id   TEXT NOT NULL, number INTEGER NOT NULL, version INTEGER NOT NULL, lang TEXT NOT NULL,
  frozen    TEXT NOT NULL,
  first_utc INTEGER NOT NULL,
  UNIQUE(number, version, lang)        -- an edit of a printed version is refused
) STRICT;

CREATE TABLE pack(                     -- one PDF of one print action
  pack_id     TEXT PRIMARY KEY,        -- "P0-17"
  state       TEXT NOT NULL CHECK(state IN('writing','ready','abandoned','adopted')), -- adopted: not printed from this
                                       -- ledger; stands for one station's sheets of one snapshot that were scanned
  path        TEXT NOT NULL,           -- relative to the site folder, or absolute
  sha256      BLOB CHECK((sha256 IS NULL) = (state <> 'ready')),
  ward        TEXT, what TEXT NOT NULL, lang TEXT NOT NULL,
  snapshot    BLOB CHECK(length(snapshot)=6),
  data_utc    INTEGER NOT NULL, printed_utc INTEGER NOT NULL,
  window_utc  INTEGER NOT NULL, window_hours INTEGER NOT NULL,
  pages       INTEGER NOT NULL,
  reason      TEXT                     -- why paper that is in use was printed once more
) STRICT;
CREATE INDEX pack_sha ON pack(sha256);

CREATE TABLE sheet(
  serial      INTEGER PRIMARY KEY,     -- 40 bits
  sheet       TEXT NOT NULL UNIQUE,    -- as printed
  state       TEXT NOT NULL CHECK(state='allotted' OR state='printed' OR state='scanned' OR state='read' OR state='reviewed' OR state='merged' OR state='void' OR state='lost' OR state='blank'),
  state_utc   INTEGER NOT NULL,
  state_by    TEXT,                    -- person, where a person said so
  state_why   TEXT,                    -- 'never written', reason of a void ...
  pack_id     TEXT NOT NULL REFERENCES pack(pack_id),
  page        INTEGER NOT NULL,        -- in the pack
  mac         BLOB NOT NULL CHECK(length(mac)=8),
  code        TEXT NOT NULL,           -- the 143 digits
  form_hash   BLOB NOT NULL REFERENCES form(hash),
  form_id     TEXT NOT NULL, version INTEGER NOT NULL, lang TEXT NOT NULL,
  side        INTEGER NOT NULL, sides INTEGER NOT NULL,
  subject_kind INTEGER NOT NULL, subject BLOB NOT NULL, stay BLOB NOT NULL,
  patient_id  TEXT,                    -- logical id in the record at print time
  patient     TEXT, stay_number TEXT, ward TEXT, patient_name TEXT, -- as printed
  birth_date  TEXT,                    -- as printed, but YYYY-MM-DD
  window_utc  INTEGER NOT NULL, window_hours INTEGER NOT NULL,
  flags       INTEGER NOT NULL,
  has_fields  INTEGER NOT NULL CHECK(has_fields IN(0,1)),
  handed_out  INTEGER NOT NULL DEFAULT 0, -- 1 once declared handed out within an outage
  page_map    BLOB NOT NULL            -- deflated JSON, see include/repli/pagemap.h
) STRICT;
CREATE INDEX sheet_state ON sheet(state, pack_id);
CREATE INDEX sheet_form ON sheet(form_hash);   -- how many of each form, without reading page maps
CREATE INDEX sheet_ward ON sheet(ward, state);
CREATE INDEX sheet_board ON sheet(ward, state, state_utc, pack_id) WHERE has_fields=1; -- the board, without page maps
CREATE INDEX sheet_cover ON sheet(side) WHERE form_id='batchcover'; -- few among many
CREATE INDEX sheet_pack ON sheet(pack_id, page);
CREATE INDEX sheet_pack_state ON sheet(pack_id, state_utc); -- which snapshots open paper names, without page maps
CREATE INDEX sheet_patient ON sheet(patient);
CREATE INDEX sheet_subject ON sheet(subject, form_id, side); -- what was printed last about somebody

CREATE TABLE filled(                   -- what a set of sheets was filled from: `print --changed` tells by it what is new
  serial  INTEGER PRIMARY KEY REFERENCES sheet(serial), -- the set's first side
  bed     TEXT,
  content TEXT NOT NULL                -- a line each row of its datasets: dataset, row, hash, what it is called
) STRICT;

CREATE TABLE received(                 -- paper that came to the desk and was checked in, scanned or not
  serial       INTEGER PRIMARY KEY REFERENCES sheet(serial),
  received_utc INTEGER NOT NULL,       -- the first time
  person       TEXT REFERENCES person(person_id)
) STRICT;

CREATE TABLE ward_closed(              -- append-only: a person said that no paper of a ward is out any more, and none was
  ward       TEXT NOT NULL,
  closed_utc INTEGER NOT NULL,
  person     TEXT NOT NULL REFERENCES person(person_id),
  sheets     INTEGER NOT NULL,         -- with fields, all of them merged, void, lost or blank at that moment
  PRIMARY KEY(ward, closed_utc)
) STRICT;
CREATE TRIGGER ward_closed_keep_u BEFORE UPDATE ON ward_closed BEGIN SELECT RAISE(ABORT,'a closure stays as it is'); END;
CREATE TRIGGER ward_closed_keep_d BEFORE DELETE ON ward_closed BEGIN SELECT RAISE(ABORT,'closures are never deleted'); END;

-- ------------------------------------------------------------------ scanning

CREATE TABLE image(                    -- one scanned file, kept by hash in SITE/scans
  image_id   INTEGER PRIMARY KEY,
  sha256     BLOB NOT NULL UNIQUE CHECK(length(sha256)=32),
  name       TEXT NOT NULL,            -- as it was called; data, never a path
  bytes      INTEGER NOT NULL,
  batch      TEXT,
  stored_utc INTEGER NOT NULL,
  purged_utc INTEGER                   -- its file left SITE/scans with the sheets on it, its name with it
) STRICT;
CREATE INDEX image_batch ON image(batch, stored_utc);

CREATE TABLE scan(                     -- one page image and its one outcome
  scan_id     INTEGER PRIMARY KEY,
  image_id    INTEGER NOT NULL REFERENCES image(image_id),
  page        INTEGER NOT NULL,        -- in the file; 0 = a file without pages
  pixels      BLOB,                    -- 256 bits over size and all gray pixels: the same picture in another file
  outcome     TEXT NOT NULL,           -- repli_outcome_text
  reason      TEXT,                    -- of 'unreadable', or what disagreed
  serial      INTEGER,                 -- where an authentic code was read
  mac         BLOB,
  code        TEXT,                    -- digits read
  first_scan  INTEGER REFERENCES scan(scan_id), -- of 'duplicate' and 'second-image': the earlier one
  result      TEXT NOT NULL,           -- the JSON line that `repli scan --json` printed for it
  scanned_utc INTEGER NOT NULL,
  settled_by  TEXT, settled_utc INTEGER, settled_as TEXT, -- a person's decision about a waiting image
  UNIQUE(image_id, page)
) STRICT;
CREATE INDEX scan_serial ON scan(serial);
CREATE INDEX scan_pixels ON scan(pixels);
CREATE INDEX scan_outcome ON scan(outcome, settled_utc); -- what waits for a person, without the lines

CREATE TABLE reading(                  -- what the machine saw in a field of a sheet
  serial     INTEGER NOT NULL REFERENCES sheet(serial),
  field      TEXT NOT NULL,
  scan_id    INTEGER NOT NULL REFERENCES scan(scan_id),
  state      TEXT NOT NULL CHECK(state='empty' OR state='ticked' OR state='cancelled' OR state='ink' OR state='doubtful'),
  row        INTEGER,                  -- band
  confidence REAL NOT NULL,
  value      TEXT,                     -- proposal only
  crop       TEXT,                     -- file in SITE/crops, made when somebody is about to look at it
  PRIMARY KEY(serial, field)
) STRICT;

CREATE TABLE assignment(               -- people say which sheet an image without a readable code shows
  assignment_id INTEGER PRIMARY KEY,
  image_id    INTEGER NOT NULL REFERENCES image(image_id),
  page        INTEGER NOT NULL,
  serial      INTEGER NOT NULL REFERENCES sheet(serial),
  person      TEXT NOT NULL REFERENCES person(person_id), -- the last row of each counts; two must name the same sheet
  said_utc    INTEGER NOT NULL,
  refused_utc INTEGER                  -- the paper says otherwise: counts no more
) STRICT;
CREATE INDEX assignment_image ON assignment(image_id, page);
CREATE TRIGGER assignment_keep_u BEFORE UPDATE OF image_id, page, serial, person, said_utc ON assignment
  BEGIN SELECT RAISE(ABORT,'what somebody said stays as it is'); END;
CREATE TRIGGER assignment_keep_d BEFORE DELETE ON assignment BEGIN SELECT RAISE(ABORT,'assignments are never deleted'); END;

CREATE TABLE binding(                  -- people say whose a blank sheet is that somebody wrote on
  binding_id  INTEGER PRIMARY KEY,
  serial      INTEGER NOT NULL REFERENCES sheet(serial),
  person      TEXT NOT NULL REFERENCES person(person_id), -- the last row of each counts; two must name the same patient
  patient_id  TEXT,                    -- of the record; NULL: taken back
  subject     BLOB CHECK(length(subject)=8), -- and the rest as it stood there then: if it changes, nothing merges
  number TEXT, name TEXT, birth_date TEXT,
  said_utc    INTEGER NOT NULL,
  CHECK((patient_id IS NULL) = (subject IS NULL)),
  CHECK((patient_id IS NULL) = (number IS NULL))
) STRICT;
CREATE INDEX binding_sheet ON binding(serial);
CREATE TRIGGER binding_keep_u BEFORE UPDATE ON binding BEGIN SELECT RAISE(ABORT,'what somebody said stays as it is'); END;
CREATE TRIGGER binding_keep_d BEFORE DELETE ON binding BEGIN SELECT RAISE(ABORT,'bindings are never deleted'); END;
CREATE TRIGGER binding_blank BEFORE INSERT ON binding
  WHEN NOT EXISTS(SELECT 1 FROM sheet WHERE serial=NEW.serial AND subject_kind=5 AND state IN('read','reviewed'))
  BEGIN SELECT RAISE(ABORT,'only a blank sheet that was read and is not merged or closed is bound'); END;

-- ------------------------------------------------------------------ review

CREATE TABLE entry(                    -- append-only: everything a person ever answered about a field
  entry_id   INTEGER PRIMARY KEY,
  serial     INTEGER NOT NULL REFERENCES sheet(serial),
  field      TEXT NOT NULL,
  revision   INTEGER NOT NULL,
  person     TEXT NOT NULL REFERENCES person(person_id),
  need       TEXT NOT NULL CHECK(need='key1' OR need='key2' OR need='settle' OR need='confirm' OR need='callback'), -- callback: who wrote it was asked
  answer     TEXT NOT NULL CHECK(answer='value' OR answer='blank' OR answer='illegible' OR answer='correction'),
  value      TEXT,                     -- normalised: decimal point, "HH:MM", "DD-MM", "ticked"
  sure       TEXT,                     -- what was asked again before it was taken: 'range', 'jump' ...; NULL = nothing
  entered_utc INTEGER NOT NULL,
  UNIQUE(serial, field, revision, need),
  CHECK((answer='value') = (value IS NOT NULL))
) STRICT;
-- The one door: the value of a purged sheet becomes '', and nothing else of the row changes.
CREATE TRIGGER entry_keep_u BEFORE UPDATE ON entry
  WHEN NEW.value IS NOT '' OR OLD.value IS NULL OR NOT EXISTS(SELECT 1 FROM purge WHERE serial=OLD.serial)
    OR (NEW.entry_id, NEW.serial, NEW.field, NEW.revision, NEW.person, NEW.need, NEW.answer, NEW.entered_utc) IS NOT
       (OLD.entry_id, OLD.serial, OLD.field, OLD.revision, OLD.person, OLD.need, OLD.answer, OLD.entered_utc)
  BEGIN SELECT RAISE(ABORT,'entry is append-only'); END;
CREATE TRIGGER entry_purged BEFORE INSERT ON entry WHEN EXISTS(SELECT 1 FROM purge WHERE serial=NEW.serial)
  BEGIN SELECT RAISE(ABORT,'the sheet was purged'); END;
CREATE TRIGGER entry_keep_d BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT,'entry is append-only'); END;

CREATE TABLE reopened(                 -- append-only: fields that a person opened again; people key them anew
  serial   INTEGER NOT NULL REFERENCES sheet(serial),
  field    TEXT NOT NULL,
  revision INTEGER NOT NULL CHECK(revision > 1), -- the new one; a field's revision is the highest here, else 1
  person   TEXT NOT NULL REFERENCES person(person_id),
  reopened_utc INTEGER NOT NULL,
  PRIMARY KEY(serial, field, revision)
) STRICT;
CREATE TRIGGER reopened_keep_u BEFORE UPDATE ON reopened BEGIN SELECT RAISE(ABORT,'reopened is append-only'); END;
CREATE TRIGGER reopened_keep_d BEFORE DELETE ON reopened BEGIN SELECT RAISE(ABORT,'reopened is append-only'); END;

CREATE TABLE task(                     -- what a field still needs; derived from readings and entries, one open row at most
  task_id   TEXT PRIMARY KEY,          -- "K7QD-M3XA-D/col3.rr/1/key1"
  serial    INTEGER NOT NULL REFERENCES sheet(serial),
  field     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  tier      INTEGER NOT NULL,
  need      TEXT NOT NULL CHECK(need='key1' OR need='key2' OR need='settle' OR need='confirm'),
  done      INTEGER NOT NULL DEFAULT 0 CHECK(done IN(0,1))
) STRICT;
CREATE INDEX task_open ON task(done, tier, need);
CREATE INDEX task_field ON task(serial, field);

CREATE TABLE work(                     -- of each tier, kept by triggers: a status must not take the longer the more is done
  tier   INTEGER PRIMARY KEY,
  fields INTEGER NOT NULL,             -- there ever was something to do about; tasks are never deleted
  open   INTEGER NOT NULL              -- there still is
) STRICT;
INSERT INTO work(tier, fields, open) VALUES(0,0,0),(1,0,0),(2,0,0),(3,0,0),(4,0,0);
CREATE TRIGGER task_first AFTER INSERT ON task
  WHEN NOT EXISTS(SELECT 1 FROM task t WHERE t.serial=NEW.serial AND t.field=NEW.field AND t.task_id<>NEW.task_id)
  BEGIN UPDATE work SET fields=fields+1 WHERE tier=NEW.tier; END;
CREATE TRIGGER task_tier AFTER UPDATE OF tier ON task WHEN NEW.tier<>OLD.tier
    AND NOT EXISTS(SELECT 1 FROM task t WHERE t.serial=NEW.serial AND t.field=NEW.field AND t.task_id<>NEW.task_id)
  BEGIN UPDATE work SET fields=fields+iif(tier=NEW.tier, 1, -1) WHERE tier IN(OLD.tier, NEW.tier); END;
CREATE TRIGGER task_opened AFTER INSERT ON task WHEN NEW.done=0
  BEGIN UPDATE work SET open=open+1 WHERE tier=NEW.tier; END;
CREATE TRIGGER task_turned AFTER UPDATE OF done, tier ON task WHEN NEW.done<>OLD.done OR NEW.tier<>OLD.tier
  BEGIN UPDATE work SET open=open-(OLD.done=0 AND tier=OLD.tier)+(NEW.done=0 AND tier=NEW.tier)
    WHERE tier IN(OLD.tier, NEW.tier); END;
CREATE TRIGGER task_keep_d BEFORE DELETE ON task BEGIN SELECT RAISE(ABORT,'tasks are never deleted'); END;

CREATE TABLE settled(                  -- what people (or machine + person) have confirmed for a field
  serial   INTEGER NOT NULL REFERENCES sheet(serial),
  field    TEXT NOT NULL,
  revision INTEGER NOT NULL,
  answer   TEXT NOT NULL CHECK(answer='value' OR answer='blank' OR answer='illegible' OR answer='correction' OR answer='empty'), -- empty = machine, no ink
  value    TEXT,
  by1      TEXT, by2 TEXT,             -- persons; NULL by1 = machine alone (empty fields)
  settled_utc INTEGER NOT NULL,
  PRIMARY KEY(serial, field, revision)
) STRICT;

CREATE INDEX settled_hour ON settled(settled_utc/3600) WHERE by1 IS NOT NULL; -- what people do in an hour
CREATE INDEX settled_illegible ON settled(serial, field, revision) WHERE answer='illegible';
CREATE INDEX settled_continued ON settled(serial, field, revision) WHERE field IN('page.spare','of.parent') AND answer='value';

CREATE TABLE lease(                    -- a task that one person was given for some minutes; nobody else gets it meanwhile
  lease_id  INTEGER PRIMARY KEY,
  serial    INTEGER NOT NULL REFERENCES sheet(serial),
  field     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  need      TEXT NOT NULL,
  person    TEXT NOT NULL REFERENCES person(person_id),
  taken_utc INTEGER NOT NULL,
  until_utc INTEGER NOT NULL,
  ended_utc INTEGER                    -- answered; NULL: not yet, or it ran out
) STRICT;
CREATE INDEX lease_field ON lease(serial, field, ended_utc);
CREATE INDEX lease_person ON lease(person, taken_utc);

CREATE TABLE blind(                    -- settled fields that are keyed once more, to measure; they change nothing, ever
  serial    INTEGER NOT NULL REFERENCES sheet(serial),
  field     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  person    TEXT NOT NULL REFERENCES person(person_id), -- neither of the two who settled it
  purpose   TEXT NOT NULL CHECK(purpose IN('known','sample')), -- among other tasks, about the person; of merged ones, about the record
  need      TEXT NOT NULL,             -- as what it is shown
  given_utc INTEGER NOT NULL,
  answer    TEXT CHECK(answer IN('value','blank','illegible','correction')),
  value     TEXT,
  answered_utc INTEGER CHECK((answered_utc IS NULL) = (answer IS NULL)),
  PRIMARY KEY(serial, field, revision, person)
) STRICT;
CREATE INDEX blind_person ON blind(person, purpose);
CREATE TRIGGER blind_keep_u BEFORE UPDATE ON blind WHEN OLD.answer IS NOT NULL
  BEGIN SELECT RAISE(ABORT,'a blind answer stays as it is'); END;
CREATE TRIGGER blind_keep_d BEFORE DELETE ON blind BEGIN SELECT RAISE(ABORT,'blind answers are never deleted'); END;

CREATE TABLE signer(                   -- whose initials they are, on all sheets of a pack about one subject
  pack_id  TEXT NOT NULL REFERENCES pack(pack_id),
  subject  BLOB NOT NULL CHECK(length(subject)=8),
  initials TEXT NOT NULL,              -- capitals
  name     TEXT NOT NULL,              -- as printed in the register of signatures
  person   TEXT NOT NULL REFERENCES person(person_id), -- who read the register
  said_utc INTEGER NOT NULL,
  PRIMARY KEY(pack_id, subject, initials)
) STRICT;

CREATE TABLE initialled(               -- which of them stand in a field
  serial   INTEGER NOT NULL REFERENCES sheet(serial),
  field    TEXT NOT NULL,
  initials TEXT NOT NULL,
  person   TEXT NOT NULL REFERENCES person(person_id),
  said_utc INTEGER NOT NULL,
  PRIMARY KEY(serial, field)
) STRICT;

CREATE TABLE hold(                     -- a capture that may not merge, and why
  serial  INTEGER NOT NULL REFERENCES sheet(serial),
  capture TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind    TEXT NOT NULL,               -- conflict kind, 'undone', 'illegible', 'time' ...
  detail  TEXT NOT NULL,               -- one sentence for a person
  since_utc INTEGER NOT NULL,
  decided TEXT, decided_by TEXT, decided_utc INTEGER, -- a person's choice: 'paper', 'live', 'note'
  PRIMARY KEY(serial, capture, revision, kind)
) STRICT;

-- ------------------------------------------------------------------ merging: intent -> record commit (the truth) -> done

CREATE TABLE intent(
  merge_id   TEXT PRIMARY KEY,
  serial     INTEGER NOT NULL REFERENCES sheet(serial),
  person     TEXT NOT NULL,
  intent_utc INTEGER NOT NULL,
  done_utc   INTEGER                   -- NULL: to be replayed from the record at the next start
) STRICT;
CREATE INDEX intent_serial ON intent(serial, done_utc);

CREATE TABLE export(                   -- merges that were handed over to the hospital's own system
  merge_id      TEXT PRIMARY KEY,
  exported_utc  INTEGER NOT NULL,      -- the last time
  withdrawn_utc INTEGER                -- that it was undone was handed over, too
) STRICT;

-- ------------------------------------------------------------------ purge: what was on paper leaves after sign-off

CREATE TABLE purge(                    -- append-only: sheets whose names, values and images left this folder
  serial     INTEGER PRIMARY KEY REFERENCES sheet(serial),
  purged_utc INTEGER NOT NULL,
  by1        TEXT NOT NULL REFERENCES person(person_id),
  by2        TEXT NOT NULL REFERENCES person(person_id),
  reason     TEXT NOT NULL,
  forced     INTEGER NOT NULL CHECK(forced IN(0,1)), -- although something of it was not handed over (table export)
  CHECK(by1 <> by2)
) STRICT;
CREATE TRIGGER purge_closed BEFORE INSERT ON purge
  WHEN (SELECT state FROM sheet WHERE serial=NEW.serial) NOT IN('merged','void','lost','blank')
  BEGIN SELECT RAISE(ABORT,'only a sheet that is closed is purged'); END;
CREATE TRIGGER purge_keep_u BEFORE UPDATE ON purge BEGIN SELECT RAISE(ABORT,'a purge stays as it is'); END;
CREATE TRIGGER purge_keep_d BEFORE DELETE ON purge BEGIN SELECT RAISE(ABORT,'purges are never deleted'); END;
CREATE TRIGGER sheet_purged BEFORE UPDATE OF state ON sheet
  WHEN NEW.state <> OLD.state AND EXISTS(SELECT 1 FROM purge WHERE serial=OLD.serial)
  BEGIN SELECT RAISE(ABORT,'the sheet was purged'); END;
