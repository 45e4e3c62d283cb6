/* SPDX-License-Identifier: BSD-3-Clause */
/* What a login to Rucio needs: rucio.cfg, the environment, SSH keys and signatures. */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "vectors.h"

#include "base/codec.h"
#include "rucio/ini.h"
#include "rucio/rucio-settings.h"
#include "rucio/ssh-key.h"

/* ---- ini ---- */

static void ini_values(void **state)
{
	static const char text[] = "\xef\xbb\xbf# comment\n[DEFAULT]\nhost = h.example.org\n\n[client]\nAccount: a b \r\nempty =\nalone\n"
				   "url=https://%(host)s:%(Port)s/x\nport = 443\npercent = 10%%\nlong = one\n  two\n\t; not this\n  three\n[other]\nhost = o\n";
	static const struct {
		const char *section, *key, *value;
	} cases[] = {
		{ "client", "account", "a b" },     { "client", "EMPTY", "" },   { "client", "alone", "" },
		{ "client", "url", "https://h.example.org:443/x" },              { "client", "percent", "10%" },
		{ "client", "long", "one\ntwo\nthree" },                          { "client", "host", "h.example.org" },
		{ "other", "host", "o" },           { "other", "account", NULL }, { "none", "host", NULL },
	};
	_cleanup_(pps_ini_freep) pps_ini *ini = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	assert_ok(pps_ini_parse("x.cfg", text, sizeof text - 1, &ini, &err), err);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_free_ char *value = NULL;

		assert_ok(pps_ini_get(ini, cases[i].section, cases[i].key, &value, &err), err);
		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void ini_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "key = value\n", "x.cfg:1:1: expected a [section] before the first key" },
		{ "[a]\nk=1\nK=2\n", "x.cfg:3:1: \"K\" is there twice" },
		{ "[a]\n[b]\n[a]\n", "x.cfg:3:1: section [a] is there twice" },
		{ "[a\n", "x.cfg:1:1: expected [section]" },
		{ "[]\n", "x.cfg:1:1: expected [section]" },
		{ "[a]\n = 1\n", "x.cfg:2:1: expected key = value" },
	};
	static const char *const values[] = { "100%", "%(none)s", "%(k)s", "%x", "%(k" };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_ini *ini = NULL;

		assert_int_equal(pps_ini_parse("x.cfg", cases[i].text, strlen(cases[i].text), &ini, &err), PPS_E_CONFIG);
		assert_string_equal(pps_error_message(err), cases[i].message);
	}
	for (size_t i = 0; i < PPS_COUNT(values); i++) {
		_cleanup_(pps_ini_freep) pps_ini *ini = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		char text[64], *value;

		snprintf(text, sizeof text, "[a]\nk = %s\n", values[i]);
		assert_ok(pps_ini_parse("x.cfg", text, strlen(text), &ini, &err), err);
		assert_int_equal(pps_ini_get(ini, "a", "k", &value, &err), PPS_E_CONFIG);
	}
}

/* ---- settings ---- */

static const char *const *environment; /* name, value, ..., NULL */

static const char *env(const char *name)
{
	for (size_t i = 0; environment && environment[i]; i += 2)
		if (!strcmp(environment[i], name))
			return environment[i + 1];
	return NULL;
}

