/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes a checked `where` expression as an SQL condition on a row of {exposure}. */
#include <stdio.h>
#include <string.h>

#include "butler/where-tree.h"
#include "dimensions/skypix.h"

enum {
	MOST_VALUES = 32000, /* SQLite takes 32766 parameters, and the statement around needs some */
	MOST_STACK = 70,     /* SQLite's parser stacks 100 symbols, the rest and the leaves need some */
	LONGEST_LIST = 100,  /* SQLite's expressions are at most 1000 deep, and a AND b AND c is two deep */
};

/* Tables other than exposure that the condition reads, and where each dimension's key is found. */
typedef struct plan {
	const pps_element **tables;
	size_t ntables;
	struct source {
		const pps_element *table;
		const char *column;
	} *sources; /* by index of the dimension */
} plan;

typedef struct writer {
	const pps_where_tree *tree;
	int postgres;
	plan *plan;
	pps_buf *b;
	pps_sql_value *values;
	size_t nvalues, room;
	int stack;  /* symbols that a parser has seen and not yet combined, about */
	int failed; /* PPS_E_NOMEM, or PPS_E_ARG with the reason */
	const char *reason;
} writer;

static void put(writer *w, const pps_where_node *node);
static void put_truth(writer *w, const pps_where_node *node, int negated);

static void put_text(writer *w, const char *text)
{
	pps_buf_add_text(w->b, text);
}

static void put_value(writer *w, pps_sql_value value, const char *cast)
{
	if (w->nvalues == MOST_VALUES) {
		w->failed = PPS_E_ARG;
		w->reason = "too many values";
	}
	if (w->failed)
		return;
	if (pps_grow(&w->values, &w->room, w->nvalues, sizeof(*w->values)) < 0) {
		w->failed = PPS_E_NOMEM;
		return;
	}
	w->values[w->nvalues++] = value;
	/* PostgreSQL cannot tell the type of two parameters that are compared with each other. */
	if (w->postgres)
		put_text(w, "CAST(");
	pps_buf_add_char(w->b, PPS_WHERE_PARAM);
	if (w->postgres)
		pps_buf_printf(w->b, " AS %s)", cast);
}

static void put_int(writer *w, int64_t value)
{
	put_value(w, pps_sql_int(value), "bigint");
}

static void put_column(writer *w, const pps_element *table, const char *column, const char *suffix)
{
	if (strcmp(table->name, "exposure") == 0)
		pps_buf_add_char(w->b, PPS_WHERE_ALIAS);
	else
		pps_buf_printf(w->b, "w_%s", table->name);
	pps_buf_printf(w->b, ".\"%s%s\"", column, suffix);
}

static void put_key(writer *w, const pps_element *dimension)
{
	const struct source *source = &w->plan->sources[dimension->index];
	put_column(w, source->table, source->column, "");
}

static void put_field(writer *w, const pps_where_node *node, const char *suffix)
{
	const pps_element *element = node->column.element;
	if (node->column.is_key)
		put_key(w, element);
	else
		put_column(w, element, element->columns[node->column.index].name, suffix);
}

/* An end of a time span; of a column as it is stored, so it may be NULL or, on PostgreSQL, absent. */
static void put_bound(writer *w, const pps_where_node *span, int bound)
{
	if (span->kind == PPS_NODE_SPAN) {
		put_int(w, bound == PPS_BOUND_BEGIN ? span->span.begin : span->span.end);
	} else if (w->postgres) {
		put_text(w, bound == PPS_BOUND_BEGIN ? "lower(" : "upper(");
		put_field(w, span, "");
		put_text(w, ")");
	} else {
		put_field(w, span, bound == PPS_BOUND_BEGIN ? "_begin" : "_end");
	}
}

/* A time span as an int8range. */
static void put_span(writer *w, const pps_where_node *span)
{
	if (span->kind != PPS_NODE_SPAN) {
		put_field(w, span, "");
		return;
	}
	if (span->span.is_empty) {
		put_text(w, "CAST('empty' AS int8range)");
		return;
	}
	put_text(w, "int8range(");
	put_value(w, span->span.begin == PPS_TAI_MIN ? pps_sql_null() : pps_sql_int(span->span.begin),
		  "bigint");
	put_text(w, ", ");
	put_value(w, span->span.end == PPS_TAI_MAX ? pps_sql_null() : pps_sql_int(span->span.end), "bigint");
	put_text(w, ")");
}

