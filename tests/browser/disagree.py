"""A value for the record of the minute of a value on paper, but another one: a conflict.  usage: disagree.py LAYOUT.json SITE OUT.ndjson"""
import json
import re
import sqlite3
import sys

layout, site, out = sys.argv[1:4]
led, found = sqlite3.connect(site + "/ledger.db"), []
for sheet in json.load(open(layout))["sheets"]:
    said = dict(led.execute("SELECT field, value FROM settled JOIN sheet USING(serial) WHERE sheet=? AND answer='value'", (sheet["sheet"],)).fetchall())
    for f in sheet["fields"]:
        if f.get("role") != "value" or f.get("capture") != "observation" or not re.fullmatch(r"[0-9.]+", said.get(f["id"], "")):
            continue
        at = [said[g["id"]] for g in sheet["fields"] if g.get("role") == "at" and g["id"].split(".")[0] == f["id"].split(".")[0] and g["id"] in said]
        if not at or found:
            continue
        pid = led.execute("SELECT patient_id FROM sheet WHERE sheet=?", (sheet["sheet"],)).fetchone()[0]
        found.append({"resourceType": "Observation", "id": "late", "status": "final", "code": {"coding": [{"system": f["key"]["code_system"], "code": f["key"]["code"]}]},
                      "subject": {"reference": "Patient/" + pid}, "effectiveDateTime": "2026-11-23T%s:00+01:00" % at[0],
                      "valueQuantity": {"value": float(said[f["id"]]) + 1, "unit": f["key"].get("unit", "")}})
open(out, "w").write("".join(json.dumps(o) + "\n" for o in found))
