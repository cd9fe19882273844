/* The wards of the invented hospital: what they treat, how many beds they have, how their beds are called. */
#include <stdio.h>

#include "exchange/invent.h"

#define END                                                                                                            \
    {                                                                                                                  \
        {NULL, NULL},                                                                                                  \
        {                                                                                                              \
            NULL, NULL                                                                                                 \
        }                                                                                                              \
    }
#define SAME(fr, nl)                                                                                                   \
    {                                                                                                                  \
        {fr, nl},                                                                                                      \
        {                                                                                                              \
            fr, nl                                                                                                     \
        }                                                                                                              \
    }

static const struct invent_reason digestive[] = {
    {{"Cholécystectomie laparoscopique", "Laparoscopische cholecystectomie"},
     {"Cholécystite aiguë lithiasique", "Acute cholecystitis met stenen"}},
    {{"Appendicectomie", "Appendectomie"}, {"Appendicite aiguë", "Acute appendicitis"}},
    {{"Hémicolectomie droite", "Hemicolectomie rechts"},
     {"Tumeur du côlon ascendant", "Tumor van het colon ascendens"}},
    {{"Sigmoïdectomie", "Sigmoïdresectie"},
     {"Diverticulite sigmoïdienne compliquée", "Gecompliceerde sigmoïddiverticulitis"}},
    {{"Occlusion de l'intestin grêle, surveillance", "Dunnedarmobstructie, observatie"},
     {"Occlusion sur brides", "Obstructie door briden"}},
    {{"Cure de hernie inguinale étranglée", "Herstel van beklemde liesbreuk"},
     {"Hernie inguinale étranglée", "Beklemde liesbreuk"}},
    {{"Gastrectomie partielle", "Partiële gastrectomie"}, {"Tumeur gastrique", "Maagtumor"}},
    {{"Pancréatite aiguë, traitement conservateur", "Acute pancreatitis, conservatief"},
     {"Pancréatite aiguë biliaire", "Acute biliaire pancreatitis"}},
    {{"Rétablissement de continuité", "Herstel van de continuïteit"},
     {"Colostomie après péritonite", "Colostomie na peritonitis"}},
    {{"Drainage d'abcès périanal", "Drainage van perianaal abces"}, {"Abcès périanal", "Perianaal abces"}},
    {{"Cure d'éventration", "Herstel van littekenbreuk"}, {"Éventration médiane", "Mediane littekenbreuk"}},
    {{"Résection hépatique", "Leverresectie"}, {"Métastase hépatique unique", "Enkele levermetastase"}},
    END};
static const struct invent_reason emergency[] = {
    SAME("Douleur thoracique, à explorer", "Pijn in de borst, nader te onderzoeken"),
    SAME("Chute à domicile, traumatisme crânien léger", "Val thuis, licht hoofdtrauma"),
    SAME("Douleur abdominale aiguë", "Acute buikpijn"),
    SAME("Dyspnée, suspicion de pneumonie", "Kortademigheid, vermoeden van pneumonie"),
    SAME("Intoxication médicamenteuse", "Medicamenteuze intoxicatie"),
    SAME("Fracture du poignet", "Polsfractuur"),
    END};
static const struct invent_reason intensive[] = {
    SAME("Choc septique d'origine urinaire", "Septische shock, urinaire oorsprong"),
    SAME("Insuffisance respiratoire aiguë, ventilation", "Acuut respiratoir falen, beademing"),
    SAME("Polytraumatisme", "Polytrauma"),
    SAME("Hémorragie digestive haute", "Hoge gastro-intestinale bloeding"),
    SAME("Après arrêt cardiaque", "Na hartstilstand"),
    END};
static const struct invent_reason recovery[] = {
    SAME("Réveil après prothèse totale de hanche", "Ontwaken na totale heupprothese"),
    SAME("Réveil après thyroïdectomie", "Ontwaken na thyroïdectomie"),
    SAME("Réveil après cholécystectomie", "Ontwaken na cholecystectomie"),
    SAME("Réveil après arthroscopie du genou", "Ontwaken na knieartroscopie"), END};
static const struct invent_reason birth[] = {SAME("Accouchement par voie basse", "Vaginale bevalling"),
                                             SAME("Césarienne", "Keizersnede"),
                                             SAME("Accouchement par ventouse", "Bevalling met zuignap"), END};
static const struct invent_reason newborn[] = {SAME("Nouveau-né à terme", "Voldragen pasgeborene"),
                                               SAME("Ictère néonatal, surveillance", "Neonatale icterus, observatie"),
                                               END};
static const struct invent_reason premature[] = {
    SAME("Prématurité", "Prematuriteit"), SAME("Détresse respiratoire du nouveau-né", "Ademnood van de pasgeborene"),
    SAME("Suspicion d'infection néonatale", "Vermoeden van neonatale infectie"), END};
static const struct invent_reason children[] = {SAME("Bronchiolite", "Bronchiolitis"),
                                                SAME("Gastro-entérite, déshydratation", "Gastro-enteritis, uitdroging"),
                                                SAME("Appendicite aiguë, opérée", "Acute appendicitis, geopereerd"),
                                                SAME("Crise d'asthme", "Astma-aanval"),
                                                SAME("Pyélonéphrite aiguë", "Acute pyelonefritis"),
                                                END};
