/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a `where` expression: a lexer with one token of look-ahead, one function for each precedence. */
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "butler/where-tree.h"

enum {
	TOKEN_END,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_STRING,
	TOKEN_TIME,
	TOKEN_RANGE,
	TOKEN_NAME, /* with one or two dots */
	TOKEN_WORD, /* without */
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_IN,
	TOKEN_OVERLAPS,
	TOKEN_COMPARISON, /* op */
	TOKEN_SIGN,       /* op: the character; all other operators and brackets */
};

typedef struct token {
	int kind;
	int op;
	size_t at;
	size_t size;
	int64_t first, last, step; /* RANGE */
} token;

typedef struct parser {
	pps_where_tree *tree;
	token token; /* the one to be read next */
	int depth;
	pps_error **err;
} parser;

struct pps_where_chunk {
	pps_where_chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

void *pps_where_alloc(pps_where_tree *tree, size_t size, pps_error **err)
{
	size_t rounded = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	pps_where_chunk *chunk = tree->chunks;
	if (!chunk || chunk->size - chunk->used < rounded) {
		size_t room = rounded > 16384 ? rounded : 16384;
		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk) {
			pps_fail_nomem(err);
			return NULL;
		}
		*chunk = (pps_where_chunk){ .next = tree->chunks, .size = room };
		tree->chunks = chunk;
	}
	void *at = (char *)chunk->bytes + chunk->used;
	chunk->used += rounded;
	memset(at, 0, rounded);
	return at;
}

void pps_where_tree_free(pps_where_tree *tree)
{
	while (tree->chunks) {
		pps_where_chunk *chunk = tree->chunks;
		tree->chunks = chunk->next;
		free(chunk);
	}
}

