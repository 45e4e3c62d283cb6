/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks a `where` expression: looks up names, gives every node its type, notes which elements are used. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "butler/where-tree.h"

static const char *const type_names[] = {
	[PPS_TYPE_INT] = "an integer", [PPS_TYPE_FLOAT] = "a number",    [PPS_TYPE_STRING] = "a string",
	[PPS_TYPE_TIME] = "a time",    [PPS_TYPE_SPAN] = "a time span",  [PPS_TYPE_REGION] = "a region",
	[PPS_TYPE_UUID] = "a UUID",    [PPS_TYPE_HASH] = "a hash",       [PPS_TYPE_NULL] = "NULL",
	[PPS_TYPE_RANGE] = "a range",  [PPS_TYPE_TRUTH] = "a condition",
};

static const char *const op_names[] = {
	[PPS_OP_EQ] = "=",
	[PPS_OP_NE] = "!=",
	[PPS_OP_LT] = "<",
	[PPS_OP_LE] = "<=",
	[PPS_OP_GT] = ">",
	[PPS_OP_GE] = ">=",
	[PPS_OP_OVERLAPS] = "OVERLAPS",
};

static const int column_types[] = {
	[PPS_COLUMN_INT] = PPS_TYPE_INT,       [PPS_COLUMN_FLOAT] = PPS_TYPE_FLOAT,
	[PPS_COLUMN_STRING] = PPS_TYPE_STRING, [PPS_COLUMN_BOOL] = PPS_TYPE_TRUTH,
	[PPS_COLUMN_HASH] = PPS_TYPE_HASH,     [PPS_COLUMN_REGION] = PPS_TYPE_REGION,
	[PPS_COLUMN_SPAN] = PPS_TYPE_SPAN,
};

static int check(pps_where_tree *tree, pps_where_node *node, pps_error **err);

int pps_where_element_is_within(const pps_where_tree *tree, const pps_element *element, int own)
{
	if (element->is_skypix)
		return 0;
	for (size_t i = 0; i < element->nrequired; i++) {
		const struct pps_where_use *use = &tree->uses[element->required[i]->index];
		if (own ? !use->is_own : !use->is_dimension)
			return 0;
	}
	return 1;
}

/* Marks a dimension or combination's dimensions and what they depend on. */
static void add_dimensions(pps_where_tree *tree, const pps_element *element)
{
	struct pps_where_use *use = &tree->uses[element->index];
	if (use->is_dimension)
		return;
	use->is_dimension = element->is_dimension != 0;
	for (size_t i = 0; i < element->nrequired; i++)
		if (element->required[i] != element)
			add_dimensions(tree, element->required[i]);
	for (size_t i = 0; i < element->nimplied; i++)
		add_dimensions(tree, element->implied[i]);
}

static const pps_element *governor_of(const pps_element *element)
{
	return element->governor ? element->governor : element->is_governor ? element : NULL;
}

/* Notes the columns that an operand uses. A governor counts as constrained by any comparison (@compared). */
static void note_uses(pps_where_tree *tree, const pps_where_node *node, int compared)
{
	for (const pps_where_node *child = node->first; child; child = child->next)
		note_uses(tree, child, compared);
	if (node->kind != PPS_NODE_COLUMN)
		return;
	const pps_element *element = node->column.element, *governor = governor_of(element);
	size_t alternate = element->nrequired + element->nimplied;
	size_t index = (size_t)node->column.index;
	int is_alternate = !node->column.is_key && element->is_dimension && index >= alternate &&
			   index < alternate + element->nalternate;
	struct pps_where_use *use = &tree->uses[element->index];
	add_dimensions(tree, element);
	if (node->column.is_key)
		use->is_key = 1;
	else
		use->is_field = 1;
	if (governor && !tree->uses[governor->index].depended_at &&
	    (is_alternate || (node->column.is_key && governor != element)))
		tree->uses[governor->index].depended_at = node->at + 1;
	if (compared && element->is_governor && (node->column.is_key || is_alternate))
		use->is_compared = 1;
}

static void set_key(pps_where_node *node, const pps_element *element)
{
	node->column.element = element;
	node->column.index = (int)element->nrequired - 1;
	node->column.is_key = 1;
}