static const struct invent_reason geriatric[] = {
    SAME("Chutes à répétition", "Herhaald vallen"),
    SAME("Confusion aiguë sur infection urinaire", "Acute verwardheid bij urineweginfectie"),
    SAME("Pneumonie d'inhalation", "Aspiratiepneumonie"),
    SAME("Perte d'autonomie, bilan", "Functionele achteruitgang, bilan"),
    SAME("Décompensation cardiaque", "Hartdecompensatie"),
    END};
static const struct invent_reason psychiatric[] = {
    SAME("Épisode dépressif majeur", "Depressieve episode"),
    SAME("Trouble bipolaire, épisode maniaque", "Bipolaire stoornis, manische episode"),
    SAME("Sevrage d'alcool", "Alcoholontwenning"), SAME("Premier épisode psychotique", "Eerste psychotische episode"),
    END};
static const struct invent_reason internal[] = {
    SAME("Pyélonéphrite aiguë", "Acute pyelonefritis"),
    SAME("Exacerbation de BPCO", "Exacerbatie van COPD"),
    SAME("Diabète déséquilibré", "Ontregelde diabetes"),
    SAME("Cirrhose décompensée, ascite", "Gedecompenseerde cirrose, ascites"),
    SAME("Anémie à explorer", "Anemie, nader te onderzoeken"),
    SAME("Pneumonie communautaire", "Buiten het ziekenhuis opgelopen pneumonie"),
    END};
static const struct invent_reason oncology[] = {SAME("Chimiothérapie, cancer du sein", "Chemotherapie, borstkanker"),
                                                SAME("Neutropénie fébrile", "Febriele neutropenie"),
                                                SAME("Lymphome, deuxième cure", "Lymfoom, tweede kuur"),
                                                SAME("Douleur de métastases osseuses", "Pijn door botmetastasen"), END};
static const struct invent_reason dialysis[] = {
    SAME("Hémodialyse, insuffisance rénale terminale", "Hemodialyse, terminaal nierfalen"),
    SAME("Hémodialyse après rejet de greffe", "Hemodialyse na afstoting van transplantaat"), END};
static const struct invent_reason stroke[] = {
    SAME("AVC ischémique sylvien gauche", "Ischemisch CVA, a. cerebri media links"),
    SAME("Accident ischémique transitoire", "TIA"), SAME("Hémorragie intracérébrale", "Intracerebrale bloeding"), END};
static const struct invent_reason cardiac[] = {
    SAME("Infarctus du myocarde sans sus-décalage ST", "Myocardinfarct zonder ST-elevatie"),
    SAME("Insuffisance cardiaque décompensée", "Gedecompenseerd hartfalen"),
    SAME("Fibrillation auriculaire rapide", "Snelle voorkamerfibrillatie"),
    SAME("Implantation d'un stimulateur", "Implantatie van een pacemaker"), END};
static const struct invent_reason bones[] = {SAME("Prothèse totale de hanche", "Totale heupprothese"),
                                             SAME("Fracture du col du fémur", "Heupfractuur"),
                                             SAME("Prothèse totale du genou", "Totale knieprothese"),
                                             SAME("Rééducation après fracture", "Revalidatie na fractuur"), END};

/* ages in years, stays in hours */
static const struct invent_kind kinds[] = {
    [KIND_SURGERY] = {digestive, 18, 95, 52, 3, 11, 14, 216, "IMP"},
    [KIND_EMERGENCY] = {emergency, 16, 97, 50, 3, 7, 2, 20, "EMER"},
    [KIND_INTENSIVE] = {intensive, 18, 88, 42, 12, 25, 10, 300, "ACUTE"},
    [KIND_RECOVERY] = {recovery, 18, 88, 50, 4, 9, 2, 6, "IMP"},
    [KIND_MATERNITY] = {birth, 18, 43, 100, 3, 7, 8, 90, "IMP"},
    [KIND_NEONATAL] = {premature, 0, 0, 48, 3, 9, 12, 500, "ACUTE"},
    [KIND_CHILDREN] = {children, 0, 15, 48, 3, 7, 8, 120, "IMP"},
    [KIND_GERIATRIC] = {geriatric, 76, 101, 62, 8, 20, 40, 500, "IMP"},
    [KIND_PSYCHIATRIC] = {psychiatric, 18, 78, 50, 3, 10, 72, 900, "IMP"},
    [KIND_INTERNAL] = {internal, 20, 96, 50, 5, 17, 18, 260, "IMP"},
    [KIND_ONCOLOGY] = {oncology, 24, 88, 54, 6, 18, 12, 200, "IMP"},
    [KIND_DIALYSIS] = {dialysis, 28, 88, 42, 7, 16, 2, 5, "IMP"},
    [KIND_STROKE] = {stroke, 42, 94, 48, 6, 16, 8, 200, "ACUTE"},
    [KIND_CARDIAC] = {cardiac, 36, 94, 42, 6, 18, 10, 200, "IMP"},
    [KIND_BONES] = {bones, 22, 97, 58, 4, 15, 14, 400, "IMP"},
};
const struct invent_reason *invent_newborn_reasons = newborn;

