/* Invented orders for trying a form out: each kind of order once, and a page-filling number of them. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "sample.h"

enum { FULL_ORDERS = 60, FULL_ALLERGIES = 30 };

struct sample_order {
    const char *medication, *dose, *unit, *text, *route, *frequency, *times, *period, *needed, *reason, *max, *start,
        *end, *prescriber, *status;
};

/* 1795391000 is 22-nov 23:03 in Brussels; previews begin at any time, so most orders name times of the day. */
static const struct sample_order usual[] = {
    {"parac\xC3\xA9tamol", "1", "g", "PARACETAMOL FRESENIUS perfusion 1 g", "IV", "4x/d",
     "[\"06:00\",\"12:00\",\"18:00\",\"00:00\"]", NULL, "0", NULL, NULL, "1795200000", NULL, "Dr El Ouardi", "active"},
    {"\xC3\xA9noxaparine sodique", "40", "mg", "CLEXANE seringue 40 mg", "SC", "1x/d", "[\"20:00\"]", NULL, "0", NULL,
     NULL, "1795200000", NULL, "Dr El Ouardi", "active"},
    {"oxycodone lib\xC3\xA9ration prolong\xC3\xA9"
     "e",
     "10", "mg", "OXYCONTIN comprim\xC3\xA9 10 mg", "PO", "2x/d", "[\"08:00\",\"20:00\"]", NULL, "0", NULL, NULL,
     "1795200000", NULL, "Dr El Ouardi", "active"},
    {"l\xC3\xA9vothyroxine sodique", "75.0", "mcg", "L-THYROXINE comprim\xC3\xA9 75 mcg", "PO", "1x/d", "[\"06:30\"]",
     NULL, "0", NULL, NULL, NULL, NULL, "Dr El Ouardi", "active"},
    {"insuline glargine", "18", "U", "LANTUS stylo 100 U/mL", "SC", "1x/d", "[\"22:00\"]", NULL, "0", NULL, NULL, NULL,
     NULL, "Dr Lambrecht", "active"},
    {"furos\xC3\xA9mide", "20", "mg", "LASIX ampoule 20 mg", "IV", "3x/d", "[\"08:00\",\"10:00\",\"16:00\"]", NULL, "0",
     NULL, NULL, NULL, NULL, "Dr El Ouardi", "active"},
    {"hydroxyzine", "25", "mg", "ATARAX comprim\xC3\xA9 25 mg", "PO", "au coucher", NULL, NULL, "0", NULL, NULL, NULL,
     NULL, "Dr Lambrecht", "active"},
    {"bisoprolol", "2.50", "mg", NULL, "PO", "1x/d", "[\"08:00\"]", NULL, "0", NULL, NULL, NULL, NULL, "Dr El Ouardi",
     "on-hold"},
    {"morphine chlorhydrate", "5", "mg", "MORPHINE STEROP ampoule 10 mg in 1 mL", "SC", NULL, NULL, "14400", "1",
     "si douleur 5 ou plus", "30 mg", NULL, NULL, "Dr El Ouardi", "active"},
    {"m\xC3\xA9toclopramide", "10", "mg", "PRIMPERAN ampoule 10 mg in 2 mL", "IV", NULL, NULL, "28800", "1",
     "si naus\xC3\xA9"
     "es",
     "30 mg", NULL, NULL, "Dr El Ouardi", "active"},
};

