/* SPDX-License-Identifier: MIT
 * pages: see pages.h. */
#include "web/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "web_sql.h"

enum { RUNS_A_PAGE = 50 };

/* Colours safe for red-green blindness, contrast at least 4.5:1 in both themes; state is always
 * shape + word + colour. */
static const char STYLE[] =
    ":root{color-scheme:light dark;--bg:#fbfaf7;--fg:#1d1b16;--dim:#5e5a50;--line:#dcd8cc;--card:#fff;"
    "--good:#0b5fa5;--bad:#b23c00;--busy:#6b4bb8;--idle:#5e5a50}"
    "@media(prefers-color-scheme:dark){:root{--bg:#16171a;--fg:#ecebe6;--dim:#a5a299;--line:#34363c;"
    "--card:#1e2024;--good:#7cc0ff;--bad:#ff9d66;--busy:#c3adff;--idle:#a5a299}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,"
    "sans-serif}header,main{max-width:72rem;margin:auto;padding:1rem}header{display:flex;gap:1rem;"
    "align-items:baseline;border-bottom:1px solid var(--line)}header a{font-weight:600}a{color:inherit}"
    "h1{font-size:1.4rem;margin:.5rem 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}"
    ".scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.5rem}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{text-align:left;"
    "font-weight:600;color:var(--dim);font-size:.85rem}th,td{padding:.4rem .75rem;border-bottom:1px solid "
    "var(--line);vertical-align:top;white-space:nowrap}td.text{white-space:normal;min-width:16rem;"
    "overflow-wrap:anywhere}tr:last-child td{border-bottom:0}.n{text-align:right}.success,.unchanged{"
    "color:var(--good)}.failed,.error{color:var(--bad);font-weight:600}.running,.retrying,.queued{"
    "color:var(--busy)}.waiting,.skipped,.cancelled,.warn{color:var(--idle)}p.dim,td.dim{color:var(--dim)}"
    "code{background:var(--card);border:1px solid var(--line);border-radius:.25rem;padding:.1rem .35rem}"
    "a:focus-visible{outline:3px solid var(--busy)}";

void page_escape(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            buf_text(out, "&amp;");
            break;
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        case '\'':
            buf_text(out, "&#39;");
            break;
        default:
            buf_char(out, (unsigned char)*c < 32 && *c != '\n' ? ' ' : *c);
        }
    }
}

