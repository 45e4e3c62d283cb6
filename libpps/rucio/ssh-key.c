/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/ssh-key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/codec.h"

#define OPENSSH_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END "-----END OPENSSH PRIVATE KEY-----"
#define KEY_BITS_MOST 16384

struct pps_ssh_key {
	EVP_PKEY *key;
};

/* Bytes not yet read of a blob in SSH's wire form. */
struct wire {
	const uint8_t *at;
	size_t left;
};

static int take_u32(struct wire *w, uint32_t *ret)
{
	if (w->left < 4)
		return -1;
	*ret = (uint32_t)w->at[0] << 24 | (uint32_t)w->at[1] << 16 | (uint32_t)w->at[2] << 8 | w->at[3];
	w->at += 4;
	w->left -= 4;
	return 0;
}

static int take_string(struct wire *w, struct wire *ret)
{
	uint32_t n;

	if (take_u32(w, &n) < 0 || n > w->left)
		return -1;
	*ret = (struct wire){ w->at, n };
	w->at += n;
	w->left -= n;
	return 0;
}

static int is_text(const struct wire *w, const char *text)
{
	return w->left == strlen(text) && !memcmp(w->at, text, w->left);
}

/* A positive number; a negative one, or one that is too long, is refused. */
static int take_number(struct wire *w, BIGNUM **ret)
{
	struct wire s;

	if (take_string(w, &s) < 0 || s.left > KEY_BITS_MOST / 8 + 1 || (s.left && s.at[0] & 0x80))
		return -1;
	if (!s.left || !(*ret = BN_bin2bn(s.at, (int)s.left, NULL)))
		return -1;
	BN_set_flags(*ret, BN_FLG_CONSTTIME);
	return 0;
}

/* The numbers of an RSA key, in the order of OpenSSH's file; then those that follow from them. */
enum { N, E, D, IQMP, P, Q, FILED, DMP1 = FILED, DMQ1, NUMBERS };

static void free_numbers(BIGNUM *(*numbers)[NUMBERS])
{
	for (size_t i = 0; i < NUMBERS; i++)
		BN_clear_free((*numbers)[i]);
}

/* d mod (p - 1) and d mod (q - 1). */
static int add_exponents(BIGNUM *n[NUMBERS])
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *less = BN_secure_new();
	int ok = ctx && less && (n[DMP1] = BN_secure_new()) && (n[DMQ1] = BN_secure_new()) && BN_sub(less, n[P], BN_value_one()) == 1 &&
		 !BN_is_zero(less) && BN_mod(n[DMP1], n[D], less, ctx) == 1 && BN_sub(less, n[Q], BN_value_one()) == 1 && !BN_is_zero(less) &&
		 BN_mod(n[DMQ1], n[D], less, ctx) == 1;

	BN_clear_free(less);
	BN_CTX_free(ctx);
	return ok ? 0 : -1;
}

static EVP_PKEY *build(BIGNUM *n[NUMBERS])
{
	static const struct {
		const char *name;
		int number;
	} params[] = {
		{ OSSL_PKEY_PARAM_RSA_N, N }, { OSSL_PKEY_PARAM_RSA_E, E }, { OSSL_PKEY_PARAM_RSA_D, D }, { OSSL_PKEY_PARAM_RSA_FACTOR1, P },
		{ OSSL_PKEY_PARAM_RSA_FACTOR2, Q }, { OSSL_PKEY_PARAM_RSA_EXPONENT1, DMP1 }, { OSSL_PKEY_PARAM_RSA_EXPONENT2, DMQ1 },
		{ OSSL_PKEY_PARAM_RSA_COEFFICIENT1, IQMP },
	};
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *list = NULL;
	EVP_PKEY *key = NULL;
	int ok = builder && ctx;

	for (size_t i = 0; ok && i < PPS_COUNT(params); i++)
		ok = OSSL_PARAM_BLD_push_BN(builder, params[i].name, n[params[i].number]);
	if (ok && (list = OSSL_PARAM_BLD_to_param(builder)) && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, list) != 1)
		key = NULL;
	OSSL_PARAM_free(list);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

