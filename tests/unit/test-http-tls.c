/* SPDX-License-Identifier: BSD-3-Clause */
/* TLS of the HTTP engine: whom it trusts, and how it says who it is. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http.h"

typedef struct identity {
	EVP_PKEY *key;
	X509 *cert;
	char cert_file[128], key_file[128], both_file[128];
} identity;

static struct world {
	char folder[64];
	pps_ctx *ctx;
	identity server, other_name, client;
	SSL_CTX *tls;
	int listener, port;
	pthread_t thread;
	atomic_int stopping;
} w;

static void write_pem(const char *path, X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (cert)
		assert_int_equal(PEM_write_X509(f, cert), 1);
	if (key)
		assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static void make_identity(identity *id, const char *name, const char *address)
{
	X509_NAME *subject;
	X509_EXTENSION *e;

	id->key = EVP_EC_gen("P-256");
	id->cert = X509_new();
	X509_set_version(id->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id->cert), (long)(name[0] * 256 + name[1]));
	X509_gmtime_adj(X509_getm_notBefore(id->cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(id->cert), 3600);
	X509_set_pubkey(id->cert, id->key);
	subject = X509_get_subject_name(id->cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(id->cert, subject);
	e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, address);
	X509_add_ext(id->cert, e, -1);
	X509_EXTENSION_free(e);
	assert_true(X509_sign(id->cert, id->key, EVP_sha256()) > 0);
	snprintf(id->cert_file, sizeof id->cert_file, "%s/%s.pem", w.folder, name);
	snprintf(id->key_file, sizeof id->key_file, "%s/%s.key", w.folder, name);
	snprintf(id->both_file, sizeof id->both_file, "%s/%s.both", w.folder, name);
	write_pem(id->cert_file, id->cert, NULL);
	write_pem(id->key_file, NULL, id->key);
	write_pem(id->both_file, id->cert, id->key);
}

static void identity_clear(identity *id)
{
	unlink(id->cert_file);
	unlink(id->key_file);
	unlink(id->both_file);
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}

/* One request, answered with the name in the client's certificate. */
static void serve(SSL *ssl)
{
	char head[4096], name[64] = "nobody", text[256];
	X509 *peer;
	int n, have = 0;

	if (SSL_accept(ssl) != 1) {
		/* what the client has sent is read, else the system would reset the connection, and our reason be lost */
		shutdown(SSL_get_fd(ssl), SHUT_WR);
		while (recv(SSL_get_fd(ssl), head, sizeof head, 0) > 0)
			;
		return;
	}
	while (have < (int)sizeof head - 1 && (n = SSL_read(ssl, head + have, (int)sizeof head - 1 - have)) > 0) {
		have += n;
		head[have] = 0;
		if (strstr(head, "\r\n\r\n"))
			break;
	}
	if ((peer = SSL_get1_peer_certificate(ssl))) {
		X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof name);
		X509_free(peer);
	}
	n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(name), name);
	SSL_write(ssl, text, n);
	SSL_shutdown(ssl);
}

