/* SPDX-License-Identifier: BSD-3-Clause */
/* The zip format's records (APPNOTE 6.3), little-endian. */
#ifndef PPS_ARCHIVE_ZIP_FORMAT_H
#define PPS_ARCHIVE_ZIP_FORMAT_H

#include <stdint.h>

enum {
	PPS_ZIP_LOCAL = 0x04034b50,
	PPS_ZIP_CENTRAL = 0x02014b50,
	PPS_ZIP_END = 0x06054b50,
	PPS_ZIP_END64 = 0x06064b50,
	PPS_ZIP_LOCATOR64 = 0x07064b50,
	PPS_ZIP_DESCRIPTOR = 0x08074b50,
};

enum {
	PPS_ZIP_LOCAL_SIZE = 30,
	PPS_ZIP_CENTRAL_SIZE = 46,
	PPS_ZIP_END_SIZE = 22,
	PPS_ZIP_END64_SIZE = 56,
	PPS_ZIP_LOCATOR64_SIZE = 20,
	PPS_ZIP_EXTRA64 = 0x0001,
	PPS_ZIP_FLAG_ENCRYPTED = 0x0001,
	PPS_ZIP_FLAG_DESCRIPTOR = 0x0008,
	PPS_ZIP_FLAG_UTF8 = 0x0800,
	PPS_ZIP_STORED = 0,
	PPS_ZIP_DEFLATED = 8,
	PPS_ZIP_MADE_BY_UNIX = 3,
	PPS_ZIP_VERSION = 20,   /* needed to extract: folders and deflate */
	PPS_ZIP_VERSION64 = 45, /* zip64 */
};

#define PPS_ZIP_MAX16 UINT16_C(0xffff)
#define PPS_ZIP_MAX32 UINT32_C(0xffffffff)

static inline uint16_t pps_le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t pps_le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t pps_le64(const unsigned char *p)
{
	return pps_le32(p) | (uint64_t)pps_le32(p + 4) << 32;
}

static inline unsigned char *pps_put_le16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	return p + 2;
}

static inline unsigned char *pps_put_le32(unsigned char *p, uint32_t v)
{
	return pps_put_le16(pps_put_le16(p, (uint16_t)v), (uint16_t)(v >> 16));
}

static inline unsigned char *pps_put_le64(unsigned char *p, uint64_t v)
{
	return pps_put_le32(pps_put_le32(p, (uint32_t)v), (uint32_t)(v >> 32));
}

#endif
