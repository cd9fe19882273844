/* Invented people of a ward, for trying out a census: an ordinary ward, and one that fills more than a side. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "sample.h"

struct guest {
    const char *family, *given, *birth, *gender, *number, *reason, *doctor, *allergy, *news;
};

#define OUARDI    "Dr El Ouardi"
#define LAMBRECHT "Dr Lambrecht"
#define WILDE     "Dr De Wilde"

static const struct guest guests[] = {
    {"Van den Berghe-De Smedt", "Maria", "1962-03-14", "female", "1187402", "colectomie gauche J2", OUARDI, NULL, "3"},
    {"Diallo", "Fatoumata Binta", "1979-06-02", "female", "1190233", "cholécystite", LAMBRECHT, "yes", "1"},
    {"Özdemir", "Ayşe", "1949-01-21", "female", "0998121", "occlusion sur bride", OUARDI, "none-known", "5"},
    {"Lefèvre", "Éloïse", "1991-09-30", "female", "1201177", "appendicectomie J1", LAMBRECHT, "none-known", "0"},
    {"Mukendi wa Mulumba", "Jean-Bosco", "1955-11-11", "male", "1150090", "gastrectomie J4", OUARDI, "not-asked", "2"},
    {"Łukaszewski", "Grzegorz", "1968-03-07", "male", "1199310", "hernie inguinale J0", WILDE, "yes", "1"},
    {"D'Hondt", "Willem", "1941-02-19", "male", "0871455", "sigmoïdite J3", WILDE, "none-known", "6"},
    {"Benali-Haddad", "Noureddine", "1983-08-28", "male", "1188764", "abcès périanal", LAMBRECHT, "none-known", "0"},
    {"'t Kint de Roodenbeke", "Marie-Françoise", "1937-05-05", "female", "0765012", "sténose biliaire", OUARDI, "yes",
     "4"},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}, /* an empty bed */
    {"Nguyễn", "Thị Hồng", "1987-12-16", "female", "1200456", "cholécystectomie J1", LAMBRECHT, "yes", "0"},
    {"Iancu", "Ștefania", "1999-07-23", "female", "1202210", "douleur abdominale", WILDE, "none-known", NULL},
    {"Peeters", "Marie", "1985-03-14", "female", "1177651", "hernie hiatale J1", OUARDI, "none-known", "1"},
    {"Peeters-Vanderhaeghen", "Marie-Thérèse", "1958-03-14", "female", "1204873", "colectomie droite J2", OUARDI, "yes",
     "3"},
    {"García Ibáñez", "José María", "1974-10-08", "male", "1195528", "pancréatite", LAMBRECHT, "none-known", "4"},
    {"Vandenbroucke", "Joris", "1966-04-12", "male", "1200987", "tumeur du rectum", LAMBRECHT, "none-known", "0"},
    {"Ouédraogo", "Aïssata", "1952-06-27", "female", "1166210", "fistule J6", OUARDI, "none-known", "7"},
    {"De Groote", "Hilde", "1960-01-03", "female", "1197744", "éventration J1", WILDE, "none-known", "2"},
    {"Janssens", "Luc", "1957-09-22", "male", "1101329", "colostomie J5", OUARDI, "none-known", "1"},
    {"Janssens", "Lucas", "2001-05-15", "male", "1203005", "appendicite", LAMBRECHT, "none-known", "1"},
    {"Schmitz-Groß", "Jürgen", "1948-08-09", "male", "1143376", "hémorragie haute", LAMBRECHT, "none-known", "5"},
    {"El Haddad", "Youssef", "1970-02-01", "male", "1198852", "hernie étranglée J1", WILDE, "yes", "2"},
    {"Tshibangu", "Marie-Claire", "1963-11-18", "female", "1176540", "thyroïdectomie J1", LAMBRECHT, NULL, "1"},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {"Verhaegen", "Godelieve", "1933-12-06", "female", "0654398", "iléus, confort", OUARDI, "none-known", "3"},
    {"Kowalczyk", "Żaneta", "1989-03-25", "female", "1201963", "cholécystectomie J0", WILDE, "yes", "1"},
    {"Bah", "Mamadou Saliou", "1994-04-20", "male", "1202788", "plaie abdominale J2", WILDE, "none-known", "2"},
    {"Christodoulou", "Élène", "1978-07-17", "female", "1199021", "sleeve J1", WILDE, "yes", "0"},
};
#define GUESTS (sizeof guests / sizeof *guests)

static void put(struct repli_dataset *set, size_t row, const char *column, const char *value)
{
    for (size_t c = 0; c < set->ncolumns; c++)
        if (strcmp(set->columns[c], column) == 0)
            set->cells[row * set->ncolumns + c] = value;
}

static void put_guest(struct repli_dataset *set, size_t row, const struct guest *g, struct repli_arena *a)
{
    put(set, row, "patient_id", repli_arena_printf(a, "p%zu", row + 1));
    put(set, row, "encounter_id", repli_arena_printf(a, "e%zu", row + 1));
    put(set, row, "family", g->family);
    put(set, row, "given", g->given);
    put(set, row, "birth_date", g->birth);
    put(set, row, "gender", g->gender);
    put(set, row, "identifier", g->number);
    put(set, row, "reason", g->reason);
    put(set, row, "attending", g->doctor);
    put(set, row, "allergy", g->allergy);
    put(set, row, "news", g->news);
    bool namesake = strcmp(g->family, "Janssens") == 0 || strncmp(g->family, "Peeters", 7) == 0;
    put(set, row, "homonym", namesake ? "1" : "0");
}

/* Rows 28 and later of the full ward: names that need two lines, a patient who died, and one without a bed. */
static void put_extra(struct repli_dataset *set, size_t row, struct repli_arena *a)
{
    static const struct guest extra = {"Van den Berghe-De Smedt de Waersegger van Liedekerke",
                                       "Maria-Magdalena Elisabeth Josephina",
                                       "1931-12",
                                       "other",
                                       "000012345678",
                                       "Laparoscopie exploratrice pour occlusion intestinale, suites compliquées",
                                       "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE",
                                       "not-asked",
                                       "12"};
    put_guest(set, row, &extra, a);
    put(set, row, "homonym", "1");
    put(set, row, "deceased", row == 30 ? "1" : "0");
}

void repli_sample_census(enum sample_kind kind, struct repli_dataset *set, struct repli_arena *a)
{
    set->nrows = kind == SAMPLE_BARE ? 0 : kind == SAMPLE_FULL ? 44 : GUESTS;
    set->cells = repli_arena_array(a, set->nrows * set->ncolumns + 1, sizeof *set->cells);
    for (size_t i = 0; i < set->nrows; i++) {
        const char *room = repli_arena_printf(a, "%zu", 301 + i / 2);
        bool bed = i < 43;
        put(set, i, "ward", "3B");
        put(set, i, "room", bed ? room : NULL);
        put(set, i, "bed_id", bed ? repli_arena_printf(a, "b%zu", i + 1) : NULL);
        put(set, i, "bed",
            bed ? kind == SAMPLE_FULL ? repli_arena_printf(a, "%s-%zu", room, i % 2 + 1)
                  : i % 2             ? "2"
                                      : "1"
                : NULL);
        if (i >= GUESTS)
            put_extra(set, i, a);
        else if (guests[i].family)
            put_guest(set, i, &guests[i], a);
    }
}
