/* SPDX-License-Identifier: MIT
 * world: see world.h. */
#include "tests/lichess_sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

enum { PLIES_MAX = 240, TOKEN_MAX = 12, RATING_MIN = 800, RATING_SPAN = 1800, NEAR = 40 };
#define WORLD_START_MS 1672531200000LL /* 2023-01-01 */
#define WORLD_STEP_MS 41000LL

struct world {
    uint64_t seed;
    int players;
    int64_t games;
};

/* splitmix64: a pure hash of (seed, what, k). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t draw(const struct world *world, uint64_t what, uint64_t k)
{
    return mix(mix(world->seed ^ what * 0x9e3779b97f4a7c15u) ^ k);
}

static int pick(const struct world *world, uint64_t what, uint64_t k, int below)
{
    return (int)(draw(world, what, k) % (uint64_t)below);
}

struct world *world_new(uint64_t seed, int players, int64_t games)
{
    struct world *world = xcalloc(1, sizeof(*world));

    CHECK(players >= 2);
    *world = (struct world){.seed = seed, .players = players, .games = games};
    return world;
}

void world_free(struct world *world)
{
    free(world);
}

int64_t world_games(const struct world *world)
{
    return world->games;
}

void world_name(const struct world *world, int player, char *out, size_t size)
{
    static const char *const STEMS[] = {"Rook", "Pawn", "Knight", "Bishop", "King", "Queen", "Castle",
                                        "Gambit", "Tempo", "Fork", "Pin", "Skewer"};
    static const char *const ENDS[] = {"Fan", "Storm", "Maker", "Hunter", "-Lover", "_Master", "Pro",
                                       "Friend"};

    (void)snprintf(out, size, "%s%s%d", STEMS[pick(world, 1, (uint64_t)player, 12)],
                   ENDS[pick(world, 2, (uint64_t)player, 8)], player);
}

static int rating_of(const struct world *world, int player)
{
    return RATING_MIN + player * RATING_SPAN / world->players +
           pick(world, 3, (uint64_t)player, 60);
}

struct world_pair world_pair(const struct world *world, int64_t k)
{
    uint64_t n = (uint64_t)k;
    struct world_pair pair = {.created_ms = WORLD_START_MS + k * WORLD_STEP_MS +
                                            pick(world, 4, n, 40000)};
    /* Low draws of two favour some players: a few play much. */
    int a = pick(world, 5, n, world->players), b = pick(world, 6, n, world->players);
    int first = a < b ? a : b, near = world->players < NEAR ? world->players : NEAR;
    int second = (first + 1 + pick(world, 7, n, near - 1)) % world->players;

    if (second == first) {
        second = (first + 1) % world->players;
    }
    pair.player[0] = draw(world, 8, n) % 2 == 0 ? first : second;
    pair.player[1] = pair.player[0] == first ? second : first;
    return pair;
}

/* ---- moves -------------------------------------------------------------------------------------- */

struct score {
    char text[PLIES_MAX * TOKEN_MAX];
    size_t len;
    int plies;
    bool mate;
    const struct world_opening *opening;
};

static void add_move(struct score *score, const char *move, size_t len)
{
    if (score->plies > 0) {
        score->text[score->len++] = ' ';
    }
    memcpy(score->text + score->len, move, len);
    score->len += len;
    score->plies++;
}

static void add_line(struct score *score, const char *line)
{
    while (*line != '\0') {
        size_t len = strcspn(line, " ");

        add_move(score, line, len);
        line += len + (line[len] == ' ');
    }
}

/* Each side goes on with one of its two pieces: out when it is home, back when it is out. */
static void shuffle(const struct world *world, uint64_t k, struct score *score, int plies)
{
    bool out[2][2] = {{false, false}, {false, false}};

    while (score->plies < plies && score->plies < PLIES_MAX - 1) {
        int side = score->plies % 2;
        int piece = pick(world, 20 + (uint64_t)score->plies, k, 2);
        const char *const *moves = side == 0 ? score->opening->white : score->opening->black;
        const char *move = moves[piece * 2 + (out[side][piece] ? 1 : 0)];

        /* A king off g1 and a rook off its square do not disturb each other's way back. */
        out[side][piece] = !out[side][piece];
        add_move(score, move, strlen(move));
    }
}

