/* SPDX-License-Identifier: MIT
 * game: see game.h. By jansson: strict, with a depth limit of our own. */
#include "nodes/game.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "engine/base/hash.h"
#include "engine/base/limits.h"

enum { DEPTH_MAX = 64, RATING_MAX = 4500, ID_LEN = 8, KEY_MAX = 40 };
#define YEAR_2010_MS 1262304000000LL
#define DAY_MS 86400000LL
static const char ALPHABET[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct parser {
    struct mem *mem;
    struct game *game;
    enum game_reason reason;
    char *detail;
    size_t detail_size;
    int64_t now_ms;
};

const char *game_reason_name(enum game_reason reason)
{
    static const char *const NAMES[] = {
#define X(reason, name) name,
        GAME_REASONS(X)
#undef X
    };

    return NAMES[reason];
}

int64_t game_id_number(const char *text, size_t len)
{
    int64_t number = 0;

    if (len != ID_LEN) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        const char *at = text[i] != '\0' ? strchr(ALPHABET, text[i]) : NULL;

        if (at == NULL) {
            return -1;
        }
        number = number * 62 + (at - ALPHABET);
    }
    return number;
}

void game_id_string(int64_t id, char out[9])
{
    for (int i = ID_LEN - 1; i >= 0; i--) {
        out[i] = ALPHABET[id % 62];
        id /= 62;
    }
    out[ID_LEN] = '\0';
}

/* Records the first thing wrong; always false. */
static bool refuse(struct parser *p, enum game_reason reason, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static bool refuse(struct parser *p, enum game_reason reason, const char *fmt, ...)
{
    va_list args;

    if (p->reason == GAME_OK) {
        p->reason = reason;
        va_start(args, fmt);
        (void)vsnprintf(p->detail, p->detail_size, fmt, args);
        va_end(args);
    }
    return false;
}

/* A number that is whole, also when it is written as 1.7e12. */
static bool whole(const json_t *value, int64_t *ret)
{
    double real;

    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value)) {
        return false;
    }
    real = json_real_value(value);
    if (real != floor(real) || fabs(real) > 9e15) {
        return false;
    }
    *ret = (int64_t)real;
    return true;
}

static bool take_int(struct parser *p, const json_t *object, const char *key, int64_t min,
                     int64_t max, int64_t *ret, bool *ret_given)
{
    const json_t *value = json_object_get(object, key);

    *ret_given = value != NULL && !json_is_null(value);
    if (!*ret_given) {
        return true;
    }
    if (!whole(value, ret)) {
        return refuse(p, GAME_BAD_TYPE, "%s is no integer", key);
    }
    return (*ret >= min && *ret <= max) || refuse(p, GAME_OUT_OF_RANGE, "%s is out of range", key);
}

static bool take_text(struct parser *p, const json_t *object, const char *key, bool required,
                      const char **ret)
{
    const json_t *value = json_object_get(object, key);

    *ret = NULL;
    if (value == NULL || json_is_null(value)) {
        return !required || refuse(p, GAME_MISSING_KEY, "%s is missing", key);
    }
    if (!json_is_string(value)) {
        return refuse(p, GAME_BAD_TYPE, "%s is no string", key);
    }
    if (strlen(json_string_value(value)) != json_string_length(value)) {
        return refuse(p, GAME_NUL, "%s contains NUL", key);
    }
    *ret = mem_strndup(p->mem, json_string_value(value), json_string_length(value));
    return true;
}

static bool take_time(struct parser *p, const json_t *object, const char *key, int64_t *ret)
{
    bool given;

    return take_int(p, object, key, YEAR_2010_MS, p->now_ms + DAY_MS, ret, &given);
}

/* ---- players ---------------------------------------------------------------------------------- */