int pps_where_fail(const pps_where_tree *tree, size_t at, int code, pps_error **err, const char *fmt, ...)
{
	int line = 1, column = 1;
	for (size_t i = 0; i < at && i < tree->size; i++) {
		if (tree->text[i] == '\n') {
			line++;
			column = 1;
		} else if ((tree->text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	char message[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return pps_fail_at(err, code, "where", line, column, "%s", message);
}

static int is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t digits(const char *s)
{
	size_t n = 0;
	while (is_digit(s[n]))
		n++;
	return n;
}

static size_t spaces(const char *s)
{
	size_t n = 0;
	while (is_space(s[n]))
		n++;
	return n;
}

/* Bytes of FIRST..LAST[:STEP] at @s, 0 when there is none; each number's place goes to @at, its size to
 * @size. */
static size_t range_size(const char *s, size_t at[3], size_t size[3])
{
	size_t n = 0;
	size[2] = 0;
	for (int part = 0; part < 2; part++) {
		at[part] = n;
		n += s[n] == '-';
		size_t d = digits(s + n);
		if (d == 0)
			return 0;
		n += d;
		size[part] = n - at[part];
		if (part == 1)
			break;
		n += spaces(s + n);
		if (s[n] != '.' || s[n + 1] != '.')
			return 0;
		n += 2;
		n += spaces(s + n);
	}
	size_t step = n + spaces(s + n);
	if (s[step] == ':') {
		step++;
		step += spaces(s + step);
		if (s[step] >= '1' && s[step] <= '9') {
			at[2] = step;
			size[2] = digits(s + step);
			n = step + size[2];
		}
	}
	return n;
}

/* Bytes of a number without a sign: 1, 1., 1.5e3, .5; *ret_float when it is no integer. */
static size_t number_size(const char *s, int *ret_float)
{
	size_t n = digits(s);
	*ret_float = 0;
	if (n == 0 && !(s[0] == '.' && is_digit(s[1])))
		return 0;
	if (s[n] == '.') {
		*ret_float = 1;
		n++;
		n += digits(s + n);
	}
	if (s[n] == 'e' || s[n] == 'E') {
		size_t e = n + 1;
		e += s[e] == '-' || s[e] == '+';
		if (is_digit(s[e])) {
			*ret_float = 1;
			n = e + digits(s + e);
		}
	}
	return n;
}

/* Decimal digits with an optional sign as int64; -1 when it does not fit. */
static int read_int(const char *s, size_t size, int64_t *ret)
{
	int negative = size > 0 && s[0] == '-';
	int64_t value = 0;
	for (size_t i = size > 0 && (s[0] == '-' || s[0] == '+'); i < size; i++) {
		int digit = s[i] - '0';
		if (__builtin_mul_overflow(value, 10, &value) ||
		    (negative ? __builtin_sub_overflow(value, digit, &value) :
				__builtin_add_overflow(value, digit, &value)))
			return -1;
	}
	*ret = value;
	return 0;
}

static int fail_size(parser *p, size_t at)
{
	return pps_where_fail(p->tree, at, PPS_E_ARG, p->err, "this integer needs more than 64 bits");
}

static int lex_range(parser *p, const char *s, const size_t at[3], const size_t size[3])
{
	token *t = &p->token;
	t->kind = TOKEN_RANGE;
	t->step = 1;
	if (read_int(s + at[0], size[0], &t->first) < 0 || read_int(s + at[1], size[1], &t->last) < 0)
		return fail_size(p, t->at);
	/* Of a range of one number the step does not matter, however large. */
	if (size[2] && read_int(s + at[2], size[2], &t->step) < 0) {
		if (t->first != t->last)
			return fail_size(p, t->at);
		t->step = 1;
	}
	return PPS_OK;
}

static int lex_quoted(parser *p, const char *s, int kind)
{
	token *t = &p->token;
	size_t open = kind == TOKEN_TIME;
	size_t n = strcspn(s + open + 1, "'\n");
	if (s[open + 1 + n] != '\'')
		return pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err,
				      "this quote is not closed in its line");
	t->kind = kind;
	t->size = open + n + 2;
	return PPS_OK;
}

static void lex_word(parser *p, const char *s)
{
	static const struct {
		const char *word;
		int kind;
	} words[] = {
		{ "and", TOKEN_AND },           { "or", TOKEN_OR }, { "not", TOKEN_NOT }, { "in", TOKEN_IN },
		{ "overlaps", TOKEN_OVERLAPS },
	};
	token *t = &p->token;
	size_t n = 0;
	t->kind = TOKEN_WORD;
	for (int dots = 0; dots < 3; dots++) {
		while (is_letter(s[n]) || is_digit(s[n]))
			n++;
		if (dots == 2 || s[n] != '.' || !is_letter(s[n + 1]))
			break;
		t->kind = TOKEN_NAME;
		n++;
	}
	t->size = n;
	for (size_t i = 0; t->kind == TOKEN_WORD && i < PPS_COUNT(words); i++)
		if (strlen(words[i].word) == n && strncasecmp(words[i].word, s, n) == 0)
			t->kind = words[i].kind;
	if (t->kind == TOKEN_OVERLAPS)
		t->op = PPS_OP_OVERLAPS;
}

static int lex_sign(parser *p, const char *s)
{
	token *t = &p->token;
	t->kind = TOKEN_COMPARISON;
	t->size = 1;
	if (s[0] == '=') {
		t->op = PPS_OP_EQ;
	} else if (s[0] == '<' || s[0] == '>') {
		t->size = s[1] == '=' ? 2 : 1;
		t->op = (s[0] == '<' ? PPS_OP_LT : PPS_OP_GT) + (s[1] == '=');
	} else if (s[0] == '!' && s[1] == '=') {
		t->size = 2;
		t->op = PPS_OP_NE;
	} else if (strchr("()+-*/%,", s[0])) {
		t->kind = TOKEN_SIGN;
		t->op = s[0];
	} else if (s[0] == ':' && is_letter(s[1])) {
		return pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err,
				      "no values for names with a colon are given here");
	} else if (s[0] == '"') {
		return pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err,
				      "strings are written in single quotes");
	} else {
		return pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err, "unexpected character");
	}
	return PPS_OK;
}

