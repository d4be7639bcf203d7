/* SPDX-License-Identifier: MIT
 * eval_swing: the largest change of fortune in one ply, as winning chances and as centipawns.
 *
 * A swing is the difference of two neighbouring evaluations, the first of which may be the start
 * position (+15). A hole breaks the pair and is never bridged. Of equal swings the first counts. Both
 * measures are from White's side and signed: positive is good for White. */
#include "analytics/measures.h"

static const struct analytic_column COLUMNS[] = {
    {.name = "win_swing", .type = ANALYTIC_REAL,
     .doc = "largest change of White's winning chances in one ply, percentage points, signed"},
    {.name = "win_ply", .type = ANALYTIC_INT, .doc = "the ply after which it shows"},
    {.name = "win_side", .type = ANALYTIC_TEXT, .doc = "who made that ply: white or black"},
    {.name = "cp_swing", .type = ANALYTIC_INT,
     .doc = "largest change in centipawns (held within +-1000, mates as +-1000), signed"},
    {.name = "cp_ply", .type = ANALYTIC_INT, .doc = "the ply after which it shows"},
    {.name = "cp_side", .type = ANALYTIC_TEXT, .doc = "who made that ply: white or black"},
    {.name = "reason", .type = ANALYTIC_TEXT,
     .doc = "why there is no swing: no_analysis, or no_pair (no two evaluations in a row)"},
};

static struct analytic_value side_of(const struct analytic_game *game, int ply)
{
    return analytic_white_moves(game, ply) ? analytic_text("white", 5) : analytic_text("black", 5);
}

static bool measure(const struct analytic_game *game, struct analytic_value *out)
{
    struct analytic_eval before = {ANALYTIC_CP, MEASURE_START_CP};
    double best_win = 0;
    int best_cp = 0, win_ply = 0, cp_ply = 0;

    if (game->evals == NULL || game->eval_count == 0) {
        out[6] = analytic_text("no_analysis", 11);
        return true;
    }
    for (int ply = 1; ply <= game->eval_count; ply++) {
        struct analytic_eval after = game->evals[ply - 1];

        if (before.kind != ANALYTIC_HOLE && after.kind != ANALYTIC_HOLE) {
            double win = measure_win_percent(after) - measure_win_percent(before);
            int cp = measure_centipawns(after) - measure_centipawns(before);

            if (win_ply == 0 || fabs(win) > fabs(best_win)) {
                best_win = win;
                win_ply = ply;
            }
            if (cp_ply == 0 || (cp < 0 ? -cp : cp) > (best_cp < 0 ? -best_cp : best_cp)) {
                best_cp = cp;
                cp_ply = ply;
            }
        }
        before = after;
    }
    if (win_ply == 0) {
        out[6] = analytic_text("no_pair", 7);
        return true;
    }
    out[0] = analytic_real(best_win);
    out[1] = analytic_int(win_ply);
    out[2] = side_of(game, win_ply);
    out[3] = analytic_int(best_cp);
    out[4] = analytic_int(cp_ply);
    out[5] = side_of(game, cp_ply);
    return true;
}

const struct analytic_plugin rookery_analytic = {
    ANALYTIC_HEAD,
    .name = "eval_swing",
    .version = "1",
    .doc = "the largest change of fortune in one ply",
    .columns = COLUMNS,
    .column_count = sizeof(COLUMNS) / sizeof(COLUMNS[0]),
    .measure = measure,
};
