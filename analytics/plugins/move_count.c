/* SPDX-License-Identifier: MIT
 * move_count: how many moves were made. A game of which the source gave no moves has no count, and
 * says why. */
#include "analytics/analytic.h"

static const struct analytic_column COLUMNS[] = {
    {.name = "plies", .type = ANALYTIC_INT, .doc = "half-moves of both sides"},
    {.name = "white_moves", .type = ANALYTIC_INT, .doc = "moves made by White"},
    {.name = "black_moves", .type = ANALYTIC_INT, .doc = "moves made by Black"},
    {.name = "reason", .type = ANALYTIC_TEXT, .doc = "why there is no count: no_moves"},
};

static bool measure(const struct analytic_game *game, struct analytic_value *out)
{
    static const char NO_MOVES[] = "no_moves";
    int first = (game->ply_count + 1) / 2, second = game->ply_count / 2;

    if (!game->has_moves) {
        out[3] = analytic_text(NO_MOVES, sizeof(NO_MOVES) - 1);
        return true;
    }
    out[0] = analytic_int(game->ply_count);
    out[1] = analytic_int(game->black_starts ? second : first);
    out[2] = analytic_int(game->black_starts ? first : second);
    return true;
}

const struct analytic_plugin rookery_analytic = {
    ANALYTIC_HEAD,
    .name = "move_count",
    .version = "1",
    .doc = "how many moves were made",
    .columns = COLUMNS,
    .column_count = sizeof(COLUMNS) / sizeof(COLUMNS[0]),
    .measure = measure,
};
