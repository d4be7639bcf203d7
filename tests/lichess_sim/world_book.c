/* SPDX-License-Identifier: MIT
 * world_book: openings and what can be shuffled after them.
 *
 * In each line both sides have castled short and have a luft square or a free back-rank square, no
 * pieces attack each other's king on those squares, and no shuffled piece is pinned or gives check: so
 * the shuffles are legal in any order, as often as wanted. A test replays every line with another
 * program where one is installed. */
#include "tests/lichess_sim/world.h"

const struct world_opening WORLD_BOOK[] = {
    {"C54", "Italian Game: Giuoco Pianissimo",
     "e4 e5 Nf3 Nc6 Bc4 Bc5 c3 Nf6 d3 d6 O-O O-O h3 h6 Re1 a6 Bb3 Ba7",
     {"Kh1", "Kg1", "Rf1", "Re1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"C88", "Ruy Lopez: Closed",
     "e4 e5 Nf3 Nc6 Bb5 a6 Ba4 Nf6 O-O Be7 Re1 b5 Bb3 O-O h3 d6 c3 h6",
     {"Kh1", "Kg1", "Bc2", "Bb3", NULL}, {"Kh8", "Kg8", "Bb7", "Bc8", NULL}},
    {"D53", "Queen's Gambit Declined: Modern Variation",
     "d4 d5 c4 e6 Nc3 Nf6 Nf3 Be7 e3 O-O Bd3 c6 O-O h6 h3 a6",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"E94", "King's Indian Defense: Orthodox Variation",
     "d4 Nf6 c4 g6 Nc3 Bg7 e4 d6 Nf3 O-O Be2 e5 O-O h6 h3 a6",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"B90", "Sicilian Defense: Najdorf Variation",
     "e4 c5 Nf3 d6 d4 cxd4 Nxd4 Nf6 Nc3 a6 Be2 e6 O-O Be7 h3 O-O",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"A28", "English Opening: Four Knights System",
     "c4 e5 Nc3 Nf6 Nf3 Nc6 d3 Be7 Be2 O-O O-O d6 h3 h6",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"C42", "Petrov's Defense: Classical Attack",
     "e4 e5 Nf3 Nf6 Nxe5 d6 Nf3 Nxe4 d4 d5 Bd3 Be7 O-O O-O h3 h6",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
    {"D15", "Slav Defense",
     "d4 d5 c4 c6 Nf3 Nf6 Nc3 e6 e3 Be7 Be2 O-O O-O h6 h3 a6",
     {"Kh1", "Kg1", "Re1", "Rf1", NULL}, {"Kh8", "Kg8", "Re8", "Rf8", NULL}},
};
const int WORLD_BOOK_COUNT = sizeof(WORLD_BOOK) / sizeof(WORLD_BOOK[0]);

const char *const WORLD_MATES[] = {
    "e4 e5 Qh5 Nc6 Bc4 Nf6 Qxf7#",                                  /* scholar's mate */
    "f3 e5 g4 Qh4#",                                                /* fool's mate */
    "e4 e5 Nf3 d6 Bc4 Bg4 Nc3 g6 Nxe5 Bxd1 Bxf7+ Ke7 Nd5#",         /* Legal's mate */
    "e4 e5 Nf3 Nc6 Bc4 Nd4 Nxe5 Qg5 Nxf7 Qxg2 Rf1 Qxe4+ Be2 Nf3#",  /* Blackburne's trap */
    "d4 Nf6 c4 e5 dxe5 Ng4 Nf3 Nc6 Bf4 Bb4+ Nbd2 Qe7 a3 Ngxe5 axb4 Nd3#", /* Budapest trap */
};
const int WORLD_MATE_COUNT = sizeof(WORLD_MATES) / sizeof(WORLD_MATES[0]);