/* A rucio.cfg in a file of its own; the path is the caller's. */
static char *write_cfg(const char *text)
{
	char *path = strdup("/tmp/pps-rucio-cfg.XXXXXX");
	int fd;

	assert_non_null(path);
	assert_true((fd = mkstemp(path)) >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void remove_cfg(char **path)
{
	unlink(*path);
	free(*path);
}

static void settings_production(void **state)
{
	_cleanup_(remove_cfg) char *path = write_cfg("[client]\nrucio_host = https://rucio.example.org/\nauth_host = https://auth.example.org:443\n"
						     "account = transfer\nauth_type = ssh\nssh_private_key = ~/.ssh/${KEY}\nca_cert = $CERTS/ca.pem\n");
	const char *const values[] = { "RUCIO_CONFIG", path, "HOME", "/home/x", "KEY", "id_rsa", "CERTS", "/etc/certs", NULL };
	_cleanup_settings_ pps_rucio_settings s = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	environment = values;
	assert_ok(pps_rucio_settings_read(NULL, env, &s, &err), err);
	assert_string_equal(s.url, "https://rucio.example.org");
	assert_string_equal(s.auth_url, "https://auth.example.org:443");
	assert_string_equal(s.account, "transfer");
	assert_int_equal(s.auth, PPS_RUCIO_AUTH_SSH);
	assert_string_equal(s.private_key, "/home/x/.ssh/id_rsa");
	assert_string_equal(s.ca, "/etc/certs/ca.pem");
	assert_string_equal(s.scope, "raw");
	assert_string_equal(s.rse, "");
}

/* The block wins over the environment, which wins over the file. */
static void settings_order(void **state)
{
	_cleanup_(remove_cfg) char *path = write_cfg("[client]\nrucio_host = http://h\naccount = file\nauth_type = userpass\nusername = u\n"
						     "password = p%%w\nauth_token_file_path = /file/token\n");
	const char *const values[] = { "RUCIO_ACCOUNT", "environment", "RUCIO_AUTH_TYPE", "oidc", "RUCIO_VO", "lsst", NULL };
	pps_conf_rucio block = { .config = path, .rse = "R", .scope = "s", .tape = "OTHER_DISK_BKUP" };
	_cleanup_settings_ pps_rucio_settings s = { 0 }, t = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	environment = values;
	assert_ok(pps_rucio_settings_read(&block, env, &s, &err), err);
	assert_string_equal(s.arc_backup, "OTHER_DISK_BKUP:need");
	assert_string_equal(s.account, "environment");
	assert_int_equal(s.auth, PPS_RUCIO_AUTH_OIDC);
	assert_string_equal(s.token_file, "/file/token");
	assert_string_equal(s.auth_url, "http://h");
	assert_string_equal(s.vo, "lsst");
	assert_string_equal(s.rse, "R");
	assert_string_equal(s.scope, "s");
	block.account = "block";
	block.auth_type = "userpass";
	assert_ok(pps_rucio_settings_read(&block, env, &t, &err), err);
	assert_string_equal(t.account, "block");
	assert_int_equal(t.auth, PPS_RUCIO_AUTH_USERPASS);
	assert_string_equal(t.password, "p%w");
}

static void settings_certificates(void **state)
{
	_cleanup_(remove_cfg) char *path = write_cfg("[client]\nrucio_host = https://h\nauth_type = x509\nclient_cert = /c\nclient_key = /k\n"
						     "client_x509_proxy = /p\n");
	const char *const plain[] = { "RUCIO_CONFIG", path, NULL };
	const char *const other[] = { "RUCIO_CONFIG", path, "RUCIO_CLIENT_CERT", "/ec", "RUCIO_CLIENT_KEY", "/ek", NULL };
	const char *const proxy[] = { "RUCIO_CONFIG", path, "RUCIO_AUTH_TYPE", "x509_proxy", "X509_USER_PROXY", "/up", NULL };
	const char *const proxy2[] = { "RUCIO_CONFIG", path, "RUCIO_AUTH_TYPE", "x509_proxy", "RUCIO_CLIENT_PROXY", "/ep", NULL };
	static const char *const certificates[] = { "/c", "/ec", "/p", "/ep" };
	const char *const *const all[] = { plain, other, proxy, proxy2 };

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(all); i++) {
		_cleanup_settings_ pps_rucio_settings s = { 0 };
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		environment = all[i];
		assert_ok(pps_rucio_settings_read(NULL, env, &s, &err), err);
		assert_string_equal(s.certificate, certificates[i]);
		if (i < 2)
			assert_string_equal(s.private_key, i ? "/ek" : "/k");
	}
}

static void settings_refused(void **state)
{
	static const struct {
		const char *cfg, *says;
	} cases[] = {
		{ "[client]\nauth_type = ssh\n", "the server is missing: expected \"rucio_host\" in [client]" },
		{ "[client]\nrucio_host = http://h\n", "the kind of login is missing: expected \"auth_type\" in [client]" },
		{ "[client]\nrucio_host = http://h\nauth_type = gss\n", "Rucio login by \"gss\" is not supported" },
		{ "[client]\nrucio_host = http://h\nauth_type = ssh\n", "the private key is missing: expected \"ssh_private_key\"" },
		{ "[client]\nrucio_host = http://h\nauth_type = userpass\nusername = u\n", "the password is missing" },
		{ "[client]\nrucio_host = h\nauth_type = ssh\nssh_private_key = /k\n", "rucio_host: expected http://HOST or https://HOST" },
		{ "[client]\nrucio_host = http://u:p@h\nauth_type = ssh\nssh_private_key = /k\n", "without blanks, user name" },
		{ "[client]\nrucio_host = http://h\nauth_host = http://a b\nauth_type = ssh\nssh_private_key = /k\n", "auth_host: expected" },
		{ "[client\n", ":1:1: expected [section]" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(remove_cfg) char *path = write_cfg(cases[i].cfg);
		const char *const values[] = { "RUCIO_CONFIG", path, NULL };
		_cleanup_settings_ pps_rucio_settings s = { 0 };
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		environment = values;
		assert_int_equal(pps_rucio_settings_read(NULL, env, &s, &err), PPS_E_CONFIG);
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("case %zu: %s", i, pps_error_message(err));
		assert_null(strstr(pps_error_message(err), "u:p"));
	}
}

static void settings_no_file(void **state)
{
	const char *const values[] = { "RUCIO_CONFIG", "/no/such/rucio.cfg", NULL };
	_cleanup_settings_ pps_rucio_settings s = { 0 };
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	environment = values;
	assert_int_equal(pps_rucio_settings_read(NULL, env, &s, &err), PPS_E_CONFIG);
	assert_non_null(strstr(pps_error_message(err), "/no/such/rucio.cfg: No such file"));
}

/* ---- keys ---- */

static int parse(const char *name, pps_ssh_key **key, pps_error **err)
{
	char path[64];
	size_t size;
	_cleanup_free_ char *text = NULL;

	snprintf(path, sizeof path, "ssh/%s", name);
	text = vector_read(path, &size);
	return pps_ssh_key_parse(name, text, size, key, err);
}

/* Each form of the key is the same key, and ssh-keygen agrees which. */
static void key_forms(void **state)
{
	static const char *const names[] = { "rsa", "rsa-pkcs1", "rsa-pkcs8" };
	size_t size;
	_cleanup_free_ char *public = vector_read("ssh/rsa.pub", &size);

	(void)state;
	public[strcspn(public + 8, " \n") + 8] = 0;
	for (size_t i = 0; i < PPS_COUNT(names); i++) {
		_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_buf_ pps_buf line = PPS_BUF_LINE;

		assert_ok(parse(names[i], &key, &err), err);
		assert_ok(pps_ssh_public(key, &line, &err), err);
		assert_string_equal(line.at, public);
	}
}

static void key_refused(void **state)
{
	static const struct {
		const char *name;
		int code;
		const char *says;
	} cases[] = {
		{ "rsa-locked", PPS_E_UNSUPPORTED, "it has a passphrase" },
		{ "rsa-locked-pem", PPS_E_UNSUPPORTED, "it has a passphrase" },
		{ "ed25519", PPS_E_UNSUPPORTED, "its kind is ssh-ed25519: Rucio takes RSA keys" },
		{ "rsa.pub", PPS_E_FORMAT, "expected a private key in OpenSSH's form or in PEM" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;

		assert_int_equal(parse(cases[i].name, &key, &err), cases[i].code);
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("%s: %s", cases[i].name, pps_error_message(err));
	}
}

/* A byte changed, or the end cut off, anywhere: refused, or the key is still whole (the change is in its comment or padding). */
static void key_damaged(void **state)
{
	size_t size;
	_cleanup_free_ char *text = vector_read("ssh/rsa", &size);

	(void)state;
	for (size_t i = 0; i < size; i++) {
		_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL, *cut = NULL;
		char old = text[i];

		text[i] = old == 'A' ? 'B' : 'A';
		(void)pps_ssh_key_parse("damaged", text, size, &key, NULL);
		text[i] = old;
		assert_true(pps_ssh_key_parse("cut", text, i, &cut, NULL) < 0 || i + 1 >= size);
	}
}

static const uint8_t *take(const uint8_t *p, const uint8_t *end, size_t *n)
{
	assert_true(end - p >= 4);
	*n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	assert_true((size_t)(end - p - 4) >= *n);
	return p + 4;
}

/* OpenSSL, with the key as PEM, takes each signature for what it says it is, and for no other text. */
static void signatures(void **state)
{
	static const struct {
		const char *name, *digest;
	} algorithms[] = { { "rsa-sha2-512", "SHA512" }, { "rsa-sha2-256", "SHA256" }, { "ssh-rsa", "SHA1" } };
	static const char challenge[] = "6e1f8a7c-challenge_token.text=0";
	size_t size;
	_cleanup_free_ char *pem = vector_read("ssh/rsa-pkcs1", &size);
	BIO *bio = BIO_new_mem_buf(pem, (int)size);
	EVP_PKEY *judge = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL;

	(void)state;
	assert_non_null(judge);
	assert_ok(parse("rsa", &key, NULL), NULL);
	for (int a = 0; a < PPS_SSH_ALGORITHMS; a++) {
		_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
		_cleanup_free_ uint8_t *blob = NULL;
		const uint8_t *name, *signature;
		size_t nblob, nname, nsignature;
		EVP_MD_CTX *ctx = EVP_MD_CTX_new(), *other = EVP_MD_CTX_new();

		assert_ok(pps_ssh_sign(key, a, challenge, strlen(challenge), &text, NULL), NULL);
		assert_ok(pps_base64_decode(text.at, text.size, &blob, &nblob, NULL), NULL);
		name = take(blob, blob + nblob, &nname);
		assert_int_equal(nname, strlen(algorithms[a].name));
		assert_memory_equal(name, algorithms[a].name, nname);
		assert_string_equal(pps_ssh_algorithm_name(a), algorithms[a].name);
		signature = take(name + nname, blob + nblob, &nsignature);
		assert_ptr_equal(signature + nsignature, blob + nblob);
		assert_int_equal(EVP_DigestVerifyInit_ex(ctx, NULL, algorithms[a].digest, NULL, NULL, judge, NULL), 1);
		assert_int_equal(EVP_DigestVerify(ctx, signature, nsignature, (const uint8_t *)challenge, strlen(challenge)), 1);
		assert_int_equal(EVP_DigestVerifyInit_ex(other, NULL, algorithms[a].digest, NULL, NULL, judge, NULL), 1);
		assert_int_not_equal(EVP_DigestVerify(other, signature, nsignature, (const uint8_t *)challenge, strlen(challenge) - 1), 1);
		EVP_MD_CTX_free(ctx);
		EVP_MD_CTX_free(other);
	}
	EVP_PKEY_free(judge);
	BIO_free(bio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ini_values),       cmocka_unit_test(ini_refused),     cmocka_unit_test(settings_production),
		cmocka_unit_test(settings_order),   cmocka_unit_test(settings_certificates), cmocka_unit_test(settings_refused),
		cmocka_unit_test(settings_no_file), cmocka_unit_test(key_forms),       cmocka_unit_test(key_refused),
		cmocka_unit_test(key_damaged),      cmocka_unit_test(signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
