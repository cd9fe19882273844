/* Downtime numbers, and names for people whose name nobody knows. */
#include "repli/downtime.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNTERS INT64_C(1000000)
#define STATIONS 1024
#define STAY     (COUNTERS * 10000) /* before the ten digits of a stay, for its check */

static unsigned check_of(char letter, int64_t base)
{
    return 97u - (unsigned)((base + (letter == REPLI_DOWNTIME_STAY ? STAY : 0)) % 97);
}

uint64_t repli_downtime_make(char letter, unsigned station, int64_t counter)
{
    assert(station < STATIONS && counter > 0 && counter < COUNTERS);
    int64_t base = station * COUNTERS + counter;
    return (uint64_t)base * 100 + check_of(letter, base);
}

uint64_t repli_downtime_stay(uint64_t number)
{
    return repli_downtime_make(REPLI_DOWNTIME_STAY, repli_downtime_station(number), repli_downtime_counter(number));
}

unsigned repli_downtime_station(uint64_t number)
{
    return (unsigned)(number / 100 / (uint64_t)COUNTERS);
}

int64_t repli_downtime_counter(uint64_t number)
{
    return (int64_t)(number / 100 % (uint64_t)COUNTERS);
}

static bool valid(char letter, uint64_t number)
{
    return number / 100 < (uint64_t)(STATIONS * COUNTERS) && repli_downtime_counter(number) > 0 &&
           number % 100 == check_of(letter, (int64_t)(number / 100));
}

void repli_downtime_format(char letter, uint64_t number, char out[REPLI_DOWNTIME_TEXT])
{
    (void)snprintf(out, REPLI_DOWNTIME_TEXT, "%c%04u-%06u-%02u", letter, repli_downtime_station(number) % STATIONS,
                   (unsigned)(repli_downtime_counter(number) % COUNTERS), (unsigned)(number % 100));
}

bool repli_downtime_parse(const char *text, char *letter, uint64_t *number)
{
    char first = 0;
    uint64_t n = 0;
    int digits = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '-' || *p == ' ' || *p == '.')
            continue;
        if (!first) {
            first = (char)toupper((unsigned char)*p);
            continue;
        }
        if (*p < '0' || *p > '9' || ++digits > 12)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    if ((first != REPLI_DOWNTIME_PATIENT && first != REPLI_DOWNTIME_STAY) || digits != 12 || !valid(first, n))
        return false;
    *letter = first;
    *number = n;
    return true;
}

void repli_downtime_subject(uint64_t number, uint8_t out[8])
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        out[i] = (uint8_t)number;
}

bool repli_downtime_number(const uint8_t subject[8], char letter, uint64_t *number)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | subject[i];
    if (!valid(letter, n))
        return false;
    *number = n;
    return true;
}

/* ---- aliases: two lists whose lengths have no common divisor.  Every two words of both are unlike in sound and in
** spelling for speakers of French, Dutch and German (a test compares all of them), and none is anybody's name. */
static const char *const first_words[] = {
    "Alpha",     "Delta",    "Foxtrot",  "Hotel",     "November", "Tango",   "Abricot", "Agave",
    "Amandel",   "Anemone",  "Aquarium", "Artichoke", "Avocado",  "Ballon",  "Baobab",  "Biscuit",
    "Boomerang", "Bungalow", "Calypso",  "Caravan",   "Colibri",  "Cyclone", "Diamant", "Domino",
    "Ekster",    "Flamingo", "Fregate",  "Galaxie",   "Geranium", "Horizon", "Jaguar",  "Jojoba",
    "Kangourou", "Lagune",   "Lotus",    "Madras",    "Mandarin", "Mimosa",  "Narcis",  "Nougat",
    "Orchidee",  "Pelikaan", "Polka",    "Rhubarbe",  "Rubicon",  "Sorbet",  "Tabasco", "Tequila",
    "Tombola",   "Tornado",  "Utopie",   "Viking",    "Wapiti",   "Zebra",   "Zodiac",
};
static const char *const second_words[] = {
    "Bravo",    "Echo",    "Golf",     "Kilo",      "Quebec",    "Uniform", "Acajou",   "Albatros", "Amber",
    "Antilope", "Arnica",  "Aurora",   "Badminton", "Bambou",    "Basalt",  "Bonsai",   "Bordeaux", "Cactus",
    "Canape",   "Cobalt",  "Cosmos",   "Dahlia",    "Dolfijn",   "Eclair",  "Fanfare",  "Fondue",   "Fuchsia",
    "Gazelle",  "Guitare", "Impala",   "Jasmijn",   "Kajak",     "Konijn",  "Lavendel", "Lynx",     "Magnolia",
    "Maracas",  "Mustang", "Nautilus", "Obelisk",   "Parasol",   "Pinguin", "Radar",    "Risotto",  "Sirocco",
    "Stetson",  "Tapioca", "Titaan",   "Topaas",    "Turquoise", "Velours", "Waltz",    "Xylofoon", "Zeppelin",
};
#define FIRST  ((int64_t)(sizeof first_words / sizeof *first_words))
#define SECOND ((int64_t)(sizeof second_words / sizeof *second_words))

void repli_downtime_alias(uint64_t number, char out[REPLI_DOWNTIME_ALIAS])
{
    int64_t n = repli_downtime_counter(number), station = repli_downtime_station(number);
    /* Steps without a common divisor with the lengths: neighbours in number are no neighbours in the alphabet. */
    (void)snprintf(out, REPLI_DOWNTIME_ALIAS, "%s %s", first_words[(n * 21 + station * 7) % FIRST],
                   second_words[(n * 17 + station * 11) % SECOND]);
}