static void put_overlap(writer *w, const pps_where_node *a, const pps_where_node *b)
{
	int moment = b->type == PPS_TYPE_TIME || a->type == PPS_TYPE_TIME;
	if (a->type == PPS_TYPE_TIME) {
		const pps_where_node *swap = a;
		a = b;
		b = swap;
	}
	put_text(w, "(");
	if (w->postgres) {
		put_span(w, a);
		put_text(w, moment ? " @> " : " && ");
		if (moment)
			put(w, b);
		else
			put_span(w, b);
	} else {
		put_bound(w, a, PPS_BOUND_BEGIN);
		put_text(w, moment ? " <= " : " < ");
		if (moment)
			put(w, b);
		else
			put_bound(w, b, PPS_BOUND_END);
		put_text(w, " AND ");
		put_bound(w, a, PPS_BOUND_END);
		put_text(w, " > ");
		if (moment)
			put(w, b);
		else
			put_bound(w, b, PPS_BOUND_BEGIN);
	}
	put_text(w, ")");
}

/* Our wildcards are only * and ?, which a backslash makes plain; SQLite's GLOB also has brackets and no
 * escapes, LIKE has % and _. What stands behind other backslashes is left as the Butler leaves it. */
static char *translate_pattern(const char *pattern, int postgres)
{
	size_t most = 3 * strlen(pattern) + 2, n = 0;
	char *out = malloc(most);
	if (!out)
		return NULL;
	for (const char *p = pattern; *p; p++) {
		int escaped = *p == '\\' && p[1] != '\0';
		if (escaped)
			p++;
		if (escaped && *p != '\\' && !strchr(postgres ? "*?" : "[]*?", *p)) {
			out[n++] = '\\';
			out[n++] = *p;
		} else if (!postgres && *p != '\\' && strchr(escaped ? "[]*?" : "[]", *p)) {
			out[n++] = '[';
			out[n++] = *p;
			out[n++] = ']';
		} else if (postgres && !escaped && strchr("_%*?", *p)) {
			if (*p == '_' || *p == '%')
				out[n++] = '\\';
			out[n++] = *p == '*' ? '%' : *p == '?' ? '_' : *p;
		} else {
			out[n++] = *p;
		}
	}
	out[n] = '\0';
	return out;
}

static void put_glob(writer *w, const pps_where_node *node)
{
	if (!node->text) {
		put_text(w, "(1 = 1)");
		return;
	}
	put_text(w, "(");
	put(w, node->first);
	put_text(w, w->postgres ? " LIKE " : " GLOB ");
	put_value(w, pps_sql_text(node->text), "text");
	put_text(w, ")");
}

static void put_compare(writer *w, const pps_where_node *node)
{
	static const char *const ops[] = { " = ", " != ", " < ", " <= ", " > ", " >= " };
	const pps_where_node *a = node->first, *b = a->next;
	if (node->op == PPS_OP_OVERLAPS) {
		put_overlap(w, a, b);
		return;
	}
	/* No column is a UUID: two of them are both written out. */
	if (a->type == PPS_TYPE_UUID) {
		int equal = memcmp(&a->uuid, &b->uuid, sizeof(a->uuid)) == 0;
		put_text(w, equal == (node->op == PPS_OP_EQ) ? "(1 = 1)" : "(1 = 0)");
		return;
	}
	put_text(w, "(");
	put(w, a);
	put_text(w, ops[node->op]);
	put(w, b);
	put_text(w, ")");
}

static int is_literal(const pps_where_node *node)
{
	return node->kind <= PPS_NODE_REGION || node->kind == PPS_NODE_SPAN;
}

