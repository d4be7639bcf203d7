/* SPDX-License-Identifier: MIT
 *
 * analytic: the whole contract of an analytic plugin (ABI 1). A plugin is one C file that includes
 * this header and nothing else of Rookery, built to a shared object that exports one symbol:
 *
 *     static bool measure(const struct analytic_game *game, struct analytic_value *out)
 *     {
 *         if (!game->has_moves) { out[0] = analytic_null(); return true; }
 *         out[0] = analytic_int(game->ply_count);
 *         return true;
 *     }
 *     static const struct analytic_column COLUMNS[] = {
 *         {.name = "plies", .type = ANALYTIC_INT, .doc = "half-moves played"},
 *     };
 *     const struct analytic_plugin rookery_analytic = {
 *         ANALYTIC_HEAD, .name = "move_count", .version = "1", .doc = "...",
 *         .columns = COLUMNS, .column_count = 1, .measure = measure,
 *     };
 *
 * Put the file into analytics/plugins/, run `make`, and its asset and its table exist. Each game
 * gives one row: game_id, load_id, then the plugin's columns. A new version (of the text or of the
 * binary) gets a table of its own and is computed for all games; the old one serves until it is done.
 *
 * measure() must depend on nothing but the game (no clock, no random numbers, no files): rows are
 * computed again after a crash. It runs in a worker process; a crash costs that worker only.
 *
 * Rules of change: fields are only ever added at the end of these structs; `abi` grows when a meaning
 * changes, `size` tells how much of a struct the other side knows.
 */
#ifndef ROOKERY_ANALYTICS_ANALYTIC_H
#define ROOKERY_ANALYTICS_ANALYTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANALYTIC_ABI = 1, ANALYTIC_COLUMNS_MAX = 32 };

enum analytic_type { ANALYTIC_INT, ANALYTIC_REAL, ANALYTIC_TEXT, ANALYTIC_BOOL };

/* A value of one column. Text must live until measure() returns to its caller's next call: constants,
 * or pointers into the game. */
struct analytic_value {
    enum analytic_type type;
    bool is_null;
    int64_t integer; /* INT, BOOL */
    double real;
    const char *text;
    size_t text_len;
};

enum analytic_eval_kind {
    ANALYTIC_HOLE, /* no evaluation of this position */
    ANALYTIC_CP,   /* value: centipawns */
    ANALYTIC_MATE, /* value: moves to mate; negative: Black mates */
};

/* Engine score of the position after a ply, always from White's side. */
struct analytic_eval {
    enum analytic_eval_kind kind;
    int value;
};

struct analytic_san {
    const char *text; /* not NUL-ended */
    size_t len;
};

struct analytic_game {
    uint32_t size;         /* of this struct, as the caller knows it */
    const char *id;        /* text id at the source */
    const char *variant, *speed, *status; /* words as the source uses them */
    bool rated;
    int winner;            /* 0 nobody, 1 White, 2 Black */
    const char *white, *black; /* names; NULL: unknown */
    int white_rating, black_rating; /* 0: unknown */
    int64_t created_ms;    /* since 1970 UTC */
    bool black_starts;     /* Black makes ply 1 (some start positions) */
    bool has_moves;        /* false: the source gave no moves at all */
    const struct analytic_san *moves;
    int ply_count;
    const int32_t *clocks; /* centiseconds left after each ply; NULL: none */
    int clock_count;       /* may be ply_count + 1 */
    const struct analytic_eval *evals; /* after ply 1, 2, ...; NULL: not analysed */
    int eval_count;
};

struct analytic_column {
    const char *name; /* a-z 0-9 _, at most 40 bytes; not game_id, load_id */
    enum analytic_type type;
    const char *doc; /* one line; becomes the column's comment */
};

struct analytic_plugin {
    uint32_t abi, size;
    const char *name;    /* as the file: a-z 0-9 _ */
    const char *version; /* of its meaning; the binary's hash is kept beside it */
    const char *doc;     /* one line */
    const struct analytic_column *columns;
    int column_count;
    /* Fills out[0 .. column_count - 1], all NULL before the call. false: this game cannot be measured,
     * an error of the plugin that fails the step; a value that does not exist is NULL, not an error. */
    bool (*measure)(const struct analytic_game *game, struct analytic_value *out);
};

#define ANALYTIC_HEAD .abi = ANALYTIC_ABI, .size = sizeof(struct analytic_plugin)

extern const struct analytic_plugin rookery_analytic;

static inline struct analytic_value analytic_null(void)
{
    return (struct analytic_value){.is_null = true};
}

static inline struct analytic_value analytic_int(int64_t value)
{
    return (struct analytic_value){.type = ANALYTIC_INT, .integer = value};
}

static inline struct analytic_value analytic_real(double value)
{
    return (struct analytic_value){.type = ANALYTIC_REAL, .real = value};
}

static inline struct analytic_value analytic_bool(bool value)
{
    return (struct analytic_value){.type = ANALYTIC_BOOL, .integer = value};
}

static inline struct analytic_value analytic_text(const char *text, size_t len)
{
    return (struct analytic_value){.type = ANALYTIC_TEXT, .text = text, .text_len = len};
}

/* Does White make this ply (from 1)? */
static inline bool analytic_white_moves(const struct analytic_game *game, int ply)
{
    return (ply % 2 == 1) != game->black_starts;
}

#endif