/* Reads the next token into p->token. */
static int advance(parser *p)
{
	token *t = &p->token;
	size_t at = t->at + t->size;
	while (p->tree->text[at] == ' ' || p->tree->text[at] == '\t' || p->tree->text[at] == '\n')
		at++;
	const char *s = p->tree->text + at;
	*t = (token){ .at = at };
	size_t places[3], sizes[3];
	int is_float;
	if (s[0] == '\0')
		return PPS_OK;
	if ((s[0] == 'T' || s[0] == 't') && s[1] == '\'')
		return lex_quoted(p, s, TOKEN_TIME);
	if (s[0] == '\'')
		return lex_quoted(p, s, TOKEN_STRING);
	if ((t->size = range_size(s, places, sizes)) > 0)
		return lex_range(p, s, places, sizes);
	if ((t->size = number_size(s, &is_float)) > 0) {
		t->kind = is_float ? TOKEN_FLOAT : TOKEN_INT;
		return PPS_OK;
	}
	if (is_letter(s[0])) {
		lex_word(p, s);
		return PPS_OK;
	}
	return lex_sign(p, s);
}

static int is_sign(const parser *p, int c)
{
	return p->token.kind == TOKEN_SIGN && p->token.op == c;
}

static pps_where_node *fail_expected(parser *p, const char *what)
{
	const token *t = &p->token;
	if (t->kind == TOKEN_END)
		pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err, "expected %s, but the expression ends here",
			       what);
	else
		pps_where_fail(p->tree, t->at, PPS_E_ARG, p->err, "expected %s, not \"%.*s\"", what,
			       (int)(t->size < 60 ? t->size : 60), p->tree->text + t->at);
	return NULL;
}

/* Takes the sign @c or fails. */
static int take_sign(parser *p, int c, const char *what)
{
	if (!is_sign(p, c)) {
		fail_expected(p, what);
		return -1;
	}
	return advance(p);
}

static pps_where_node *new_node(parser *p, int kind, size_t at)
{
	if (p->tree->nnodes >= PPS_WHERE_NODES) {
		pps_where_fail(p->tree, at, PPS_E_ARG, p->err, "the expression has more than %d terms",
			       PPS_WHERE_NODES);
		return NULL;
	}
	pps_where_node *node = pps_where_alloc(p->tree, sizeof(*node), p->err);
	if (!node)
		return NULL;
	p->tree->nnodes++;
	node->kind = kind;
	node->at = at;
	node->depth = 1;
	return node;
}

/* A node of an operator and its operands, @b may be NULL. */
static pps_where_node *new_operator(parser *p, int kind, int op, size_t at, pps_where_node *a,
				    pps_where_node *b)
{
	pps_where_node *node = new_node(p, kind, at);
	if (!node)
		return NULL;
	node->op = op;
	node->first = a;
	a->next = b;
	node->depth = 1 + (b && b->depth > a->depth ? b->depth : a->depth);
	if (node->depth > PPS_WHERE_DEPTH) {
		pps_where_fail(p->tree, at, PPS_E_ARG, p->err, "more than %d levels of operators",
			       PPS_WHERE_DEPTH);
		return NULL;
	}
	return node;
}

/* Text of the token, @skip bytes in and @drop bytes left out at its end. */
static const char *token_text(parser *p, size_t skip, size_t drop)
{
	size_t size = p->token.size - skip - drop;
	char *text = pps_where_alloc(p->tree, size + 1, p->err);
	if (text)
		memcpy(text, p->tree->text + p->token.at + skip, size);
	return text;
}

static pps_where_node *parse_or(parser *p);

