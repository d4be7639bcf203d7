/* SPDX-License-Identifier: MIT
 *
 * game: one game as Lichess gives it, parsed and checked.
 *
 * game_parse() takes one NDJSON line. What cannot be used gives a reason code (GAME_REASONS, stored
 * in chess.quarantine) and a detail; what is odd but usable is stored, with a flag where a column
 * needs one. The rules:
 *
 *   refused   no JSON, duplicate keys, NUL, bad UTF-8, nested deeper than 64, numbers out of range,
 *             no or bad id, missing or mistyped key, times outside 2010..tomorrow, not a game at all
 *   skipped   status created or started (an unfinished game is no game yet)
 *   accepted  unknown keys, unknown words of variant, speed, status and source; players without user
 *             (anonymous), with aiLevel, with only a name (imported), without rating; no winner;
 *             reals that are whole (1.7e12) where an integer is meant
 *   flagged   clocks or evals that do not fit the plies; a winner beside a drawn status; a variant
 *             that needs a start position and gives none
 *
 * plies counts the SAN tokens. Clocks may hold one entry more than plies (the clock of the side to
 * move at the end), evals one less (no evaluation of a mate): both fit.
 */
#ifndef ROOKERY_NODES_GAME_H
#define ROOKERY_NODES_GAME_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

/* reason, name stored */
#define GAME_REASONS(X)                                                                            \
    X(GAME_OK, "ok")                                                                               \
    X(GAME_UNFINISHED, "unfinished") /* skipped and counted, not put aside */                      \
    X(GAME_BAD_JSON, "bad_json")                                                                   \
    X(GAME_DUPLICATE_KEY, "duplicate_key")                                                         \
    X(GAME_NUL, "nul_character")                                                                   \
    X(GAME_BAD_UTF8, "bad_utf8")                                                                   \
    X(GAME_TOO_DEEP, "too_deep")                                                                   \
    X(GAME_BAD_NUMBER, "bad_number")                                                               \
    X(GAME_TRAILING, "trailing_junk")                                                              \
    X(GAME_TOO_LONG, "line_too_long")                                                              \
    X(GAME_NOT_A_GAME, "not_a_game")                                                               \
    X(GAME_BAD_ID, "bad_id")                                                                       \
    X(GAME_MISSING_KEY, "missing_key")                                                             \
    X(GAME_BAD_TYPE, "bad_type")                                                                   \
    X(GAME_OUT_OF_RANGE, "out_of_range")

enum game_reason {
#define X(reason, name) reason,
    GAME_REASONS(X)
#undef X
};

enum {
    GAME_FLAG_CLOCKS = 1,
    GAME_FLAG_EVALS = 2,
    GAME_FLAG_WINNER = 4,
    GAME_FLAG_UNVERIFIED = 8,

    PLAYER_PROVISIONAL = 1,
    PLAYER_BERSERK = 2,

    EVAL_CP_MAX = 20000,   /* centipawns are clamped to this */
    EVAL_MATE_BASE = 32000, /* mate in n for White: 32000 - n, for Black: n - 32000 */
};

struct game_player {
    const char *key, *name, *title; /* NULL: anonymous, computer or imported */
    const char *imported;           /* name of an imported player */
    int ai_level;                   /* 0 = none */
    int rating, diff;
    bool has_rating, has_diff;
    int flags;
};

struct game {
    int64_t id; /* chess.game.id */
    char id_text[9];
    int64_t created_ms, last_move_ms; /* 0 = not given */
    bool rated;
    const char *variant, *speed, *status, *source; /* words; source NULL if not given */
    int winner; /* 0 nobody, 1 white, 2 black */
    struct game_player players[2]; /* white, black */
    int clock_initial, clock_increment; /* -1 = no clock */
    int days_per_turn;                  /* 0 = none */
    const char *eco, *opening;          /* NULL = none */
    int opening_ply;
    const char *initial_fen;
    const char *moves; /* NULL = not given */
    size_t moves_len;
    int plies; /* -1 = no moves given */
    int32_t *clocks;
    int clock_count;
    int16_t *evals;
    bool *eval_holes;
    int eval_count;
    int flags;
};

/* Everything of the game lives in mem. detail: room for what is wrong, for people. */
enum game_reason game_parse(struct mem *mem, const char *line, size_t len, int64_t now_ms,
                            struct game *ret, char *detail, size_t detail_size);
const char *game_reason_name(enum game_reason reason);

/* Lichess's eight characters as a number: base 62, alphabet 0-9A-Za-z. -1 if they are not that. */
int64_t game_id_number(const char *text, size_t len);
void game_id_string(int64_t id, char out[9]);

/* Content hash: SipHash of the fields that are stored, in a fixed order. */
int64_t game_content_hash(const struct game *game, struct buf *scratch);

#endif
