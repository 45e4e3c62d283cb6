/* SPDX-License-Identifier: BSD-3-Clause */
/* Which files go where. */
#include <string.h>

#include "butler/ref-private.h"

#define NO_MEMBER SIZE_MAX

struct planner {
	pps_butler *source, *dest;
	const pps_refs *refs;
	pps_ref_places *places;
	pps_map *members;       /* "type instrument" -> member + 1 of the destination, NO_MEMBER: none accepts */
	pps_ref_wish *wishes;   /* of the places that need a path by a template, in their order */
	size_t nwishes, wishes_cap, next;
	pps_ref_fields fields;
};

static void planner_clear(struct planner *p)
{
	pps_ref_places_free(p->places);
	pps_map_free(p->members);
	pps_ref_fields_clear(&p->fields);
	free(p->wishes);
}

void pps_ref_places_free(pps_ref_places *places)
{
	if (!places)
		return;
	free(places->at);
	pps_arena_free(places->arena);
	free(places);
}

static int is_absolute(const char *path)
{
	return path[0] == '/' || strstr(path, "://") != NULL;
}

static const char *text_in(struct planner *p, const char *text, pps_error **err)
{
	const char *copy = pps_arena_text(p->places->arena, text);

	if (!copy)
		pps_arena_fail(p->places->arena, "places of files", err);
	return copy;
}

/* ---- who takes it ---- */

/* By the definition of the destination's universe: constraints name its dimensions. */
static int choose_member(struct planner *p, const pps_ref *ref, const char *instrument, size_t *ret, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
	const pps_butler_config *c = &p->dest->config;
	int r;

	if ((r = pps_butler_type_group(p->dest, ref->type, &group, err)) < 0)
		return r;
	*ret = NO_MEMBER;
	for (size_t i = 0; i < c->nmembers && *ret == NO_MEMBER; i++)
		if (pps_butler_member_accepts(&c->members[i], p->dest->universe, ref->type->name, ref->type->storage_class, group, instrument))
			*ret = i;
	return PPS_OK;
}