static void make_score(const struct world *world, uint64_t k, struct score *score)
{
    *score = (struct score){.len = 0};
    if (pick(world, 9, k, 12) == 0) {
        score->mate = true;
        add_line(score, WORLD_MATES[pick(world, 10, k, WORLD_MATE_COUNT)]);
        return;
    }
    score->opening = &WORLD_BOOK[pick(world, 11, k, WORLD_BOOK_COUNT)];
    add_line(score, score->opening->moves);
    shuffle(world, k, score, score->plies + pick(world, 12, k, 110));
}

/* ---- the line ------------------------------------------------------------------------------------ */

static void add_id(struct buf *out, const struct world *world, uint64_t k)
{
    static const char ALPHABET[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /* A bijection of k below 62^8, so that no two games share an id. */
    const uint64_t all = 218340105584896u;
    uint64_t number = (k * 52711397u + world->seed * 7919u) % all;
    char id[9] = "";

    for (int i = 7; i >= 0; i--) {
        id[i] = ALPHABET[number % 62];
        number /= 62;
    }
    buf_printf(out, "{\"id\":\"%s\"", id);
}

static void add_player(struct buf *out, const struct world *world, uint64_t k, const char *side,
                       int player, int diff)
{
    static const char *const TITLES[] = {"GM", "IM", "FM", "NM", "CM"};
    char name[64], id[64];

    world_name(world, player, name, sizeof(name));
    for (size_t i = 0; i <= strlen(name); i++) {
        id[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    }
    buf_printf(out, "\"%s\":{\"user\":{\"name\":\"%s\"", side, name);
    if (pick(world, 13, (uint64_t)player, 25) == 0) {
        buf_printf(out, ",\"title\":\"%s\"", TITLES[pick(world, 14, (uint64_t)player, 5)]);
    }
    buf_printf(out, ",\"id\":\"%s\"},\"rating\":%d", id, rating_of(world, player) + pick(world, 15, k, 40));
    if (diff != 0) {
        buf_printf(out, ",\"ratingDiff\":%d", diff);
    }
    if (pick(world, 16, k ^ (uint64_t)player, 40) == 0) {
        buf_text(out, ",\"provisional\":true");
    }
    buf_char(out, '}');
}

struct ending {
    const char *status;
    int winner; /* 0 nobody, 1, 2 */
};

static struct ending make_ending(const struct world *world, uint64_t k, const struct score *score)
{
    static const struct {
        const char *status;
        int share;
        bool won;
    } ENDS[] = {{"resign", 50, true},    {"outoftime", 28, true}, {"draw", 10, false},
                {"timeout", 4, true},    {"outoftime", 3, false}, {"insufficientMaterialClaim", 2, false},
                {"cheat", 1, true},      {"noStart", 0, false},   {"unknownFinish", 2, false}};
    int at = pick(world, 17, k, 100);

    if (score->mate) {
        return (struct ending){"mate", score->plies % 2 == 1 ? 1 : 2};
    }
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        at -= ENDS[i].share;
        if (at < 0) {
            return (struct ending){ENDS[i].status,
                                   ENDS[i].won ? 1 + pick(world, 18, k, 2) : 0};
        }
    }
    return (struct ending){"resign", 1};
}

static void add_clocks(struct buf *out, const struct world *world, uint64_t k, int plies,
                       int initial, int increment)
{
    int left[2] = {initial * 100 + 3, initial * 100 + 3};

    buf_text(out, ",\"clocks\":[");
    for (int i = 0; i < plies; i++) {
        int spent = i < 2 ? 0 : pick(world, 300 + (uint64_t)i, k, 1 + initial * 100 / 45);

        left[i % 2] -= spent < left[i % 2] ? spent : left[i % 2];
        left[i % 2] += i < 2 ? 0 : increment * 100;
        buf_printf(out, "%s%d", i > 0 ? "," : "", left[i % 2]);
    }
    buf_char(out, ']');
}

static void add_analysis(struct buf *out, const struct world *world, uint64_t k, int plies, bool mate)
{
    int eval = 20, entries = mate ? plies - 1 : plies;

    buf_text(out, ",\"analysis\":[");
    for (int i = 0; i < entries; i++) {
        int roll = pick(world, 600 + (uint64_t)i, k, 100);

        eval += pick(world, 900 + (uint64_t)i, k, 61) - 30;
        if (roll < 4) {
            eval += i % 2 == 0 ? -250 : 250;
        }
        if (eval > 900 || eval < -900) {
            buf_printf(out, "%s{\"mate\":%d}", i > 0 ? "," : "", eval > 0 ? 3 + roll % 9 : -3 - roll % 9);
        } else if (roll == 50) {
            buf_printf(out, "%s{}", i > 0 ? "," : "");
        } else {
            buf_printf(out, "%s{\"eval\":%d}", i > 0 ? "," : "", eval);
        }
    }
    buf_char(out, ']');
}

static const struct {
    int initial, increment;
    const char *speed;
} CONTROLS[] = {{60, 0, "bullet"}, {120, 1, "bullet"}, {180, 0, "blitz"}, {180, 2, "blitz"},
                {300, 0, "blitz"}, {300, 3, "blitz"},  {600, 0, "rapid"}, {900, 10, "rapid"},
                {1800, 20, "classical"}};

static void add_head(struct buf *out, const struct world *world, uint64_t k, const char *speed,
                     const struct ending *ending, int plies)
{
    struct world_pair pair = world_pair(world, (int64_t)k);
    int gain = 4 + pick(world, 19, k, 8);
    bool rated = pick(world, 40, k, 10) != 0;
    int diff = !rated || ending->winner == 0 ? 0 : ending->winner == 1 ? gain : -gain;

    add_id(out, world, k);
    buf_printf(out,
               ",\"rated\":%s,\"variant\":\"standard\",\"speed\":\"%s\",\"perf\":\"%s\","
               "\"createdAt\":%lld,\"lastMoveAt\":%lld,\"status\":\"%s\",\"source\":\"pool\",\"players\":{",
               rated ? "true" : "false", speed, speed, (long long)pair.created_ms,
               (long long)(pair.created_ms + plies * 4000), ending->status);
    add_player(out, world, k, "white", pair.player[0], diff);
    buf_char(out, ',');
    add_player(out, world, k, "black", pair.player[1], -diff);
    buf_char(out, '}');
    if (ending->winner != 0) {
        buf_printf(out, ",\"winner\":\"%s\"", ending->winner == 1 ? "white" : "black");
    }
}

void world_line(const struct world *world, int64_t number, struct buf *out)
{
    uint64_t k = (uint64_t)number;
    struct score score;
    struct ending ending;
    int control = pick(world, 41, k, 9);
    bool slow = pick(world, 42, k, 60) == 0; /* correspondence */

    make_score(world, k, &score);
    ending = make_ending(world, k, &score);
    add_head(out, world, k, slow ? "correspondence" : CONTROLS[control].speed, &ending, score.plies);
    if (score.opening != NULL) {
        buf_printf(out, ",\"opening\":{\"eco\":\"%s\",\"name\":\"%s\",\"ply\":8}", score.opening->eco,
                   score.opening->name);
    }
    buf_printf(out, ",\"moves\":\"%.*s\"", (int)score.len, score.text);
    if (pick(world, 43, k, 5) == 0) {
        add_analysis(out, world, k, score.plies, score.mate);
    }
    if (slow) {
        buf_text(out, ",\"daysPerTurn\":3}");
        return;
    }
    add_clocks(out, world, k, score.plies, CONTROLS[control].initial, CONTROLS[control].increment);
    buf_printf(out, ",\"clock\":{\"initial\":%d,\"increment\":%d,\"totalTime\":%d}}",
               CONTROLS[control].initial, CONTROLS[control].increment,
               CONTROLS[control].initial + 40 * CONTROLS[control].increment);
}