static const struct sample_order hard[] = {
    {"Piperacilline natrium + tazobactam natrium in Iso-Osmotic Dextrose, poudre pour solution pour perfusion", "4.5",
     "g",
     "flacon de 4,5 g \xC3\xA0 reconstituer dans 20 mL d'eau pour pr\xC3\xA9parations injectables, puis 100 mL "
     "NaCl 0.9%, en 30 minutes par pompe",
     "Intravenous route (qualifier value) through the central venous line", "3x/d",
     "[\"02:00\",\"02:30\",\"10:00\",\"18:00\"]", NULL, "0", NULL, NULL, "1795200000", NULL,
     "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE", "active"},
    {"Potassium Chloride Replacement (Critical Care and Oncology)", "40", "mEq", "20mEq Packet", "IV", "Q4H", NULL,
     "14400", "0", NULL, NULL, "1795200000", NULL, "Dr El Ouardi", "active"},
    {"HYDROmorphone (Dilaudid)", NULL, NULL, "1mg/1mL Syringe .5 mg", "IVPCA", "ASDIR", NULL, NULL, "0", NULL, NULL,
     NULL, NULL, NULL, "active"},
    {"Cyanocobalamin", "1000", "mcg", "1000 mcg/mL Vial", "IM", "1x/7d", "[\"09:00\"]", "604800", "0", NULL, NULL, NULL,
     NULL, NULL, "on-hold"},
    {"Insulin", "25", "UNIT", "100 Units / mL - 10 mL Vial", "SC", "BID", "[\"07:30\",\"17:30\"]", NULL, "0", NULL,
     NULL, NULL, "1795500000", "Dr Lambrecht", "active"},
    {"Salbutamol", "2", "puff", NULL, "INH", "1x/h", NULL, "900", "0", NULL, NULL, "1795200000", NULL, NULL, "active"},
    {"Dextrose 50%", "12.5", "gm", "25 g / 50 mL Syringe", "IV", "PRN", NULL, NULL, "0", NULL, NULL, NULL, NULL, NULL,
     "active"},
    {"Paracetamol met code\xC3\xAFne, bruistabletten, of gelijkwaardig middel volgens het ziekenhuisformularium", "1",
     "tablet", NULL, "PO", NULL, NULL, "21600", "1",
     "bij pijn, wanneer de gewone pijnstilling na een uur nog niet voldoende heeft gewerkt", "4 tablet", NULL, NULL,
     "Dr Anne-Sophie VANDERSTRAETEN-LEFEBVRE", "active"},
};

static struct repli_dataset *set_of(struct repli_datasets *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->sets[i].name, name) == 0)
            return &all->sets[i];
    return NULL;
}

static void put(struct repli_dataset *set, size_t row, const char *column, const char *value)
{
    for (size_t c = 0; c < set->ncolumns; c++)
        if (strcmp(set->columns[c], column) == 0)
            set->cells[row * set->ncolumns + c] = value;
}

static void put_order(struct repli_dataset *set, size_t row, const struct sample_order *o, struct repli_arena *a)
{
    const struct {
        const char *column, *value;
    } cells[] = {{"patient_id", "p1"},
                 {"request_id", repli_arena_printf(a, "order%02zu", row + 1)},
                 {"status", o->status},
                 {"medication", o->medication},
                 {"dose", o->dose},
                 {"dose_unit", o->unit},
                 {"dose_text", o->text},
                 {"route", o->route},
                 {"frequency", o->frequency},
                 {"times", o->times},
                 {"period_s", o->period},
                 {"as_needed", o->needed},
                 {"as_needed_for", o->reason},
                 {"max_24h", o->max},
                 {"start_utc", o->start},
                 {"end_utc", o->end},
                 {"prescriber", o->prescriber}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put(set, row, cells[i].column, cells[i].value);
}

static void resize(struct repli_dataset *set, size_t rows, struct repli_arena *a)
{
    const char **was = set->cells;
    set->cells = repli_arena_array(a, rows * set->ncolumns + 1, sizeof *set->cells);
    memcpy(set->cells, was, set->nrows * set->ncolumns * sizeof *was);
    set->nrows = rows;
}

void repli_sample_orders(enum sample_kind kind, struct repli_datasets *all, struct repli_arena *a)
{
    const size_t plain = sizeof usual / sizeof *usual, wild = sizeof hard / sizeof *hard;
    struct repli_dataset *orders = set_of(all, "orders"), *doses = set_of(all, "doses"),
                         *allergies = set_of(all, "allergies");
    if (kind == SAMPLE_BARE)
        return;
    resize(orders, kind == SAMPLE_FULL ? FULL_ORDERS : plain, a);
    for (size_t i = 0; i < orders->nrows; i++)
        put_order(orders, i, i < plain || i % 3 ? &usual[i % plain] : &hard[i / 3 % wild], a);
    resize(doses, 2, a);
    for (size_t i = 0; i < 2; i++) {
        put(doses, i, "request_id", i ? "order02" : "order01");
        put(doses, i, "status", "completed");
        put(doses, i, "dose", i ? "40" : "1.0");
        put(doses, i, "dose_unit", i ? "mg" : "g");
        put(doses, i, "start_utc", "1795374300");
    }
    if (kind != SAMPLE_FULL)
        return;
    size_t given = allergies->nrows;
    resize(allergies, FULL_ALLERGIES, a);
    for (size_t i = given; i < FULL_ALLERGIES; i++) {
        put(allergies, i, "kind", "substance");
        put(allergies, i, "substance", repli_arena_printf(a, "Substance num\xC3\xA9ro %zu", i + 1));
        put(allergies, i, "criticality", i % 2 ? "low" : NULL);
    }
}