/* Column @index of @element: a key of the dimension that it stands for, or a field. */
static void set_column(const pps_where_tree *tree, pps_where_node *node, const pps_element *element,
		       int index)
{
	size_t n = (size_t)index;
	if (element->is_dimension && n == element->nrequired - 1) {
		set_key(node, element);
	} else if (n < element->nrequired + element->nimplied) {
		set_key(node, pps_universe_find(tree->universe, element->columns[n].name));
	} else {
		node->column.element = element;
		node->column.index = index;
		node->column.is_key = 0;
	}
}

static int fail_name(const pps_where_tree *tree, const pps_where_node *node, const char *name,
		     pps_error **err)
{
	return pps_where_fail(tree, node->at, PPS_E_ARG, err, "there is no \"%.100s\"", name);
}

/* A name without dots: any dimension, or a field that only one of exposure's elements has. */
static int find_word(const pps_where_tree *tree, pps_where_node *node, const char *word, pps_error **err)
{
	const pps_element *element = pps_universe_find(tree->universe, word), *found = NULL;
	if (element && element->is_dimension) {
		set_key(node, element);
		return PPS_OK;
	}
	for (size_t i = 0; i < pps_universe_size(tree->universe); i++) {
		element = pps_universe_at(tree->universe, i);
		if (!pps_where_element_is_within(tree, element, 1) || pps_element_column(element, word) < 0)
			continue;
		if (found)
			return pps_where_fail(tree, node->at, PPS_E_ARG, err,
					      "\"%.100s\" could be %s.%s or %s.%s", word, found->name, word,
					      element->name, word);
		found = element;
	}
	if (!found)
		return fail_name(tree, node, word, err);
	set_column(tree, node, found, pps_element_column(found, word));
	return PPS_OK;
}

static int find_column(const pps_where_tree *tree, pps_where_node *node, const char *name, pps_error **err)
{
	char element_name[128];
	const char *dot = strchr(name, '.');
	if (!dot)
		return find_word(tree, node, name, err);
	if ((size_t)(dot - name) >= sizeof(element_name))
		return fail_name(tree, node, name, err);
	memcpy(element_name, name, (size_t)(dot - name));
	element_name[dot - name] = '\0';
	const pps_element *element = pps_universe_find(tree->universe, element_name);
	if (!element)
		return fail_name(tree, node, name, err);
	int index = pps_element_column(element, dot + 1);
	if (index < 0)
		return pps_where_fail(tree, node->at, PPS_E_ARG, err, "%s has no field \"%.100s\"",
				      element->name, dot + 1);
	set_column(tree, node, element, index);
	return PPS_OK;
}

/* Whether the repository has tables of this kind of sky pixels. */
static int is_common_pixel(const pps_universe *universe, const pps_element *element)
{
	char name[64];
	snprintf(name, sizeof(name), "%s%d", pps_universe_skypix_system(universe),
		 pps_universe_skypix_level(universe));
	return strcmp(element->name, name) == 0;
}

/* A name becomes NULL, a column, or an end of a time span's column. */
static int check_name(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	const char *name = node->text;
	if (strcasecmp(name, "null") == 0) {
		node->kind = PPS_NODE_NULL;
		node->type = PPS_TYPE_NULL;
		return PPS_OK;
	}
	char *third = strchr(name, '.');
	third = third ? strchr(third + 1, '.') : NULL;
	if (third)
		*third++ = '\0';
	int r = find_column(tree, node, name, err);
	if (r < 0)
		return r;
	const pps_element *element = node->column.element;
	if (element->is_skypix && (!node->column.is_key || !is_common_pixel(tree->universe, element)))
		return pps_where_fail(tree, node->at, PPS_E_ARG, err, "%s has no table", element->name);
	node->kind = PPS_NODE_COLUMN;
	node->type = column_types[element->columns[node->column.index].type];
	if (!third)
		return PPS_OK;
	int is_begin = strcmp(third, "begin") == 0;
	if (node->type != PPS_TYPE_SPAN || (!is_begin && strcmp(third, "end") != 0))
		return pps_where_fail(tree, node->at, PPS_E_ARG, err, "%s has no \"%.100s\"", name, third);
	pps_where_node *column = pps_where_alloc(tree, sizeof(*column), err);
	if (!column)
		return PPS_E_NOMEM;
	*column = *node;
	column->next = NULL;
	node->kind = PPS_NODE_BOUND;
	node->op = is_begin ? PPS_BOUND_BEGIN : PPS_BOUND_END;
	node->type = PPS_TYPE_TIME;
	node->first = column;
	return PPS_OK;
}

