/* SPDX-License-Identifier: BSD-3-Clause */
/* From the text of a `where` expression to a condition, and the condition into a statement. */
#include "butler/where.h"

#include <string.h>

#include "butler/where-tree.h"

static char *copy_text(pps_where_tree *tree, const char *text, pps_error **err)
{
	size_t size = strlen(text) + 1;
	char *copy = pps_where_alloc(tree, size, err);
	if (copy)
		memcpy(copy, text, size);
	return copy;
}

int pps_where_compile(const pps_universe *universe, const char *text, const pps_where_options *options,
		      pps_where **ret_where, pps_error **err)
{
	pps_where_tree tree = { .text = text, .size = strlen(text), .universe = universe };
	pps_where_options kept = *options;
	pps_where *where = calloc(1, sizeof(*where));
	int r;
	if (!where)
		return pps_fail_nomem(err);
	r = pps_where_parse(&tree, err);
	if (r == PPS_OK && options->instrument &&
	    !(kept.instrument = copy_text(&tree, options->instrument, err)))
		r = PPS_E_NOMEM;
	if (r == PPS_OK && options->skymap && !(kept.skymap = copy_text(&tree, options->skymap, err)))
		r = PPS_E_NOMEM;
	if (r == PPS_OK)
		r = pps_where_check(&tree, &kept, err);
	if (r == PPS_OK)
		r = tree.noverlaps ? pps_where_find_overlaps(&tree, &kept, where, err) :
				     pps_where_write(&tree, &kept, where, err);
	/* The values point into the tree's memory. */
	where->chunks = TAKE_PTR(tree.chunks);
	if (r < 0) {
		pps_where_free(where);
		return r;
	}
	*ret_where = where;
	return PPS_OK;
}

void pps_where_free(pps_where *where)
{
	if (!where)
		return;
	pps_where_tree tree = { .chunks = where->chunks };
	pps_where_tree_free(&tree);
	free(where->pattern);
	free(where->values);
	free(where);
}

void pps_where_condition(const pps_where *where, const char *alias, size_t first_param, pps_buf *b)
{
	const char stops[] = { PPS_WHERE_PARAM, PPS_WHERE_ALIAS, '\0' };
	for (const char *p = where->pattern; *p;) {
		size_t plain = strcspn(p, stops);
		pps_buf_add(b, p, plain);
		p += plain;
		if (*p == PPS_WHERE_PARAM)
			pps_buf_printf(b, "$%zu", first_param++);
		else if (*p == PPS_WHERE_ALIAS)
			pps_buf_add_text(b, alias);
		p += *p != '\0';
	}
}

const pps_sql_value *pps_where_params(const pps_where *where, size_t *ret_n)
{
	*ret_n = where->nvalues;
	return where->values;
}
