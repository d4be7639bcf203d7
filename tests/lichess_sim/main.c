/* SPDX-License-Identifier: MIT
 *
 * lichess-sim: the part of Lichess that Rookery asks, on this machine. Stricter than Lichess: one
 * request at a time from a client, or 429 and a lock-out. README.md beside this file has the options.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>
#include <microhttpd.h>

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "tests/lichess_sim/library.h"
#include "tests/lichess_sim/stream.h"

enum { CHUNK_BYTES = 256 * 1024, RATE_DEFAULT = -1, RATE_ANONYMOUS = 20, RATE_TOKEN = 30,
       LOCKOUT_MS_DEFAULT = 60000 };

struct sim {
    struct library *library;
    struct scenario *scenario;
    FILE *log;
    int rate; /* RATE_DEFAULT: by token; 0: unthrottled */
    int64_t lockout_ms, locked_until_ms;
    pthread_mutex_t mutex; /* guards what follows, the scenario and the log */
    struct request *active;
};

/* One request from its first byte to its last, as the log tells it. */
struct request {
    struct sim *sim;
    char path[256], query[1024], client[64];
    int status, fd;
    int64_t start_ns, end_ns;
    struct stream stream;
    bool streams, counted, logged;
};

/* ---- the log and the one-at-a-time rule --------------------------------------------------------- */

static void log_request(struct request *request)
{
    json_t *line;

    if (request->logged) {
        return;
    }
    request->logged = true;
    if (request->end_ns == 0) {
        request->end_ns = clock_mono_ns();
    }
    if (request->sim->log == NULL) {
        return;
    }
    line = json_pack("{sI sI ss ss ss si sI sI}", "start", (json_int_t)request->start_ns, "end",
                     (json_int_t)request->end_ns, "client", request->client, "path", request->path,
                     "query", request->query, "status", request->status, "bytes",
                     (json_int_t)request->stream.bytes, "games", (json_int_t)request->stream.sent);
    (void)json_dumpf(line, request->sim->log, JSON_COMPACT);
    fputc('\n', request->sim->log);
    (void)fflush(request->sim->log);
    json_decref(line);
}

