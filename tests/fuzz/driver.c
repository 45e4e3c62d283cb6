/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target without libFuzzer: every file of its corpus, then inputs made from them by random changes.
 *
 * usage: fuzz-TARGET FOLDER [CHANGED [SEED]]   CHANGED: how many changed inputs (20000)
 *
 * The same arguments give the same inputs, so a crash, which names the input's number, can be repeated.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MOST 4096
#define INPUT_MOST 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
	uint8_t *bytes;
	size_t size;
};

static struct input corpus[FILES_MOST];
static size_t ncorpus;
static uint64_t state;
static volatile unsigned long number; /* of the input that runs; files come first */

static uint64_t number_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? state % n : 0;
}

static void on_crash(int signum)
{
	char text[64];
	int n = snprintf(text, sizeof text, "crash in input %lu\n", number);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		n = 0;
	signal(signum, SIG_DFL);
	raise(signum);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load(const char *folder, const char *name)
{
	char path[4096];
	struct input *in = &corpus[ncorpus];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!(f = fopen(path, "rb")) || !(in->bytes = malloc(INPUT_MOST))) {
		perror(path);
		return -1;
	}
	in->size = fread(in->bytes, 1, INPUT_MOST, f);
	fclose(f);
	ncorpus++;
	return 0;
}

static int load_all(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, by_name), r = 0;

	if (n < 0) {
		perror(folder);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && ncorpus < FILES_MOST && load(folder, names[i]->d_name) < 0)
			r = -1;
		free(names[i]);
	}
	free(names);
	if (!r && !ncorpus)
		fprintf(stderr, "%s: no inputs\n", folder);
	return r || !ncorpus ? -1 : 0;
}

/* One random change of the input in @b, which has room for INPUT_MOST bytes. */
static size_t change(uint8_t *b, size_t n)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, '\n', '\'', '"', '(', ')', ' ', '9', '-', ':' };
	const struct input *other = &corpus[number_below(ncorpus)];
	size_t at = number_below(n + 1), len = number_below(n - at + 1), from;

	switch (number_below(7)) {
	case 0:
		if (at < n)
			b[at] ^= (uint8_t)(1 << number_below(8));
		return n;
	case 1:
		if (at < n)
			b[at] = edges[number_below(sizeof edges)];
		return n;
	case 2: /* cut out */
		len = len > 16 && number_below(4) ? number_below(16) : len;
		memmove(b + at, b + at + len, n - at - len);
		return n - len;
	case 3: /* cut off */
		return at;
	case 4: /* insert a byte */
		if (n == INPUT_MOST)
			return n;
		memmove(b + at + 1, b + at, n - at);
		b[at] = edges[number_below(sizeof edges)];
		return n + 1;
	case 5: /* say a piece twice */
		if (n + len > INPUT_MOST)
			return n;
		memmove(b + at + len, b + at, n - at);
		return n + len;
	default: /* go on as another input does */
		from = number_below(other->size + 1);
		len = other->size - from;
		if (at + len > INPUT_MOST)
			len = INPUT_MOST - at;
		if (len)
			memcpy(b + at, other->bytes + from, len);
		return at + len;
	}
}

int main(int argc, char **argv)
{
	unsigned long changed = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
	uint8_t *b = malloc(INPUT_MOST), *copy;

	if (argc < 2 || !b || load_all(argv[1]) < 0)
		return 2;
	state = 0x9e3779b97f4a7c15ULL ^ (argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
	signal(SIGABRT, on_crash);
	signal(SIGSEGV, on_crash);
	for (number = 0; number < ncorpus + changed; number++) {
		const struct input *in = &corpus[number < ncorpus ? number : number_below(ncorpus)];
		size_t n = in->size;

		memcpy(b, in->bytes, n);
		for (uint64_t i = number < ncorpus ? 0 : 1 + number_below(4); i > 0; i--)
			n = change(b, n);
		if (!(copy = malloc(n ? n : 1))) /* of exactly its size, so that reading past its end shows */
			return 2;
		memcpy(copy, b, n);
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
	}
	printf("%zu files, %lu changed inputs\n", ncorpus, changed);
	for (size_t i = 0; i < ncorpus; i++)
		free(corpus[i].bytes);
	free(b);
	return 0;
}