static char *lower(struct mem *mem, const char *text)
{
    char *copy = mem_strdup(mem, text);

    for (char *c = copy; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return copy;
}

/* Identities at Lichess are letters, digits, - and _; some slack for other sources, none for tricks. */
static bool key_ok(const char *key)
{
    size_t len = strlen(key);

    return len > 0 && len <= KEY_MAX &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

static bool take_user(struct parser *p, const json_t *user, struct game_player *player)
{
    const char *id;

    if (!json_is_object(user)) {
        return refuse(p, GAME_BAD_TYPE, "user is no object");
    }
    if (!take_text(p, user, "name", true, &player->name) || !take_text(p, user, "id", false, &id) ||
        !take_text(p, user, "title", false, &player->title)) {
        return false;
    }
    player->key = lower(p->mem, id != NULL ? id : player->name);
    return key_ok(player->key) || refuse(p, GAME_OUT_OF_RANGE, "%s is no player's name", "user");
}

static bool take_player(struct parser *p, const json_t *players, const char *side,
                        struct game_player *player)
{
    const json_t *object = json_object_get(players, side);
    int64_t number = 0;
    bool given;

    if (object == NULL) {
        return true; /* a side nobody is known of */
    }
    if (!json_is_object(object)) {
        return refuse(p, GAME_BAD_TYPE, "players.%s is no object", side);
    }
    if (json_object_get(object, "user") != NULL) {
        if (!take_user(p, json_object_get(object, "user"), player)) {
            return false;
        }
    } else if (!take_text(p, object, "name", false, &player->imported)) {
        return false;
    }
    if (!take_int(p, object, "rating", 0, RATING_MAX, &number, &player->has_rating)) {
        return false;
    }
    player->rating = player->has_rating ? (int)number : 0;
    if (!take_int(p, object, "ratingDiff", -RATING_MAX, RATING_MAX, &number, &player->has_diff)) {
        return false;
    }
    player->diff = player->has_diff ? (int)number : 0;
    if (!take_int(p, object, "aiLevel", 1, 100, &number, &given)) {
        return false;
    }
    player->ai_level = given ? (int)number : 0;
    player->flags = (json_is_true(json_object_get(object, "provisional")) ? PLAYER_PROVISIONAL : 0) |
                    (json_is_true(json_object_get(object, "berserk")) ? PLAYER_BERSERK : 0);
    return true;
}

/* ---- moves, clocks, evals --------------------------------------------------------------------- */

static bool take_moves(struct parser *p, const json_t *root)
{
    struct game *game = p->game;
    int plies = 0;

    if (!take_text(p, root, "moves", false, &game->moves)) {
        return false;
    }
    game->plies = -1;
    if (game->moves == NULL) {
        return true;
    }
    game->moves_len = strlen(game->moves);
    for (const char *c = game->moves; *c != '\0'; c++) {
        plies += *c != ' ' && (c == game->moves || c[-1] == ' ');
    }
    if (plies > LIMIT_PLIES) {
        return refuse(p, GAME_OUT_OF_RANGE, "more than %d moves", LIMIT_PLIES);
    }
    game->plies = plies;
    return true;
}

static bool take_clocks(struct parser *p, const json_t *root)
{
    const json_t *array = json_object_get(root, "clocks");
    struct game *game = p->game;
    size_t count = json_array_size(array);

    if (array == NULL) {
        return true;
    }
    if (!json_is_array(array) || count > LIMIT_PLIES + 1) {
        return refuse(p, GAME_BAD_TYPE, "%s is no list of clocks", "clocks");
    }
    game->clocks = mem_array(p->mem, count + 1, sizeof(game->clocks[0]));
    for (size_t i = 0; i < count; i++) {
        int64_t value;

        if (!whole(json_array_get(array, i), &value) || value < 0 || value > INT32_MAX) {
            return refuse(p, GAME_OUT_OF_RANGE, "%s holds no valid clock", "clocks");
        }
        game->clocks[i] = (int32_t)value;
    }
    game->clock_count = (int)count;
    if (game->plies >= 0 && game->clock_count != game->plies &&
        game->clock_count != game->plies + 1) {
        game->flags |= GAME_FLAG_CLOCKS;
    }
    return true;
}

static bool take_eval(struct parser *p, const json_t *entry, int i)
{
    struct game *game = p->game;
    int64_t value;

    if (whole(json_object_get(entry, "mate"), &value)) {
        /* Mate 0 does not occur in answers: the side would be unknown. */
        if (value == 0 || value > 1000 || value < -1000) {
            return refuse(p, GAME_OUT_OF_RANGE, "%s holds no valid mate", "analysis");
        }
        game->evals[i] =
            (int16_t)(value > 0 ? EVAL_MATE_BASE - value : -EVAL_MATE_BASE - value);
    } else if (whole(json_object_get(entry, "eval"), &value)) {
        value = value > EVAL_CP_MAX ? EVAL_CP_MAX : value < -EVAL_CP_MAX ? -EVAL_CP_MAX : value;
        game->evals[i] = (int16_t)value;
    } else {
        game->eval_holes[i] = true;
    }
    return true;
}

static bool take_evals(struct parser *p, const json_t *root)
{
    const json_t *array = json_object_get(root, "analysis");
    struct game *game = p->game;
    size_t count = json_array_size(array);

    if (array == NULL) {
        return true;
    }
    if (!json_is_array(array) || count > LIMIT_PLIES) {
        return refuse(p, GAME_BAD_TYPE, "%s is no list of evaluations", "analysis");
    }
    game->evals = mem_array(p->mem, count + 1, sizeof(game->evals[0]));
    game->eval_holes = mem_array(p->mem, count + 1, sizeof(bool));
    for (size_t i = 0; i < count; i++) {
        if (!take_eval(p, json_array_get(array, i), (int)i)) {
            return false;
        }
    }
    game->eval_count = (int)count;
    if (game->plies >= 0 && game->eval_count > game->plies) {
        game->flags |= GAME_FLAG_EVALS;
    }
    return true;
}

/* ---- the game --------------------------------------------------------------------------------- */

static bool take_clock(struct parser *p, const json_t *root)
{
    const json_t *clock = json_object_get(root, "clock");
    struct game *game = p->game;
    int64_t number = 0;
    bool given;

    game->clock_initial = game->clock_increment = -1;
    if (json_is_object(clock)) {
        if (!take_int(p, clock, "initial", 0, 1 << 24, &number, &given)) {
            return false;
        }
        game->clock_initial = given ? (int)number : -1;
        number = 0;
        if (!take_int(p, clock, "increment", 0, 32000, &number, &given)) {
            return false;
        }
        game->clock_increment = (int)number;
    }
    number = 0;
    if (!take_int(p, root, "daysPerTurn", 0, 1000, &number, &given)) {
        return false;
    }
    game->days_per_turn = (int)number;
    return true;
}

static bool take_opening(struct parser *p, const json_t *root)
{
    const json_t *opening = json_object_get(root, "opening");
    int64_t ply = 0;
    bool given;

    if (!json_is_object(opening)) {
        return true;
    }
    if (!take_text(p, opening, "eco", false, &p->game->eco) ||
        !take_text(p, opening, "name", false, &p->game->opening) ||
        !take_int(p, opening, "ply", 0, LIMIT_PLIES, &ply, &given)) {
        return false;
    }
    p->game->opening_ply = (int)ply;
    return true;
}

static bool take_winner(struct parser *p, const json_t *root)
{
    const char *winner;

    if (!take_text(p, root, "winner", false, &winner)) {
        return false;
    }
    if (winner != NULL && strcmp(winner, "white") != 0 && strcmp(winner, "black") != 0) {
        p->game->flags |= GAME_FLAG_WINNER;
        return true;
    }
    p->game->winner = winner == NULL ? 0 : winner[0] == 'w' ? 1 : 2;
    if (p->game->winner != 0 && (strcmp(p->game->status, "draw") == 0 ||
                                 strcmp(p->game->status, "stalemate") == 0)) {
        p->game->flags |= GAME_FLAG_WINNER;
    }
    return true;
}

static void flag_start(struct game *game)
{
    static const char *const NEEDS[] = {"fromPosition", "chess960", "horde", "racingKings"};

    for (size_t i = 0; i < sizeof(NEEDS) / sizeof(NEEDS[0]); i++) {
        if (strcmp(game->variant, NEEDS[i]) == 0 && game->initial_fen == NULL) {
            game->flags |= GAME_FLAG_UNVERIFIED;
        }
    }
}

static bool take_head(struct parser *p, const json_t *root)
{
    struct game *game = p->game;
    const char *id;

    if (json_object_get(root, "id") == NULL && json_object_get(root, "error") != NULL) {
        return refuse(p, GAME_NOT_A_GAME, "an error object of the source");
    }
    if (!take_text(p, root, "id", true, &id)) {
        return false;
    }
    game->id = game_id_number(id, strlen(id));
    if (game->id < 0) {
        return refuse(p, GAME_BAD_ID, "the id '%.20s' is not 8 letters and digits", id);
    }
    memcpy(game->id_text, id, sizeof(game->id_text));
    if (!take_text(p, root, "status", true, &game->status)) {
        return false;
    }
    if (strcmp(game->status, "created") == 0 || strcmp(game->status, "started") == 0) {
        return refuse(p, GAME_UNFINISHED, "status %s", game->status);
    }
    return take_text(p, root, "variant", true, &game->variant) &&
           take_text(p, root, "speed", true, &game->speed) &&
           take_text(p, root, "source", false, &game->source);
}

static bool take_root(struct parser *p, const json_t *root)
{
    struct game *game = p->game;
    const json_t *players = json_object_get(root, "players");

    if (!take_head(p, root) || !take_time(p, root, "createdAt", &game->created_ms) ||
        !take_time(p, root, "lastMoveAt", &game->last_move_ms)) {
        return false;
    }
    if (game->created_ms == 0) {
        return refuse(p, GAME_MISSING_KEY, "%s is missing", "createdAt");
    }
    if (!json_is_boolean(json_object_get(root, "rated"))) {
        return refuse(p, GAME_BAD_TYPE, "%s is no boolean", "rated");
    }
    if (!json_is_object(players)) {
        return refuse(p, GAME_MISSING_KEY, "%s is missing", "players");
    }
    game->rated = json_is_true(json_object_get(root, "rated"));
    return take_player(p, players, "white", &game->players[0]) &&
           take_player(p, players, "black", &game->players[1]) && take_winner(p, root) &&
           take_clock(p, root) && take_opening(p, root) &&
           take_text(p, root, "initialFen", false, &game->initial_fen) && take_moves(p, root) &&
           take_clocks(p, root) && take_evals(p, root);
}

/* jansson's error codes, as ours. */
static enum game_reason json_reason(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return GAME_DUPLICATE_KEY;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return GAME_NUL;
    case json_error_invalid_utf8:
        return GAME_BAD_UTF8;
    case json_error_stack_overflow:
        return GAME_TOO_DEEP;
    case json_error_numeric_overflow:
        return GAME_BAD_NUMBER;
    case json_error_end_of_input_expected:
        return GAME_TRAILING;
    default:
        return GAME_BAD_JSON;
    }
}

/* Deepest nesting, strings aside: jansson's own limit is 2048. */
static int nesting(const char *line, size_t len)
{
    int depth = 0, deepest = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (line[i] == '\\') {
                i++;
            } else if (line[i] == '"') {
                in_string = false;
            }
        } else if (line[i] == '"') {
            in_string = true;
        } else if (line[i] == '{' || line[i] == '[') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if (line[i] == '}' || line[i] == ']') {
            depth--;
        }
    }
    return deepest;
}