/* Has the client of the active request gone? Its kernel said so, even if we have not written since. */
static bool client_gone(const struct request *request)
{
    struct pollfd fd = {.fd = request->fd, .events = POLLRDHUP};

    return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Takes the one place there is; false when another request has it or the lock-out lasts. */
static bool enter(struct request *request)
{
    struct sim *sim = request->sim;
    bool ok;

    pthread_mutex_lock(&sim->mutex);
    if (sim->active != NULL && client_gone(sim->active)) {
        sim->active->end_ns = clock_mono_ns();
        sim->active->counted = false;
        sim->active = NULL;
    }
    ok = sim->active == NULL && clock_mono_ms() >= sim->locked_until_ms;
    if (ok) {
        sim->active = request;
        request->counted = true;
    } else if (sim->active != NULL) {
        sim->locked_until_ms = clock_mono_ms() + sim->lockout_ms;
    }
    pthread_mutex_unlock(&sim->mutex);
    return ok;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct sim *sim = ctx;
    struct request *request = *state;

    (void)connection;
    (void)code;
    if (request == NULL) {
        return;
    }
    pthread_mutex_lock(&sim->mutex);
    if (request->counted && sim->active == request) {
        sim->active = NULL;
    }
    log_request(request);
    pthread_mutex_unlock(&sim->mutex);
    if (request->streams) {
        stream_done(&request->stream);
    }
    free(request);
}

/* ---- answers ------------------------------------------------------------------------------------- */

static enum MHD_Result answer(struct MHD_Connection *connection, struct request *request, int status,
                              const char *type, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    request->status = status;
    (void)MHD_add_response_header(response, "Content-Type", type);
    result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static ssize_t read_body(void *ctx, uint64_t position, char *out, size_t max)
{
    struct request *request = ctx;
    ssize_t got = stream_read(&request->stream, out, max);

    (void)position;
    return got == 0  ? MHD_CONTENT_READER_END_OF_STREAM
           : got < 0 ? MHD_CONTENT_READER_END_WITH_ERROR
                     : got;
}

static enum MHD_Result answer_games(struct MHD_Connection *connection, struct request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK_BYTES, read_body, request, NULL);
    enum MHD_Result result;

    request->status = 200;
    (void)MHD_add_response_header(response, "Content-Type", "application/x-ndjson");
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static const char *argument(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

static bool flag(struct MHD_Connection *connection, const char *name)
{
    const char *value = argument(connection, name);

    return value != NULL && strcmp(value, "true") == 0;
}

static int64_t number(struct MHD_Connection *connection, const char *name, int64_t fallback)
{
    const char *value = argument(connection, name);

    return value != NULL ? strtoll(value, NULL, 10) : fallback;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value != NULL ? value : "";
}

static struct stream_query read_query(const struct sim *sim, struct MHD_Connection *connection)
{
    const char *sort = argument(connection, "sort");
    bool token = header(connection, "Authorization")[0] != '\0';

    return (struct stream_query){
        .since_ms = number(connection, "since", 0),
        .until_ms = number(connection, "until", 0),
        .max = number(connection, "max", -1),
        .ascending = sort != NULL && strcmp(sort, "dateAsc") == 0,
        .clocks = flag(connection, "clocks"),
        .evals = flag(connection, "evals"),
        .opening = flag(connection, "opening"),
        .rate = sim->rate != RATE_DEFAULT ? sim->rate : token ? RATE_TOKEN : RATE_ANONYMOUS,
    };
}

static bool good_token(const char *authorization)
{
    static const char BEARER[] = "Bearer ";
    size_t len = strlen(authorization);

    return len == 0 ||
           (len > sizeof(BEARER) - 1 && len < 520 &&
            strncmp(authorization, BEARER, sizeof(BEARER) - 1) == 0 &&
            strspn(authorization + sizeof(BEARER) - 1,
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
                len - sizeof(BEARER) + 1);
}

static enum MHD_Result serve_player(struct MHD_Connection *connection, struct request *request,
                                    const char *name)
{
    struct sim *sim = request->sim;
    struct stream_query query = read_query(sim, connection);
    const struct game_ref *games;
    struct rule rule;
    int64_t count;

    pthread_mutex_lock(&sim->mutex);
    rule = scenario_next(sim->scenario, name);
    pthread_mutex_unlock(&sim->mutex);
    if (rule.trouble == TROUBLE_STATUS) {
        return answer(connection, request, rule.status, "application/json",
                      "{\"error\":\"on purpose\"}");
    }
    games = library_player(sim->library, name, &count);
    if (rule.trouble == TROUBLE_HTML) {
        return answer(connection, request, 404, "text/html; charset=UTF-8", "<html>404</html>");
    }
    if (games == NULL) {
        return answer(connection, request, 404, "application/json", "{\"error\":\"Not found\"}");
    }
    stream_init(&request->stream, sim->library, games, count, &query, &rule);
    request->streams = true;
    return answer_games(connection, request);
}

static enum MHD_Result route(struct MHD_Connection *connection, struct request *request,
                             const char *method)
{
    static const char GAMES[] = "/api/games/user/";

    if (!enter(request)) {
        return answer(connection, request, 429, "application/json",
                      "{\"error\":\"Please only run 1 request(s) at a time\"}");
    }
    if (strchr(header(connection, "User-Agent"), '(') == NULL) {
        return answer(connection, request, 404, "text/html; charset=UTF-8",
                      "<html>Page not found</html>");
    }
    if (!good_token(header(connection, "Authorization"))) {
        return answer(connection, request, 401, "application/json", "{\"error\":\"No such token\"}");
    }
    if (strcmp(method, "GET") != 0) {
        return answer(connection, request, 405, "application/json", "{\"error\":\"GET only\"}");
    }
    if (strncmp(request->path, GAMES, sizeof(GAMES) - 1) == 0) {
        if (strstr(header(connection, "Accept"), "ndjson") == NULL) {
            return answer(connection, request, 200, "application/x-chess-pgn",
                          "[Event \"ask for application/x-ndjson\"]\n\n*\n");
        }
        return serve_player(connection, request, request->path + sizeof(GAMES) - 1);
    }
    return answer(connection, request, 404, "text/html; charset=UTF-8", "<html>404</html>");
}

static enum MHD_Result collect_argument(void *ctx, enum MHD_ValueKind kind, const char *key,
                                        const char *value)
{
    struct request *request = ctx;
    size_t len = strlen(request->query);

    (void)kind;
    (void)snprintf(request->query + len, sizeof(request->query) - len, "%s%s=%s",
                   len > 0 ? "&" : "", key, value != NULL ? value : "");
    return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **state)
{
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *socket_info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct request *request = *state;

    (void)version;
    (void)body;
    if (request == NULL) {
        request = xcalloc(1, sizeof(*request));
        request->sim = ctx;
        request->start_ns = clock_mono_ns();
        request->fd = socket_info->connect_fd;
        (void)snprintf(request->path, sizeof(request->path), "%s", path);
        (void)snprintf(request->client, sizeof(request->client), "127.0.0.1:%d",
                       ntohs(((const struct sockaddr_in *)(const void *)address->client_addr)->sin_port));
        (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_argument,
                                        request);
        *state = request;
        return MHD_YES;
    }
    if (*body_len > 0) {
        *body_len = 0;
        return MHD_YES;
    }
    return route(connection, request, method);
}

/* ---- start --------------------------------------------------------------------------------------- */

static int die(const char *text)
{
    fprintf(stderr, "lichess-sim: %s\n", text);
    return 2;
}

static bool open_port(const char *listen_at, int *ret_fd, int *ret_port)
{
    const char *colon = strrchr(listen_at, ':');
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int one = 1;

    if (colon == NULL) {
        return false;
    }
    at.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(*ret_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(*ret_fd, (struct sockaddr *)&at, len) != 0 || listen(*ret_fd, 64) != 0 ||
        getsockname(*ret_fd, (struct sockaddr *)&at, &len) != 0) {
        return false;
    }
    *ret_port = ntohs(at.sin_port);
    return true;
}

struct options {
    const char *listen, *port_file;
    bool dump;
};

static bool set_world(struct sim *sim, const char *text)
{
    unsigned long long seed;
    long long games;
    int players;

    if (sscanf(text, "%llu,%d,%lld", &seed, &players, &games) != 3 || players < 2 || games < 0) {
        return false;
    }
    library_set_world(sim->library, seed, players, games);
    return true;
}

/* Returns 0, or the exit code after a message. */
static int take_options(struct sim *sim, int argc, char **argv, struct options *options)
{
    static const struct option LONG[] = {
        {"listen", required_argument, NULL, 'l'},     {"data", required_argument, NULL, 'd'},
        {"world", required_argument, NULL, 'w'},      {"rate", required_argument, NULL, 'r'},
        {"scenario", required_argument, NULL, 's'},   {"log", required_argument, NULL, 'o'},
        {"lockout-ms", required_argument, NULL, 'k'}, {"port-file", required_argument, NULL, 'p'},
        {"dump", no_argument, NULL, 'D'},             {NULL, 0, NULL, 0}};
    struct err err = ERR_INIT;

    for (int option; (option = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        bool ok = true;

        switch (option) {
        case 'l':
            options->listen = optarg;
            break;
        case 'd':
            ok = library_add_path(sim->library, optarg, &err);
            /* More files may follow, as the shell expands them. */
            while (ok && optind < argc && argv[optind][0] != '-') {
                ok = library_add_path(sim->library, argv[optind++], &err);
            }
            break;
        case 'w':
            ok = set_world(sim, optarg) ||
                 err_set(&err, ERR_USAGE, "--world: expected SEED,PLAYERS,GAMES");
            break;
        case 'r':
            sim->rate = strcmp(optarg, "max") == 0 ? 0 : (int)strtol(optarg, NULL, 10);
            break;
        case 's':
            ok = scenario_load(optarg, &sim->scenario, &err);
            break;
        case 'o':
            sim->log = fopen(optarg, "ae");
            ok = sim->log != NULL || err_sys(&err, errno, "cannot write %s", optarg);
            break;
        case 'k':
            sim->lockout_ms = strtoll(optarg, NULL, 10);
            break;
        case 'p':
            options->port_file = optarg;
            break;
        case 'D':
            options->dump = true;
            break;
        default:
            return die("see tests/lichess_sim/README.md for the options");
        }
        if (!ok) {
            return die(err.text);
        }
    }
    return 0;
}

static void dump(const struct sim *sim)
{
    AUTO(buf) struct buf line = BUF_INIT(8 << 20);
    size_t len;

    for (int64_t k = 0; k < library_games(sim->library); k++) {
        struct game_ref game = {.number = k};
        const char *text = library_line(sim->library, &game, &line, &len);

        (void)fwrite(text, 1, len, stdout);
        putchar('\n');
    }
}

static int serve(struct sim *sim, const struct options *options)
{
    struct MHD_Daemon *daemon;
    char port_text[32];
    int fd, port, signal_fd;
    struct err err = ERR_INIT;

    if (!os_signal_fd(&signal_fd, &err) || !open_port(options->listen, &fd, &port)) {
        return die("cannot listen: expected --listen 127.0.0.1:PORT with a free port");
    }
    daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL,
                              NULL, on_request, sim, MHD_OPTION_LISTEN_SOCKET, fd,
                              MHD_OPTION_NOTIFY_COMPLETED, on_completed, sim,
                              MHD_OPTION_CONNECTION_TIMEOUT, 300u, MHD_OPTION_END);
    if (daemon == NULL) {
        return die("cannot start the server");
    }
    printf("listening on 127.0.0.1:%d\n", port);
    (void)fflush(stdout);
    (void)snprintf(port_text, sizeof(port_text), "%d\n", port);
    if (options->port_file != NULL &&
        !os_write_file(options->port_file, port_text, strlen(port_text), 0644, &err)) {
        return die(err.text);
    }
    for (;;) {
        struct pollfd wait = {.fd = signal_fd, .events = POLLIN};

        (void)poll(&wait, 1, -1);
        if (os_signal_read(signal_fd) != 0) {
            break;
        }
    }
    MHD_stop_daemon(daemon);
    return 0;
}

int main(int argc, char **argv)
{
    struct sim sim = {.rate = RATE_DEFAULT, .lockout_ms = LOCKOUT_MS_DEFAULT};
    struct options options = {.listen = "127.0.0.1:0"};
    int code;

    (void)pthread_mutex_init(&sim.mutex, NULL);
    sim.library = library_new();
    code = take_options(&sim, argc, argv, &options);
    if (code == 0 && library_games(sim.library) == 0) {
        code = die("nothing to serve: give --data PATH or --world SEED,PLAYERS,GAMES");
    }
    if (code == 0) {
        library_ready(sim.library);
        if (options.dump) {
            dump(&sim);
        } else {
            code = serve(&sim, &options);
        }
    }
    library_free(sim.library);
    scenario_free(sim.scenario);
    if (sim.log != NULL) {
        (void)fclose(sim.log);
    }
    return code;
}