/* Rules look at type and instrument: each pair is asked once. */
static int member_of(struct planner *p, const pps_ref *ref, size_t *ret, pps_error **err)
{
	const char *instrument = pps_ref_instrument(ref);
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	void *found;
	int r;

	pps_buf_printf(&key, "%s %s", ref->type->name, instrument ? instrument : "");
	if ((r = pps_buf_check(&key, "dataset type", err)) < 0)
		return r;
	if (pps_map_get_text(p->members, pps_buf_text(&key), &found)) {
		*ret = (uintptr_t)found == NO_MEMBER ? NO_MEMBER : (uintptr_t)found - 1;
		return PPS_OK;
	}
	if ((r = choose_member(p, ref, instrument, ret, err)) < 0)
		return r;
	found = (void *)(uintptr_t)(*ret == NO_MEMBER ? NO_MEMBER : *ret + 1);
	return pps_map_set_text(p->members, pps_buf_text(&key), found) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

/* ---- a path by the destination's template ---- */

/* Copies and hard links of files that the source only refers to get a name of the destination's. */
static int needs_name(const struct planner *p, const pps_ref_place *place)
{
	const int transfer = p->places->transfer;

	return !place->problem && is_absolute(place->file->path) && !strchr(place->file->path, '#') &&
	       (transfer == PPS_TRANSFER_COPY || transfer == PPS_TRANSFER_HARDLINK);
}

static int find_template(struct planner *p, const pps_ref_place *place, const char **ret, pps_error **err)
{
	_cleanup_(pps_dimension_group_freep) pps_dimension_group *group = NULL;
	const pps_ref *ref = &p->refs->at[place->ref];
	pps_template_key key = { .type = ref->type->name, .component = place->file->component,
				       .storage_class = place->file->component ? place->file->storage_class : ref->type->storage_class,
				       .composite_storage_class = place->file->component ? ref->type->storage_class : NULL,
				       .instrument = pps_ref_instrument(ref) };
	int r;

	if ((r = pps_butler_type_group(p->dest, ref->type, &group, err)) < 0)
		return r;
	key.dimensions = group;
	*ret = pps_template_find(p->dest->config.members[place->member].templates, p->dest->universe, &key);
	return PPS_OK;
}

struct field_request {
	const struct planner *planner;
	const pps_ref *ref;
	const pps_ref_file *file;
	char id[37];
};

static int get_field(void *user, const char *name, const char *column, pps_field *ret, pps_error **err)
{
	struct field_request *q = user;

	*ret = (pps_field){ .kind = PPS_FIELD_TEXT };
	if (!column && strcmp(name, "run") == 0)
		ret->s = q->ref->run;
	else if (!column && strcmp(name, "datasetType") == 0)
		ret->s = q->ref->type->name;
	else if (!column && strcmp(name, "component") == 0)
		ret->s = q->file->component;
	else if (!column && strcmp(name, "id") == 0)
		ret->s = q->id;
	else
		return pps_ref_field(&q->planner->fields, q->ref, name, column, ret, err);
	return ret->s != NULL;
}

/* What a template asks for and a dataset does not have is that dataset's problem alone. */
static int make_path(struct planner *p, pps_ref_place *place, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE;
	struct field_request q = { .planner = p, .ref = &p->refs->at[place->ref], .file = place->file };
	_cleanup_(pps_uri_freep) pps_uri *from = NULL;
	const char *template = p->wishes[p->next++].template;
	int r;

	if (!*template) {
		place->problem = "the destination's datastore has no file template for it";
		return PPS_OK;
	}
	pps_uuid_format(&q.ref->id, q.id);
	if ((r = pps_template_format(template, place->file->component != NULL, get_field, &q, &path, &why)) < 0) {
		if (r == PPS_E_NOMEM || r == PPS_E_INTERNAL) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
		return (place->problem = text_in(p, pps_error_message(why), err)) ? PPS_OK : PPS_E_NOMEM;
	}
	if ((r = pps_uri_parse(place->from, &from, err)) < 0)
		return r;
	pps_buf_add_text(&path, pps_file_extension(pps_uri_basename(from)));
	if ((r = pps_buf_check(&path, "path of a file", err)) < 0)
		return r;
	return (place->path = text_in(p, pps_buf_text(&path), err)) ? PPS_OK : PPS_E_NOMEM;
}

/* ---- places ---- */

/* The absolute URI of a record's path, with and without its fragment. */
static int locate(struct planner *p, const pps_butler_member *m, const char *path, const char **ret_whole, const char **ret_plain, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *whole = NULL, *plain = NULL;
	int r;

	if ((r = pps_uri_join(m->root_uri, path, &uri, err)) < 0 || (r = pps_uri_format(uri, &whole, err)) < 0)
		return r;
	if (!(*ret_whole = text_in(p, whole, err)))
		return PPS_E_NOMEM;
	*ret_plain = *ret_whole;
	if (!uri->fragment)
		return PPS_OK;
	free(TAKE_PTR(uri->fragment));
	if ((r = pps_uri_format(uri, &plain, err)) < 0)
		return r;
	return (*ret_plain = text_in(p, plain, err)) ? PPS_OK : PPS_E_NOMEM;
}

static int set_place(struct planner *p, pps_ref_place *place, pps_error **err)
{
	const pps_butler_member *from = &p->source->config.members[place->file->member], *to = &p->dest->config.members[place->member];
	const int transfer = p->places->transfer;
	const char *whole, *unused;
	int r;

	if ((r = locate(p, from, place->file->path, &whole, &place->from, err)) < 0)
		return r;
	if (transfer == PPS_TRANSFER_DIRECT) {
		place->path = whole;
		place->to = place->from;
		return PPS_OK;
	}
	place->path = place->file->path;
	if (needs_name(p, place)) {
		if ((r = make_path(p, place, err)) < 0)
			return r;
	} else if (is_absolute(place->path)) {
		place->problem = transfer == PPS_TRANSFER_IN_PLACE ?
				 "its file record is an absolute URI, which cannot be shared in place" :
				 "its file is a member of a zip outside of the datastore: only a direct transfer refers to it";
	}
	if (place->problem)
		return PPS_OK;
	return locate(p, to, place->path, &unused, &place->to, err);
}

/* In the refs' order; the files of a dataset lie beside each other. */
static int add_places(struct planner *p, pps_error **err)
{
	pps_ref_places *places = p->places;
	size_t member;
	int r;

	for (size_t i = 0; i < p->refs->n; i++) {
		if ((r = member_of(p, &p->refs->at[i], &member, err)) < 0)
			return r;
		for (size_t k = 0; k < p->refs->at[i].nfiles; k++) {
			if (pps_grow(&places->at, &places->cap, places->n, sizeof *places->at) < 0)
				return pps_fail_nomem(err);
			places->at[places->n++] = (pps_ref_place){ .ref = i, .file = &p->refs->at[i].files[k], .member = member,
								   .problem = member == NO_MEMBER ? "no datastore of the destination accepts it" : NULL };
		}
	}
	return PPS_OK;
}

/* Reads what their templates ask for. */
static int load_fields(struct planner *p, pps_error **err)
{
	int r, found = 0;

	for (size_t i = 0; i < p->places->n; i++) {
		const pps_ref_place *place = &p->places->at[i];
		const char *template;

		if (!needs_name(p, place))
			continue;
		if ((r = find_template(p, place, &template, err)) < 0)
			return r;
		if (pps_grow(&p->wishes, &p->wishes_cap, p->nwishes, sizeof *p->wishes) < 0)
			return pps_fail_nomem(err);
		p->wishes[p->nwishes++] = (pps_ref_wish){ place->ref, template ? template : "" };
		found = 1;
	}
	return found ? pps_ref_fields_load(p->source, p->refs, p->wishes, p->nwishes, &p->fields, err) : PPS_OK;
}

int pps_butler_plan_files(pps_butler *source, pps_butler *dest, const pps_refs *refs, int transfer, pps_ref_places **ret, pps_error **err)
{
	_cleanup_(planner_clear) struct planner p = { .source = source, .dest = dest, .refs = refs, .members = pps_map_new() };
	int r;

	if (!p.members || !(p.places = calloc(1, sizeof *p.places)))
		return pps_fail_nomem(err);
	p.places->transfer = transfer;
	if ((r = pps_arena_new((size_t)pps_ctx_memory(source->ctx), &p.places->arena, err)) < 0 || (r = add_places(&p, err)) < 0 ||
	    (r = load_fields(&p, err)) < 0)
		return pps_wrap(err, r, "files for %s", dest->config.uri);
	for (size_t i = 0; i < p.places->n; i++)
		if (!p.places->at[i].problem && (r = set_place(&p, &p.places->at[i], err)) < 0)
			return pps_wrap(err, r, "files for %s", dest->config.uri);
	*ret = TAKE_PTR(p.places);
	return PPS_OK;
}