/* ( begin , end ) of times or NULLs, as the Butler's Timespan takes them. */
static int check_tuple(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	int64_t bounds[2] = { PPS_TAI_MIN, PPS_TAI_MAX };
	size_t i = 0;
	for (pps_where_node *item = node->first; item; item = item->next, i++) {
		int r = check(tree, item, err);
		if (r < 0)
			return r;
		if (item->kind == PPS_NODE_TIME)
			bounds[i] = item->number;
		else if (item->kind != PPS_NODE_NULL)
			return pps_where_fail(tree, item->at, PPS_E_ARG, err,
					      "in (begin, end) only T'...' and NULL can stand");
	}
	if (bounds[0] == bounds[1]) {
		/* One moment is a nanosecond long; none is left at the ends of time. */
		if (bounds[0] == PPS_TAI_MIN || bounds[0] >= PPS_TAI_MAX - 1)
			return pps_where_fail(tree, node->at, PPS_E_ARG, err,
					      "a time span at the end of time");
		bounds[1]++;
	}
	int is_empty = bounds[0] >= bounds[1];
	node->kind = PPS_NODE_SPAN;
	node->type = PPS_TYPE_SPAN;
	node->first = NULL;
	node->span = (pps_timespan){ .begin = is_empty ? PPS_TAI_MAX : bounds[0],
				      .end = is_empty ? PPS_TAI_MIN : bounds[1],
				      .is_empty = is_empty };
	return PPS_OK;
}

static int is_numeric(const pps_where_node *node)
{
	return node->type == PPS_TYPE_INT || node->type == PPS_TYPE_FLOAT;
}

static int fail_types(const pps_where_tree *tree, const pps_where_node *at, const char *op,
		      const pps_where_node *a, const pps_where_node *b, pps_error **err)
{
	return pps_where_fail(tree, at->at, PPS_E_ARG, err, "%s cannot be applied to %s and %s", op,
			      type_names[a->type], type_names[b->type]);
}

static int check_overlap(const pps_where_tree *tree, const pps_where_node *at, const pps_where_node *a,
			 const pps_where_node *b, pps_error **err)
{
	int span = (a->type == PPS_TYPE_SPAN) + (b->type == PPS_TYPE_SPAN);
	int time = (a->type == PPS_TYPE_TIME) + (b->type == PPS_TYPE_TIME);
	if (span == 2 && a->kind == PPS_NODE_COLUMN && b->kind == PPS_NODE_COLUMN)
		return pps_where_fail(
			tree, at->at, PPS_E_ARG, err,
			"time spans of %s and %s belong together by their keys, not by OVERLAPS",
			a->column.element->name, b->column.element->name);
	if (span == 2 || (span == 1 && time == 1))
		return PPS_OK;
	if (a->type == PPS_TYPE_REGION && b->type == PPS_TYPE_REGION &&
	    (a->kind == PPS_NODE_COLUMN || b->kind == PPS_NODE_COLUMN))
		return PPS_OK;
	return fail_types(tree, at, "OVERLAPS", a, b, err);
}

/* Whether the operator takes these two, neither of them NULL. */
static int check_operands(const pps_where_tree *tree, const pps_where_node *at, int op,
			  const pps_where_node *a, const pps_where_node *b, pps_error **err)
{
	if (a->type >= PPS_TYPE_NULL || b->type >= PPS_TYPE_NULL)
		return fail_types(tree, at, op_names[op], a, b, err);
	if (op == PPS_OP_OVERLAPS)
		return check_overlap(tree, at, a, b, err);
	if (is_numeric(a) && is_numeric(b))
		return PPS_OK;
	if (a->type != b->type || a->type == PPS_TYPE_SPAN)
		return fail_types(tree, at, op_names[op], a, b, err);
	if (a->kind == PPS_NODE_REGION || b->kind == PPS_NODE_REGION)
		return pps_where_fail(tree, at->at, PPS_E_UNSUPPORTED, err,
				      "only OVERLAPS is supported with regions");
	if (op != PPS_OP_EQ && op != PPS_OP_NE && a->type != PPS_TYPE_STRING && a->type != PPS_TYPE_TIME)
		return fail_types(tree, at, op_names[op], a, b, err);
	return PPS_OK;
}

