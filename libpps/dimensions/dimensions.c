/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle: records of all elements, and what is public of them. */
#include "dimensions/records.h"

#include "dimensions/records-private.h"

struct pps_dimensions {
	pps_ctx *ctx;
	pps_universe *universe;
	pps_records **records; /* by index of the element; NULL until used */
	size_t bytes;
};

int pps_dimensions_new_in(pps_ctx *ctx, pps_universe *universe, pps_dimensions **ret_dims, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *d = calloc(1, sizeof(*d));

	if (!d)
		return pps_fail_nomem(err);
	d->ctx = pps_ctx_ref(ctx);
	d->universe = pps_universe_ref(universe);
	d->records = calloc(pps_universe_size(universe), sizeof(*d->records));
	if (!d->records)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_universe_size(universe); i++) {
		const pps_element *e = pps_universe_at(universe, i);

		if (e->has_table && !(d->records[i] = pps_records_new(d, e)))
			return pps_fail_nomem(err);
	}
	*ret_dims = TAKE_PTR(d);
	return PPS_OK;
}

int pps_dimensions_new(pps_ctx *ctx, int version, pps_dimensions **ret_dims, pps_error **err)
{
	_cleanup_(pps_universe_unrefp) pps_universe *universe = NULL;
	int r;

	if (!ret_dims || (r = pps_ctx_check(ctx, err)) < 0)
		return ret_dims ? r : pps_fail(err, PPS_E_ARG, "pps_dimensions_new: no place for the result");
	if ((r = pps_universe_known(version, &universe, err)) < 0)
		return r;
	return pps_dimensions_new_in(ctx, universe, ret_dims, err);
}

void pps_dimensions_free(pps_dimensions *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->records && i < pps_universe_size(d->universe); i++)
		pps_records_free(d->records[i]);
	free(d->records);
	pps_universe_unref(d->universe);
	pps_ctx_unref(d->ctx);
	free(d);
}

pps_universe *pps_dimensions_universe(const pps_dimensions *d)
{
	return d->universe;
}

pps_ctx *pps_dimensions_ctx(const pps_dimensions *d)
{
	return d->ctx;
}

int pps_dimensions_charge(pps_dimensions *d, size_t bytes, pps_error **err)
{
	uint64_t max = pps_ctx_memory(d->ctx);

	if (bytes > max || d->bytes > max - bytes)
		return pps_fail(err, PPS_E_NOMEM,
				"dimension records need more than the memory limit of %llu MiB",
				(unsigned long long)(max >> 20));
	d->bytes += bytes;
	return PPS_OK;
}

const pps_records *pps_dimensions_records_of(const pps_dimensions *d, const char *element)
{
	const pps_element *e = d && element ? pps_universe_find(d->universe, element) : NULL;

	return e ? d->records[e->index] : NULL;
}

pps_records *pps_dimensions_records(pps_dimensions *d, const char *element)
{
	return (pps_records *)pps_dimensions_records_of(d, element);
}

int pps_dimensions_universe_version(const pps_dimensions *d)
{
	return pps_universe_version(d->universe);
}

int pps_dimensions_elements(const pps_dimensions *d)
{
	int n = 0;

	while (pps_dimensions_element(d, n))
		n++;
	return n;
}

const char *pps_dimensions_element(const pps_dimensions *d, int n)
{
	for (size_t i = 0; i < pps_universe_size(d->universe); i++)
		if (pps_records_size(d->records[i]) && n-- == 0)
			return pps_universe_at(d->universe, i)->name;
	return NULL;
}

int64_t pps_dimensions_count(const pps_dimensions *d, const char *element)
{
	int64_t n = 0;

	if (element)
		return (int64_t)pps_records_size(pps_dimensions_records_of(d, element));
	for (size_t i = 0; i < pps_universe_size(d->universe); i++)
		n += (int64_t)pps_records_size(d->records[i]);
	return n;
}

static const pps_column *column_at(const pps_dimensions *d, const char *element, int n)
{
	const pps_records *r = pps_dimensions_records_of(d, element);
	const pps_element *e = r ? pps_records_element(r) : NULL;

	return e && n >= 0 && (size_t)n < e->ncolumns ? &e->columns[n] : NULL;
}

int pps_dimensions_columns(const pps_dimensions *d, const char *element)
{
	const pps_records *r = pps_dimensions_records_of(d, element);

	return r ? (int)pps_records_element(r)->ncolumns : 0;
}

const char *pps_dimensions_column_name(const pps_dimensions *d, const char *element, int column)
{
	const pps_column *c = column_at(d, element, column);

	return c ? c->name : NULL;
}

int pps_dimensions_column_kind(const pps_dimensions *d, const char *element, int column)
{
	const pps_column *c = column_at(d, element, column);

	return c ? c->type : -1;
}

/* The cell and its column's type; a NULL cell and -1 where there is none. */
static pps_cell cell_at(const pps_dimensions *d, const char *element, int64_t row, const char *column,
			int *ret_type)
{
	const pps_records *r = pps_dimensions_records_of(d, element);
	int n = r && column ? pps_element_column(pps_records_element(r), column) : -1;

	*ret_type = -1;
	if (n < 0 || row < 0 || (uint64_t)row >= pps_records_size(r))
		return (pps_cell){ .is_null = 1 };
	*ret_type = pps_records_element(r)->columns[n].type;
	return pps_records_get(r, (size_t)row, (size_t)n);
}

int pps_dimensions_is_null(const pps_dimensions *d, const char *element, int64_t row, const char *column)
{
	int type;

	return cell_at(d, element, row, column, &type).is_null;
}

int64_t pps_dimensions_get_int(const pps_dimensions *d, const char *element, int64_t row, const char *column)
{
	int type;
	pps_cell c = cell_at(d, element, row, column, &type);

	return !c.is_null && (type == PPS_COLUMN_INT || type == PPS_COLUMN_BOOL) ? c.i : 0;
}

double pps_dimensions_get_float(const pps_dimensions *d, const char *element, int64_t row, const char *column)
{
	int type;
	pps_cell c = cell_at(d, element, row, column, &type);

	if (c.is_null)
		return 0;
	return type == PPS_COLUMN_FLOAT ? c.d : type == PPS_COLUMN_INT ? (double)c.i : 0;
}

const char *pps_dimensions_get_text(const pps_dimensions *d, const char *element, int64_t row,
				    const char *column)
{
	int type;
	pps_cell c = cell_at(d, element, row, column, &type);

	if (c.is_null || (type != PPS_COLUMN_STRING && type != PPS_COLUMN_HASH && type != PPS_COLUMN_REGION))
		return NULL;
	return c.s;
}

int pps_dimensions_get_timespan(const pps_dimensions *d, const char *element, int64_t row, int64_t *ret_begin,
				int64_t *ret_end)
{
	int type;
	pps_cell c = cell_at(d, element, row, "timespan", &type);

	if (c.is_null || type != PPS_COLUMN_SPAN)
		return 0;
	if (ret_begin)
		*ret_begin = c.span.begin;
	if (ret_end)
		*ret_end = c.span.end;
	return 1;
}
