/* Statements that were used once and will be again: a sheet's merge asks the same hundred questions as the one before it,
** and reading the SQL takes longer than most answers.  An idle statement is reset and holds no lock. */
#include "store/db_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 128 /* the rest are finalised, the longest unused first */

struct slot {
    sqlite3_stmt *st; /* NULL: free */
    uint64_t used;
};
struct cache { /* of one connection, and so of one thread */
    sqlite3 *sql;
    struct slot slots[SLOTS];
    uint64_t clock;
    struct cache *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list alone */
static struct cache *all;

static struct cache *cache_of(sqlite3 *sql, bool make)
{
    (void)pthread_mutex_lock(&lock);
    struct cache *c = all;
    while (c && c->sql != sql)
        c = c->next;
    if (!c && make) {
        c = repli_xcalloc(1, sizeof *c);
        c->sql = sql;
        c->next = all;
        all = c;
    }
    (void)pthread_mutex_unlock(&lock);
    return c;
}

/* A pragma may act when it is prepared; whoever keeps it would get the old answer. */
static bool worth(const char *text)
{
    static const char *const words[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

sqlite3_stmt *repli_cache_take(sqlite3 *sql, const char *text)
{
    struct cache *c = worth(text) ? cache_of(sql, false) : NULL;
    for (size_t i = 0; c && i < SLOTS; i++) {
        sqlite3_stmt *st = c->slots[i].st;
        if (st && strcmp(sqlite3_sql(st), text) == 0) {
            c->slots[i].st = NULL;
            return st;
        }
    }
    return NULL;
}

bool repli_cache_give(sqlite3_stmt *st)
{
    const char *text = sqlite3_sql(st);
    if (!text || !worth(text) || sqlite3_reset(st) != SQLITE_OK || sqlite3_clear_bindings(st) != SQLITE_OK)
        return false;
    struct cache *c = cache_of(sqlite3_db_handle(st), true);
    struct slot *to = &c->slots[0];
    for (size_t i = 0; i < SLOTS && to->st; i++)
        if (!c->slots[i].st || c->slots[i].used < to->used)
            to = &c->slots[i];
    (void)sqlite3_finalize(to->st);
    *to = (struct slot){st, ++c->clock};
    return true;
}

void repli_cache_drop(sqlite3 *sql)
{
    (void)pthread_mutex_lock(&lock);
    struct cache **at = &all, *c = NULL;
    while (*at && (*at)->sql != sql)
        at = &(*at)->next;
    if ((c = *at) != NULL)
        *at = c->next;
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0; c && i < SLOTS; i++)
        (void)sqlite3_finalize(c->slots[i].st);
    free(c);
}