static void put_is_null(writer *w, const pps_where_node *node, int negated)
{
	if (is_literal(node)) {
		put_text(w, negated ? "(1 = 1)" : "(1 = 0)");
		return;
	}
	put_text(w, "(");
	if (node->type == PPS_TYPE_SPAN)
		put_field(w, node, w->postgres ? "" : "_begin");
	else
		put(w, node);
	put_text(w, negated ? " IS NOT NULL)" : " IS NULL)");
}

static void put_range(writer *w, const pps_where_node *member, const pps_where_node *range)
{
	int64_t first = range->range.first, last = range->range.last, step = range->range.step;
	put_text(w, "(");
	put(w, member);
	if (first == last) {
		put_text(w, " = ");
		put_int(w, first);
	} else {
		put_text(w, " BETWEEN ");
		put_int(w, first);
		put_text(w, " AND ");
		put_int(w, last);
	}
	/* On the left SQL's remainder, with the member's sign, on the right one without: as the Butler. */
	if (first != last && step != 1) {
		put_text(w, " AND ");
		put(w, member);
		put_text(w, " % ");
		put_int(w, step);
		put_text(w, " = ");
		put_int(w, first % step < 0 ? first % step + step : first % step);
	}
	put_text(w, ")");
}

/* One test of IN other than those that put_in() gathers. */
static void put_item(writer *w, const pps_where_node *member, const pps_where_node *item)
{
	if (item->kind == PPS_NODE_NULL) {
		put_is_null(w, member, 0);
	} else if (item->kind == PPS_NODE_RANGE) {
		put_range(w, member, item);
	} else if (item->kind == PPS_NODE_UUID) {
		put_text(w,
			 memcmp(&member->uuid, &item->uuid, sizeof(item->uuid)) == 0 ? "(1 = 1)" : "(1 = 0)");
	} else {
		put_text(w, "(");
		put(w, member);
		put_text(w, " = ");
		put(w, item);
		put_text(w, ")");
	}
}

/* Literals of one kind stand in one IN (...), so that long lists stay flat and can use an index; the rest is
 * joined by OR. */
static void put_in(writer *w, const pps_where_node *node)
{
	const pps_where_node *member = node->first;
	const char *joiner = "";
	put_text(w, "(");
	for (int kind = PPS_NODE_INT; kind <= PPS_NODE_TIME; kind++) {
		const char *comma = "";
		for (const pps_where_node *item = member->next; item; item = item->next) {
			if (item->kind != kind)
				continue;
			if (!*comma) {
				put_text(w, joiner);
				put(w, member);
				put_text(w, " IN (");
				joiner = " OR ";
			}
			put_text(w, comma);
			put(w, item);
			comma = ", ";
		}
		if (*comma)
			put_text(w, ")");
	}
	for (const pps_where_node *item = member->next; item; item = item->next) {
		if (item->kind <= PPS_NODE_TIME)
			continue;
		put_text(w, joiner);
		put_item(w, member, item);
		joiner = " OR ";
	}
	put_text(w, ")");
}

/* @n operands joined by AND or OR; a long list in halves, since databases count how deep an expression is. */
static void put_list(writer *w, const pps_where_node *first, size_t n, const char *joiner, int negated)
{
	size_t part = n <= LONGEST_LIST ? 1 : n / 2;
	put_text(w, "(");
	w->stack++;
	for (size_t done = 0; done < n; done += part) {
		const pps_where_node *next = first;
		if (n - done < 2 * part)
			part = n - done;
		if (done)
			put_text(w, joiner);
		if (part == 1)
			put_truth(w, first, negated);
		else
			put_list(w, first, part, joiner, negated);
		for (size_t i = 0; i < part; i++)
			next = next->next;
		first = next;
		w->stack += done ? 0 : 2;
	}
	w->stack -= 3;
	put_text(w, ")");
}

static size_t count(const pps_where_node *node)
{
	size_t n = 0;
	for (; node; node = node->next)
		n++;
	return n;
}

