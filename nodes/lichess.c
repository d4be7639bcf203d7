/* SPDX-License-Identifier: MIT
 * lichess: see lichess.h. */
#include "nodes/lichess.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { NAME_MIN = 2, NAME_MAX = 30 };

bool lichess_name_ok(const char *name)
{
    size_t len = strnlen(name, NAME_MAX + 1);

    if (len < NAME_MIN || len > NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c > 127 || (!isalnum(c) && c != '-' && c != '_')) {
            return false;
        }
    }
    return isalnum((unsigned char)name[0]) && isalnum((unsigned char)name[len - 1]);
}

bool lichess_games_url(const char *base, const struct lichess_query *query, struct buf *out,
                       struct err *err)
{
    size_t len = strlen(base);

    if (!lichess_name_ok(query->player)) {
        return err_set(err, ERR_DATA, "not a player's name at Lichess");
    }
    while (len > 0 && base[len - 1] == '/') {
        len--;
    }
    buf_printf(out, "%.*s/api/games/user/%s?sort=%s&clocks=%s&evals=%s&opening=%s", (int)len, base,
               query->player, query->ascending ? "dateAsc" : "dateDesc",
               query->clocks ? "true" : "false", query->evals ? "true" : "false",
               query->opening ? "true" : "false");
    if (query->since_ms > 0) {
        buf_printf(out, "&since=%" PRId64, query->since_ms);
    }
    if (query->until_ms > 0) {
        buf_printf(out, "&until=%" PRId64, query->until_ms);
    }
    if (query->max >= 0) {
        buf_printf(out, "&max=%" PRId64, query->max);
    }
    return !out->overflow || err_set(err, ERR_DATA, "the address of the source is too long");
}

void lichess_user_agent(const char *contact, struct buf *out)
{
    buf_printf(out, "rookery/%s (+", ROOKERY_VERSION);
    for (const char *c = contact[0] != '\0' ? contact : "personal chess database"; *c != '\0'; c++) {
        buf_char(out, *c >= 32 && *c < 127 ? *c : '?');
    }
    buf_char(out, ')');
}

static bool has_type(const struct http_result *result, const char *type)
{
    return strcmp(result->type, type) == 0;
}

bool lichess_classify(const struct http_result *result, const char *player, struct err *err)
{
    int status = result->status;

    if (status == 0) {
        return err_set(err, ERR_NET, "no answer from Lichess: %s",
                       result->error[0] != '\0' ? result->error : "the connection ended");
    }
    if (status == 200) {
        return has_type(result, "application/x-ndjson") ||
               err_set(err, ERR_NET, "Lichess answered with %s instead of games (not_ndjson)",
                       result->type[0] != '\0' ? result->type : "no content type");
    }
    if (status == 404 && has_type(result, "application/json")) {
        return err_set(err, ERR_GONE, "Lichess knows no player '%s' (or the account is closed)",
                       player);
    }
    if (status == 404) {
        return err_set(err, ERR_AUTH,
                       "Lichess does not accept who is asking (404 as a web page): set "
                       "ROOKERY_CONTACT to an e-mail or web address of yours, better also "
                       "LICHESS_TOKEN");
    }
    if (status == 401 || status == 403) {
        return err_set(err, ERR_AUTH, "Lichess refused the token (%d): make a new one at "
                                      "https://lichess.org/account/oauth/token and set LICHESS_TOKEN",
                       status);
    }
    if (status == 429) {
        return err_set(err, ERR_RATE, "Lichess asked us to wait (429)");
    }
    return err_set(err, status >= 500 ? ERR_NET : ERR_DATA, "Lichess answered %d", status);
}