static void *listen_loop(void *arg)
{
	sigset_t pipe;

	(void)arg;
	/* of this thread alone: the client must not cause any */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	while (!atomic_load(&w.stopping)) {
		struct pollfd p = { .fd = w.listener, .events = POLLIN };
		SSL *ssl;
		int fd;

		if (poll(&p, 1, 20) <= 0 || (fd = accept(w.listener, NULL, NULL)) < 0)
			continue;
		ssl = SSL_new(w.tls);
		SSL_set_fd(ssl, fd);
		serve(ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void server_as(const identity *id, int asks_for_client)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;

	w.tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(w.tls, id->cert);
	SSL_CTX_use_PrivateKey(w.tls, id->key);
	if (asks_for_client) {
		SSL_CTX_load_verify_file(w.tls, w.client.cert_file);
		SSL_CTX_set_verify(w.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_session_id_context(w.tls, (const unsigned char *)"t", 1);
	}
	w.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w.listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(w.listener, 16), 0);
	getsockname(w.listener, (struct sockaddr *)&a, &size);
	w.port = ntohs(a.sin_port);
	atomic_store(&w.stopping, 0);
	assert_int_equal(pthread_create(&w.thread, NULL, listen_loop, NULL), 0);
}

static void server_end(void)
{
	atomic_store(&w.stopping, 1);
	pthread_join(w.thread, NULL);
	close(w.listener);
	SSL_CTX_free(w.tls);
}

static int get(const pps_http_options *options, char *name, size_t size, pps_error **err)
{
	_cleanup_(pps_http_freep) pps_http *http = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	char url[64];
	pps_http_request q = { .method = "GET", .url = url };
	int r;

	snprintf(url, sizeof url, "https://127.0.0.1:%d/x", w.port);
	assert_ok(pps_http_new(w.ctx, options, &http, err), *err);
	r = pps_http_exchange(http, &q, &response, err);
	snprintf(name, size, "%s", pps_buf_text(&response.body));
	return r;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	unsetenv("https_proxy");
	snprintf(w.folder, sizeof w.folder, "/tmp/pps-tls-XXXXXX");
	if (!mkdtemp(w.folder) || pps_ctx_new(&w.ctx, NULL) < 0)
		return -1;
	make_identity(&w.server, "server", "IP:127.0.0.1");
	make_identity(&w.other_name, "other", "DNS:s3.example.org");
	make_identity(&w.client, "client", "DNS:client");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	identity_clear(&w.server);
	identity_clear(&w.other_name);
	identity_clear(&w.client);
	rmdir(w.folder);
	pps_ctx_unref(w.ctx);
	return 0;
}

static void only_the_trusted_are_spoken_to(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *unknown = NULL, *other = NULL, *system = NULL;
	pps_http_options trusting = { .ca_path = w.server.cert_file }, wrong = { .ca_path = w.client.cert_file };
	pps_http_options wrong_name = { .ca_path = w.other_name.cert_file };
	char name[64];

	(void)state;
	server_as(&w.server, 0);
	assert_ok(get(&trusting, name, sizeof name, &err), err);
	assert_string_equal(name, "nobody");
	assert_int_equal(get(&wrong, name, sizeof name, &unknown), PPS_E_ACCESS);
	assert_non_null(strstr(pps_error_message(unknown), "certificate"));
	assert_int_equal(get(NULL, name, sizeof name, &system), PPS_E_ACCESS);
	server_end();
	server_as(&w.other_name, 0);
	assert_int_equal(get(&wrong_name, name, sizeof name, &other), PPS_E_ACCESS); /* trusted, but of another name */
	server_end();
}

static void a_folder_of_certificates_will_do(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *missing = NULL;
	char folder[100], link_name[160], name[64];
	pps_http_options trusting = { .ca_path = folder };
	pps_http *http;

	(void)state;
	snprintf(folder, sizeof folder, "%s/gone", w.folder);
	assert_int_equal(pps_http_new(w.ctx, &trusting, &http, &missing), PPS_E_NOTFOUND);
	assert_non_null(strstr(pps_error_message(missing), "certificates to trust"));
	snprintf(folder, sizeof folder, "%s", w.folder);
	snprintf(link_name, sizeof link_name, "%s/%08lx.0", folder, X509_subject_name_hash(w.server.cert));
	assert_int_equal(symlink(w.server.cert_file, link_name), 0);
	server_as(&w.server, 0);
	assert_ok(get(&trusting, name, sizeof name, &err), err);
	server_end();
	unlink(link_name);
}

static void a_client_says_who_it_is(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *nobody = NULL, *wrong = NULL, *gone = NULL;
	pps_http_options plain = { .ca_path = w.server.cert_file };
	pps_http_options two = { .ca_path = w.server.cert_file, .cert_file = w.client.cert_file, .key_file = w.client.key_file };
	pps_http_options proxy = { .ca_path = w.server.cert_file, .cert_file = w.client.both_file };
	pps_http_options other = { .ca_path = w.server.cert_file, .cert_file = w.other_name.both_file };
	pps_http_options missing = { .ca_path = w.server.cert_file, .cert_file = "/nowhere/x509up" };
	char name[64];

	(void)state;
	server_as(&w.server, 1);
	assert_ok(get(&two, name, sizeof name, &err), err);
	assert_string_equal(name, "client");
	assert_ok(get(&proxy, name, sizeof name, &err), err);
	assert_string_equal(name, "client");
	assert_int_equal(get(&plain, name, sizeof name, &nobody), PPS_E_ACCESS);
	assert_int_equal(get(&other, name, sizeof name, &wrong), PPS_E_ACCESS);
	assert_int_equal(get(&missing, name, sizeof name, &gone), PPS_E_ACCESS);
	server_end();
}

#define PER_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PER_TEST(only_the_trusted_are_spoken_to),
		PER_TEST(a_folder_of_certificates_will_do),
		PER_TEST(a_client_says_who_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
