/* Invented data of a whole house: wards, people from A to Z, appointments of two days, telephone numbers. */
#include <stdlib.h>
#include <string.h>

#include "form_internal.h"
#include "sample.h"
#include "repli/text.h"

#define SAMPLE_DAY 1795392000 /* 2026-11-23 01:00 in Brussels */

enum { FULL_HOUSES = 9, FULL_WARDS = 44 };

static const struct {
    const char *ward, *name, *beds, *census;
} wards[] = {
    {"3A", "Chirurgie orthopédique", "30", "27"},
    {"3B", "Chirurgie digestive", "28", "26"},
    {"4A", "Médecine interne", "32", "32"},
    {"4B", "Cardiologie", "26", "24"},
    {"4C", "Pneumologie", "24", "22"},
    {"5A", "Gériatrie aiguë", "24", "24"},
    {"5B", "Neurologie, unité neurovasculaire", "28", "21"},
    {"6A", "Maternité", "22", "17"},
    {"6B", "Pédiatrie", "20", "9"},
    {"NIC", "Néonatologie intensive", "12", "8"},
    {"USI", "Soins intensifs", "18", "15"},
    {"HP", "Hospitalisation provisoire", NULL, "1"},
};
static const struct {
    const char *name, *number, *note;
} phones[] = {
    {"Cellule de crise", "0470 00 00 01", "local 014, niveau 0"},
    {"Direction médicale", "0470 00 00 02", "médecin de garde pour toute l’institution"},
    {"Direction infirmière", "0470 00 00 03", NULL},
    {"Pharmacie", "0470 00 00 10", "de 8 h à 20 h ; la nuit par la cellule de crise"},
    {"Laboratoire", "0470 00 00 11", "résultats critiques seulement ; sinon coursier"},
    {"Banque de sang", "0470 00 00 12", NULL},
    {"Imagerie", "0470 00 00 13", "scanner et salle 1"},
    {"Quartier opératoire", "0470 00 00 14", NULL},
    {"Soins intensifs", "0470 00 00 15", NULL},
    {"Urgences, médecin responsable", "0470 00 00 16", "radio canal 4"},
    {"Standard, GSM de secours", "0470 00 00 17", "deux appareils, à l’accueil"},
    {"Coursiers", "0470 00 00 18", "accueil, entrée principale"},
    {"Centre de secours 112 du Brabant", "02 555 01 12", "ligne directe pour un détournement"},
    {"Urgences Saint-Élisabeth", "02 555 01 30", "voisin : trauma, enfants"},
    {"Urgences Reine-Astrid", "02 555 01 31", "voisin : cœur, AVC"},
    {"Aide formulaires Repli", "0470 00 00 19", "informatique médicale"},
};
static const char *const clinics[][3] = {
    {"Échographie abdominale", "Radiologie, route 120", NULL},
    {"Contrôle postopératoire", "Consultations, route 321", "Dr El Ouardi"},
    {"Chimiothérapie, cure 4", "Hôpital de jour", "Dr Lambrecht"},
    {"Dialyse", "Néphrologie", NULL},
    {"Consultation de cardiologie", "Consultations, route 318", "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE"}};

static struct repli_dataset *set_of(struct repli_datasets *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->sets[i].name, name) == 0)
            return &all->sets[i];
    abort(); /* allowed: every dataset of the table is in every sample */
}

static void begin(struct repli_dataset *set, size_t rows, struct repli_arena *a)
{
    set->nrows = rows;
    set->cells = repli_arena_array(a, rows * set->ncolumns + 1, sizeof *set->cells);
}

static void put(struct repli_dataset *set, size_t row, const char *column, const char *value)
{
    for (size_t c = 0; c < set->ncolumns; c++)
        if (strcmp(set->columns[c], column) == 0)
            set->cells[row * set->ncolumns + c] = value;
}

static void put_wards(enum sample_kind kind, struct repli_dataset *set, struct repli_arena *a)
{
    size_t some = sizeof wards / sizeof *wards, n = kind == SAMPLE_FULL ? FULL_WARDS : some;
    begin(set, kind == SAMPLE_BARE ? 0 : n, a);
    for (size_t i = 0; i < set->nrows; i++) {
        bool first = i < some;
        put(set, i, "ward", first ? wards[i].ward : repli_arena_printf(a, "W%zu", i));
        put(set, i, "name",
            first ? wards[i].name : "Unité de revalidation neurologique et locomotrice, aile nord, quatrième étage");
        put(set, i, "beds", wards[i % some].beds);
        put(set, i, "census", wards[i % some].census);
    }
}

/* Who stands on the census, in every ward of the house. */
struct person {
    const char *family, *given, *birth, *number, *room, *bed, *fold;
};

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct person *)x)->fold, ((const struct person *)y)->fold);
}

static struct person *people(struct repli_datasets *all, struct repli_arena *a, size_t *count)
{
    const struct repli_dataset *census = set_of(all, "census");
    struct person *list = repli_arena_array(a, census->nrows + 1, sizeof *list);
    for (size_t i = 0; i < census->nrows; i++) {
        struct person p = {.family = repli_dataset_cell(census, i, "family"),
                           .given = repli_dataset_cell(census, i, "given"),
                           .birth = repli_dataset_cell(census, i, "birth_date"),
                           .number = repli_dataset_cell(census, i, "identifier"),
                           .room = repli_dataset_cell(census, i, "room"),
                           .bed = repli_dataset_cell(census, i, "bed")};
        p.fold = p.family ? repli_text_fold(a, p.family) : NULL;
        if (p.fold)
            list[(*count)++] = p;
    }
    qsort(list, *count, sizeof *list, by_name);
    return list;
}

