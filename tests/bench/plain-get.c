/* SPDX-License-Identifier: BSD-3-Clause */
/* The bare minimum of packing from S3, as a measure: GETs over so many connections, the MD5 of all bytes in their order, one file, fsync.
 *
 *   plain-get CONNECTIONS FILE < URLS        prints {"md5": ..., "size": ...} */
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define URLS_MOST 100000
#define AHEAD 16 /* objects in memory, at most */

typedef struct object {
	char *url, *bytes;
	size_t size, cap;
	int is_ready;
} object;

static object objects[URLS_MOST];
static size_t n, next_get, next_write;
static char *spare[AHEAD]; /* buffers for reuse: fresh memory costs faults */
static size_t nspare, spare_cap;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void die(const char *what)
{
	fprintf(stderr, "plain-get: %s\n", what);
	exit(1);
}

static size_t take(char *bytes, size_t one, size_t size, void *user)
{
	object *o = user;

	(void)one;
	if (o->size + size > o->cap) {
		o->cap = o->cap ? 2 * o->cap : (size_t)4 << 20;
		if (o->cap < o->size + size)
			o->cap = o->size + size;
		if (!(o->bytes = realloc(o->bytes, o->cap)))
			die("no memory");
	}
	memcpy(o->bytes + o->size, bytes, size);
	o->size += size;
	return size;
}

static void *get(void *arg)
{
	CURL *easy = curl_easy_init();

	(void)arg;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1l);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1l);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256l << 10);
	pthread_mutex_lock(&lock);
	while (next_get < n) {
		object *o = &objects[next_get];

		if (next_get >= next_write + AHEAD) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		next_get++;
		if (nspare) {
			o->bytes = spare[--nspare];
			o->cap = spare_cap;
		}
		pthread_mutex_unlock(&lock);
		curl_easy_setopt(easy, CURLOPT_URL, o->url);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, o);
		if (curl_easy_perform(easy) != CURLE_OK)
			die(o->url);
		pthread_mutex_lock(&lock);
		o->is_ready = 1;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	curl_easy_cleanup(easy);
	return NULL;
}

int main(int argc, char **argv)
{
	int connections = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0, fd;
	unsigned char md5[16];
	pthread_t threads[64];
	char *line = NULL;
	size_t cap = 0, total = 0;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();

	if (connections < 1 || connections > 64 || (fd = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0)
		die("usage: plain-get CONNECTIONS NEW-FILE < URLS");
	while (n < URLS_MOST && getline(&line, &cap, stdin) > 0)
		objects[n++].url = strndup(line, strcspn(line, "\n"));
	free(line);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	EVP_DigestInit_ex(digest, EVP_md5(), NULL);
	for (int i = 0; i < connections; i++)
		if (pthread_create(&threads[i], NULL, get, NULL) != 0)
			die("no thread");
	for (size_t i = 0; i < n; i++) {
		object *o = &objects[i];

		pthread_mutex_lock(&lock);
		while (!o->is_ready)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
		EVP_DigestUpdate(digest, o->bytes, o->size);
		if (write(fd, o->bytes, o->size) != (ssize_t)o->size)
			die("write");
		total += o->size;
		free(o->url);
		pthread_mutex_lock(&lock);
		if (nspare && spare_cap != o->cap)
			free(o->bytes);
		else {
			spare[nspare++] = o->bytes;
			spare_cap = o->cap;
		}
		next_write++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	for (int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	while (nspare)
		free(spare[--nspare]);
	if (fsync(fd) < 0 || close(fd) < 0)
		die("fsync");
	EVP_DigestFinal_ex(digest, md5, NULL);
	EVP_MD_CTX_free(digest);
	printf("{\"size\": %zu, \"md5\": \"", total);
	for (int i = 0; i < 16; i++)
		printf("%02x", md5[i]);
	printf("\"}\n");
	return 0;
}
