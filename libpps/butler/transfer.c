/* SPDX-License-Identifier: BSD-3-Clause */
/* Dimension records that datasets of exposures need, from one repository to another. */
#include "butler/butler-private.h"
#include "butler/records.h"

static const char *const dimensions[] = { "instrument", "exposure", "detector" };

/* The data IDs of the datasets that have a detector, or of those that have none. */
static int add_ids(const pps_butler_datasets *datasets, int with_detector, pps_sql_value *values, pps_data_ids *ids)
{
	size_t width = with_detector ? 3 : 2;

	*ids = (pps_data_ids){ .dimensions = dimensions, .ndimensions = width, .values = values };
	for (size_t i = 0; i < datasets->n; i++) {
		const pps_butler_dataset *d = &datasets->at[i];
		pps_sql_value *row = values + ids->n * width;

		if ((d->detector >= 0) != with_detector)
			continue;
		row[0] = pps_sql_text(d->instrument);
		row[1] = pps_sql_int(d->exposure);
		if (with_detector)
			row[2] = pps_sql_int(d->detector);
		ids->n++;
	}
	return ids->n > 0;
}

int pps_butler_ensure_dimensions(pps_butler *source, pps_butler *dest, const pps_butler_datasets *datasets, int mode, int flags,
				 int64_t *ret_inserted, pps_error **err)
{
	_cleanup_free_ pps_sql_value *values = calloc(datasets->n * PPS_COUNT(dimensions) + 1, sizeof *values);
	pps_data_ids ids[2];
	size_t n = 0;

	if (!values)
		return pps_fail_nomem(err);
	n += (size_t)add_ids(datasets, 1, values, &ids[n]);
	n += (size_t)add_ids(datasets, 0, values + (n ? ids[0].n * 3 : 0), &ids[n]);
	return pps_butler_ensure_records(source, dest, ids, n, mode, flags, ret_inserted, err);
}