static int read_literal(parser *p, pps_where_node *node, int sign)
{
	const token *t = &p->token;
	if (t->kind == TOKEN_RANGE) {
		node->range.first = t->first;
		node->range.last = t->last;
		node->range.step = t->step;
		return PPS_OK;
	}
	const char *text = token_text(p,
				      t->kind == TOKEN_STRING ? 1 :
				      t->kind == TOKEN_TIME   ? 2 :
								0,
				      t->kind == TOKEN_STRING || t->kind == TOKEN_TIME);
	if (!text)
		return PPS_E_NOMEM;
	if (t->kind == TOKEN_STRING) {
		node->text = text;
	} else if (t->kind == TOKEN_TIME) {
		pps_error *cause = NULL;
		int r = pps_where_time(text, &node->number, &cause);
		if (r < 0) {
			pps_where_fail(p->tree, t->at, r, p->err, "%s", pps_error_message(cause));
			pps_error_free(cause);
			return r;
		}
	} else if (t->kind == TOKEN_FLOAT) {
		/* The only fault that it can have is to be too large. */
		if (pps_double_parse(text, &node->real, NULL) < 0)
			node->real = INFINITY;
		node->real *= sign;
	} else {
		/* With its sign, so that the least integer can be written. */
		char *signed_text = pps_where_alloc(p->tree, t->size + 2, p->err);
		if (!signed_text)
			return PPS_E_NOMEM;
		signed_text[0] = sign < 0 ? '-' : '+';
		memcpy(signed_text + 1, text, t->size);
		if (read_int(signed_text, t->size + 1, &node->number) < 0)
			return fail_size(p, t->at);
	}
	return PPS_OK;
}

/* A literal, with a sign where the caller has seen one before a number; NULL and no error when the token
 * begins none. */
static pps_where_node *parse_literal(parser *p, int sign, size_t at)
{
	static const struct {
		int token, node;
	} kinds[] = {
		{ TOKEN_INT, PPS_NODE_INT },       { TOKEN_FLOAT, PPS_NODE_FLOAT },
		{ TOKEN_STRING, PPS_NODE_STRING }, { TOKEN_TIME, PPS_NODE_TIME },
		{ TOKEN_RANGE, PPS_NODE_RANGE },
	};
	for (size_t i = 0; i < PPS_COUNT(kinds); i++) {
		if (kinds[i].token != p->token.kind)
			continue;
		pps_where_node *node = new_node(p, kinds[i].node, at);
		if (!node || read_literal(p, node, sign) < 0 || advance(p) < 0)
			return NULL;
		return node;
	}
	return fail_expected(p, "a value");
}

static pps_where_node *parse_name(parser *p)
{
	pps_where_node *node = new_node(p, PPS_NODE_NAME, p->token.at);
	if (!node || !(node->text = token_text(p, 0, 0)) || advance(p) < 0)
		return NULL;
	return node;
}

/* UUID('...') as Python's uuid.UUID() reads it: also with braces, "urn:uuid:" and without dashes. */
static int read_uuid(parser *p, const pps_where_node *argument, pps_where_node *node)
{
	char hex[33];
	size_t n = 0;
	const char *s = argument->text;
	if (strncmp(s, "urn:", 4) == 0)
		s += 4;
	if (strncmp(s, "uuid:", 5) == 0)
		s += 5;
	for (; *s; s++) {
		if (strchr("{}-", *s))
			continue;
		if (n == 32)
			n = SIZE_MAX;
		if (n == SIZE_MAX)
			break;
		hex[n++] = *s;
	}
	hex[n < 33 ? n : 0] = '\0';
	int r = n == 32 ? pps_uuid_parse(hex, &node->uuid, NULL) : PPS_E_FORMAT;
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(p->err);
	if (r < 0)
		return pps_where_fail(p->tree, argument->at, PPS_E_ARG, p->err, "\"%.60s\" is no UUID",
				      argument->text);
	return PPS_OK;
}

/* The number that literals and their signs make; 0 when it is something else. */
static int read_number(const pps_where_node *node, double *ret)
{
	if (node->kind == PPS_NODE_MINUS || node->kind == PPS_NODE_PLUS) {
		if (!read_number(node->first, ret))
			return 0;
		*ret = node->kind == PPS_NODE_MINUS ? -*ret : *ret;
		return 1;
	}
	*ret = node->kind == PPS_NODE_INT ? (double)node->number : node->real;
	return node->kind == PPS_NODE_INT || node->kind == PPS_NODE_FLOAT;
}

