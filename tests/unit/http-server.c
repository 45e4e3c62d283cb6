/* SPDX-License-Identifier: BSD-3-Clause */
#include "http-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MOST 512

typedef struct connection {
	server *s;
	int fd;
	pthread_t thread;
} connection;

typedef struct impl {
	pthread_t thread;
	connection connections[CONNECTIONS_MOST];
	int n;
} impl;

static void die(const char *what)
{
	perror(what);
	abort();
}

/* 1 when there is something to read, 0 when the server stops. */
static int readable(const server *s, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (!atomic_load(&s->stopping))
		if (poll(&p, 1, 20) > 0)
			return 1;
	return 0;
}

int server_send(int fd, const void *bytes, size_t size)
{
	for (const char *p = bytes; size;) {
		ssize_t n = send(fd, p, size, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int server_printf(int fd, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return server_send(fd, text, (size_t)n);
}

void server_hang(const server_request *q)
{
	char byte;

	while (readable(q->from, q->fd) && recv(q->fd, &byte, 1, 0) > 0)
		;
}

const char *server_header(const server_request *q, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	*value = 0;
	for (const char *p = q->head; (p = strchr(p, '\n')); ) {
		p++;
		if (strncasecmp(p, name, length) == 0 && p[length] == ':') {
			p += length + 1;
			p += strspn(p, " ");
			snprintf(value, size, "%.*s", (int)strcspn(p, "\r\n"), p);
			break;
		}
	}
	return value;
}

/* Reads one request; 0 when there is none any more. */
static int receive(connection *c, server_request *q)
{
	size_t have = 0;
	char value[32];
	char *end;

	for (;;) {
		ssize_t n;

		if (have == sizeof q->head - 1 || !readable(c->s, c->fd) || (n = recv(c->fd, q->head + have, 1, 0)) <= 0)
			return 0;
		have += (size_t)n;
		q->head[have] = 0;
		if ((end = strstr(q->head, "\r\n\r\n")))
			break;
	}
	if (sscanf(q->head, "%15s %1023s", q->method, q->path) != 2)
		return 0;
	q->body_size = strtoul(server_header(q, "Content-Length", value, sizeof value), NULL, 10);
	q->body = malloc(q->body_size + 1);
	for (size_t got = 0; got < q->body_size;) {
		ssize_t n;

		if (!readable(c->s, c->fd) || (n = recv(c->fd, q->body + got, q->body_size - got, 0)) <= 0) {
			free(q->body);
			return 0;
		}
		got += (size_t)n;
	}
	q->body[q->body_size] = 0;
	return 1;
}

static void *serve(void *arg)
{
	connection *c = arg;
	server *s = c->s;
	server_request q = { .fd = c->fd, .from = s };
	int how = 0, busy, most;

	while (!how && receive(c, &q)) {
		q.number++;
		atomic_fetch_add(&s->requests, 1);
		busy = atomic_fetch_add(&s->busy, 1) + 1;
		most = atomic_load(&s->busiest);
		while (busy > most && !atomic_compare_exchange_weak(&s->busiest, &most, busy))
			;
		how = s->fn(&q, s->user);
		atomic_fetch_sub(&s->busy, 1);
		free(q.body);
	}
	if (how == 2)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	close(c->fd);
	return NULL;
}

static void *listen_loop(void *arg)
{
	server *s = arg;
	impl *i = s->impl;

	while (readable(s, s->listener)) {
		int fd = accept(s->listener, NULL, NULL), one = 1;
		connection *c = &i->connections[i->n];

		if (fd < 0 || i->n == CONNECTIONS_MOST)
			break;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		*c = (connection){ .s = s, .fd = fd };
		atomic_fetch_add(&s->connections, 1);
		if (pthread_create(&c->thread, NULL, serve, c) != 0)
			die("pthread_create");
		i->n++;
	}
	return NULL;
}

void server_start(server *s, server_fn fn, void *user)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	impl *i = calloc(1, sizeof *i);

	memset(s, 0, sizeof *s);
	s->fn = fn;
	s->user = user;
	s->impl = i;
	if (!i || (s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    bind(s->listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(s->listener, 128) < 0 ||
	    getsockname(s->listener, (struct sockaddr *)&a, &size) < 0)
		die("server");
	s->port = ntohs(a.sin_port);
	if (pthread_create(&i->thread, NULL, listen_loop, s) != 0)
		die("pthread_create");
}

void server_stop(server *s)
{
	impl *i = s->impl;

	atomic_store(&s->stopping, 1);
	pthread_join(i->thread, NULL);
	for (int n = 0; n < i->n; n++)
		pthread_join(i->connections[n].thread, NULL);
	close(s->listener);
	free(i);
}
