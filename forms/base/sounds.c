/* Names that sound or look alike. */
#include "repli/sounds.h"

#include <stdint.h>
#include <string.h>

#define LETTERS_MAX 100 /* of a name; longer ones are compared as equal or not */
#define ONE_STEP    4 /* letters from which one step apart is alike: shorter names differ by one letter all the time */
#define TWO_STEPS   10
#define KEY_MIN     3 /* shorter keys (Maes, Claes) say too little */

/* What stands in a name -> what stands in its key, longest first.  Where it may stand: '^' at the beginning, '$' at the
** end, ' ' anywhere.  A E O are the classes of vowels. */
static const struct rule {
    char where;
    const char *letters, *key;
} rules[] = {
    {'$', "dts", "T"}, /* Schmidts */
    {'$', "eaux", "O"}, {'$', "aux", "O"},  {'$', "eux", "O"}, {'$', "oux", "O"}, {' ', "eau", "O"},
    {'$', "ckx", "K"}, /* Hendrickx, Hendrix, Hendriks: a last s is not heard, below */
    {'$', "cks", "K"},  {' ', "ckx", "KS"}, {' ', "sch", "S"}, /* Van den Bossche, Vandenbosse */
    {' ', "ph", "F"},   {' ', "th", "T"},   {' ', "ch", "X"},  {' ', "gh", "G"},  {' ', "ck", "K"},
    {' ', "cq", "K"},   {' ', "qu", "K"},   {' ', "dt", "T"},  {' ', "sz", "S"},  {' ', "tz", "S"},
    {' ', "bv", "F"}, /* Lefebvre, Lefevre */
    {' ', "vb", "F"}, /* Lefevbre */
    {' ', "ce", "SE"},  {' ', "ci", "SE"},  {' ', "cy", "SE"}, {' ', "eij", "E"}, {' ', "aij", "E"},
    {' ', "ij", "E"},   {' ', "ae", "A"},   {' ', "oe", "O"},  {' ', "ou", "O"},  {' ', "au", "O"},
    {' ', "eu", "O"},   {' ', "ui", "O"},   {' ', "uy", "O"},  {' ', "ei", "E"},  {' ', "ey", "E"},
    {' ', "ai", "E"},   {' ', "ay", "E"},   {' ', "ie", "E"},  {'$', "x", "K"},   {' ', "x", "KS"},
    {' ', "a", "A"},    {' ', "e", "E"},    {' ', "i", "E"},   {' ', "y", "E"},   {' ', "o", "O"},
    {' ', "u", "O"},    {' ', "b", "B"},    {' ', "c", "K"},   {' ', "d", "D"},   {' ', "f", "F"},
    {' ', "g", "G"},    {' ', "h", ""},     {' ', "j", "J"},   {' ', "k", "K"},   {' ', "l", "L"},
    {' ', "m", "M"},    {' ', "n", "N"},    {' ', "p", "P"},   {' ', "q", "K"},   {' ', "r", "R"},
    {' ', "s", "S"},    {' ', "t", "T"},    {' ', "v", "F"},   {' ', "w", "F"},   {' ', "z", "S"},
};

/* Letters of a folded name, without blanks and signs; an Arab article is often left out.  SIZE_MAX: too many. */
static size_t letters_of(const char *fold, char out[LETTERS_MAX + 1])
{
    size_t n = 0;
    if (strncmp(fold, "el ", 3) == 0 || strncmp(fold, "al ", 3) == 0)
        fold += 3;
    for (const char *p = fold; *p; p++) {
        bool sign = (unsigned char)*p < 0x80 && !((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'));
        if (sign)
            continue;
        if (n == LETTERS_MAX)
            return SIZE_MAX;
        out[n++] = *p;
    }
    out[n] = 0;
    return n;
}

static const struct rule *rule_at(const char *name, size_t at, size_t len)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        size_t n = strlen(rules[i].letters);
        if (n > len - at || memcmp(name + at, rules[i].letters, n) != 0)
            continue;
        if (rules[i].where == '$' && at + n != len)
            continue;
        return &rules[i];
    }
    return NULL;
}

static bool vowel(char c)
{
    return c == 'A' || c == 'E' || c == 'O';
}

/* What is not heard at the end: the s of Janssens, the t and d of Dupont and Dupond, the e of Berghe. */
static size_t trim(char *key, size_t n)
{
    while (n > KEY_MIN - 1 && (key[n - 1] == 'S' || key[n - 1] == 'T' || key[n - 1] == 'D'))
        key[--n] = 0;
    if (n > KEY_MIN && key[n - 1] == 'E' && !vowel(key[n - 2]))
        key[--n] = 0;
    return n;
}

void repli_sounds(const char *fold, char key[REPLI_SOUNDS_TEXT])
{
    char name[LETTERS_MAX + 1];
    size_t len = letters_of(fold, name), n = 0;
    key[0] = 0;
    if (len == SIZE_MAX)
        return;
    for (size_t at = 0; at < len && n + 3 < REPLI_SOUNDS_TEXT;) {
        const struct rule *r = rule_at(name, at, len);
        at += r ? strlen(r->letters) : 1;
        for (const char *k = r ? r->key : ""; *k; k++)
            if (n == 0 || key[n - 1] != *k) /* double letters are one sound */
                key[n++] = *k;
    }
    key[n] = 0;
    (void)trim(key, n);
}

/* ---- how far two spellings are apart */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Letters more, less, other, or two neighbours swapped (Damerau 1964, each stretch changed once). */
static size_t steps(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[3][LETTERS_MAX + 1], *before = row[0], *last = row[1], *now = row[2];
    for (size_t j = 0; j <= nb; j++)
        last[j] = j;
    for (size_t i = 1; i <= na; i++) {
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[nb];
}

static bool look_alike(const char *a, size_t na, const char *b, size_t nb)
{
    size_t shorter = na < nb ? na : nb, longer = na < nb ? nb : na;
    size_t most = shorter >= TWO_STEPS ? 2 : shorter >= ONE_STEP ? 1 : 0;
    return longer - shorter <= most && steps(a, na, b, nb) <= most;
}

bool repli_sounds_alike(const char *fold1, const char *fold2)
{
    char a[LETTERS_MAX + 1], b[LETTERS_MAX + 1], key1[REPLI_SOUNDS_TEXT], key2[REPLI_SOUNDS_TEXT];
    if (!*fold1 || !*fold2)
        return false;
    if (strcmp(fold1, fold2) == 0)
        return true;
    if (strpbrk(fold1, "0123456789") || strpbrk(fold2, "0123456789"))
        return false;
    size_t na = letters_of(fold1, a), nb = letters_of(fold2, b);
    if (na == SIZE_MAX || nb == SIZE_MAX || na == 0 || nb == 0)
        return false;
    if (strcmp(a, b) == 0 || look_alike(a, na, b, nb))
        return true;
    repli_sounds(fold1, key1);
    repli_sounds(fold2, key2);
    return strlen(key1) >= KEY_MIN && strcmp(key1, key2) == 0;
}