/* POINT(ra, dec) and CIRCLE(ra, dec, radius), in degrees. */
static pps_where_node *read_circle(parser *p, const pps_where_node *name, const pps_where_node *first,
				   size_t n, size_t wanted)
{
	const double degree = PPS_SPHERE_PI / 180.0;
	double at[3] = { 0, 0, 0 };
	size_t i = 0;
	for (const pps_where_node *item = first; item && i < wanted; item = item->next, i++)
		if (!read_number(item, &at[i]) || !isfinite(at[i]))
			n = 0;
	if (n != wanted || fabs(at[1]) > 90.0) {
		pps_where_fail(p->tree, name->at, PPS_E_ARG, p->err,
			       "%s takes %zu numbers, degrees on the sky", name->text, wanted);
		return NULL;
	}
	pps_where_node *node = new_node(p, PPS_NODE_REGION, name->at);
	if (!node)
		return NULL;
	double lon = at[0] * degree, lat = at[1] * degree;
	/* The Butler takes twice the radius for the circle's angle, which is measured from its centre. */
	double angle = 2.0 * at[2] * degree, half = sin(0.5 * angle);
	node->circle.center = (pps_vec3){ cos(lon) * cos(lat), sin(lon) * cos(lat), sin(lat) };
	node->circle.chord2 = angle < 0.0 ? -1.0 : angle >= PPS_SPHERE_PI ? 4.0 : 4.0 * half * half;
	return node;
}

static pps_where_node *finish_call(parser *p, const pps_where_node *name, pps_where_node *first, size_t n)
{
	pps_where_node *node = NULL;
	if (strcasecmp(name->text, "GLOB") == 0) {
		if (n != 2 || first->kind != PPS_NODE_NAME || first->next->kind != PPS_NODE_STRING) {
			pps_where_fail(p->tree, name->at, PPS_E_ARG, p->err,
				       "GLOB takes a name and a pattern in quotes");
			return NULL;
		}
		const char *pattern = first->next->text;
		node = new_operator(p, PPS_NODE_GLOB, 0, name->at, first, NULL);
		if (node)
			node->text = pattern;
	} else if (strcasecmp(name->text, "UUID") == 0) {
		if (n != 1 || first->kind != PPS_NODE_STRING) {
			pps_where_fail(p->tree, name->at, PPS_E_ARG, p->err, "UUID takes one string");
			return NULL;
		}
		node = new_node(p, PPS_NODE_UUID, name->at);
		if (node && read_uuid(p, first, node) < 0)
			return NULL;
	} else if (strcasecmp(name->text, "POINT") == 0) {
		node = read_circle(p, name, first, n, 2);
	} else if (strcasecmp(name->text, "CIRCLE") == 0) {
		node = read_circle(p, name, first, n, 3);
	} else {
		static const char *const regions[] = { "BOX", "POLYGON", "REGION" };
		for (size_t i = 0; i < PPS_COUNT(regions); i++)
			if (strcasecmp(name->text, regions[i]) == 0) {
				pps_where_fail(p->tree, name->at, PPS_E_UNSUPPORTED, p->err,
					       "regions (%s) are not supported", regions[i]);
				return NULL;
			}
		pps_where_fail(p->tree, name->at, PPS_E_ARG, p->err, "unknown function %.60s", name->text);
	}
	return node;
}

/* What follows the name of a function: its arguments in parentheses. */
static pps_where_node *parse_call(parser *p, const pps_where_node *name)
{
	pps_where_node *first = NULL, **link = &first;
	size_t n = 0;
	if (take_sign(p, '(', "(") < 0)
		return NULL;
	/* The Butler lets the list begin with a comma. */
	if (is_sign(p, ',') && advance(p) < 0)
		return NULL;
	while (!is_sign(p, ')') || n > 0) {
		if (!(*link = parse_or(p)))
			return NULL;
		link = &(*link)->next;
		n++;
		if (!is_sign(p, ','))
			break;
		if (advance(p) < 0)
			return NULL;
	}
	if (take_sign(p, ')', ", or )") < 0)
		return NULL;
	return finish_call(p, name, first, n);
}

