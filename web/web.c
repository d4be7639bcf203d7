/* SPDX-License-Identifier: MIT
 * web: the server; pages are in pages.c. */
#include "web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "web/pages.h"

enum { CONNECTIONS_MAX = 64, CONNECTIONS_PER_IP = 32, IDLE_S = 15, PATH_MAX_BYTES = 256 };

struct web {
    struct MHD_Daemon *daemon;
    char address[64], host_name[64]; /* 127.0.0.1:PORT, localhost:PORT */
    char *db_url;
    struct pg *pg; /* used by the server's one thread */
};

typedef bool (*page_fn)(struct pg *pg, const struct page_request *request, struct buf *out,
                        int *ret_status, struct err *err);

static const struct {
    const char *path;
    bool takes_id;
    page_fn page;
} ROUTES[] = {
    {"/", false, page_runs},
    {"/runs", false, page_runs},
    {"/runs/", true, page_run},
};

/* ---- answering ---------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, int status, const char *type,
                              const char *data, size_t len)
{
    static const char *const HEADERS[][2] = {
        {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                                    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
    };
    /* The library only reads it, though its type says otherwise. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        len, (void *)(uintptr_t)data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        (void)MHD_add_response_header(response, HEADERS[i][0], HEADERS[i][1]);
    }
    (void)MHD_add_response_header(response, "Content-Type", type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, int status,
                                    const char *title, const char *text)
{
    AUTO(buf) struct buf out = BUF_INIT(PAGE_BYTES_MAX);

    page_error(status, title, text, &out);
    return answer(connection, status, "text/html; charset=utf-8", buf_str(&out), out.len);
}

/* ---- the gate ------------------------------------------------------------------------------------ */

struct host_count {
    int count;
    const char *value;
};

static enum MHD_Result count_host(void *ctx, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    struct host_count *host = ctx;

    (void)kind;
    if (strcasecmp(key, "Host") == 0) {
        host->count++;
        host->value = value;
    }
    return MHD_YES;
}

/* 0 when the request may pass, else the status to answer. */
static int gate(const struct web *web, struct MHD_Connection *connection, const char *method)
{
    struct host_count host = {0};

    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_host, &host);
    if (host.count != 1 || host.value == NULL) {
        return MHD_HTTP_BAD_REQUEST;
    }
    if (strcmp(host.value, web->address) != 0 && strcmp(host.value, web->host_name) != 0) {
        return MHD_HTTP_MISDIRECTED_REQUEST;
    }
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    }
    return 0;
}

/* A positive number, all of the text. */
static bool parse_id(const char *text, int64_t *ret)
{
    size_t len = strspn(text, "0123456789");

    if (len == 0 || len > 18 || text[len] != '\0') {
        return false;
    }
    *ret = strtoll(text, NULL, 10);
    return *ret > 0;
}

static page_fn find_page(const char *path, struct page_request *request)
{
    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
        size_t len = strlen(ROUTES[i].path);

        if (ROUTES[i].takes_id ? strncmp(path, ROUTES[i].path, len) == 0 &&
                                     parse_id(path + len, &request->id)
                               : strcmp(path, ROUTES[i].path) == 0) {
            return ROUTES[i].page;
        }
    }
    return NULL;
}