/* The boolean column that a condition is, also when it is denied an even number of times; else NULL. */
static pps_where_node *boolean_column(pps_where_node *node)
{
	while (node->kind == PPS_NODE_NOT && node->first->kind == PPS_NODE_NOT)
		node = node->first->first;
	return node->kind == PPS_NODE_COLUMN && node->type == PPS_TYPE_TRUTH ? node : NULL;
}

static int check_compare(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	pps_where_node *a = node->first, *b = a->next;
	int r;
	if ((r = check(tree, a, err)) < 0 || (r = check(tree, b, err)) < 0)
		return r;
	node->type = PPS_TYPE_TRUTH;
	pps_where_node *other = a->type == PPS_TYPE_NULL ? b : b->type == PPS_TYPE_NULL ? a : NULL;
	if (!other || (node->op != PPS_OP_EQ && node->op != PPS_OP_NE)) {
		if ((r = check_operands(tree, node, node->op, a, b, err)) < 0)
			return r;
		note_uses(tree, node, 1);
		return PPS_OK;
	}
	pps_where_node *tested = other->type == PPS_TYPE_TRUTH ? boolean_column(other) : other;
	if (!tested || tested->type == PPS_TYPE_NULL || tested->type == PPS_TYPE_RANGE)
		return fail_types(tree, node, op_names[node->op], a, b, err);
	node->kind = PPS_NODE_IS_NULL;
	node->first = tested;
	tested->next = NULL;
	note_uses(tree, tested, 0);
	return PPS_OK;
}

static int check_in(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	pps_where_node *member = node->first;
	int r = check(tree, member, err);
	if (r < 0)
		return r;
	if (member->type >= PPS_TYPE_NULL)
		return pps_where_fail(tree, member->at, PPS_E_ARG, err, "%s cannot be looked for in a list",
				      type_names[member->type]);
	note_uses(tree, member, 0);
	for (pps_where_node *item = member->next; item; item = item->next) {
		if ((r = check(tree, item, err)) < 0)
			return r;
		if (item->type == PPS_TYPE_NULL)
			continue;
		if (item->type == PPS_TYPE_RANGE) {
			if (member->type != PPS_TYPE_INT)
				return fail_types(tree, item, "IN", member, item, err);
			if (item->range.last < item->range.first && item->range.first - 1 != item->range.last)
				return pps_where_fail(tree, item->at, PPS_E_ARG, err,
						      "the range ends before it begins");
			continue;
		}
		if ((r = check_operands(tree, item, PPS_OP_EQ, member, item, err)) < 0)
			return r;
		note_uses(tree, member, 1);
		note_uses(tree, item, 1);
	}
	node->type = PPS_TYPE_TRUTH;
	return PPS_OK;
}

static int check_glob(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	int r = check(tree, node->first, err);
	if (r < 0)
		return r;
	if (node->first->kind != PPS_NODE_COLUMN || node->first->type != PPS_TYPE_STRING)
		return pps_where_fail(tree, node->first->at, PPS_E_ARG, err,
				      "GLOB takes the name of a string, not %s",
				      type_names[node->first->type]);
	node->type = PPS_TYPE_TRUTH;
	note_uses(tree, node, 1);
	return PPS_OK;
}

static int check_number(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	pps_where_node *a = node->first, *b = a->next;
	const char op[2] = { node->kind == PPS_NODE_PLUS  ? '+' :
			     node->kind == PPS_NODE_MINUS ? '-' :
							    (char)node->op,
			     '\0' };
	int r;
	if ((r = check(tree, a, err)) < 0 || (b && (r = check(tree, b, err)) < 0))
		return r;
	node->type = a->type;
	if (!b && !is_numeric(a))
		return pps_where_fail(tree, node->at, PPS_E_ARG, err, "%s cannot be applied to %s", op,
				      type_names[a->type]);
	if (b && (a->type != b->type || !is_numeric(a)))
		return fail_types(tree, node, op, a, b, err);
	if (node->kind == PPS_NODE_ARITHMETIC && node->op == '%' && a->type != PPS_TYPE_INT)
		return fail_types(tree, node, op, a, b, err);
	return PPS_OK;
}

/* Puts the deepest operand first where it is deep: a parser then has less on its stack before it. */
static void deepest_first(pps_where_node *node)
{
	enum { DEEP = 8 };
	pps_where_node **deepest = &node->first;
	for (pps_where_node **link = &node->first; *link; link = &(*link)->next)
		if ((*link)->depth > (*deepest)->depth)
			deepest = link;
	if ((*deepest)->depth < DEEP)
		return;
	pps_where_node *moved = *deepest;
	*deepest = moved->next;
	moved->next = node->first;
	node->first = moved;
}

