/* SPDX-License-Identifier: MIT
 * library: see library.h. */
#include "tests/lichess_sim/library.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>
#include <uthash.h>

#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "tests/lichess_sim/world.h"

enum { FILE_BYTES_MAX = 1 << 30, KEY_MAX = 64 };

struct player {
    char key[KEY_MAX];
    struct game_ref *games;
    int64_t count, cap;
    UT_hash_handle hh;
};

struct line {
    const char *text;
    size_t len;
};

struct library {
    struct buf texts[64]; /* whole files */
    int text_count;
    struct line *lines;
    int64_t line_count, line_cap;
    struct player *players;
    struct world *world;
};

struct library *library_new(void)
{
    return xcalloc(1, sizeof(struct library));
}

void library_free(struct library *library)
{
    struct player *player, *next;

    HASH_ITER(hh, library->players, player, next)
    {
        HASH_DEL(library->players, player);
        free(player->games);
        free(player);
    }
    for (int i = 0; i < library->text_count; i++) {
        buf_done(&library->texts[i]);
    }
    world_free(library->world);
    free(library->lines);
    free(library);
}

static void add_game(struct library *library, const char *name, int64_t created_ms, int64_t number)
{
    char key[KEY_MAX];
    struct player *player;
    size_t len = strlen(name);

    if (len >= sizeof(key)) {
        return;
    }
    for (size_t i = 0; i <= len; i++) {
        key[i] = (char)tolower((unsigned char)name[i]);
    }
    HASH_FIND_STR(library->players, key, player);
    if (player == NULL) {
        player = xcalloc(1, sizeof(*player));
        memcpy(player->key, key, len + 1);
        HASH_ADD_STR(library->players, key, player);
    }
    if (player->count == player->cap) {
        player->cap = player->cap != 0 ? player->cap * 2 : 8;
        player->games = xrealloc(player->games, (size_t)player->cap * sizeof(player->games[0]));
    }
    player->games[player->count++] = (struct game_ref){created_ms, number};
}

/* Indexes one recorded line by the users that played it; unfinished games are never served. */
static void add_line(struct library *library, const char *text, size_t len)
{
    static const char *const SIDES[] = {"white", "black"};
    json_t *game = json_loadb(text, len, 0, NULL);
    const char *status = json_string_value(json_object_get(game, "status"));
    int64_t created = json_integer_value(json_object_get(game, "createdAt"));
    const char *before = NULL;

    if (status != NULL && strcmp(status, "created") != 0 && strcmp(status, "started") != 0 &&
        strcmp(status, "aborted") != 0) {
        if (library->line_count == library->line_cap) {
            library->line_cap = library->line_cap != 0 ? library->line_cap * 2 : 1024;
            library->lines = xrealloc(library->lines,
                                      (size_t)library->line_cap * sizeof(library->lines[0]));
        }
        library->lines[library->line_count] = (struct line){text, len};
        for (int side = 0; side < 2; side++) {
            const json_t *user = json_object_get(
                json_object_get(json_object_get(game, "players"), SIDES[side]), "user");
            const char *id = json_string_value(json_object_get(user, "id"));

            if (id != NULL && (before == NULL || strcmp(before, id) != 0)) {
                add_game(library, id, created, library->line_count);
                before = id;
            }
        }
        library->line_count++;
    }
    json_decref(game);
}

static bool add_file(struct library *library, const char *path, struct err *err)
{
    struct buf *text = &library->texts[library->text_count];

    CHECK(library->text_count < 64);
    buf_init(text, FILE_BYTES_MAX);
    if (!os_read_file(path, FILE_BYTES_MAX - 1, text, err)) {
        return false;
    }
    library->text_count++;
    for (size_t at = 0; at < text->len;) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t len = end != NULL ? (size_t)(end - text->data) - at : text->len - at;

        if (len > 0) {
            add_line(library, text->data + at, len);
        }
        at += len + 1;
    }
    return true;
}

bool library_add_path(struct library *library, const char *path, struct err *err)
{
    struct stat st;
    struct dirent *entry;
    DIR *dir;
    bool ok = true;

    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        return add_file(library, path, err);
    }
    dir = opendir(path);
    if (dir == NULL) {
        return err_set(err, ERR_USAGE, "cannot read %s", path);
    }
    while (ok && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len > 7 && strcmp(entry->d_name + len - 7, ".ndjson") == 0) {
            AUTO(str) char *full = xprintf("%s/%s", path, entry->d_name);

            ok = add_file(library, full, err);
        }
    }
    (void)closedir(dir);
    return ok;
}

void library_set_world(struct library *library, uint64_t seed, int players, int64_t games)
{
    library->world = world_new(seed, players, games);
    for (int64_t k = 0; k < games; k++) {
        struct world_pair pair = world_pair(library->world, k);
        char name[KEY_MAX];

        for (int side = 0; side < 2; side++) {
            world_name(library->world, pair.player[side], name, sizeof(name));
            add_game(library, name, pair.created_ms, k);
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct game_ref *x = a, *y = b;

    if (x->created_ms != y->created_ms) {
        return x->created_ms < y->created_ms ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

void library_ready(struct library *library)
{
    for (struct player *player = library->players; player != NULL; player = player->hh.next) {
        qsort(player->games, (size_t)player->count, sizeof(player->games[0]), by_time);
    }
}

const struct game_ref *library_player(const struct library *library, const char *name,
                                      int64_t *ret_count)
{
    char key[KEY_MAX];
    struct player *player;

    if (strlen(name) >= sizeof(key)) {
        return NULL;
    }
    for (size_t i = 0; i <= strlen(name); i++) {
        key[i] = (char)tolower((unsigned char)name[i]);
    }
    HASH_FIND_STR(library->players, key, player);
    if (player == NULL) {
        return NULL;
    }
    *ret_count = player->count;
    return player->games;
}

const char *library_line(const struct library *library, const struct game_ref *game,
                         struct buf *scratch, size_t *ret_len)
{
    if (library->world == NULL) {
        *ret_len = library->lines[game->number].len;
        return library->lines[game->number].text;
    }
    buf_clear(scratch);
    world_line(library->world, game->number, scratch);
    *ret_len = scratch->len;
    return scratch->data;
}

int64_t library_games(const struct library *library)
{
    return library->world != NULL ? world_games(library->world) : library->line_count;
}