/* Division is exact also of integers. */
static void put_arithmetic(writer *w, const pps_where_node *node)
{
	const pps_where_node *a = node->first, *b = a->next;
	const char op[4] = { ' ', (char)node->op, ' ', '\0' };
	put_text(w, "(");
	put(w, a);
	put_text(w, op);
	w->stack += 2;
	if (node->op != '/' || (w->postgres && node->type == PPS_TYPE_FLOAT)) {
		put(w, b);
	} else {
		w->stack++;
		put_text(w, w->postgres ? "CAST(" : "(");
		put(w, b);
		put_text(w, w->postgres ? " AS numeric)" : " + 0.0)");
		w->stack--;
	}
	w->stack -= 2;
	put_text(w, ")");
}

static void put_any(writer *w, const pps_where_node *node)
{
	switch (node->kind) {
	case PPS_NODE_INT:
	case PPS_NODE_TIME:
		put_int(w, node->number);
		break;
	case PPS_NODE_FLOAT:
		put_value(w, pps_sql_real(node->real), "double precision");
		break;
	case PPS_NODE_STRING:
		put_value(w, pps_sql_text(node->text), "text");
		break;
	case PPS_NODE_COLUMN:
		put_field(w, node, "");
		break;
	case PPS_NODE_BOUND:
		put_text(w, "COALESCE(");
		put_bound(w, node->first, node->op);
		put_text(w, ", 0)");
		break;
	case PPS_NODE_PLUS:
		put(w, node->first);
		break;
	case PPS_NODE_MINUS:
		put_text(w, "(- ");
		w->stack++;
		put(w, node->first);
		w->stack--;
		put_text(w, ")");
		break;
	case PPS_NODE_ARITHMETIC:
		put_arithmetic(w, node);
		break;
	case PPS_NODE_GLOB:
		put_glob(w, node);
		break;
	case PPS_NODE_COMPARE:
		put_compare(w, node);
		break;
	case PPS_NODE_IN:
		put_in(w, node);
		break;
	case PPS_NODE_IS_NULL:
		put_is_null(w, node->first, node->op == PPS_OP_NE);
		break;
	case PPS_NODE_TRUE:
		put_text(w, "(1 = 1)");
		break;
	default:
		put_truth(w, node, 0);
	}
}

static void put(writer *w, const pps_where_node *node)
{
	if (w->stack >= MOST_STACK && !w->failed) {
		w->failed = PPS_E_ARG;
		w->reason = "too many levels of parentheses";
	}
	if (w->failed)
		return;
	w->stack++;
	put_any(w, node);
	w->stack--;
}

/* A condition or its contrary: NOT is carried down to what is no AND, OR or NOT itself, for less nesting. */
static void put_truth(writer *w, const pps_where_node *node, int negated)
{
	if (node->kind == PPS_NODE_NOT) {
		put_truth(w, node->first, !negated);
	} else if (node->kind == PPS_NODE_AND || node->kind == PPS_NODE_OR) {
		if (w->stack >= MOST_STACK)
			put(w, node); /* which fails */
		else
			put_list(w, node->first, count(node->first),
				 (node->kind == PPS_NODE_AND) != negated ? " AND " : " OR ", negated);
	} else {
		if (negated)
			put_text(w, "(NOT ");
		put(w, node);
		if (negated)
			put_text(w, ")");
	}
}

/* The column of @table that holds the key of @dimension. */
static const char *key_column(const pps_element *table, const pps_element *dimension)
{
	return table == dimension ? table->columns[table->nrequired - 1].name : dimension->name;
}

/* The nth dimension of a table, NULL after the last. */
static const pps_element *dimension_at(const pps_element *table, size_t n)
{
	return n < table->nrequired                   ? table->required[n] :
	       n - table->nrequired < table->nimplied ? table->implied[n - table->nrequired] :
							NULL;
}

static void find_sources(plan *p, const pps_element *table)
{
	const pps_element *dimension;
	for (size_t i = 0; (dimension = dimension_at(table, i)); i++)
		if (!p->sources[dimension->index].table)
			p->sources[dimension->index] =
				(struct source){ table, key_column(table, dimension) };
}

static void add_table(plan *p, const pps_element *table)
{
	for (size_t i = 0; i < p->ntables; i++)
		if (p->tables[i] == table)
			return;
	p->tables[p->ntables++] = table;
	find_sources(p, table);
}

