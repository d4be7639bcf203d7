/* SPDX-License-Identifier: MIT
 * http: see http.h. */
#include "nodes/http.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"

enum { INBOX_PAUSE_BYTES = 4 << 20, OTHERS_MAX = 4, LOW_SPEED_BYTES = 1 };

struct http {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct buf inbox;
    size_t total, came;
    bool paused, ended, framed;
    int64_t retry_after_s;
    CURLcode code;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct http *http = ctx;
    size_t len = size * count;

    if (http->inbox.len + len > INBOX_PAUSE_BYTES && http->inbox.len > 0) {
        http->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    http->total += len;
    if (http->total > LIMIT_HTTP_BODY_BYTES_MAX || !buf_append(&http->inbox, data, len)) {
        (void)snprintf(http->error, sizeof(http->error), "the answer exceeds %d bytes",
                       LIMIT_HTTP_BODY_BYTES_MAX);
        return 0;
    }
    http->came += len;
    return len;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    static const char CHUNKED[] = "transfer-encoding: chunked";
    static const char RETRY[] = "retry-after:";
    struct http *http = ctx;
    size_t len = size * count;

    if (len >= sizeof(CHUNKED) - 1 && strncasecmp(data, CHUNKED, sizeof(CHUNKED) - 1) == 0) {
        http->framed = true;
    }
    if (len > sizeof(RETRY) - 1 && strncasecmp(data, RETRY, sizeof(RETRY) - 1) == 0) {
        char number[24];
        char *end;
        long long seconds;

        (void)snprintf(number, sizeof(number), "%.*s", (int)(len - sizeof(RETRY) + 1),
                       data + sizeof(RETRY) - 1);
        seconds = strtoll(number, &end, 10);
        http->retry_after_s = end != number && seconds >= 0 ? seconds : -1;
    }
    return len;
}

static void add_header(struct http *http, const char *name, const char *value)
{
    AUTO(str) char *line = xprintf("%s: %s", name, value);

    http->headers = curl_slist_append(http->headers, line);
}

static void set_options(struct http *http, const struct http_request *request)
{
    CURL *easy = http->easy;

    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_CONNECT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)LIMIT_IDLE_STREAM_MS / 1000);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    add_header(http, "Accept", request->accept);
    if (request->token[0] != '\0') {
        AUTO(str) char *bearer = xprintf("Bearer %s", request->token);

        add_header(http, "Authorization", bearer);
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
}

bool http_open(const struct http_request *request, struct http **ret_http, struct err *err)
{
    struct http *http = xcalloc(1, sizeof(*http));

    (void)pthread_once(&curl_once, curl_start);
    buf_init(&http->inbox, INBOX_PAUSE_BYTES + (2 << 20));
    http->retry_after_s = -1;
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    if (http->multi == NULL || http->easy == NULL) {
        http_close(http);
        return err_set(err, ERR_OS, "cannot start libcurl");
    }
    set_options(http, request);
    (void)curl_multi_add_handle(http->multi, http->easy);
    *ret_http = http;
    return true;
}

void http_close(struct http *http)
{
    if (http == NULL) {
        return;
    }
    if (http->easy != NULL) {
        (void)curl_multi_remove_handle(http->multi, http->easy);
        curl_easy_cleanup(http->easy);
    }
    (void)curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->headers);
    buf_done(&http->inbox);
    free(http);
}

void http_auto(struct http **http)
{
    http_close(*http);
}

struct buf *http_inbox(struct http *http)
{
    return &http->inbox;
}

bool http_ended(const struct http *http)
{
    return http->ended;
}

static void perform(struct http *http)
{
    int running = 0, left;
    CURLMsg *message;

    if (http->paused && http->inbox.len < INBOX_PAUSE_BYTES / 2) {
        http->paused = false;
        (void)curl_easy_pause(http->easy, CURLPAUSE_CONT);
    }
    (void)curl_multi_perform(http->multi, &running);
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            http->ended = true;
            http->code = message->data.result;
        }
    }
}

size_t http_wait(struct http *http, const struct pollfd *others, int other_count, int timeout_ms)
{
    struct curl_waitfd fds[OTHERS_MAX] = {0};

    CHECK(other_count <= OTHERS_MAX);
    for (int i = 0; i < other_count; i++) {
        fds[i].fd = others[i].fd;
        fds[i].events = (short)(((others[i].events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0) |
                                ((others[i].events & POLLOUT) != 0 ? CURL_WAIT_POLLOUT : 0));
    }
    http->came = 0;
    if (timeout_ms > 0 && !http->ended) {
        (void)curl_multi_poll(http->multi, fds, (unsigned)other_count, timeout_ms, NULL);
    }
    if (!http->ended) {
        perform(http);
    }
    return http->came;
}

void http_result(struct http *http, struct http_result *ret)
{
    char *type = NULL;
    long status = 0, version = 0;
    curl_off_t length = -1;

    *ret = (struct http_result){.retry_after_s = http->retry_after_s};
    (void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(http->easy, CURLINFO_HTTP_VERSION, &version);
    (void)curl_easy_getinfo(http->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    ret->status = (int)status;
    for (size_t i = 0; type != NULL && type[i] != '\0' && type[i] != ';' && i + 1 < sizeof(ret->type);
         i++) {
        ret->type[i] = (char)tolower((unsigned char)type[i]);
    }
    ret->clean = http->ended && http->code == CURLE_OK &&
                 (http->framed || length >= 0 || version >= CURL_HTTP_VERSION_2_0);
    if (http->ended && http->code != CURLE_OK) {
        (void)snprintf(ret->error, sizeof(ret->error), "%s",
                       http->error[0] != '\0' ? http->error : curl_easy_strerror(http->code));
    }
}
