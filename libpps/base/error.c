/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct pps_error {
	int code;
	int retriable;
	int errnum;
	int line;
	int column;
	char sqlstate[6];
	char *file;
	char *message;
};

/* Returned when an error object itself cannot be allocated; never freed. */
static struct pps_error out_of_memory = {
	.code = PPS_E_NOMEM,
	.retriable = 1,
	.errnum = ENOMEM,
	.message = (char *)"out of memory",
};

static const struct {
	int code;
	const char *name;
} code_names[] = {
	{ PPS_OK, "PPS_OK" },
	{ PPS_E_FAILED, "PPS_E_FAILED" },
	{ PPS_E_ARG, "PPS_E_ARG" },
	{ PPS_E_NOMEM, "PPS_E_NOMEM" },
	{ PPS_E_CONFIG, "PPS_E_CONFIG" },
	{ PPS_E_NOTFOUND, "PPS_E_NOTFOUND" },
	{ PPS_E_EXISTS, "PPS_E_EXISTS" },
	{ PPS_E_CONFLICT, "PPS_E_CONFLICT" },
	{ PPS_E_FORMAT, "PPS_E_FORMAT" },
	{ PPS_E_UNSUPPORTED, "PPS_E_UNSUPPORTED" },
	{ PPS_E_IO, "PPS_E_IO" },
	{ PPS_E_NOSPACE, "PPS_E_NOSPACE" },
	{ PPS_E_ACCESS, "PPS_E_ACCESS" },
	{ PPS_E_UNAVAILABLE, "PPS_E_UNAVAILABLE" },
	{ PPS_E_LOCKED, "PPS_E_LOCKED" },
	{ PPS_E_TIMEOUT, "PPS_E_TIMEOUT" },
	{ PPS_E_CANCELLED, "PPS_E_CANCELLED" },
	{ PPS_E_HELD, "PPS_E_HELD" },
	{ PPS_E_INTERNAL, "PPS_E_INTERNAL" },
};

const char *pps_error_code_name(int code)
{
	for (size_t i = 0; i < PPS_COUNT(code_names); i++)
		if (code_names[i].code == code)
			return code_names[i].name;
	return "PPS_E_FAILED";
}

int pps_exit_code(int code)
{
	if (code >= 0)
		return 0;
	switch (code) {
	case PPS_E_ARG:
		return 2;
	case PPS_E_CONFIG:
		return 3;
	case PPS_E_UNAVAILABLE:
	case PPS_E_LOCKED:
	case PPS_E_TIMEOUT:
	case PPS_E_HELD:
	case PPS_E_NOMEM:
		return 4;
	case PPS_E_INTERNAL:
		return 70;
	case PPS_E_CANCELLED:
		return 130;
	default:
		return 1;
	}
}

static int is_retriable_code(int code)
{
	return code == PPS_E_NOMEM || code == PPS_E_UNAVAILABLE || code == PPS_E_LOCKED || code == PPS_E_TIMEOUT;
}

static int code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return PPS_E_NOTFOUND;
	case EEXIST:
		return PPS_E_EXISTS;
	case ENOSPC:
	case EDQUOT:
		return PPS_E_NOSPACE;
	case EACCES:
	case EPERM:
	case EROFS:
		return PPS_E_ACCESS;
	case ENOMEM:
		return PPS_E_NOMEM;
	case ETIMEDOUT:
		return PPS_E_TIMEOUT;
	default:
		return PPS_E_IO;
	}
}

/* Takes @message, which may be NULL when memory is out. */
static int set(pps_error **err, int code, int errnum, char *message)
{
	pps_error *e;

	if (!err || *err) {
		free(message);
		return code;
	}
	if (!message || !(e = calloc(1, sizeof *e))) {
		free(message);
		*err = &out_of_memory;
		return PPS_E_NOMEM;
	}
	e->code = code;
	e->errnum = errnum;
	e->retriable = is_retriable_code(code);
	e->message = message;
	*err = e;
	return code;
}

PPS_PRINTF(1, 0) static char *format(const char *fmt, va_list ap)
{
	char *s = NULL;

	return vasprintf(&s, fmt, ap) < 0 ? NULL : s;
}