static void put_inpatients(enum sample_kind kind, const struct person *list, size_t count, struct repli_dataset *set,
                           struct repli_arena *a)
{
    size_t each = kind == SAMPLE_FULL ? FULL_HOUSES : 1;
    begin(set, count * each, a);
    for (size_t i = 0; i < set->nrows; i++) {
        const struct person *p = &list[i / each];
        size_t w = i % (sizeof wards / sizeof *wards);
        put(set, i, "patient_id", repli_arena_printf(a, "p%zu", i + 1));
        put(set, i, "family", p->family);
        put(set, i, "given", p->given);
        put(set, i, "birth_date", p->birth);
        put(set, i, "ward", wards[w].ward);
        put(set, i, "place",
            p->room && p->bed && strncmp(p->bed, p->room, strlen(p->room)) != 0
                ? repli_arena_printf(a, "%s %s", p->room, p->bed)
                : p->bed);
    }
}

static void put_calls(enum sample_kind kind, const struct person *list, size_t count, struct repli_dataset *set,
                      struct repli_arena *a)
{
    size_t n = kind == SAMPLE_BARE || count == 0 ? 0 : kind == SAMPLE_FULL ? 70 : 17;
    begin(set, n, a);
    for (size_t i = 0; i < n; i++) {
        const struct person *p = &list[i * 7 % count];
        const char *const *clinic = clinics[i % (sizeof clinics / sizeof *clinics)];
        long long at =
            SAMPLE_DAY + 7 * 3600 + (long long)(i < n / 2 ? i : i - n / 2) * 900 + (i < n / 2 ? 4 * 3600 : 86400);
        put(set, i, "patient_id", repli_arena_printf(a, "p%zu", i + 1));
        put(set, i, "family", p->family);
        put(set, i, "given", p->given);
        put(set, i, "birth_date", p->birth);
        put(set, i, "identifier", p->number);
        put(set, i, "status", "booked");
        put(set, i, "display", clinic[0]);
        put(set, i, "place", clinic[1]);
        put(set, i, "actor", clinic[2]);
        put(set, i, "start_utc", repli_arena_printf(a, "%lld", at));
        put(set, i, "reach", i % 8 == 3 ? "inpatient" : i % 8 == 5 ? "none" : NULL);
        put(set, i, "ward", i % 8 == 3 ? "3B" : NULL);
        put(set, i, "bed", i % 8 == 3 ? "12" : NULL);
        put(set, i, "phone", i % 8 == 5 ? NULL : repli_arena_printf(a, "0470 00 01 %02zu", i));
        put(set, i, "phone_of", i % 8 == 6 ? "fille Anne Peeters" : NULL);
    }
}

static void put_directory(enum sample_kind kind, struct repli_dataset *set, struct repli_arena *a)
{
    size_t some = sizeof phones / sizeof *phones;
    begin(set, kind == SAMPLE_BARE ? 0 : kind == SAMPLE_FULL ? 3 * some : some, a);
    for (size_t i = 0; i < set->nrows; i++) {
        put(set, i, "name", phones[i % some].name);
        put(set, i, "number", phones[i % some].number);
        put(set, i, "note", phones[i % some].note);
    }
}

static void put_settings(const char *setting, struct repli_dataset *set, struct repli_arena *a)
{
    size_t n = 0;
    while (repli_setting_at(n))
        n++;
    begin(set, n, a);
    set->nrows = 0;
    for (size_t i = 0; i < n; i++)
        if (setting && strcmp(repli_setting_at(i)->value, setting) == 0) {
            put(set, set->nrows, "key", repli_setting_at(i)->name);
            put(set, set->nrows++, "value", setting);
        }
}

void repli_sample_house(enum sample_kind kind, const char *setting, struct repli_datasets *all, struct repli_arena *a)
{
    size_t count = 0;
    struct person *list = people(all, a, &count);
    struct repli_dataset *site = set_of(all, "site");
    begin(site, 1, a);
    put(site, 0, "hospital",
        kind == SAMPLE_BARE   ? NULL
        : kind == SAMPLE_FULL ? "Cliniques universitaires Sainte-Gudule, site Reine-Astrid, Woluwe-Saint-Lambert"
                              : "Hôpital Saint-Géry, Bruxelles");
    put(site, 0, "data_utc", kind == SAMPLE_BARE ? NULL : "1795392000");
    put(site, 0, "reviewed", kind == SAMPLE_BARE ? NULL : "2026-11-02");
    put_settings(setting, set_of(all, "settings"), a);
    put_directory(kind, set_of(all, "directory"), a);
    put_wards(kind, set_of(all, "wards"), a);
    put_inpatients(kind, list, count, set_of(all, "inpatients"), a);
    put_calls(kind, list, count, set_of(all, "calls"), a);
}

void repli_sample_move(struct repli_datasets *all, int64_t print_utc, struct repli_arena *a)
{
    struct repli_dataset *set = set_of(all, "calls");
    int64_t days = (print_utc - SAMPLE_DAY) / 86400;
    for (size_t i = 0; i < set->nrows; i++) {
        int64_t utc = 0;
        if (repli_integer(repli_dataset_cell(set, i, "start_utc"), 0, INT64_MAX, &utc))
            put(set, i, "start_utc", repli_arena_printf(a, "%lld", (long long)(utc + days * 86400)));
    }
}
