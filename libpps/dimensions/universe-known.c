/* SPDX-License-Identifier: BSD-3-Clause */
/* The universes of daf_butler that are known, without their documentation; test-universe compares them with
 * what real repositories store. */
#include "dimensions/universe.h"

#include "base/buf.h"

/* One property of the JSON: a name and what follows it. */
#define COLUMN(name, type) "{'name':'" name "','type':'" type "}"
#define INT(name) COLUMN(name, "int'")
#define FLOAT(name) COLUMN(name, "float'")
#define BOOL(name) COLUMN(name, "bool'")
#define TEXT(name, length) COLUMN(name, "string','length':" #length)
#define INT_NOT_NULL(name) COLUMN(name, "int','nullable':false")

/* Quotes are single here, and made double before parsing. */
static const char elements[] =
	"'instrument':{'keys':[" TEXT("name", 32) "],'metadata':[" INT("visit_max") "," INT("visit_system")
	"," INT("exposure_max") "," INT("detector_max") "," TEXT("class_name", 64) "],'governor':true},"
	"'band':{'keys':[" TEXT("name", 32) "],'implied_union_target':'physical_filter'},"
	"'physical_filter':{'keys':[" TEXT("name", 32) "],'requires':['instrument'],'implies':['band']},"
	"'subfilter':{'keys':[" INT("id") "],'requires':['band']},"
	"'detector':{'keys':[" INT("id") "," TEXT("full_name", 32) "],'metadata':[" TEXT("name_in_raft", 32)
	"," TEXT("raft", 32) "," TEXT("purpose", 32) "],'requires':['instrument']},"
	"'group':{'keys':[" TEXT("name", 64) "],'requires':['instrument']},"
	"'day_obs':{'keys':[" INT("id") "],'requires':['instrument']},"
	"'visit':{'keys':[" INT("id") "," TEXT("name", 64) "],'metadata':[" INT("seq_num")
	"," FLOAT("exposure_time") "," TEXT("target_name", 64) "," TEXT("observation_reason", 68)
	"," TEXT("science_program", 64) "," FLOAT("azimuth") "," FLOAT("zenith_angle")
	"],'requires':['instrument'],'implies':['physical_filter','day_obs']},"
	"'exposure':{'keys':[" INT("id") "," TEXT("obs_id", 64) "],'metadata':[" FLOAT("exposure_time")
	"," FLOAT("dark_time") "," TEXT("observation_type", 16) "," TEXT("observation_reason", 68)
	"," INT("seq_num") "," INT("seq_start") "," INT("seq_end") "," TEXT("target_name", 64)
	"," TEXT("science_program", 64) "," FLOAT("tracking_ra") "," FLOAT("tracking_dec")
	"," FLOAT("sky_angle") "," FLOAT("azimuth") "," FLOAT("zenith_angle") "," BOOL("has_simulated")
	"," BOOL("can_see_sky")
	"],'requires':['instrument'],'implies':['physical_filter','group','day_obs']},"
	"'skymap':{'keys':[" TEXT("name", 64) "," COLUMN("hash", "hash','nbytes':40") "],'metadata':["
	INT("tract_max") "," INT("patch_nx_max") "," INT("patch_ny_max") "],'governor':true},"
	"'tract':{'keys':[" INT("id") "],'requires':['skymap']},"
	"'patch':{'keys':[" INT("id") "],'metadata':[" INT_NOT_NULL("cell_x") "," INT_NOT_NULL("cell_y")
	"],'requires':['skymap','tract']},"
	"'visit_detector_region':{'requires':['visit','detector'],'populated_by':'visit'},"
	"'visit_system':{'keys':[" INT("id") "," TEXT("name", 32) "],'requires':['instrument']},"
	"'visit_definition':{'requires':['exposure','visit'],'always_join':true,'populated_by':'visit'},"
	"'visit_system_membership':{'requires':['visit','visit_system'],'always_join':true,"
	"'populated_by':'visit'}";

/* What version 8 added. */
static const char elements_8[] =
	",'ssp_hypothesis_table':{'keys':[" TEXT("name", 64) "]},"
	"'ssp_hypothesis_bundle':{'keys':[" INT("id") "],'requires':['ssp_hypothesis_table']},"
	"'ssp_balanced_index':{'keys':[" INT("id") "],'requires':['ssp_hypothesis_table']}";

int pps_universe_known(int version, pps_universe **ret_universe, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	int r;

	if (version != 7 && version != 8)
		return pps_fail(err, PPS_E_UNSUPPORTED,
				"dimension universe: version %d is not known; 7 and 8 are", version);
	pps_buf_printf(&b,
		       "{'version':%d,'namespace':'daf_butler','skypix':{'common':'htm7',"
		       "'htm':{'max_level':24},'healpix':{'max_level':17}},'elements':{%s%s},"
		       "'topology':{'spatial':{'observation_regions':['visit_detector_region','visit'],"
		       "'skymap_regions':['patch','tract']},'temporal':"
		       "{'observation_timespans':['exposure','visit','day_obs']}}}",
		       version, elements, version >= 8 ? elements_8 : "");
	if ((r = pps_buf_check(&b, "dimension universe", err)) < 0)
		return r;
	for (size_t i = 0; i < b.size; i++)
		if (b.at[i] == '\'')
			b.at[i] = '"';
	return pps_universe_parse(b.at, b.size, ret_universe, err);
}