int pps_fail(pps_error **err, int code, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (!err)
		return code;
	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	return set(err, code, 0, s);
}

int pps_fail_errno(pps_error **err, int errnum, const char *fmt, ...)
{
	_cleanup_free_ char *s = NULL;
	char text[128], *whole = NULL;
	int code = code_of_errno(errnum);
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	if (s && asprintf(&whole, "%s: %s", s, strerror_r(errnum, text, sizeof text)) < 0)
		whole = NULL;
	return set(err, code, errnum, whole);
}

int pps_fail_nomem(pps_error **err)
{
	if (err && !*err)
		*err = &out_of_memory;
	return PPS_E_NOMEM;
}

int pps_fail_at(pps_error **err, int code, const char *file, int line, int column, const char *fmt, ...)
{
	_cleanup_free_ char *s = NULL;
	char *whole = NULL;
	va_list ap;

	if (!err || *err)
		return code;
	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	if (s && (line > 0 && column > 0 ? asprintf(&whole, "%s:%d:%d: %s", file, line, column, s) :
		  line > 0               ? asprintf(&whole, "%s:%d: %s", file, line, s) :
					   asprintf(&whole, "%s: %s", file, s)) < 0)
		whole = NULL;
	if (set(err, code, 0, whole) == PPS_E_NOMEM)
		return PPS_E_NOMEM;
	(*err)->line = line;
	(*err)->column = column;
	(*err)->file = strdup(file);
	return code;
}

int pps_wrap(pps_error **err, int code, const char *fmt, ...)
{
	_cleanup_free_ char *s = NULL;
	char *whole;
	va_list ap;

	if (!err || !*err || *err == &out_of_memory)
		return code;
	va_start(ap, fmt);
	s = format(fmt, ap);
	va_end(ap);
	if (s && asprintf(&whole, "%s: %s", s, (*err)->message) >= 0) {
		free((*err)->message);
		(*err)->message = whole;
	}
	return (*err)->code;
}

int pps_recode(pps_error **err, int code)
{
	if (err && *err && *err != &out_of_memory) {
		(*err)->code = code;
		(*err)->retriable = is_retriable_code(code);
	}
	return code;
}

void pps_error_set_retriable(pps_error **err, int retriable)
{
	if (err && *err && *err != &out_of_memory)
		(*err)->retriable = retriable;
}

void pps_error_set_sqlstate(pps_error **err, const char *sqlstate)
{
	if (err && *err && *err != &out_of_memory && sqlstate)
		snprintf((*err)->sqlstate, sizeof (*err)->sqlstate, "%s", sqlstate);
}

pps_error *pps_error_copy(const pps_error *err)
{
	pps_error *e;

	if (!err || err == &out_of_memory)
		return (pps_error *)err;
	if (!(e = malloc(sizeof *e)))
		return &out_of_memory;
	*e = *err;
	e->file = err->file ? strdup(err->file) : NULL;
	if (!(e->message = strdup(err->message))) {
		pps_error_free(e);
		return &out_of_memory;
	}
	return e;
}

void pps_error_move(pps_error **to, pps_error *from)
{
	if (to && !*to)
		*to = from;
	else
		pps_error_free(from);
}

int pps_error_code(const pps_error *err)
{
	return err ? err->code : PPS_OK;
}

const char *pps_error_message(const pps_error *err)
{
	return err ? err->message : "";
}

int pps_error_is_retriable(const pps_error *err)
{
	return err ? err->retriable : 0;
}

int pps_error_errno(const pps_error *err)
{
	return err ? err->errnum : 0;
}

const char *pps_error_sqlstate(const pps_error *err)
{
	return err ? err->sqlstate : "";
}

const char *pps_error_file(const pps_error *err)
{
	return err ? err->file : NULL;
}

int pps_error_line(const pps_error *err)
{
	return err ? err->line : 0;
}

int pps_error_column(const pps_error *err)
{
	return err ? err->column : 0;
}

void pps_error_free(pps_error *err)
{
	if (!err || err == &out_of_memory)
		return;
	free(err->file);
	free(err->message);
	free(err);
}
