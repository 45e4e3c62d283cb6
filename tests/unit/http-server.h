/* SPDX-License-Identifier: BSD-3-Clause */
/* A small HTTP server in this process, for tests of what talks HTTP: one thread for each connection, on a free port of loopback. */
#ifndef PPS_TEST_HTTP_SERVER_H
#define PPS_TEST_HTTP_SERVER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct server server;

/* One request as it came. */
typedef struct server_request {
	int fd;
	int number; /* of this request on its connection, from 1 */
	char method[16];
	char path[1024];
	char head[8192]; /* the lines, as sent */
	char *body;
	size_t body_size;
	server *from;
} server_request;

/* Answers; 0 keeps the connection, else it is closed (by RST when 2). */
typedef int (*server_fn)(const server_request *request, void *user);

struct server {
	server_fn fn;
	void *user;
	int listener, port;
	atomic_int connections, requests, busy, busiest, stopping;
	void *impl;
};

/* Fails the test when it cannot. */
void server_start(server *s, server_fn fn, void *user);
void server_stop(server *s);
/* For answers. */
int server_send(int fd, const void *bytes, size_t size);
int server_printf(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Waits until the client has gone, or the server is stopped. */
void server_hang(const server_request *request);
/* The value of a request's header; "" when there is none. */
const char *server_header(const server_request *request, const char *name, char *value, size_t size);

#endif
