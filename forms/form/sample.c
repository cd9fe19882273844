/* Invented data for trying a form out: nobody in particular, the usual ward, and a name and lists that fill a page. */
#include <string.h>

#include "form_internal.h"
#include "sample.h"
#include "repli/downtime.h"

struct sample {
    const char *set, *column, *cells[12];
};

static const struct sample usual[] = {
    {"patient", "patient_id", {"p1"}},
    {"patient", "ward", {"3B"}},
    {"patient", "family", {"Peeters-Vanderhaeghen"}},
    {"patient", "given", {"Marie-Th\xC3\xA9r\xC3\xA8se"}},
    {"patient", "prefix", {"Mme"}},
    {"patient", "birth_date", {"1958-03-14"}},
    {"patient", "gender", {"female"}},
    {"patient", "identifier", {"1204873"}},
    {"patient", "language", {"fr"}},
    {"patient", "national_number", {"58031400241"}},
    {"patient", "address", {"Rue de la Ch\xC3\xA8vre 14, 1000 Bruxelles"}},
    {"patient", "homonym", {"1"}},
    {"stay", "patient_id", {"p1"}},
    {"stay", "ward", {"3B"}},
    {"stay", "ward_name", {"3B Chirurgie digestive"}},
    {"stay", "bed", {"2"}},
    {"stay", "room", {"307"}},
    {"stay", "stay_number", {"89012345"}},
    {"stay", "reason", {"Cholécystite aiguë, opérée le 21"}},
    {"stay", "admitted_utc", {"1795200000"}},
    {"stay",
     "attending",
     {"Dr Sa\xC3\xAF"
      "da EL OUARDI"}},
    {"ward", "ward", {"3B"}},
    {"ward", "name", {"3B Chirurgie digestive"}},
    {"ward", "beds", {"28"}},
    {"ward", "census", {"26"}},
    {"ward", "hospital", {"H\xC3\xB4pital Saint-G\xC3\xA9ry, Bruxelles"}},
    {"ward", "data_utc", {"1795392000"}},
    {"allergies", "kind", {"substance", "substance"}},
    {"allergies", "substance", {"P\xC3\xA9nicilline", "Latex"}},
    {"allergies", "reaction", {"urticaire g\xC3\xA9n\xC3\xA9ralis\xC3\xA9", NULL}},
    {"allergies", "criticality", {"high", "low"}},
    {"last_observations",
     "code_system",
     {"http://loinc.org", "http://loinc.org", "http://loinc.org", "http://loinc.org", "http://loinc.org",
      "http://loinc.org", "http://loinc.org"}},
    {"last_observations", "code", {"9279-1", "59408-5", "8480-6", "8462-4", "8867-4", "8310-5", "29463-7"}},
    {"last_observations",
     "display",
     {"Respiratory rate", "SpO2", "Systolic", "Diastolic", "Heart rate", "Temperature", "Weight"}},
    {"last_observations", "value", {"18", "96", "128", "74", "82", "37.2", "68.5"}},
    {"last_observations",
     "unit",
     {"/min", "%", "mmHg", "mmHg", "/min",
      "\xC2\xB0"
      "C",
      "kg"}},
    {"last_observations",
     "effective_utc",
     {"1795391000", "1795391000", "1795391000", "1795391000", "1795391000", "1795391000", "1795300000"}},
    {"flags", "kind", {"isolation", "fall"}},
    {"flags", "text", {"Isolement de contact", "Risque de chute"}},
    {"flags", "since_utc", {"1795300000", "1795200000"}},
    {"problems", "display", {"Diabète de type 2", "Hypertension artérielle"}},
    {"problems", "here", {"1", "0"}},
    {"contacts", "kind", {"contact", "gp"}},
    {"contacts", "relation", {"fille", NULL}},
    {"contacts", "name", {"Anne Peeters", "Dr Luc Lambert"}},
    {"contacts", "phone", {"02 555 01 17", "02 555 01 80"}},
    {"coverage", "kind", {"assurance maladie"}},
    {"coverage", "payor", {"Mutualité de la Senne"}},
    {"coverage", "number", {"1234567890"}},
    {"devices", "display", {"Cathéter veineux périphérique"}},
    {"devices", "body_site", {"avant-bras gauche"}},
    {"devices", "since_utc", {"1795300000"}},
    {"appointments", "status", {"booked"}},
    {"appointments", "display", {"Échographie abdominale"}},
    {"appointments", "place", {"Radiologie"}},
    {"appointments", "instruction", {"à jeun"}},
    {"appointments", "start_utc", {"1795420800"}},
    {"procedures", "status", {"completed"}},
    {"procedures", "display", {"Appendicectomie"}},
    {"procedures", "performer", {"Dr Anne Maes"}},
    {"procedures", "at_utc", {"1795300000"}},
    {"pending", "status", {"active"}},
    {"pending", "priority", {"urgent"}},
    {"pending", "display", {"Hémocultures"}},
    {"pending", "not_to_do", {"0"}},
    {"pending", "asked_utc", {"1795380000"}},
    {"theatre", "patient_id", {"p1", "p2", "p3"}},
    {"theatre", "family", {"Peeters-Vanderhaeghen", "Diallo", NULL}},
    {"theatre", "given", {"Marie-Th\xC3\xA9r\xC3\xA8se", "Fatoumata Binta", NULL}},
    {"theatre", "name_text", {NULL, NULL, "Inconnue Foxtrot"}},
    {"theatre", "birth_date", {"1958-03-14", "1979-06-02", NULL}},
    {"theatre", "identifier", {"1204873", "1190233", "1203551"}},
    {"theatre", "room", {"307", "301", NULL}},
    {"theatre", "bed", {"2", "2", NULL}},
    {"theatre", "place", {"307 2", "301 2", NULL}},
    {"theatre", "at_utc", {"1795420800", "1795431600", NULL}},
    {"theatre", "what", {"appointment", "procedure", "procedure"}},
    {"theatre",
     "plan",
     {"Échographie abdominale · Radiologie · à jeun", "Cholécystectomie par laparoscopie · Dr Anne Maes",
      "Ostéosynthèse de la hanche gauche"}},
    {"home_medication", "status", {"active"}},
    {"home_medication", "medication", {"Metformine"}},
    {"home_medication", "dose", {"850"}},
    {"home_medication", "dose_unit", {"mg"}},
    {"home_medication", "times", {"[\"08:00\",\"18:00\"]"}},
    {"home_medication", "as_needed", {"0"}},
    {"still_out", "sheet", {"K7QD-M3XA-D", "K7QD-M3XC-7", "K7QD-M3XE-1", "K7QD-M3XJ-9"}},
    {"still_out", "missing", {"4", "2", "1", "2"}},
    {"still_out", "sides", {"4", "2", "2", "2"}},
    {"still_out", "patient", {"1204873", "1204873", "1203310", NULL}},
    {"still_out", "name", {"PEETERS, Marie-Thérèse", "PEETERS, Marie-Thérèse", "DUBOIS, Jean", "3B"}},
    {"still_out", "bed", {"301-2", "301-2", "304-1", "–"}},
    {"still_out", "form", {"mar", "obs", "fluid", "wardlog"}},
    {"paper_trail", "sheet", {"K7QD-M3XA-D", "K7QD-M3XC-7", "K7QD-M3XE-1", "K7QD-M3XJ-9"}},
    {"paper_trail", "sides", {"4", "2", "2", "2"}},
    {"paper_trail", "form", {"mar", "obs", "notes", "face"}},
    {"paper_trail", "printed_utc", {"1795392000", "1795392000", "1795392000", "1795392000"}},
    {"paper_trail", "state", {"merged", "open", "part", "none"}},
    {"paper_trail", "entries", {"38", "61", "4", "0"}},
    {"paper_trail", "held", {"0", "2", "0", "0"}},
    {"outages", "outage", {"O0-1"}},
    {"outages", "from_utc", {"1795392000"}},
    {"outages", "until_utc", {"1795435200"}},
    {"cover", "count", {"57"}},
};