/* How many dimensions that have no source yet @table would bring. */
static size_t count_missing(const pps_where_tree *tree, const plan *p, const pps_element *table)
{
	const pps_element *dimension;
	size_t n = 0;
	for (size_t i = 0; (dimension = dimension_at(table, i)); i++)
		n += tree->uses[dimension->index].is_dimension && !p->sources[dimension->index].table;
	return n;
}

/* The table to be added for a dimension that is used and has no source yet, the one that brings most; or
 * NULL. */
static const pps_element *missing_table(const pps_where_tree *tree, const plan *p)
{
	const pps_element *best = NULL;
	for (size_t i = 0; i < pps_universe_size(tree->universe); i++) {
		const pps_element *element = pps_universe_at(tree->universe, i);
		const struct pps_where_use *use = &tree->uses[i];
		if (!use->is_dimension || p->sources[i].table || (use->is_own && !use->is_key))
			continue;
		const pps_element *table =
			element->view_of && !element->has_table ? element->view_of : element;
		if (!best || count_missing(tree, p, table) > count_missing(tree, p, best))
			best = table;
	}
	return best;
}

/* A table that has band among its keys must agree with the physical_filter's. */
static void add_views(const pps_where_tree *tree, plan *p)
{
	for (size_t t = 0; t < p->ntables; t++) {
		const pps_element *dimension;
		for (size_t i = 0; (dimension = dimension_at(p->tables[t], i)); i++)
			if (!dimension->has_table && dimension->view_of &&
			    tree->uses[dimension->index].is_own)
				add_table(p, dimension->view_of);
	}
}

/*
 * Which tables take part: those with fields that are used, those that relate the dimensions used
 * (visit_definition between exposure and visit), and for dimensions still without a source their own. Tables
 * that exposure's own foreign keys lead to have exactly one row each and are left out unless their columns
 * are used.
 */
static void make_plan(const pps_where_tree *tree, plan *p)
{
	const pps_element *exposure = pps_universe_find(tree->universe, "exposure"), *table;
	find_sources(p, exposure);
	if (tree->pixel)
		p->sources[tree->pixel->index] = (struct source){ tree->pixel, "skypix_index" };
	for (size_t i = 0; i < pps_universe_size(tree->universe); i++) {
		const pps_element *element = pps_universe_at(tree->universe, i);
		int relates = (element->always_join || element->nimplied > 0) &&
			      !pps_where_element_is_within(tree, element, 1);
		if (element != exposure && element->has_table &&
		    pps_where_element_is_within(tree, element, 0) && (tree->uses[i].is_field || relates))
			add_table(p, element);
	}
	while ((table = missing_table(tree, p)))
		add_table(p, table);
	add_views(tree, p);
}

/* The conditions that make @alias the sky pixels of @element's region. */
static void put_pixels(writer *w, const pps_element *element, const char *alias)
{
	const pps_universe *universe = w->tree->universe;
	pps_buf_printf(w->b, "%s.skypix_system = ", alias);
	put_value(w, pps_sql_text(pps_universe_skypix_system(universe)), "text");
	pps_buf_printf(w->b, " AND %s.skypix_level = ", alias);
	put_int(w, pps_universe_skypix_level(universe));
	for (size_t i = 0; i < element->nrequired; i++) {
		pps_buf_printf(w->b, " AND %s.\"%s\" = ", alias, element->required[i]->name);
		put_key(w, element->required[i]);
	}
}