/* The part of OpenSSH's file that is private: two equal check numbers, the kind, the numbers, a comment, padding 1 2 3 ... */
static int read_private(const char *name, struct wire w, EVP_PKEY **ret_key, pps_error **err)
{
	_cleanup_(free_numbers) BIGNUM *numbers[NUMBERS] = { NULL };
	uint32_t check, again;
	struct wire kind, comment;

	if (take_u32(&w, &check) < 0 || take_u32(&w, &again) < 0 || check != again || take_string(&w, &kind) < 0)
		return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	if (!is_text(&kind, "ssh-rsa"))
		return pps_fail(err, PPS_E_UNSUPPORTED, "private key %s: its kind is %.*s: Rucio takes RSA keys (ssh-keygen -t rsa)", name,
				kind.left < 40 ? (int)kind.left : 40, (const char *)kind.at);
	for (size_t i = 0; i < FILED; i++)
		if (take_number(&w, &numbers[i]) < 0)
			return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	if (take_string(&w, &comment) < 0 || w.left > 255)
		return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	for (size_t i = 0; i < w.left; i++)
		if (w.at[i] != i + 1)
			return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	if (add_exponents(numbers) < 0 || !(*ret_key = build(numbers)))
		return pps_fail(err, PPS_E_FORMAT, "private key %s: its numbers are no RSA key", name);
	return PPS_OK;
}

static int read_openssh(const char *name, const uint8_t *bytes, size_t size, EVP_PKEY **ret_key, pps_error **err)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	struct wire w = { bytes, size }, cipher, kdf, options, public, private;
	uint32_t keys;

	if (w.left < sizeof magic || memcmp(w.at, magic, sizeof magic) != 0)
		return pps_fail(err, PPS_E_FORMAT, "private key %s: not in OpenSSH's form, whatever its first line says", name);
	w.at += sizeof magic;
	w.left -= sizeof magic;
	if (take_string(&w, &cipher) < 0 || take_string(&w, &kdf) < 0 || take_string(&w, &options) < 0)
		return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	if (!is_text(&cipher, "none") || !is_text(&kdf, "none"))
		return pps_fail(err, PPS_E_UNSUPPORTED, "private key %s: it has a passphrase: a service needs one without (ssh-keygen -p)", name);
	if (take_u32(&w, &keys) < 0 || keys != 1 || take_string(&w, &public) < 0 || take_string(&w, &private) < 0 || w.left)
		return pps_fail(err, PPS_E_FORMAT, "private key %s: damaged, or of several keys", name);
	return read_private(name, private, ret_key, err);
}

/* Between the two lines, without blanks, out of base64. */
static int parse_openssh(const char *name, const char *text, size_t size, EVP_PKEY **ret_key, pps_error **err)
{
	const char *from = memmem(text, size, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN)), *end;
	_cleanup_free_ char *packed = NULL;
	uint8_t *bytes = NULL;
	size_t n = 0, nbytes;
	int r;

	from += strlen(OPENSSH_BEGIN);
	if (!(end = memmem(from, (size_t)(text + size - from), OPENSSH_END, strlen(OPENSSH_END))))
		return pps_fail(err, PPS_E_FORMAT, "private key %s: cut short", name);
	if (!(packed = malloc((size_t)(end - from) + 1)))
		return pps_fail_nomem(err);
	for (const char *p = from; p < end; p++)
		if (*p != '\n' && *p != '\r' && *p != ' ' && *p != '\t')
			packed[n++] = *p;
	r = pps_base64_decode(packed, n, &bytes, &nbytes, NULL);
	OPENSSL_cleanse(packed, n);
	if (r < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : pps_fail(err, PPS_E_FORMAT, "private key %s: damaged", name);
	r = read_openssh(name, bytes, nbytes, ret_key, err);
	OPENSSL_cleanse(bytes, nbytes);
	free(bytes);
	return r;
}

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(int *)asked = 1;
	return -1;
}

static int parse_pem(const char *name, const char *text, size_t size, EVP_PKEY **ret_key, pps_error **err)
{
	BIO *bio = size <= INT_MAX ? BIO_new_mem_buf(text, (int)size) : NULL;
	int asked = 0;

	if (!bio)
		return pps_fail_nomem(err);
	ERR_set_mark();
	*ret_key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	ERR_pop_to_mark();
	BIO_free(bio);
	if (*ret_key)
		return PPS_OK;
	if (asked)
		return pps_fail(err, PPS_E_UNSUPPORTED, "private key %s: it has a passphrase: a service needs one without (ssh-keygen -p)", name);
	return pps_fail(err, PPS_E_FORMAT, "private key %s: expected a private key in OpenSSH's form or in PEM", name);
}