/* AND, OR, NOT: of conditions only. */
static int check_logic(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	for (pps_where_node *child = node->first; child; child = child->next) {
		int r = check(tree, child, err);
		if (r < 0)
			return r;
		if (child->type != PPS_TYPE_TRUTH)
			return pps_where_fail(tree, child->at, PPS_E_ARG, err, "expected a condition, not %s",
					      type_names[child->type]);
		if (child->kind == PPS_NODE_COLUMN)
			note_uses(tree, child, 0);
	}
	deepest_first(node);
	node->type = PPS_TYPE_TRUTH;
	return PPS_OK;
}

static int check(pps_where_tree *tree, pps_where_node *node, pps_error **err)
{
	static const int literals[] = {
		[PPS_NODE_INT] = PPS_TYPE_INT,       [PPS_NODE_FLOAT] = PPS_TYPE_FLOAT,
		[PPS_NODE_STRING] = PPS_TYPE_STRING, [PPS_NODE_TIME] = PPS_TYPE_TIME,
		[PPS_NODE_UUID] = PPS_TYPE_UUID,     [PPS_NODE_RANGE] = PPS_TYPE_RANGE,
		[PPS_NODE_REGION] = PPS_TYPE_REGION,
	};
	switch (node->kind) {
	case PPS_NODE_NAME:
		return check_name(tree, node, err);
	case PPS_NODE_TUPLE:
		return check_tuple(tree, node, err);
	case PPS_NODE_PLUS:
	case PPS_NODE_MINUS:
	case PPS_NODE_ARITHMETIC:
		return check_number(tree, node, err);
	case PPS_NODE_GLOB:
		return check_glob(tree, node, err);
	case PPS_NODE_COMPARE:
		return check_compare(tree, node, err);
	case PPS_NODE_IN:
		return check_in(tree, node, err);
	case PPS_NODE_NOT:
	case PPS_NODE_AND:
	case PPS_NODE_OR:
		return check_logic(tree, node, err);
	default:
		node->type = literals[node->kind];
		return PPS_OK;
	}
}

/* Keys that are only unique within a governor (exposures, of an instrument) need that it is constrained. */
static int check_governors(pps_where_tree *tree, const pps_where_options *options, pps_error **err)
{
	for (size_t i = 0; i < pps_universe_size(tree->universe); i++) {
		const pps_element *element = pps_universe_at(tree->universe, i);
		const struct pps_where_use *use = &tree->uses[i];
		if (!use->depended_at || use->is_compared)
			continue;
		if (strcmp(element->name, "instrument") == 0 ? options->instrument != NULL :
		    strcmp(element->name, "skymap") == 0     ? options->skymap != NULL :
							       0)
			continue;
		return pps_where_fail(
			tree, use->depended_at - 1, PPS_E_ARG, err,
			"this key is only unique within its %s: the expression must say which %s",
			element->name, element->name);
	}
	return PPS_OK;
}

static int add_overlap(pps_where_tree *tree, size_t at, const pps_element *a, const pps_element *b,
		       const pps_where_node *circle, pps_error **err)
{
	if (b && governor_of(a) == governor_of(b))
		return pps_where_fail(tree, at, PPS_E_ARG, err,
				      "regions of %s and %s belong together by their keys, not by OVERLAPS",
				      a->name, b->name);
	if (tree->noverlaps == PPS_WHERE_OVERLAPS)
		return pps_where_fail(tree, at, PPS_E_UNSUPPORTED, err,
				      "more than %d overlaps of regions are not supported",
				      PPS_WHERE_OVERLAPS);
	tree->overlaps[tree->noverlaps++] = (struct pps_where_overlap){ a, b, circle };
	add_dimensions(tree, a);
	tree->uses[a->index].is_field = 1;
	if (b) {
		add_dimensions(tree, b);
		tree->uses[b->index].is_field = 1;
	}
	return PPS_OK;
}