/* FROM the tables WHERE their keys agree with each other and with exposure's. */
static void put_joins(writer *w)
{
	const plan *p = w->plan;
	const char *joiner = "";
	for (size_t t = 0; t < p->ntables; t++)
		pps_buf_printf(w->b, "%s{%s} AS w_%s", t ? ", " : "", p->tables[t]->name, p->tables[t]->name);
	if (w->tree->pixel)
		pps_buf_printf(w->b, ", {%s_skypix_overlap} AS w_%s", w->tree->pixel_of->name,
			       w->tree->pixel->name);
	put_text(w, " WHERE ");
	for (size_t t = 0; t < p->ntables; t++) {
		const pps_element *table = p->tables[t], *dimension;
		for (size_t i = 0; (dimension = dimension_at(table, i)); i++) {
			const struct source *source = &p->sources[dimension->index];
			if (source->table == table)
				continue;
			put_text(w, joiner);
			put_column(w, table, key_column(table, dimension), "");
			put_text(w, " = ");
			put_column(w, source->table, source->column, "");
			joiner = " AND ";
		}
	}
	put_text(w, joiner);
	if (w->tree->pixel) {
		char alias[80];
		snprintf(alias, sizeof(alias), "w_%s", w->tree->pixel->name);
		put_pixels(w, w->tree->pixel_of, alias);
		put_text(w, " AND ");
	}
}

/* What follows "WHERE": the default skymap, and the expression. */
static void put_expression(writer *w, const pps_where_options *options)
{
	const pps_where_tree *tree = w->tree;
	const pps_element *skymap = pps_universe_find(tree->universe, "skymap");
	const struct pps_where_use *use = skymap ? &tree->uses[skymap->index] : NULL;
	if (use && options->skymap && use->depended_at && !use->is_compared) {
		put_key(w, skymap);
		put_text(w, " = ");
		put_value(w, pps_sql_text(options->skymap), "text");
		put_text(w, " AND ");
	}
	if (tree->root)
		put(w, tree->root);
	else
		put_text(w, "(1 = 1)");
}

static void put_instrument(writer *w, const pps_where_options *options)
{
	put_key(w, pps_universe_find(w->tree->universe, "instrument"));
	put_text(w, " = ");
	put_value(w, pps_sql_text(options->instrument), "text");
}

static void put_condition(writer *w, const pps_where_options *options)
{
	int alone = options->instrument && !w->tree->root;
	if (options->instrument) {
		put_text(w, "(");
		put_instrument(w, options);
		put_text(w, alone ? ")" : " AND ");
	}
	if (w->plan->ntables) {
		put_text(w, "EXISTS (SELECT 1 FROM ");
		put_joins(w);
	}
	if (!alone)
		put_expression(w, options);
	if (w->plan->ntables)
		put_text(w, ")");
	if (options->instrument && !alone)
		put_text(w, ")");
}

/* AND the pixels that a circle covers, unless they are in too many pieces to be worth it. */
static void put_cover(writer *w, const pps_sphere_circle *circle, size_t n)
{
	enum { MOST_RANGES = 200 };
	const pps_region region = { .type = PPS_REGION_CIRCLE, .circle = *circle };
	_cleanup_free_ pps_skypix_range *ranges = NULL;
	size_t nranges;
	if (pps_skypix_envelope(&region, pps_universe_skypix_level(w->tree->universe), &ranges, &nranges,
				NULL) < 0 ||
	    nranges > MOST_RANGES)
		return;
	put_text(w, " AND (1 = 0");
	for (size_t i = 0; i < nranges; i++) {
		pps_buf_printf(w->b, " OR w_a%zu.skypix_index BETWEEN ", n);
		put_int(w, (int64_t)ranges[i].begin);
		put_text(w, " AND ");
		put_int(w, (int64_t)ranges[i].end - 1);
	}
	put_text(w, ")");
}