static const struct sample full[] = {
    {"patient", "patient_id", {"p2"}},
    {"patient", "family", {"Van den Berghe-De Smedt de Waersegger"}},
    {"patient", "given", {"Maria-Magdalena Elisabeth"}},
    {"patient", "birth_date", {"1931-12-31"}},
    {"patient", "gender", {"female"}},
    {"patient", "identifier", {"000012345678"}},
    {"patient", "language", {"nl"}},
    {"patient", "national_number", {"31123100294"}},
    {"patient",
     "address",
     {"Sint-Pieters-Leeuwsesteenweg 1127 bus 0304, 1601 Ruisbroek (Sint-Pieters-Leeuw), Belgi\xC3\xAB"}},
    {"patient", "homonym", {"1"}},
    {"stay",
     "ward_name",
     {"C4 G\xC3\xA9riatrie aigu\xC3\xAB et r\xC3\xA9"
      "adaptation"}},
    {"stay", "bed", {"12B"}},
    {"stay", "room", {"4.112"}},
    {"stay", "stay_number", {"2026112300017"}},
    {"stay",
     "reason",
     {"Laparoscopie exploratrice pour occlusion intestinale, suites compliquées d'un sepsis à point de départ "
      "urinaire"}},
    {"stay", "admitted_utc", {"1795100000"}},
    {"stay", "attending", {"Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE"}},
    {"ward", "ward", {"C4"}},
    {"ward",
     "name",
     {"C4 G\xC3\xA9riatrie aigu\xC3\xAB, r\xC3\xA9"
      "adaptation et soins palliatifs \xE2\x80\x94 aile nord, quatri\xC3\xA8me \xC3\xA9tage"}},
    {"ward", "census", {"44"}},
    {"ward",
     "hospital",
     {"Cliniques universitaires Sainte-Gudule, site Reine-Astrid, Woluwe-Saint-Lambert (Bruxelles)"}},
    {"ward", "data_utc", {"1795392000"}},
    {"allergies", "kind", {"substance", "substance", "substance", "substance", "substance", "substance"}},
    {"allergies",
     "substance",
     {"P\xC3\xA9nicilline", "Latex", "Produit de contraste iod\xC3\xA9", "Sulfam\xC3\xA9thoxazole", "Noix",
      "Morphine"}},
    {"allergies",
     "reaction",
     {"choc anaphylactique", "ecz\xC3\xA9ma de contact", "bronchospasme", NULL, "oed\xC3\xA8me de Quincke",
      "naus\xC3\xA9"
      "es"}},
    {"allergies", "criticality", {"high", "low", "high", "unable-to-assess", "high", NULL}},
    {"last_observations",
     "code",
     {"9279-1", "59408-5", "3151-8", "8480-6", "8462-4", "8867-4", "8310-5", "67775-7", "72514-3", "29463-7", "x1",
      "x2"}},
    {"last_observations",
     "display",
     {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "Glasgow coma scale total score by bedside observer",
      "Creatinine"}},
    {"last_observations", "value", {"22", "91", "4", "98", "55", "118", "38.4", "A", "3", "51.2", "14", "1.32"}},
    {"last_observations",
     "unit",
     {"/min", "%", "L/min", "mmHg", "mmHg", "/min",
      "\xC2\xB0"
      "C",
      NULL, NULL, "kg", NULL, "mg/dL"}},
    {"last_observations",
     "effective_utc",
     {"1795391000", "1795391000", "1795391000", "1795391000", "1795391000", "1795391000", "1795391000", "1795391000",
      NULL, "1795100000", "1795391000", "1795391000"}},
    {"flags", "kind", {"care-limit", "isolation", "airway", "fall", "spo2-scale-2", "other"}},
    {"flags",
     "text",
     {"Ne pas réanimer: limitation thérapeutique décidée avec la famille", "Isolement de contact et gouttelettes",
      "Intubation difficile", "Risque de chute élevé", "SpO2 échelle 2, cible 88–92 %",
      "Ne comprend que le néerlandais"}},
    {"flags", "since_utc", {"1795300000", "1795200000", "1790000000", "1795100000", "1795200000", NULL}},
    {"flags", "author", {"Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE", NULL, NULL, NULL, NULL, NULL}},
    {"problems",
     "display",
     {"Insuffisance rénale chronique, stade 3", "Fibrillation auriculaire permanente anticoagulée", "Diabète de type 2",
      "Hypertension artérielle"}},
    {"problems", "here", {"1", "1", "0", "0"}},
    {"problems", "onset_utc", {"1795100000", NULL, "1500000000", NULL}},
    {"contacts", "kind", {"contact", "contact", "gp"}},
    {"contacts", "relation", {"époux", "personne de confiance", NULL}},
    {"contacts",
     "name",
     {"Jean-Baptiste Van den Berghe", "Marie-Magdeleine De Smedt de Waersegger",
      "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE"}},
    {"contacts", "phone", {"+32 2 555 01 17", "02 555 01 18", NULL}},
    {"coverage", "kind", {"assurance obligatoire", "assurance hospitalisation"}},
    {"coverage", "payor", {"Mutualité de la Senne et de la Dendre réunies", "Assurances du Midi"}},
    {"coverage", "number", {"000012345678", "2026112300017"}},
    {"devices", "display", {"Stimulateur cardiaque", "Sonde vésicale", "Cathéter veineux central à trois lumières"}},
    {"devices", "body_site", {"sous-clavier gauche", NULL, "jugulaire interne droite"}},
    {"devices", "identifier", {"PM-0815-4711", NULL, NULL}},
    {"devices", "since_utc", {"1500000000", "1795300000", "1795200000"}},
    {"appointments", "status", {"booked", "booked", "pending"}},
    {"appointments", "display", {"Scanner thoracique avec contraste", "Consultation de cardiologie", "Dialyse"}},
    {"appointments", "place", {"Radiologie, sous-sol -1", "Consultations, route 321", NULL}},
    {"appointments", "actor", {NULL, "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE", NULL}},
    {"appointments", "instruction", {"à jeun depuis minuit, hydratation avant et après", NULL, NULL}},
    {"appointments", "start_utc", {"1795420800", "1795428000", "1795435200"}},
    {"procedures", "status", {"completed", "preparation"}},
    {"procedures", "display", {"Coronarographie par voie radiale droite", "Pose de sonde de gastrostomie"}},
    {"procedures", "body_site", {"radiale droite", NULL}},
    {"procedures", "performer", {"Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE", NULL}},
    {"procedures", "at_utc", {"1795300000", NULL}},
    {"pending", "status", {"active", "active", "on-hold"}},
    {"pending", "priority", {"stat", "routine", NULL}},
    {"pending", "category", {"Biologie", "Imagerie", "Diététique"}},
    {"pending", "display", {"Hémocultures", "Échocardiographie transthoracique", "Alimentation entérale"}},
    {"pending", "detail", {"deux paires, avant antibiotique", NULL, NULL}},
    {"pending", "not_to_do", {"0", "0", "1"}},
    {"pending", "at_utc", {NULL, "1795420800", NULL}},
    {"pending", "asked_utc", {"1795380000", "1795300000", NULL}},
    {"home_medication", "status", {"active", "active", "unknown"}},
    {"home_medication", "medication", {"Rivaroxaban", "Insuline glargine", "Paracétamol"}},
    {"home_medication", "dose", {"20", "18", NULL}},
    {"home_medication", "dose_unit", {"mg", "unités", NULL}},
    {"home_medication", "dose_text", {NULL, NULL, "selon besoin"}},
    {"home_medication", "route", {"orale", "sous-cutanée", NULL}},
    {"home_medication", "times", {"[\"18:00\"]", "[\"22:00\"]", NULL}},
    {"home_medication", "as_needed", {"0", "0", "1"}},
    {"still_out",
     "sheet",
     {"WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W",
      "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W"}},
    {"still_out", "missing", {"40", "2", "12", "4", "4", "4", "4", "4", "4", "4", "4", "4"}},
    {"still_out", "sides", {"40", "2", "12", "4", "4", "4", "4", "4", "4", "4", "4", "4"}},
    {"still_out",
     "patient",
     {"000012345678", "000012345678", "000012345678", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
    {"still_out",
     "name",
     {"VAN DEN BERGHE-DE SMEDT DE WAERSEGGER, Maria-Magdalena Elisabeth", "VAN DEN BERGHE-DE SMEDT, Maria-Magdalena",
      "EL OUARDI, Saïda", "A", "B", "C", "D", "E", "F", "G", "H", "I"}},
    {"still_out", "bed", {"4.112 12B", "12B", NULL, "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
    {"still_out",
     "form",
     {"mar", "obs", "children", "fluid", "notes", "face", "census", "wardlog", "messages", "other", "mar", "obs"}},
    {"paper_trail",
     "sheet",
     {"WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W",
      "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W", "WWWW-WWWW-W"}},
    {"paper_trail", "sides", {"40", "2", "12", "4", "4", "4", "4", "4", "4", "4", "4", "4"}},
    {"paper_trail",
     "form",
     {"mar", "obs", "children", "fluid", "notes", "face", "census", "wardlog", "messages", "other", "mar", "obs"}},
    {"paper_trail",
     "printed_utc",
     {"1795392000", "1795392000", "1795392000", "1795392000", "1795392000", NULL, "1795392000", "1795392000",
      "1795392000", "1795392000", "1795392000", "1795392000"}},
    {"paper_trail",
     "state",
     {"merged", "open", "printed", "part", "lost", "void", "none", "merged", "open", "printed", "part", "void"}},
    {"paper_trail", "entries", {"1238", "61", "4", "0", "0", "0", "0", "0", "0", "0", "0", "0"}},
    {"paper_trail", "held", {"120", "2", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0"}},
    {"outages", "outage", {"O0-12", "O0-11", "O0-1"}},
    {"outages", "from_utc", {"1795392000", "1795300000", "1790000000"}},
    {"outages", "until_utc", {NULL, "1795310000", "1790010000"}},
    {"cover", "count", {"9999"}},
};

static size_t columns_of(const char *const *row)
{
    size_t n = 0;
    while (row[n + 1])
        n++;
    return n;
}

static void fill(struct repli_dataset *set, const struct sample *samples, size_t count, struct repli_arena *a)
{
    for (size_t s = 0; s < count; s++)
        for (size_t r = 0; strcmp(samples[s].set, set->name) == 0 && r < 12; r++)
            if (samples[s].cells[r] && r + 1 > set->nrows)
                set->nrows = r + 1;
    set->cells = repli_arena_array(a, set->nrows * set->ncolumns + 1, sizeof *set->cells);
    for (size_t s = 0; s < count; s++)
        for (size_t c = 0; strcmp(samples[s].set, set->name) == 0 && c < set->ncolumns; c++)
            for (size_t r = 0; strcmp(samples[s].column, set->columns[c]) == 0 && r < set->nrows; r++)
                set->cells[r * set->ncolumns + c] = samples[s].cells[r];
}

bool repli_sample_in(enum sample_kind kind, const char *setting, struct repli_layout_in *in, struct repli_arena *a)
{
    enum repli_subject_kind own = in->form->subject;
    bool nobody = kind >= SAMPLE_KINDS;
    in->subject = kind == SAMPLE_DOWNTIME ? REPLI_SUBJECT_DOWNTIME : nobody ? REPLI_SUBJECT_BLANK : own;
    if (in->subject != own && !(nobody && own == REPLI_SUBJECT_PATIENT))
        return false;
    if (!nobody && (own == REPLI_SUBJECT_DOWNTIME || own == REPLI_SUBJECT_BLANK))
        return false;
    uint64_t number = kind == SAMPLE_DOWNTIME ? repli_downtime_make(REPLI_DOWNTIME_PATIENT, 3, 127) : 0;
    in->data = nobody ? repli_form_nobody(in->form, number, a) : repli_sample_at(kind, setting, a);
    return true;
}

struct repli_datasets *repli_sample_at(enum sample_kind kind, const char *setting, struct repli_arena *a)
{
    struct repli_datasets *all = repli_arena_alloc(a, sizeof *all);
    const struct sample *samples = kind == SAMPLE_FULL ? full : usual;
    size_t n = kind == SAMPLE_BARE   ? 0
               : kind == SAMPLE_FULL ? sizeof full / sizeof *full
                                     : sizeof usual / sizeof *usual;
    while (repli_dataset_columns[all->count][0])
        all->count++;
    all->sets = repli_arena_array(a, all->count, sizeof *all->sets);
    for (size_t i = 0; i < all->count; i++) {
        const char *const *row = repli_dataset_columns[i];
        all->sets[i] = (struct repli_dataset){.name = row[0], .columns = row + 1, .ncolumns = columns_of(row)};
        fill(&all->sets[i], samples, n, a);
        if (strcmp(row[0], "census") == 0)
            repli_sample_census(kind, &all->sets[i], a);
    }
    repli_sample_orders(kind, all, a);
    repli_sample_house(kind, setting, all, a);
    return all;
}

struct repli_datasets *repli_sample(enum sample_kind kind, struct repli_arena *a)
{
    return repli_sample_at(kind, NULL, a);
}
