/* SPDX-License-Identifier: BSD-3-Clause */
#include "dimensions/universe.h"

#include <string.h>

void pps_dimension_group_free(pps_dimension_group *g)
{
	if (!g)
		return;
	free(g->names);
	free(g->required);
	free(g->implied);
	free(g);
}

/* Marks a dimension and, recursively, what it requires and implies. */
static void close_over(char *wanted, const pps_element *e)
{
	if (wanted[e->index])
		return;
	wanted[e->index] = 1;
	for (size_t i = 0; i < e->nrequired; i++)
		close_over(wanted, e->required[i]);
	for (size_t i = 0; i < e->nimplied; i++)
		close_over(wanted, e->implied[i]);
}

static int is_implied(const pps_dimension_group *g, const pps_element *e)
{
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->names[i]->nimplied; k++)
			if (g->names[i]->implied[k] == e)
				return 1;
	return 0;
}

int pps_dimension_group_new(const pps_universe *universe, const char *const *names, size_t n,
			    pps_dimension_group **ret_group, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *g = calloc(1, sizeof(*g));
	size_t size = pps_universe_size(universe);
	_cleanup_free_ char *wanted = calloc(size, 1);

	if (!g || !wanted || !(g->names = calloc(size, sizeof(*g->names))) ||
	    !(g->required = calloc(size, sizeof(*g->required))) ||
	    !(g->implied = calloc(size, sizeof(*g->implied))))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const pps_element *e = pps_universe_find(universe, names[i]);

		if (!e)
			return pps_fail(err, PPS_E_NOTFOUND, "there is no dimension %s in universe %d",
					names[i], pps_universe_version(universe));
		if (!e->is_dimension)
			return pps_fail(err, PPS_E_ARG, "%s is no dimension but a relation of several",
					names[i]);
		close_over(wanted, e);
	}
	for (size_t i = 0; i < size; i++)
		if (wanted[i])
			g->names[g->n++] = pps_universe_at(universe, i);
	for (size_t i = 0; i < g->n; i++) {
		if (is_implied(g, g->names[i]))
			g->implied[g->nimplied++] = g->names[i];
		else
			g->required[g->nrequired++] = g->names[i];
	}
	*ret_group = TAKE_PTR(g);
	return PPS_OK;
}