/* ( expr ) or ( begin , end ) */
static pps_where_node *parse_parentheses(parser *p)
{
	size_t at = p->token.at;
	if (advance(p) < 0)
		return NULL;
	pps_where_node *a = parse_or(p);
	if (!a)
		return NULL;
	if (is_sign(p, ',')) {
		if (advance(p) < 0)
			return NULL;
		pps_where_node *b = parse_or(p);
		if (!b || !(a = new_operator(p, PPS_NODE_TUPLE, 0, at, a, b)))
			return NULL;
	}
	return take_sign(p, ')', ")") < 0 ? NULL : a;
}

static pps_where_node *parse_primary(parser *p)
{
	if (is_sign(p, '('))
		return parse_parentheses(p);
	if (p->token.kind == TOKEN_NAME)
		return parse_name(p);
	if (p->token.kind == TOKEN_WORD) {
		pps_where_node *name = parse_name(p);
		return name && is_sign(p, '(') ? parse_call(p, name) : name;
	}
	if (p->token.kind >= TOKEN_INT && p->token.kind <= TOKEN_RANGE)
		return parse_literal(p, 1, p->token.at);
	return fail_expected(p, "a name, a value or (");
}

/* Enters a level of nesting or fails; leave with p->depth--. */
static int enter(parser *p)
{
	if (p->depth++ < PPS_WHERE_DEPTH)
		return 0;
	return pps_where_fail(p->tree, p->token.at, PPS_E_ARG, p->err, "more than %d levels of nesting",
			      PPS_WHERE_DEPTH);
}

static pps_where_node *parse_unary(parser *p)
{
	if (!is_sign(p, '+') && !is_sign(p, '-'))
		return parse_primary(p);
	int kind = p->token.op == '-' ? PPS_NODE_MINUS : PPS_NODE_PLUS;
	size_t at = p->token.at;
	if (enter(p) < 0 || advance(p) < 0)
		return NULL;
	pps_where_node *operand = parse_unary(p);
	p->depth--;
	return operand ? new_operator(p, kind, 0, at, operand, NULL) : NULL;
}

/* + - (level 0) over * / % (level 1), all from left to right. */
static pps_where_node *parse_arithmetic(parser *p, int level)
{
	pps_where_node *a = level == 0 ? parse_arithmetic(p, 1) : parse_unary(p);
	while (a && p->token.kind == TOKEN_SIGN && strchr(level == 0 ? "+-" : "*/%", p->token.op)) {
		token sign = p->token;
		if (advance(p) < 0)
			return NULL;
		pps_where_node *b = level == 0 ? parse_arithmetic(p, 1) : parse_unary(p);
		if (!b)
			return NULL;
		a = new_operator(p, PPS_NODE_ARITHMETIC, sign.op, sign.at, a, b);
	}
	return a;
}

/* One of IN's list: a literal, a name without dots, or UUID(). */
static pps_where_node *parse_item(parser *p)
{
	size_t at = p->token.at;
	if (is_sign(p, '+') || is_sign(p, '-')) {
		int sign = is_sign(p, '-') ? -1 : 1;
		if (advance(p) < 0)
			return NULL;
		if (p->token.kind != TOKEN_INT && p->token.kind != TOKEN_FLOAT)
			return fail_expected(p, "a number");
		return parse_literal(p, sign, at);
	}
	if (p->token.kind == TOKEN_NAME)
		return fail_expected(p, "a value or a name without dots");
	if (p->token.kind != TOKEN_WORD)
		return parse_literal(p, 1, at);
	pps_where_node *name = parse_name(p);
	if (!name || !is_sign(p, '('))
		return name;
	pps_where_node *call = parse_call(p, name);
	if (call && call->kind != PPS_NODE_UUID) {
		pps_where_fail(p->tree, at, PPS_E_ARG, p->err, "of functions, only UUID can stand in a list");
		return NULL;
	}
	return call;
}

