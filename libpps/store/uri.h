/* SPDX-License-Identifier: BSD-3-Clause */
/* URIs of files and objects, written as the Butler writes them (lsst-resources):
 *   file:///abs/a%20b.fits      percent-quoted
 *   s3://profile@bucket/a b     read as quoted, so that "a%20b" is the same key, and "%25" a '%'; of what is written only '%', '#' and '?'
 *                               are quoted; the profile is optional and case sensitive
 *   /abs/a b.fits, rel/a.fits   plain paths, not quoted; relative ones are made absolute where they are opened
 *   ...#zip-path=member         a fragment: a member of a zip
 * A '#' in a plain path or a URI always starts the fragment; "%23" in a file URI is a '#' in the name. */
#ifndef PPS_STORE_URI_H
#define PPS_STORE_URI_H

#include "base/error.h"

enum { PPS_URI_FILE, PPS_URI_S3 };

/* Immutable after parsing; all texts are unquoted, owned by the URI. */
typedef struct pps_uri {
	int scheme;
	int is_relative; /* a plain path that is not absolute */
	int is_folder;   /* written with a slash at its end; path has none there ("/" and "" aside) */
	char *profile;   /* s3 only; NULL when none */
	char *bucket;    /* s3 only, else NULL */
	char *path;      /* file: path without "." and ".."; s3: key, no leading slash */
	char *fragment;  /* as written, without '#'; NULL when none */
} pps_uri;

/* PPS_E_FORMAT for what is no URI, PPS_E_UNSUPPORTED for another scheme (http, gs ...). */
int pps_uri_parse(const char *text, pps_uri **ret_uri, pps_error **err);
void pps_uri_free(pps_uri *uri);
PPS_DEFINE_CLEANUP(pps_uri, pps_uri_free)

/* A relative path becomes absolute by the current folder; others stay. */
int pps_uri_make_absolute(pps_uri *uri, pps_error **err);

/* As the Butler stores it: "file:///abs/a%20b.fits", "s3://profile@bucket/key", a relative path unquoted; with the
 * fragment; owned by the caller. */
int pps_uri_format(const pps_uri *uri, char **ret_text, pps_error **err);
/* For people and for open(): a file's path unquoted, else the URI, which can be parsed again; without the fragment. Owned by the caller. */
int pps_uri_plain(const pps_uri *uri, char **ret_text, pps_error **err);

/* A record's path (unquoted, may have a fragment) under a root folder; an absolute path or URI stays what it is.
 * PPS_E_FORMAT when a relative path climbs out of the root. */
int pps_uri_join(const pps_uri *root, const char *path, pps_uri **ret_uri, pps_error **err);
/* The folder that holds it, without the fragment. */
int pps_uri_parent(const pps_uri *uri, pps_uri **ret_uri, pps_error **err);
/* The last part of the path; borrowed. */
const char *pps_uri_basename(const pps_uri *uri);
/* The rest of the path below @root: borrowed, or NULL when it is not below it. */
const char *pps_uri_below(const pps_uri *uri, const pps_uri *root);
/* 1 when both name the same file or object (fragments too). */
int pps_uri_equal(const pps_uri *a, const pps_uri *b);

#endif
