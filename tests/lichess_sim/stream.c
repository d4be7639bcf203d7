/* SPDX-License-Identifier: MIT
 * stream: see stream.h. */
#include "tests/lichess_sim/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "engine/base/clock.h"
#include "engine/base/mem.h"

enum { LINE_MAX_BYTES = 8 << 20, TRUNCATED_BYTES = 100 };

void stream_init(struct stream *stream, const struct library *library, const struct game_ref *games,
                 int64_t count, const struct stream_query *query, const struct rule *rule)
{
    *stream = (struct stream){.library = library,
                              .games = games,
                              .query = *query,
                              .rule = *rule,
                              .to = count,
                              .started_ns = clock_mono_ns()};
    buf_init(&stream->line, LINE_MAX_BYTES);
    buf_init(&stream->scratch, LINE_MAX_BYTES);
    while (query->since_ms > 0 && stream->from < count &&
           games[stream->from].created_ms < query->since_ms) {
        stream->from++;
    }
    while (query->until_ms > 0 && stream->to > stream->from &&
           games[stream->to - 1].created_ms >= query->until_ms) {
        stream->to--;
    }
    if (query->max >= 0 && stream->to - stream->from > query->max) {
        if (query->ascending) {
            stream->to = stream->from + query->max;
        } else {
            stream->from = stream->to - query->max;
        }
    }
    stream->next = query->ascending ? stream->from : stream->to - 1;
}

void stream_done(struct stream *stream)
{
    buf_done(&stream->line);
    buf_done(&stream->scratch);
}

/* A line less the keys that were not asked for. */
static void add_line(struct stream *stream, const char *line, size_t len)
{
    json_t *game;
    char *text;

    if (stream->query.clocks && stream->query.evals && stream->query.opening) {
        (void)buf_append(&stream->line, line, len);
        return;
    }
    game = json_loadb(line, len, 0, NULL);
    if (!stream->query.clocks) {
        (void)json_object_del(game, "clocks");
    }
    if (!stream->query.evals) {
        (void)json_object_del(game, "analysis");
    }
    if (!stream->query.opening) {
        (void)json_object_del(game, "opening");
    }
    text = json_dumps(game, JSON_COMPACT);
    (void)buf_text(&stream->line, text);
    free(text);
    json_decref(game);
}

static void pause_ns(int64_t ns)
{
    struct timespec wait = {ns / 1000000000, ns % 1000000000};

    if (ns > 0) {
        (void)nanosleep(&wait, NULL);
    }
}

static void keep_rate(const struct stream *stream)
{
    if (stream->query.rate > 0) {
        pause_ns(stream->started_ns + stream->sent * 1000000000 / stream->query.rate -
                 clock_mono_ns());
    }
}

/* The next line into stream->line; false when there is none. */
static bool next_line(struct stream *stream)
{
    const char *line;
    size_t len;

    buf_clear(&stream->line);
    stream->line_at = 0;
    if (stream->next < stream->from || stream->next >= stream->to) {
        return false;
    }
    keep_rate(stream);
    line = library_line(stream->library, &stream->games[stream->next], &stream->scratch, &len);
    add_line(stream, line, len);
    (void)buf_char(&stream->line, '\n');
    stream->next += stream->query.ascending ? 1 : -1;
    stream->sent++;
    return true;
}

/* What the scenario does at this point: true when it put something into the line. */
static bool make_trouble(struct stream *stream, bool *ret_cut)
{
    static const char GARBAGE[] = "<p>not a game</p>\n";
    static const char ERROR[] = "{\"error\":\"Something went wrong\"}\n";

    if (stream->trouble_done || stream->rule.trouble < TROUBLE_TRUNCATE ||
        stream->sent < stream->rule.after_games) {
        return false;
    }
    if (stream->rule.trouble == TROUBLE_STATUS || stream->rule.trouble == TROUBLE_HTML) {
        return false;
    }
    stream->trouble_done = true;
    buf_clear(&stream->line);
    stream->line_at = 0;
    if (stream->rule.trouble == TROUBLE_STALL) {
        pause_ns((int64_t)stream->rule.stall_ms * 1000000);
        return false;
    }
    if (stream->rule.trouble == TROUBLE_GARBAGE) {
        return buf_append(&stream->line, GARBAGE, sizeof(GARBAGE) - 1);
    }
    if (stream->rule.trouble == TROUBLE_ERROR_LINE) {
        stream->next = stream->to;
        stream->from = stream->to;
        return buf_append(&stream->line, ERROR, sizeof(ERROR) - 1);
    }
    if (next_line(stream)) {
        stream->line.len = stream->line.len < TRUNCATED_BYTES ? stream->line.len / 2 : TRUNCATED_BYTES;
    }
    *ret_cut = true;
    return true;
}

ssize_t stream_read(struct stream *stream, char *out, size_t max)
{
    size_t filled = 0;
    bool cut = false;

    if (stream->ended) {
        return -1;
    }
    while (filled < max) {
        size_t left = stream->line.len - stream->line_at;

        if (left == 0) {
            /* A slow stream sends each game as it comes. */
            if (filled > 0 && stream->query.rate > 0) {
                break;
            }
            if (!make_trouble(stream, &cut) && !next_line(stream)) {
                break;
            }
            left = stream->line.len;
        }
        if (left > max - filled) {
            left = max - filled;
        }
        memcpy(out + filled, stream->line.data + stream->line_at, left);
        stream->line_at += left;
        filled += left;
        if (cut) {
            stream->ended = true;
            break;
        }
    }
    stream->bytes += (int64_t)filled;
    return (ssize_t)filled;
}