/* 900 beds; the first one is the hospital when it has one ward only.  A hospital grows by lines here. */
static const struct invent_ward wards[] = {
    {"3B", "3B Chirurgie digestive", false, 30, 301, KIND_SURGERY},
    {"URG", "Urgences", false, 32, 1, KIND_EMERGENCY},
    {"SI1", "Soins intensifs 1", false, 20, 101, KIND_INTENSIVE},
    {"MAT", "Maternité", false, 33, 501, KIND_MATERNITY},
    {"NEO", "Néonatologie", false, 22, 551, KIND_NEONATAL},
    {"IZ2", "Intensieve zorgen 2", true, 20, 121, KIND_INTENSIVE},
    {"PED", "Pédiatrie", false, 30, 601, KIND_CHILDREN},
    {"G1", "G1 Gériatrie", false, 32, 701, KIND_GERIATRIC},
    {"G2", "G2 Geriatrie", true, 32, 731, KIND_GERIATRIC},
    {"PSY", "Psychiatrie", false, 32, 801, KIND_PSYCHIATRIC},
    {"D4", "D4 Dialyse", false, 24, 401, KIND_DIALYSIS},
    {"AVC", "Unité neurovasculaire", false, 24, 421, KIND_STROKE},
    {"4C", "4C Cardiologie", false, 32, 441, KIND_CARDIAC},
    {"4D", "4D Hartziekten", true, 32, 461, KIND_CARDIAC},
    {"ONC", "Oncologie", false, 30, 651, KIND_ONCOLOGY},
    {"2A", "2A Médecine interne", false, 34, 201, KIND_INTERNAL},
    {"2B", "2B Inwendige ziekten", true, 34, 221, KIND_INTERNAL},
    {"2C", "2C Pneumologie", false, 32, 241, KIND_INTERNAL},
    {"2D", "2D Gastro-entérologie", false, 32, 261, KIND_INTERNAL},
    {"3A", "3A Heelkunde", true, 34, 321, KIND_SURGERY},
    {"3C", "3C Orthopédie et traumatologie", false, 34, 341, KIND_BONES},
    {"3D", "3D Orthopedie", true, 32, 361, KIND_BONES},
    {"REV", "Salle de réveil", false, 20, 151, KIND_RECOVERY},
    {"KRZ", "Kraamafdeling", true, 33, 521, KIND_MATERNITY},
    {"KIN", "Kinderafdeling", true, 30, 621, KIND_CHILDREN},
    {"PS2", "Psychiatrie B", true, 32, 821, KIND_PSYCHIATRIC},
    {"RDB", "Revalidatie", true, 34, 841, KIND_BONES},
    {"5A", "5A Chirurgie vasculaire", false, 32, 571, KIND_SURGERY},
    {"5B", "5B Néphrologie", false, 32, 591, KIND_INTERNAL},
    {"HDJ", "Oncologie, dagziekenhuis", true, 30, 671, KIND_ONCOLOGY},
};
#define NWARDS ((int)(sizeof wards / sizeof *wards))

const struct invent_ward *invent_ward(int number)
{
    return &wards[number];
}

const struct invent_kind *invent_kind(const struct invent_ward *w)
{
    return &kinds[w->kind];
}

int invent_wards(const struct repli_invent_plan *plan)
{
    int n = plan->beds / 30;
    return plan->beds <= REPLI_INVENT_WARD_MAX ? 1 : n < 2 ? 2 : n > NWARDS ? NWARDS : n;
}

/* The beds are shared out in proportion, so that they add up. */
int invent_ward_beds(const struct repli_invent_plan *plan, int number)
{
    int n = invent_wards(plan), total = 0, before = 0;
    for (int i = 0; i < n; i++)
        total += wards[i].beds;
    for (int i = 0; i < number; i++)
        before += wards[i].beds;
    return (before + wards[number].beds) * plan->beds / total - before * plan->beds / total;
}

const char *repli_invent_ward(const struct repli_invent_plan *plan, size_t number, const char **lang)
{
    if (number >= (size_t)invent_wards(plan))
        return NULL;
    *lang = wards[number].dutch ? "nl" : "fr";
    return wards[number].code;
}

/* Two beds a room; in maternity a mother and her child's cot, in each third room of five the cots of twins. */
void invent_bed_names(const struct invent_ward *w, int bed, char room[16], char name[24], char id[40])
{
    static const int room_of[] = {0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4}, place_of[] = {1, 2, 1, 2, 1, 2, 3, 1, 2, 1, 2};
    int number = w->first_room + bed / 2, place = bed % 2 + 1;
    if (w->kind == KIND_MATERNITY) {
        number = w->first_room + bed / 11 * 5 + room_of[bed % 11];
        place = place_of[bed % 11];
    }
    snprintf(room, 16, "%03d", number);
    snprintf(name, 24, "%03d-%d", number, place);
    snprintf(id, 40, "bed-%s-%s", w->code, name);
}