enum game_reason game_parse(struct mem *mem, const char *line, size_t len, int64_t now_ms,
                            struct game *ret, char *detail, size_t detail_size)
{
    struct parser parser = {.mem = mem, .game = ret, .reason = GAME_OK, .detail = detail,
                            .detail_size = detail_size, .now_ms = now_ms};
    json_error_t error;
    json_t *root;

    *ret = (struct game){.plies = -1};
    detail[0] = '\0';
    if (len >= LIMIT_QUARANTINE_BYTES && line[len - 1] != '}') {
        (void)refuse(&parser, GAME_TOO_LONG, "longer than 1 MiB: only its start was kept");
        return parser.reason;
    }
    if (nesting(line, len) > DEPTH_MAX) {
        (void)refuse(&parser, GAME_TOO_DEEP, "nested deeper than %d", DEPTH_MAX);
        return parser.reason;
    }
    root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        (void)refuse(&parser, json_reason(&error), "%s", error.text);
    } else if (!json_is_object(root)) {
        (void)refuse(&parser, GAME_NOT_A_GAME, "%s", "not a JSON object");
    } else if (take_root(&parser, root)) {
        flag_start(ret);
    }
    json_decref(root);
    return parser.reason;
}

/* ---- content hash ------------------------------------------------------------------------------ */