/* Takes overlaps of regions out of the tree; they can only stand where all of it depends on them. */
static int take_overlaps(pps_where_tree *tree, pps_where_node *node, int negated, int required,
			 pps_error **err)
{
	pps_where_node *a = node->first, *b = a ? a->next : NULL;
	if (node->kind == PPS_NODE_COMPARE && node->op == PPS_OP_OVERLAPS && a->type == PPS_TYPE_REGION) {
		if (negated || !required)
			return pps_where_fail(tree, node->at, PPS_E_ARG, err,
					      "overlaps of regions cannot be denied, nor stand in OR");
		const pps_where_node *circle = a->kind == PPS_NODE_REGION ? a :
					       b->kind == PPS_NODE_REGION ? b :
									    NULL;
		node->kind = PPS_NODE_TRUE;
		node->first = NULL;
		return add_overlap(tree, node->at, circle == a ? b->column.element : a->column.element,
				   circle ? NULL : b->column.element, circle, err);
	}
	if (node->kind == PPS_NODE_AND || node->kind == PPS_NODE_OR)
		required = required && (node->kind == PPS_NODE_AND) != negated;
	else if (node->kind == PPS_NODE_NOT)
		negated = !negated;
	else
		return PPS_OK;
	for (pps_where_node *child = node->first; child; child = child->next) {
		int r = take_overlaps(tree, child, negated, required, err);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

/*
 * Regions of different governors (visits, tracts) relate their elements even when the expression says nothing
 * of it: then the finest element of each is taken.
 */
static int join_by_sky(pps_where_tree *tree, pps_error **err)
{
	const pps_element *finest[2] = { NULL, NULL };
	const pps_element *pixel = NULL;
	int joined = 0;
	for (size_t i = 0; i < tree->noverlaps; i++)
		joined |= tree->overlaps[i].b != NULL;
	for (size_t i = 0; i < pps_universe_size(tree->universe); i++) {
		const pps_element *element = pps_universe_at(tree->universe, i);
		if (element->is_skypix && tree->uses[i].is_key)
			pixel = element;
		if (!element->is_spatial || !pps_where_element_is_within(tree, element, 0))
			continue;
		int second = finest[0] && governor_of(finest[0]) != governor_of(element);
		if (second && finest[1] && governor_of(finest[1]) != governor_of(element))
			return pps_where_fail(tree, 0, PPS_E_UNSUPPORTED, err,
					      "regions of more than two kinds together are not supported");
		if (!finest[second] || element->nrequired >= finest[second]->nrequired)
			finest[second] = element;
	}
	if (pixel && (!finest[0] || finest[1]))
		return pps_where_fail(tree, 0, PPS_E_ARG, err,
				      finest[0] ? "whose %s is meant?" : "%s has no table", pixel->name);
	tree->pixel = pixel;
	tree->pixel_of = pixel ? finest[0] : NULL;
	return finest[1] && !joined ? add_overlap(tree, 0, finest[0], finest[1], NULL, err) : PPS_OK;
}

static int check_regions(pps_where_tree *tree, const pps_where_options *options, pps_error **err)
{
	int r = tree->root ? take_overlaps(tree, tree->root, 0, 1, err) : PPS_OK;
	if (r == PPS_OK)
		r = join_by_sky(tree, err);
	if (r == PPS_OK && tree->noverlaps && !options->sql)
		r = pps_where_fail(tree, 0, PPS_E_UNSUPPORTED, err,
				   "overlaps of regions are not supported here");
	return r;
}

int pps_where_check(pps_where_tree *tree, const pps_where_options *options, pps_error **err)
{
	const pps_element *exposure = pps_universe_find(tree->universe, "exposure");
	size_t n = pps_universe_size(tree->universe);
	int r;
	if (!exposure)
		return pps_fail(err, PPS_E_UNSUPPORTED, "where: this universe has no exposure");
	tree->uses = pps_where_alloc(tree, n * sizeof(*tree->uses), err);
	if (!tree->uses)
		return PPS_E_NOMEM;
	add_dimensions(tree, exposure);
	for (size_t i = 0; i < n; i++)
		tree->uses[i].is_own = tree->uses[i].is_dimension;
	if (tree->root) {
		if ((r = check(tree, tree->root, err)) < 0)
			return r;
		if (tree->root->type != PPS_TYPE_TRUTH)
			return pps_where_fail(tree, tree->root->at, PPS_E_ARG, err,
					      "expected a condition, not %s", type_names[tree->root->type]);
		if (tree->root->kind == PPS_NODE_COLUMN)
			note_uses(tree, tree->root, 0);
	}
	if ((r = check_governors(tree, options, err)) < 0)
		return r;
	return check_regions(tree, options, err);
}