static void open_page(struct buf *out, const char *title, bool live)
{
    buf_text(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    if (live) {
        buf_text(out, "<meta http-equiv=\"refresh\" content=\"2\">");
    }
    buf_text(out, "<title>");
    page_escape(out, title);
    buf_printf(out, "</title><link rel=\"stylesheet\" href=\"/style.css\"></head><body>"
                    "<header><a href=\"/runs\">Rookery</a><span class=\"dim\">%s</span></header><main>",
               live ? "live: reloads every 2 s" : "");
}

static void close_page(struct buf *out)
{
    buf_text(out, "</main></body></html>");
}

static const char *shape(const char *state)
{
    static const struct {
        const char *state, *shape;
    } SHAPES[] = {{"queued", "◌"},  {"waiting", "◌"}, {"running", "◐"},   {"retrying", "↻"},
                  {"success", "✓"}, {"failed", "✗"},  {"cancelled", "⊘"}, {"skipped", "⤼"},
                  {"unchanged", "="}};

    for (size_t i = 0; i < sizeof(SHAPES) / sizeof(SHAPES[0]); i++) {
        if (strcmp(SHAPES[i].state, state) == 0) {
            return SHAPES[i].shape;
        }
    }
    return "·";
}

static void cell(struct buf *out, const char *class, const char *text)
{
    buf_printf(out, "<td class=\"%s\">", class);
    page_escape(out, text);
    buf_text(out, "</td>");
}

static void state_cell(struct buf *out, const char *state)
{
    buf_printf(out, "<td class=\"%s\"><span aria-hidden=\"true\">%s</span> %s</td>", state,
               shape(state), state);
}

/* Columns: id, state, selection, trigger, players, steps, requested, seconds, note. */
static void runs_table(struct buf *out, const struct pg_rows *rows)
{
    buf_text(out, "<div class=\"scroll\"><table><thead><tr><th class=\"n\">Run</th><th>State</th>"
                  "<th>Selection</th><th>Trigger</th><th class=\"n\">Players</th><th class=\"n\">Steps"
                  "</th><th>Requested (UTC)</th><th class=\"n\">Seconds</th><th>Note</th></tr></thead>"
                  "<tbody>");
    for (int r = 0; r < pg_count(rows); r++) {
        const char *id = pg_text(rows, r, 0);

        buf_printf(out, "<tr><td class=\"n\"><a href=\"/runs/%s\">%s</a></td>", id, id);
        state_cell(out, pg_text(rows, r, 1));
        cell(out, "", pg_text(rows, r, 2));
        cell(out, "", pg_text(rows, r, 3));
        cell(out, "n", pg_text(rows, r, 4));
        cell(out, "n", pg_text(rows, r, 5));
        cell(out, "", pg_text(rows, r, 6));
        cell(out, "n", pg_text(rows, r, 7));
        cell(out, "text", pg_text(rows, r, 8));
        buf_text(out, "</tr>");
    }
    buf_text(out, "</tbody></table></div>");
}

static bool is_live(const char *state)
{
    return strcmp(state, "queued") == 0 || strcmp(state, "running") == 0;
}

bool page_runs(struct pg *pg, const struct page_request *request, struct buf *out, int *ret_status,
               struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    bool live = false;

    pg_arg_i64(&args, request->before > 0 ? request->before : INT64_MAX);
    pg_arg_i64(&args, RUNS_A_PAGE);
    if (!pg_once(pg, SQL_WEB_RUNS, &args, &rows, err)) {
        return false;
    }
    for (int r = 0; r < pg_count(rows); r++) {
        live = live || is_live(pg_text(rows, r, 1));
    }
    open_page(out, "Runs · Rookery", live);
    buf_text(out, "<h1>Runs</h1>");
    if (pg_count(rows) == 0) {
        buf_text(out, "<p>No runs yet. Start the first one with <code>rookery materialize '*' "
                      "--player NAME</code>.</p>");
    } else {
        runs_table(out, rows);
    }
    if (pg_count(rows) == RUNS_A_PAGE) {
        buf_printf(out, "<p><a href=\"/runs?before=%s\">Older runs</a></p>",
                   pg_text(rows, RUNS_A_PAGE - 1, 0));
    }
    close_page(out);
    *ret_status = 200;
    return true;
}

/* Columns: step, asset, state, attempts, rows, seconds, note. */
static void steps_table(struct buf *out, const struct pg_rows *rows)
{
    buf_text(out, "<h2>Steps</h2><div class=\"scroll\"><table><thead><tr><th class=\"n\">Step</th>"
                  "<th>Asset</th><th>State</th><th class=\"n\">Failures</th><th class=\"n\">Rows</th>"
                  "<th class=\"n\">Seconds</th><th>Why</th></tr></thead><tbody>");
    for (int r = 0; r < pg_count(rows); r++) {
        buf_text(out, "<tr>");
        cell(out, "n", pg_text(rows, r, 0));
        cell(out, "", pg_text(rows, r, 1));
        state_cell(out, pg_text(rows, r, 2));
        cell(out, "n", pg_text(rows, r, 3));
        cell(out, "n", pg_text(rows, r, 4));
        cell(out, "n", pg_text(rows, r, 5));
        cell(out, "text", pg_text(rows, r, 6));
        buf_text(out, "</tr>");
    }
    buf_text(out, "</tbody></table></div>");
}

/* Columns: at, level, type, step, message. */
static void events_table(struct buf *out, const struct pg_rows *rows)
{
    buf_text(out, "<h2>Events</h2><p class=\"dim\">The newest 500, newest first.</p><div "
                  "class=\"scroll\"><table><thead><tr><th>Time (UTC)</th><th>Level</th><th>Event</th>"
                  "<th>Step</th><th>Message</th></tr></thead><tbody>");
    for (int r = 0; r < pg_count(rows); r++) {
        buf_text(out, "<tr>");
        cell(out, "dim", pg_text(rows, r, 0));
        cell(out, pg_text(rows, r, 1), pg_text(rows, r, 1));
        cell(out, "", pg_text(rows, r, 2));
        cell(out, "", pg_text(rows, r, 3));
        cell(out, "text", pg_text(rows, r, 4));
        buf_text(out, "</tr>");
    }
    buf_text(out, "</tbody></table></div>");
}

/* Columns: id, state, selection, trigger, parent, wave, requested, seconds, note, players. */
static void run_head(struct buf *out, const struct pg_rows *rows)
{
    const char *state = pg_text(rows, 0, 1);

    buf_printf(out, "<h1>Run %s <span class=\"%s\"><span aria-hidden=\"true\">%s</span> %s</span></h1><p>",
               pg_text(rows, 0, 0), state, shape(state), state);
    page_escape(out, pg_text(rows, 0, 2));
    buf_printf(out, ", %s", pg_text(rows, 0, 3));
    if (!pg_null(rows, 0, 4)) {
        buf_printf(out, ", wave %s after <a href=\"/runs/%s\">run %s</a>", pg_text(rows, 0, 5),
                   pg_text(rows, 0, 4), pg_text(rows, 0, 4));
    }
    buf_printf(out, ", requested %s UTC, %s s. Players: ", pg_text(rows, 0, 6), pg_text(rows, 0, 7));
    page_escape(out, pg_text(rows, 0, 9));
    buf_text(out, "</p>");
    if (pg_text(rows, 0, 8)[0] != '\0') {
        buf_printf(out, "<p class=\"%s\">", strcmp(state, "failed") == 0 ? "failed" : "dim");
        page_escape(out, pg_text(rows, 0, 8));
        buf_text(out, "</p>");
    }
}

bool page_run(struct pg *pg, const struct page_request *request, struct buf *out, int *ret_status,
              struct err *err)
{
    AUTO(pg_rows) struct pg_rows *run = NULL;
    AUTO(pg_rows) struct pg_rows *steps = NULL;
    AUTO(pg_rows) struct pg_rows *events = NULL;
    struct pg_args args = {0};
    char title[64];

    pg_arg_i64(&args, request->id);
    if (!pg_once(pg, SQL_WEB_RUN, &args, &run, err) ||
        !pg_once(pg, SQL_WEB_STEPS, &args, &steps, err) ||
        !pg_once(pg, SQL_WEB_EVENTS, &args, &events, err)) {
        return false;
    }
    if (pg_count(run) == 0) {
        page_error(404, "No such run", "There is no run of this number.", out);
        *ret_status = 404;
        return true;
    }
    (void)snprintf(title, sizeof(title), "%s run %s · Rookery", shape(pg_text(run, 0, 1)),
                   pg_text(run, 0, 0));
    open_page(out, title, is_live(pg_text(run, 0, 1)));
    run_head(out, run);
    steps_table(out, steps);
    events_table(out, events);
    buf_printf(out, "<p class=\"dim\">The same on the command line: <code>rookery run show %s</code>, "
                    "<code>rookery run logs %s</code></p>",
               pg_text(run, 0, 0), pg_text(run, 0, 0));
    close_page(out);
    *ret_status = 200;
    return true;
}

void page_error(int status, const char *title, const char *text, struct buf *out)
{
    open_page(out, title, false);
    buf_printf(out, "<h1>%d ", status);
    page_escape(out, title);
    buf_text(out, "</h1><p>");
    page_escape(out, text);
    buf_text(out, "</p><p><a href=\"/runs\">All runs</a></p>");
    close_page(out);
}

const char *page_style(void)
{
    return STYLE;
}