int pps_ssh_key_parse(const char *name, const char *text, size_t size, pps_ssh_key **ret_key, pps_error **err)
{
	_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = calloc(1, sizeof *key);
	int r;

	if (!key)
		return pps_fail_nomem(err);
	ERR_set_mark();
	r = memmem(text, size, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN)) ? parse_openssh(name, text, size, &key->key, err) :
								       parse_pem(name, text, size, &key->key, err);
	ERR_pop_to_mark();
	if (r < 0)
		return r;
	if (!EVP_PKEY_is_a(key->key, "RSA"))
		return pps_fail(err, PPS_E_UNSUPPORTED, "private key %s: Rucio takes RSA keys (ssh-keygen -t rsa)", name);
	if (EVP_PKEY_get_bits(key->key) > KEY_BITS_MOST)
		return pps_fail(err, PPS_E_UNSUPPORTED, "private key %s: longer than %d bits", name, KEY_BITS_MOST);
	*ret_key = TAKE_PTR(key);
	return PPS_OK;
}

void pps_ssh_key_free(pps_ssh_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

static const struct {
	const char *name, *digest;
} algorithms[PPS_SSH_ALGORITHMS] = {
	[PPS_SSH_RSA_SHA2_512] = { "rsa-sha2-512", "SHA512" },
	[PPS_SSH_RSA_SHA2_256] = { "rsa-sha2-256", "SHA256" },
	[PPS_SSH_RSA] = { "ssh-rsa", "SHA1" },
};

const char *pps_ssh_algorithm_name(int algorithm)
{
	return algorithm >= 0 && algorithm < PPS_SSH_ALGORITHMS ? algorithms[algorithm].name : "unknown";
}

static void add_string(pps_buf *b, const void *bytes, size_t size)
{
	char n[4] = { (char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size };

	pps_buf_add(b, n, sizeof n);
	pps_buf_add(b, bytes, size);
}

int pps_ssh_sign(const pps_ssh_key *key, int algorithm, const void *bytes, size_t size, pps_buf *base64, pps_error **err)
{
	_cleanup_buf_ pps_buf blob = PPS_BUF_LINE;
	_cleanup_free_ uint8_t *signature = NULL;
	size_t n = (size_t)EVP_PKEY_get_size(key->key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r, ok;

	ERR_set_mark();
	ok = ctx && (signature = malloc(n)) && EVP_DigestSignInit_ex(ctx, NULL, algorithms[algorithm].digest, NULL, NULL, key->key, NULL) == 1 &&
	     EVP_DigestSign(ctx, signature, &n, bytes, size) == 1;
	ERR_pop_to_mark();
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return pps_fail(err, PPS_E_FAILED, "the private key could not sign with %s", algorithms[algorithm].name);
	add_string(&blob, algorithms[algorithm].name, strlen(algorithms[algorithm].name));
	add_string(&blob, signature, n);
	if ((r = pps_buf_check(&blob, "SSH signature", err)) < 0)
		return r;
	pps_base64_encode(base64, blob.at, blob.size);
	return pps_buf_check(base64, "SSH signature", err);
}

/* As SSH writes numbers: big endian, a zero byte before one whose first bit is set. */
static int add_number(pps_buf *b, const pps_ssh_key *key, const char *name)
{
	uint8_t bytes[KEY_BITS_MOST / 8 + 1] = { 0 };
	BIGNUM *number = NULL;
	int n;

	if (EVP_PKEY_get_bn_param(key->key, name, &number) != 1)
		return -1;
	n = BN_num_bytes(number);
	if (n <= 0 || n > KEY_BITS_MOST / 8) {
		BN_free(number);
		return -1;
	}
	BN_bn2bin(number, bytes + 1);
	BN_free(number);
	if (bytes[1] & 0x80)
		add_string(b, bytes, (size_t)n + 1);
	else
		add_string(b, bytes + 1, (size_t)n);
	return 0;
}

int pps_ssh_public(const pps_ssh_key *key, pps_buf *line, pps_error **err)
{
	_cleanup_buf_ pps_buf blob = PPS_BUF_LINE;
	int r;

	add_string(&blob, "ssh-rsa", 7);
	if (add_number(&blob, key, OSSL_PKEY_PARAM_RSA_E) < 0 || add_number(&blob, key, OSSL_PKEY_PARAM_RSA_N) < 0)
		return pps_fail(err, PPS_E_FAILED, "the private key does not say its public half");
	if ((r = pps_buf_check(&blob, "SSH key", err)) < 0)
		return r;
	pps_buf_add_text(line, "ssh-rsa ");
	pps_base64_encode(line, blob.at, blob.size);
	return pps_buf_check(line, "SSH key", err);
}