/* sum [ [NOT] IN ( list ) ] */
static pps_where_node *parse_membership(parser *p)
{
	pps_where_node *a = parse_arithmetic(p, 0);
	if (!a || (p->token.kind != TOKEN_IN && p->token.kind != TOKEN_NOT))
		return a;
	size_t at = p->token.at;
	int negated = p->token.kind == TOKEN_NOT;
	if (negated && advance(p) < 0)
		return NULL;
	if (p->token.kind != TOKEN_IN)
		return fail_expected(p, "IN");
	if (advance(p) < 0 || take_sign(p, '(', "( after IN") < 0)
		return NULL;
	pps_where_node *in = new_operator(p, PPS_NODE_IN, 0, at, a, NULL);
	if (!in)
		return NULL;
	pps_where_node **link = &a->next;
	for (;;) {
		if (!(*link = parse_item(p)))
			return NULL;
		link = &(*link)->next;
		if (!is_sign(p, ','))
			break;
		if (advance(p) < 0)
			return NULL;
	}
	if (take_sign(p, ')', ", or )") < 0)
		return NULL;
	return negated ? new_operator(p, PPS_NODE_NOT, 0, at, in, NULL) : in;
}

static pps_where_node *parse_comparison(parser *p)
{
	pps_where_node *a = parse_membership(p);
	while (a && (p->token.kind == TOKEN_COMPARISON || p->token.kind == TOKEN_OVERLAPS)) {
		token sign = p->token;
		if (advance(p) < 0)
			return NULL;
		pps_where_node *b = parse_membership(p);
		if (!b)
			return NULL;
		a = new_operator(p, PPS_NODE_COMPARE, sign.op, sign.at, a, b);
	}
	return a;
}

static pps_where_node *parse_not(parser *p)
{
	if (p->token.kind != TOKEN_NOT)
		return parse_comparison(p);
	size_t at = p->token.at;
	if (enter(p) < 0 || advance(p) < 0)
		return NULL;
	pps_where_node *operand = parse_not(p);
	p->depth--;
	return operand ? new_operator(p, PPS_NODE_NOT, 0, at, operand, NULL) : NULL;
}

/* Operands of AND (or OR) as one flat list. */
static pps_where_node *parse_list(parser *p, int token_kind, int node_kind,
				  pps_where_node *(*parse)(parser *))
{
	pps_where_node *a = parse(p);
	if (!a || p->token.kind != token_kind)
		return a;
	pps_where_node *list = new_operator(p, node_kind, 0, p->token.at, a, NULL), **link = &a->next;
	while (list && p->token.kind == token_kind) {
		if (advance(p) < 0 || !(*link = parse(p)))
			return NULL;
		if ((*link)->depth >= list->depth)
			list->depth = (*link)->depth + 1;
		if (list->depth > PPS_WHERE_DEPTH) {
			pps_where_fail(p->tree, list->at, PPS_E_ARG, p->err,
				       "more than %d levels of operators", PPS_WHERE_DEPTH);
			return NULL;
		}
		link = &(*link)->next;
	}
	return list;
}

static pps_where_node *parse_and(parser *p)
{
	return parse_list(p, TOKEN_AND, PPS_NODE_AND, parse_not);
}

static pps_where_node *parse_or(parser *p)
{
	if (enter(p) < 0)
		return NULL;
	pps_where_node *node = parse_list(p, TOKEN_OR, PPS_NODE_OR, parse_and);
	p->depth--;
	return node;
}

int pps_where_parse(pps_where_tree *tree, pps_error **err)
{
	pps_error *cause = NULL;
	parser p = { .tree = tree, .err = &cause };
	if (tree->size > PPS_WHERE_TEXT)
		return pps_fail(err, PPS_E_ARG, "where: the expression has more than %d bytes",
				PPS_WHERE_TEXT);
	if (!pps_utf8_is_valid(tree->text, tree->size))
		return pps_fail(err, PPS_E_ARG, "where: the expression is not UTF-8");
	int r = advance(&p);
	if (r == PPS_OK && p.token.kind != TOKEN_END) {
		tree->root = parse_or(&p);
		if (tree->root && p.token.kind != TOKEN_END)
			fail_expected(&p, "AND, OR or the end");
	}
	r = pps_error_code(cause);
	pps_error_move(err, cause);
	return r;
}