static enum MHD_Result serve_page(struct web *web, struct MHD_Connection *connection, page_fn page,
                                  const struct page_request *request)
{
    AUTO(buf) struct buf out = BUF_INIT(PAGE_BYTES_MAX);
    struct err err = ERR_INIT;
    int status = MHD_HTTP_OK;
    bool ok;

    if (!pg_alive(web->pg)) {
        pg_close(web->pg);
        web->pg = NULL;
    }
    ok = (web->pg != NULL || pg_open(web->db_url, "rookery pages", &web->pg, &err)) &&
         page(web->pg, request, &out, &status, &err);
    if (!ok) {
        return answer_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "No answer from the database",
                            err.text);
    }
    return answer(connection, status, "text/html; charset=utf-8", buf_str(&out), out.len);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **state)
{
    struct web *web = ctx;
    struct page_request request = {0};
    const char *before = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "before");
    int status;
    page_fn page;

    (void)version;
    (void)body;
    (void)state;
    status = *body_len > 0 ? MHD_HTTP_CONTENT_TOO_LARGE : gate(web, connection, method);
    *body_len = 0;
    if (status != 0) {
        return answer_error(connection, status, "This request is not served",
                            "These pages answer GET at the address they were started with.");
    }
    if (strcmp(path, "/style.css") == 0) {
        return answer(connection, MHD_HTTP_OK, "text/css; charset=utf-8", page_style(),
                      strlen(page_style()));
    }
    if (strcmp(path, "/livez") == 0) {
        return answer(connection, MHD_HTTP_OK, "text/plain; charset=utf-8", "ok\n", 3);
    }
    page = strlen(path) < PATH_MAX_BYTES ? find_page(path, &request) : NULL;
    if (page == NULL) {
        return answer_error(connection, MHD_HTTP_NOT_FOUND, "No such page",
                            "There is nothing at this address.");
    }
    if (before != NULL && !parse_id(before, &request.before)) {
        return answer_error(connection, MHD_HTTP_BAD_REQUEST, "Bad page",
                            "`before` must be the number of a run.");
    }
    return serve_page(web, connection, page, &request);
}

/* ---- starting ------------------------------------------------------------------------------------ */

static bool parse_listen(const char *listen, struct sockaddr_in *ret, struct err *err)
{
    const char *colon = strrchr(listen, ':');
    long port = colon != NULL ? strtol(colon + 1, NULL, 10) : -1;
    size_t len = colon != NULL ? (size_t)(colon - listen) : 0;

    if (colon == NULL || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        colon[1] == '\0' || port > 65535) {
        return err_set(err, ERR_USAGE, "--listen: expected HOST:PORT such as 127.0.0.1:8400");
    }
    if (!(len == 9 && (strncmp(listen, "127.0.0.1", len) == 0 ||
                       strncmp(listen, "localhost", len) == 0))) {
        return err_set(err, ERR_USAGE,
                       "--listen: only 127.0.0.1 and localhost are served by this version");
    }
    *ret = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return true;
}

static bool open_socket(struct web *web, struct sockaddr_in *at, int *ret_fd, struct err *err)
{
    socklen_t len = sizeof(*at);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return err_sys(err, errno, "cannot open a socket");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)at, len) != 0 || listen(fd, CONNECTIONS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0) {
        int why = errno;

        (void)close(fd);
        return err_set(err, ERR_CONFLICT,
                       "cannot serve pages at 127.0.0.1:%d: %s; choose another place with "
                       "--listen 127.0.0.1:PORT",
                       ntohs(at->sin_port), strerror(why));
    }
    (void)snprintf(web->address, sizeof(web->address), "127.0.0.1:%d", ntohs(at->sin_port));
    (void)snprintf(web->host_name, sizeof(web->host_name), "localhost:%d", ntohs(at->sin_port));
    *ret_fd = fd;
    return true;
}

bool web_start(const char *listen_at, const char *db_url, struct web **ret_web, struct err *err)
{
    struct web *web = xcalloc(1, sizeof(*web));
    struct sockaddr_in at;
    int fd = -1;

    if (!parse_listen(listen_at, &at, err) || !open_socket(web, &at, &fd, err)) {
        free(web);
        return false;
    }
    web->db_url = xstrdup(db_url);
    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, web,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_PER_IP,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (web->daemon == NULL) {
        (void)close(fd);
        web_stop(web);
        return err_set(err, ERR_ENGINE, "cannot start the pages");
    }
    *ret_web = web;
    return true;
}

const char *web_address(const struct web *web)
{
    return web->address;
}

void web_stop(struct web *web)
{
    if (web != NULL) {
        if (web->daemon != NULL) {
            MHD_stop_daemon(web->daemon);
        }
        pg_close(web->pg);
        free(web->db_url);
        free(web);
    }
}