static void add_text(struct buf *out, const char *text)
{
    buf_text(out, text != NULL ? text : "\x01");
    buf_char(out, '\0');
}

static void add_number(struct buf *out, int64_t number)
{
    buf_be64(out, (uint64_t)number);
}

int64_t game_content_hash(const struct game *game, struct buf *out)
{
    buf_clear(out);
    add_number(out, game->created_ms);
    add_number(out, game->last_move_ms);
    add_number(out, game->rated << 8 | game->winner << 4 | (game->flags & 15));
    add_text(out, game->variant);
    add_text(out, game->speed);
    add_text(out, game->status);
    add_text(out, game->source);
    for (int side = 0; side < 2; side++) {
        const struct game_player *player = &game->players[side];

        add_text(out, player->key != NULL ? player->key : player->imported);
        add_number(out, player->ai_level << 8 | player->flags << 2 | player->has_rating << 1 |
                            player->has_diff);
        add_number(out, player->rating);
        add_number(out, player->diff);
    }
    add_number(out, game->clock_initial);
    add_number(out, game->clock_increment);
    add_number(out, game->days_per_turn);
    add_text(out, game->eco);
    add_text(out, game->opening);
    add_number(out, game->opening_ply);
    add_text(out, game->initial_fen);
    add_text(out, game->moves);
    add_number(out, game->clock_count);
    buf_append(out, game->clocks, (size_t)game->clock_count * sizeof(game->clocks[0]));
    add_number(out, game->eval_count);
    buf_append(out, game->evals, (size_t)game->eval_count * sizeof(game->evals[0]));
    buf_append(out, game->eval_holes, (size_t)game->eval_count * sizeof(bool));
    return (int64_t)hash64(out->data, out->len);
}