static void put_candidates(writer *w, const pps_where_options *options)
{
	const pps_where_tree *tree = w->tree;
	const struct pps_where_overlap *overlaps = tree->overlaps;
	const pps_element *exposure = pps_universe_find(tree->universe, "exposure");
	put_text(w, "SELECT DISTINCT ");
	put_key(w, pps_universe_find(tree->universe, "instrument"));
	put_text(w, ", ");
	put_key(w, exposure);
	for (size_t i = 0; i < tree->noverlaps; i++)
		for (int second = 0; second < 2; second++) {
			const pps_element *element = second ? overlaps[i].b : overlaps[i].a;
			put_text(w, ", ");
			if (element)
				put_column(w, element, "region", "");
			else
				put_text(w, "NULL");
		}
	put_text(w, " FROM {exposure} AS ");
	pps_buf_add_char(w->b, PPS_WHERE_ALIAS);
	for (size_t i = 0; i < tree->noverlaps; i++) {
		pps_buf_printf(w->b, ", {%s_skypix_overlap} AS w_a%zu", overlaps[i].a->name, i);
		if (overlaps[i].b)
			pps_buf_printf(w->b, ", {%s_skypix_overlap} AS w_b%zu", overlaps[i].b->name, i);
	}
	put_text(w, ", ");
	put_joins(w);
	if (options->instrument) {
		put_instrument(w, options);
		put_text(w, " AND ");
	}
	put_expression(w, options);
	for (size_t i = 0; i < tree->noverlaps; i++) {
		char alias[32];
		put_text(w, " AND ");
		snprintf(alias, sizeof(alias), "w_a%zu", i);
		put_pixels(w, overlaps[i].a, alias);
		if (!overlaps[i].b) {
			put_cover(w, &overlaps[i].circle->circle, i);
			continue;
		}
		put_text(w, " AND ");
		snprintf(alias, sizeof(alias), "w_b%zu", i);
		put_pixels(w, overlaps[i].b, alias);
		pps_buf_printf(w->b, " AND w_a%zu.skypix_index = w_b%zu.skypix_index", i, i);
	}
	put_text(w, " ORDER BY 1, 2");
}

/* Patterns are translated, and the instrument and skymap copied, into memory that the result owns. */
static int translate_globs(pps_where_tree *tree, pps_where_node *node, int postgres, pps_error **err)
{
	for (pps_where_node *child = node->first; child; child = child->next) {
		int r = translate_globs(tree, child, postgres, err);
		if (r < 0)
			return r;
	}
	if (node->kind != PPS_NODE_GLOB)
		return PPS_OK;
	/* As in the Butler, this one pattern matches everything, NULL as well. */
	if (strcmp(node->text, "*") == 0) {
		node->text = NULL;
		return PPS_OK;
	}
	_cleanup_free_ char *pattern = translate_pattern(node->text, postgres);
	if (!pattern)
		return pps_fail_nomem(err);
	char *kept = pps_where_alloc(tree, strlen(pattern) + 1, err);
	if (!kept)
		return PPS_E_NOMEM;
	memcpy(kept, pattern, strlen(pattern) + 1);
	node->text = kept;
	return PPS_OK;
}

static int write_with(pps_where_tree *tree, const pps_where_options *options,
		      void (*put_all)(writer *, const pps_where_options *), pps_where *where, pps_error **err)
{
	size_t n = pps_universe_size(tree->universe);
	pps_buf b = PPS_BUF_SQL;
	plan p = { 0 };
	writer w = { .tree = tree, .postgres = options->kind == PPS_SQL_POSTGRES, .plan = &p, .b = &b };
	int r;
	p.tables = pps_where_alloc(tree, n * sizeof(*p.tables), err);
	p.sources = p.tables ? pps_where_alloc(tree, n * sizeof(*p.sources), err) : NULL;
	if (!p.sources)
		return PPS_E_NOMEM;
	if (tree->root && (r = translate_globs(tree, tree->root, w.postgres, err)) < 0)
		return r;
	make_plan(tree, &p);
	put_all(&w, options);
	r = pps_buf_check(&b, "condition of a where expression", err);
	if (r == PPS_OK && w.failed == PPS_E_NOMEM)
		r = pps_fail_nomem(err);
	else if (r == PPS_OK && w.failed)
		r = pps_fail(err, w.failed, "where: the expression has %s for a database", w.reason);
	if (r == PPS_OK) {
		where->pattern = pps_buf_take(&b);
		where->values = TAKE_PTR(w.values);
		where->nvalues = w.nvalues;
	}
	free(w.values);
	pps_buf_free(&b);
	return r;
}

int pps_where_write(pps_where_tree *tree, const pps_where_options *options, pps_where *where, pps_error **err)
{
	return write_with(tree, options, put_condition, where, err);
}

int pps_where_write_candidates(pps_where_tree *tree, const pps_where_options *options, pps_where *where,
			       pps_error **err)
{
	return write_with(tree, options, put_candidates, where, err);
}
