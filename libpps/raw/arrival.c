/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/arrival.h"

#include <string.h>

#include "base/codec.h"

#define LIST_TAIL "_expectedSensors.json"
#define NAME_MOST 512
#define LOOK_AGAIN_NS (2 * PPS_NS_PER_S)

void pps_arrival_place_clear(pps_arrival_place *place)
{
	free(place->instrument);
	free(place->obs_id);
	free(place->folder);
	free(place->name);
	*place = (pps_arrival_place){ 0 };
}

/* The part that ends at @end, back to the slash before it; NULL when there is none. */
static const char *part_before(const char *key, const char *end)
{
	const char *p = end;

	while (p > key && p[-1] != '/')
		p--;
	return p > key && p < end ? p : NULL;
}

static int is_day(const char *p, size_t n, int64_t *ret)
{
	char text[9];

	if (n != 8 || strspn(p, "0123456789") < 8)
		return 0;
	memcpy(text, p, 8);
	text[8] = 0;
	return pps_int_parse(text, ret, NULL) == PPS_OK && *ret >= 19000101;
}

int pps_arrival_place_of(const char *key, pps_arrival_place *place, pps_error **err)
{
	const char *slash = strrchr(key, '/'), *obs_id, *day;
	size_t instrument = strcspn(key, "/");

	*place = (pps_arrival_place){ 0 };
	if (!slash || !slash[1] || !instrument || !(obs_id = part_before(key, slash)) || !(day = part_before(key, obs_id - 1)) ||
	    !is_day(day, (size_t)(obs_id - 1 - day), &place->day_obs))
		return 0;
	place->instrument = strndup(key, instrument);
	place->obs_id = strndup(obs_id, (size_t)(slash - obs_id));
	place->folder = strndup(key, (size_t)(slash - key));
	place->name = strdup(slash + 1);
	return place->instrument && place->obs_id && place->folder && place->name ? 1 : pps_fail_nomem(err);
}

int pps_arrival_is_list(const char *obs_id, const char *name)
{
	size_t n = strlen(obs_id);

	return !strncmp(name, obs_id, n) && !strcmp(name + n, LIST_TAIL);
}

static const pps_arrival_file *find(const pps_arrival_file *files, size_t n, const char *name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(files[middle].name, name);

		if (!c)
			return files[middle].removed ? NULL : &files[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The first that is there of the names that a sensor's file can have. */
static void look(pps_arrival_verdict *v, const char *obs_id, const char *sensor, size_t len, const char *const *tails, const pps_arrival_file *files,
		 size_t n)
{
	v->expected++;
	for (; *tails; tails++) {
		char name[NAME_MOST];
		const pps_arrival_file *f;

		if (snprintf(name, sizeof name, "%s_%.*s%s", obs_id, (int)len, sensor, *tails) < (int)sizeof name && (f = find(files, n, name))) {
			if (f->at > v->complete_at)
				v->complete_at = f->at;
			return;
		}
	}
	v->missing++;
}

pps_arrival_verdict pps_arrival_decide(const char *obs_id, const char *expected, const pps_arrival_file *files, size_t n)
{
	static const char *const list[] = { &LIST_TAIL[1], NULL };
	static const char *const images[] = { ".fits", ".fits.fz", "_guider.fits", "_guider.fits.fz", NULL };
	static const char *const sidecars[] = { ".json", "_guider.json", NULL };
	pps_arrival_verdict v = { .complete_at = PPS_TAI_MIN };

	look(&v, obs_id, "", 0, list, files, n);
	for (const char *p = expected; p && *p;) {
		size_t len = strcspn(p, ", ");

		if (len) {
			look(&v, obs_id, p, len, images, files, n);
			look(&v, obs_id, p, len, sidecars, files, n);
		}
		p += len;
		p += strspn(p, ", ");
	}
	if (!expected)
		v.missing++;
	if (v.missing)
		v.complete_at = PPS_TAI_MIN;
	return v;
}

int64_t pps_arrival_look_again(int64_t told, int64_t looked)
{
	int64_t since = looked > told ? looked - told : told - looked; /* clocks differ */

	if (since > PPS_ARRIVAL_AWAITED_NS)
		return PPS_TAI_MAX;
	return looked + (since > LOOK_AGAIN_NS ? since : LOOK_AGAIN_NS);
}
