/* SPDX-License-Identifier: MIT
 *
 * measures: definitions that several plugins share, so that they mean the same everywhere. Header
 * only, for plugins; needs -lm.
 *
 * Winning chances follow Lichess (scalachess, core/src/main/scala/eval.scala): the logistic fit
 * w(c) = 2 / (1 + exp(-0.00368208 c)) - 1 on games of Lichess, shown as a percentage of White.
 * Centipawns are held within +-1000 before; a mate counts as +-1000. The start position counts +15.
 */
#ifndef ROOKERY_ANALYTICS_MEASURES_H
#define ROOKERY_ANALYTICS_MEASURES_H

#include <math.h>

#include "analytics/analytic.h"

enum { MEASURE_CP_CEILING = 1000, MEASURE_START_CP = 15 };

/* Centipawns with mates as numbers, within +-1000. A hole has no value: do not ask. */
static inline int measure_centipawns(struct analytic_eval eval)
{
    if (eval.kind == ANALYTIC_MATE) {
        return eval.value > 0 ? MEASURE_CP_CEILING : -MEASURE_CP_CEILING;
    }
    return eval.value > MEASURE_CP_CEILING    ? MEASURE_CP_CEILING
           : eval.value < -MEASURE_CP_CEILING ? -MEASURE_CP_CEILING
                                              : eval.value;
}

/* White's winning chances in percent: 50 at 0, 59.103 at +100, 97.545 at +1000 and at mate. */
static inline double measure_win_percent(struct analytic_eval eval)
{
    double c = measure_centipawns(eval);

    return 50 + 50 * (2 / (1 + exp(-0.00368208 * c)) - 1);
}

#endif
