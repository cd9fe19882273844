/* Two files of one person: who somebody is today, and which records say something about him.  Pieces of SQL for whoever
** reads the record about a patient; nothing else may ask for `patient_id=?` alone. */
#ifndef REPLI_STORE_RECORD_FAMILY_H
#define REPLI_STORE_RECORD_FAMILY_H

/* The patient and all records that it replaces, directly or through others: "patient_id IN " RECORD_FAMILY("?1"). */
#define RECORD_FAMILY(id)                                                                                              \
    "(WITH RECURSIVE family(member) AS (SELECT " id " UNION SELECT p.patient_id FROM family JOIN patient p "           \
    "ON p.replaced_by=family.member) SELECT member FROM family)"

/* Whom the record of that id stands for today: the last one in its chain of replacements that is in the record. */
#define RECORD_TODAY(id)                                                                                               \
    "(WITH RECURSIVE up(member,n) AS (SELECT " id ",0 UNION ALL SELECT q.patient_id,n+1 FROM up "                      \
    "JOIN patient p ON p.patient_id=up.member JOIN patient q ON q.patient_id=p.replaced_by WHERE n<64) "               \
    "SELECT member FROM up ORDER BY n DESC LIMIT 1)"

/* A name that was sent beside the reference, else that of whom it refers to. */
#define RECORD_ACTOR(name, ref)                                                                                        \
    "coalesce(" name ", CASE WHEN " ref " LIKE 'Practitioner/%' THEN (SELECT a.name FROM practitioner a WHERE "        \
    "a.practitioner_id=substr(" ref ",14)) WHEN " ref " LIKE 'Organization/%' THEN (SELECT a.name FROM organization "  \
    "a WHERE a.organization_id=substr(" ref ",14)) WHEN " ref " LIKE 'PractitionerRole/%' THEN (SELECT "               \
    "coalesce(a.name, p.name, o.name, a.role) FROM practitioner_role a LEFT JOIN practitioner p ON "                   \
    "p.practitioner_id=substr(a.practitioner_ref,14) LEFT JOIN organization o ON "                                     \
    "o.organization_id=substr(a.organization_ref,14) WHERE a.role_id=substr(" ref ",18)) END)"

#endif
