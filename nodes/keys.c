/* SPDX-License-Identifier: MIT
 * keys: see keys.h. */
#include "nodes/keys.h"

#include <stdio.h>
#include <string.h>

#include <uthash.h>

#include "nodes_sql.h"

/* One word and its number; name and title only of players and openings. */
struct key_row {
    const char *key;
    const char *first, *second; /* player: name, title; opening: eco, name; term: kind, word */
    int id;
    UT_hash_handle hh;
};

struct keys {
    struct mem *mem;
    struct key_row *terms, *openings, *players;
    int unknown;
};

struct keys *keys_new(struct mem *mem)
{
    struct keys *keys = mem_alloc(mem, sizeof(*keys));

    keys->mem = mem;
    return keys;
}

void keys_free(struct keys *keys)
{
    if (keys != NULL) {
        HASH_CLEAR(hh, keys->terms);
        HASH_CLEAR(hh, keys->openings);
        HASH_CLEAR(hh, keys->players);
    }
}

void keys_auto(struct keys **keys)
{
    keys_free(*keys);
}

static struct key_row *find(struct key_row *table, const char *key)
{
    struct key_row *row;

    HASH_FIND_STR(table, key, row);
    return row;
}

static struct key_row *add(struct keys *keys, struct key_row **table, const char *key,
                           const char *first, const char *second)
{
    struct key_row *row = find(*table, key);

    if (row == NULL) {
        row = mem_alloc(keys->mem, sizeof(*row));
        *row = (struct key_row){.key = key, .first = first, .second = second};
        HASH_ADD_KEYPTR(hh, *table, row->key, strlen(row->key), row);
    }
    return row;
}

static const char *pair(struct mem *mem, const char *a, const char *b)
{
    return mem_printf(mem, "%s|%s", a, b);
}

static void collect_term(struct keys *keys, const char *kind, const char *word)
{
    char key[128];

    if (word == NULL) {
        return;
    }
    (void)snprintf(key, sizeof(key), "%s|%.100s", kind, word);
    if (find(keys->terms, key) == NULL) {
        (void)add(keys, &keys->terms, mem_strdup(keys->mem, key), kind, word);
    }
}

void keys_collect(struct keys *keys, const struct game *game)
{
    collect_term(keys, "variant", game->variant);
    collect_term(keys, "speed", game->speed);
    collect_term(keys, "status", game->status);
    collect_term(keys, "source", game->source);
    if (game->eco != NULL && game->opening != NULL) {
        (void)add(keys, &keys->openings, pair(keys->mem, game->eco, game->opening), game->eco,
                  game->opening);
    }
    for (int side = 0; side < 2; side++) {
        const struct game_player *player = &game->players[side];

        if (player->key != NULL) {
            (void)add(keys, &keys->players, player->key, player->name, player->title);
        }
    }
}

static int by_key(const struct key_row *a, const struct key_row *b)
{
    return strcmp(a->key, b->key);
}

/* Passes the rows without a number yet as three arrays and runs sql; count = how many there were. */
static bool with_missing(struct pg *tx, const char *sql, struct key_row *table,
                         struct pg_rows **ret_rows, int *ret_count, struct err *err)
{
    AUTO(pg_array) struct pg_array keys = {0}, first = {0}, second = {0};
    struct pg_args args = {0};
    int count = 0;

    pg_array_init(&keys, PG_TEXT);
    pg_array_init(&first, PG_TEXT);
    pg_array_init(&second, PG_TEXT);
    for (struct key_row *row = table; row != NULL; row = row->hh.next) {
        if (row->id == 0) {
            pg_array_text(&keys, row->key);
            pg_array_text(&first, row->first);
            pg_array_text(&second, row->second);
            count++;
        }
    }
    *ret_count = count;
    if (count == 0) {
        return true;
    }
    pg_arg_array(&args, &keys);
    pg_arg_array(&args, &first);
    pg_arg_array(&args, &second);
    return pg_query(tx, sql, &args, ret_rows, err);
}

/* Looks up; the rows are (key, id). */
static bool look_up(struct pg *tx, const char *sql, struct key_row *table, int *ret_missing,
                    struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    int asked;

    if (!with_missing(tx, sql, table, &rows, &asked, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(rows); i++) {
        struct key_row *row = find(table, pg_text(rows, i, 0));

        if (row != NULL) {
            row->id = (int)pg_i64(rows, i, 1);
        }
    }
    *ret_missing = asked - pg_count(rows);
    return true;
}

/* Look up, insert what is missing, look up again. */
static bool resolve(struct pg *tx, struct key_row **table, const char *find_sql, const char *add_sql,
                    int *ret_new, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    int missing, count;

    HASH_SORT(*table, by_key);
    if (!look_up(tx, find_sql, *table, &missing, err)) {
        return false;
    }
    *ret_new = missing;
    if (missing == 0) {
        return true;
    }
    if (!with_missing(tx, add_sql, *table, &rows, &count, err) ||
        !look_up(tx, find_sql, *table, &missing, err)) {
        return false;
    }
    /* A concurrent loader took the same number for another new word: try again later. */
    return missing == 0 || err_set(err, ERR_DB, "another loader is adding the same words");
}

bool keys_resolve(struct keys *keys, struct pg *tx, struct err *err)
{
    int ignored;

    return resolve(tx, &keys->terms, SQL_TERM_FIND, SQL_TERM_ADD, &keys->unknown, err) &&
           resolve(tx, &keys->openings, SQL_OPENING_FIND, SQL_OPENING_ADD, &ignored, err) &&
           resolve(tx, &keys->players, SQL_PLAYER_FIND, SQL_PLAYER_ADD, &ignored, err);
}

int keys_unknown(const struct keys *keys)
{
    return keys->unknown;
}

int keys_term(const struct keys *keys, const char *kind, const char *word)
{
    char key[128];
    const struct key_row *row;

    if (word == NULL) {
        return 0;
    }
    (void)snprintf(key, sizeof(key), "%s|%.100s", kind, word);
    row = find(keys->terms, key);
    CHECK(row != NULL);
    return row->id;
}

int keys_opening(const struct keys *keys, const struct game *game)
{
    if (game->eco == NULL || game->opening == NULL) {
        return 0;
    }
    const struct key_row *row = find(keys->openings, pair(keys->mem, game->eco, game->opening));

    CHECK(row != NULL);
    return row->id;
}

int keys_player(const struct keys *keys, const char *key)
{
    const struct key_row *row;

    if (key == NULL) {
        return 0;
    }
    row = find(keys->players, key);
    CHECK(row != NULL);
    return row->id;
}
