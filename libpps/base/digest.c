/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/digest.h"

#include <string.h>

#include <libdeflate.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* One pass over memory for all digests: pieces stay in the processor's cache from one to the next. */
#define PIECE (256u << 10)

struct pps_digest {
	int wanted;
	EVP_MD_CTX *md5, *sha256; /* NULL when not wanted */
	pps_digests so_far;
};

void pps_digest_free(pps_digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->md5);
	EVP_MD_CTX_free(digest->sha256);
	free(digest);
}

static int start(const EVP_MD *kind, const char *name, EVP_MD_CTX **ret, pps_error **err)
{
	ERR_clear_error();
	if (!(*ret = EVP_MD_CTX_new()))
		return pps_fail_nomem(err);
	if (!EVP_DigestInit_ex(*ret, kind, NULL)) {
		int reason = ERR_GET_REASON(ERR_peek_last_error());

		ERR_clear_error();
		if (reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM)
			return pps_fail(err, PPS_E_UNSUPPORTED, "%s: the system's OpenSSL does not offer it", name);
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_digest_new(int wanted, pps_digest **ret_digest, pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *d = calloc(1, sizeof *d);
	int r;

	if (!d)
		return pps_fail_nomem(err);
	d->wanted = wanted;
	if (wanted & PPS_DIGEST_MD5 && (r = start(EVP_md5(), "MD5", &d->md5, err)) < 0)
		return r;
	if (wanted & PPS_DIGEST_SHA256 && (r = start(EVP_sha256(), "SHA-256", &d->sha256, err)) < 0)
		return r;
	if (wanted & PPS_DIGEST_ADLER32)
		d->so_far.adler32 = 1;
	*ret_digest = TAKE_PTR(d);
	return PPS_OK;
}

static int update_piece(pps_digest *d, const void *bytes, size_t size, pps_error **err)
{
	if (d->wanted & PPS_DIGEST_ADLER32)
		d->so_far.adler32 = libdeflate_adler32(d->so_far.adler32, bytes, size);
	if (d->wanted & PPS_DIGEST_CRC32)
		d->so_far.crc32 = libdeflate_crc32(d->so_far.crc32, bytes, size);
	if ((d->md5 && !EVP_DigestUpdate(d->md5, bytes, size)) || (d->sha256 && !EVP_DigestUpdate(d->sha256, bytes, size)))
		return pps_fail(err, PPS_E_INTERNAL, "digest: OpenSSL refused %zu bytes", size);
	d->so_far.size += size;
	return PPS_OK;
}

int pps_digest_update(pps_digest *digest, const void *bytes, size_t size, pps_error **err)
{
	const char *p = bytes;
	int r;

	for (size_t n; size; p += n, size -= n) {
		n = size < PIECE ? size : PIECE;
		if ((r = update_piece(digest, p, n, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_digest_finish(pps_digest *digest, pps_digests *ret, pps_error **err)
{
	pps_digests out = digest->so_far;

	if ((digest->md5 && !EVP_DigestFinal_ex(digest->md5, out.md5, NULL)) ||
	    (digest->sha256 && !EVP_DigestFinal_ex(digest->sha256, out.sha256, NULL)))
		return pps_fail(err, PPS_E_INTERNAL, "digest: OpenSSL could not finish it");
	*ret = out;
	return PPS_OK;
}

uint32_t pps_crc32(uint32_t crc, const void *bytes, size_t size)
{
	/* libdeflate starts anew when it is given no bytes */
	return size ? libdeflate_crc32(crc, bytes, size) : crc;
}
