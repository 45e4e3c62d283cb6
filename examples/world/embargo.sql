BEGIN TRANSACTION;
CREATE TABLE butler_attributes (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "butler_attributes" VALUES('config:registry.managers.attributes','lsst.daf.butler.registry.attributes.DefaultButlerAttributeManager');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.attributes.DefaultButlerAttributeManager','1.0.1');
INSERT INTO "butler_attributes" VALUES('config:registry.managers.dimensions','lsst.daf.butler.registry.dimensions.static.StaticDimensionRecordStorageManager');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.dimensions.static.StaticDimensionRecordStorageManager','6.0.2');
INSERT INTO "butler_attributes" VALUES('config:registry.managers.collections','lsst.daf.butler.registry.collections.synthIntKey.SynthIntKeyCollectionManager');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.collections.synthIntKey.SynthIntKeyCollectionManager','2.0.0');
INSERT INTO "butler_attributes" VALUES('config:registry.managers.datasets','lsst.daf.butler.registry.datasets.byDimensions._manager.ByDimensionsDatasetRecordStorageManagerUUID');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.datasets.byDimensions._manager.ByDimensionsDatasetRecordStorageManagerUUID','2.0.0');
INSERT INTO "butler_attributes" VALUES('config:registry.managers.opaque','lsst.daf.butler.registry.opaque.ByNameOpaqueTableStorageManager');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.opaque.ByNameOpaqueTableStorageManager','0.2.0');
INSERT INTO "butler_attributes" VALUES('config:registry.managers.datastores','lsst.daf.butler.registry.bridge.monolithic.MonolithicDatastoreRegistryBridgeManager');
INSERT INTO "butler_attributes" VALUES('version:lsst.daf.butler.registry.bridge.monolithic.MonolithicDatastoreRegistryBridgeManager','0.2.1');
INSERT INTO "butler_attributes" VALUES('config:dimensions.json','{"version": 8, "namespace": "daf_butler", "skypix": {"common": "htm7", "htm": {"class": "lsst.sphgeom.HtmPixelization", "max_level": 24}, "healpix": {"class": "lsst.sphgeom.HealpixPixelization", "max_level": 17}}, "elements": {"instrument": {"doc": "An entity that produces observations.  An instrument defines a set of physical_filters and detectors and a numbering system for the exposures and visits that represent observations with it.\n", "keys": [{"name": "name", "type": "string", "length": 32}], "metadata": [{"name": "visit_max", "type": "int", "doc": "Maximum value for the ''visit'' field for visits associated with this instrument (exclusive).\n"}, {"name": "visit_system", "type": "int", "doc": "The preferred visit system for this instrument.\n"}, {"name": "exposure_max", "type": "int", "doc": "Maximum value for the ''exposure'' field for exposures associated with this instrument (exclusive).\n"}, {"name": "detector_max", "type": "int", "doc": "Maximum value for the ''detector'' field for detectors associated with this instrument (exclusive).\n"}, {"name": "class_name", "type": "string", "length": 64, "doc": "Full class name of the Instrument class associated with this instrument.\n"}], "governor": true, "storage": {"cls": "lsst.daf.butler.registry.dimensions.governor.BasicGovernorDimensionRecordStorage"}}, "band": {"doc": "A filter that is not associated with a particular instrument.  An abstract filter can be used to relate similar physical filters, and is typically the filter associated with coadds.\n", "keys": [{"name": "name", "type": "string", "length": 32}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage", "nested": {"cls": "lsst.daf.butler.registry.dimensions.query.QueryDimensionRecordStorage", "view_of": "physical_filter"}}}, "physical_filter": {"doc": "A filter associated with a particular instrument.  physical_filters are used to identify datasets that can only be associated with a single observation.\n", "keys": [{"name": "name", "type": "string", "length": 32}], "requires": ["instrument"], "implies": ["band"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage", "nested": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}}, "subfilter": {"doc": "A mathematical division of an band. Subfilters are used to model wavelength-dependent effects such as differential chromatic refraction.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["band"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage", "nested": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}}, "detector": {"doc": "A detector associated with a particular instrument (not an observation of that detector; that requires specifying an exposure or visit as well).\n", "keys": [{"name": "id", "type": "int"}, {"name": "full_name", "type": "string", "length": 32}], "requires": ["instrument"], "metadata": [{"name": "name_in_raft", "type": "string", "length": 32}, {"name": "raft", "type": "string", "length": 32, "doc": "A string name for a group of detectors with an instrument-dependent interpretation.\n"}, {"name": "purpose", "type": "string", "length": 32, "doc": "Role of the detector; typically one of \"SCIENCE\", \"WAVEFRONT\", or \"GUIDE\", though instruments may define additional values.\n"}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage", "nested": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}}, "group": {"doc": "A group of observations defined at the time they were observed by the acquisition system.\n", "keys": [{"name": "name", "type": "string", "length": 64}], "requires": ["instrument"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "day_obs": {"doc": "A day and night of observations that rolls over during daylight hours. The identifier is an decimal integer-concatenated date, i.e. YYYYMMDD, with the exact rollover time observatory-dependent.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["instrument"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "visit": {"doc": "A sequence of observations processed together, comprised of one or more exposures from the same instrument with the same pointing and physical_filter. The visit table contains metadata that is both meaningful only for science exposures and the same for all exposures in a visit.\n", "keys": [{"name": "id", "type": "int"}, {"name": "name", "type": "string", "length": 64}], "requires": ["instrument"], "implies": ["physical_filter", "day_obs"], "metadata": [{"name": "seq_num", "type": "int", "doc": "The sequence number of the first exposure that is part of this visit.\n"}, {"name": "exposure_time", "type": "float", "doc": "The total exposure time of the visit in seconds.  This should be equal to the sum of the exposure_time values for all constituent exposures (i.e. it should not include time between exposures).\n"}, {"name": "target_name", "type": "string", "length": 64, "doc": "Object of interest for this visit or survey field name."}, {"name": "observation_reason", "type": "string", "length": 68, "doc": "The reason this visit was taken. (e.g. science, filter scan, unknown, various).\n"}, {"name": "science_program", "type": "string", "length": 64, "doc": "Observing program (survey or proposal) identifier."}, {"name": "azimuth", "type": "float", "doc": "Approximate azimuth of the telescope in degrees during the visit. Can only be approximate since it is continually changing during an observation and multiple exposures can be combined from a relatively long period.\n"}, {"name": "zenith_angle", "type": "float", "doc": "Approximate zenith angle in degrees during the visit. Can only be approximate since it is continuously changing during an observation and multiple exposures can be combined from a relatively long period.\n"}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "exposure": {"doc": "An observation associated with a particular instrument.  All direct observations are identified with an exposure, but derived datasets that may be based on more than one exposure (e.g. multiple snaps) are typically identified with visits instead, even for instruments that don''t have multiple exposures per visit.  As a result, instruments that don''t have multiple exposures per visit will typically have visit entries that are essentially duplicates of their exposure entries.\nThe exposure table contains metadata entries that are relevant for calibration exposures, and does not duplicate entries in visit that would be the same for all exposures within a visit with the exception of the exposure.group entry.\n", "keys": [{"name": "id", "type": "int"}, {"name": "obs_id", "type": "string", "length": 64}], "requires": ["instrument"], "implies": ["physical_filter", "group", "day_obs"], "metadata": [{"name": "exposure_time", "type": "float", "doc": "Duration of the exposure with shutter open (seconds)."}, {"name": "dark_time", "type": "float", "doc": "Duration of the exposure with shutter closed (seconds)."}, {"name": "observation_type", "type": "string", "length": 16, "doc": "The observation type of this exposure (e.g. dark, bias, science)."}, {"name": "observation_reason", "type": "string", "length": 68, "doc": "The reason this observation was taken. (e.g. science, filter scan, unknown).\n"}, {"name": "seq_num", "type": "int", "doc": "Counter for the observation within a larger sequence. Context of the sequence number is observatory specific. Can be a global counter or counter within day_obs.\n"}, {"name": "seq_start", "type": "int", "doc": "Earliest sequence number that might be related to this exposure.\n"}, {"name": "seq_end", "type": "int", "doc": "Oldest sequence number that might be related to this exposure.\n"}, {"name": "target_name", "type": "string", "length": 64, "doc": "Object of interest for this observation or survey field name."}, {"name": "science_program", "type": "string", "length": 64, "doc": "Observing program (survey, proposal, engineering project) identifier.\n"}, {"name": "tracking_ra", "type": "float", "doc": "Tracking ICRS Right Ascension of boresight in degrees. Can be NULL for observations that are not on sky.\n"}, {"name": "tracking_dec", "type": "float", "doc": "Tracking ICRS Declination of boresight in degrees. Can be NULL for observations that are not on sky.\n"}, {"name": "sky_angle", "type": "float", "doc": "Angle of the instrument focal plane on the sky in degrees. Can be NULL for observations that are not on sky, or for observations where the sky angle changes during the observation.\n"}, {"name": "azimuth", "type": "float", "doc": "Azimuth of the telescope at the start of the exposure in degrees. Can be NULL for observations that are not on sky, or for observations where the azimuth is not relevant.\n"}, {"name": "zenith_angle", "type": "float", "doc": "Angle in degrees from the zenith at the start of the exposure.\n"}, {"name": "has_simulated", "type": "bool", "doc": "True if this exposure has some content that was simulated. This can be if the data itself were simulated or if parts of the header came from simulated systems, such as observations in the lab that are recorded as on-sky.\n"}, {"name": "can_see_sky", "type": "bool", "doc": "True if the detector could see the sky during this exposure. This can be used to definitively determine whether an observation was on sky, taking into account dome state as well as camera shutter.\n"}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "skymap": {"doc": "A set of tracts and patches that subdivide the sky into rectangular regions with simple projections and intentional overlaps.\n", "keys": [{"name": "name", "type": "string", "length": 64}, {"name": "hash", "type": "hash", "nbytes": 40, "doc": "A hash of the skymap''s parameters.\n"}], "metadata": [{"name": "tract_max", "type": "int", "doc": "Maximum ID for tracts in this skymap, exclusive.\n"}, {"name": "patch_nx_max", "type": "int", "doc": "Number of patches in the x direction in each tract.\n"}, {"name": "patch_ny_max", "type": "int", "doc": "Number of patches in the y direction in each tract.\n"}], "governor": true, "storage": {"cls": "lsst.daf.butler.registry.dimensions.governor.BasicGovernorDimensionRecordStorage"}}, "tract": {"doc": "A large rectangular region mapped to the sky with a single map projection, associated with a particular skymap.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["skymap"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "patch": {"doc": "A rectangular region within a tract.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["skymap", "tract"], "metadata": [{"name": "cell_x", "type": "int", "nullable": false, "doc": "Which column this patch occupies in the tract''s grid of patches.\n"}, {"name": "cell_y", "type": "int", "nullable": false, "doc": "Which row this patch occupies in the tract''s grid of patches.\n"}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "visit_detector_region": {"doc": "A many-to-many join table that provides region information for visit-detector combinations.\n", "requires": ["visit", "detector"], "populated_by": "visit", "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "visit_system": {"doc": "A system of self-consistent visit definitions, within which each exposure should appear at most once.\nA visit may belong to multiple visit systems, if the logical definitions for those systems happen to result in the same set of exposures - the main (and probably only) example is when a single-snap visit is observed, for which both the \"one-to-one\" visit system and a \"group by header metadata\" visit system will define the same single-exposure visit.\n", "keys": [{"name": "id", "type": "int"}, {"name": "name", "type": "string", "length": 32}], "requires": ["instrument"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage", "nested": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}}, "visit_definition": {"doc": "A many-to-many join table that relates exposures to the visits they belong to.\n", "requires": ["exposure", "visit"], "populated_by": "visit", "always_join": true, "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "visit_system_membership": {"doc": "A many-to-many join table that relates visits to the visit_systems they belong to.\n", "requires": ["visit", "visit_system"], "populated_by": "visit", "always_join": true, "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "ssp_hypothesis_table": {"doc": "A partitioned set of hypothesized r, r'', r'''' over which the solar system pipelines (SSP) search in parallel for new solar system objects.\n", "keys": [{"name": "name", "type": "string", "length": 64}], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "ssp_hypothesis_bundle": {"doc": "A subset of hypothesized r, r'', r'''' over which a single quanta of HelioLinC searches for new SSOs.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["ssp_hypothesis_table"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}, "ssp_balanced_index": {"doc": "Dummy index for parallelization of linkPurify and other tasks.\n", "keys": [{"name": "id", "type": "int"}], "requires": ["ssp_hypothesis_table"], "storage": {"cls": "lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage"}}}, "topology": {"spatial": {"observation_regions": ["visit_detector_region", "visit"], "skymap_regions": ["patch", "tract"]}, "temporal": {"observation_timespans": ["exposure", "visit", "day_obs"]}}, "packers": {"visit_detector": {"fixed": ["instrument"], "dimensions": ["instrument", "visit", "detector"], "cls": "lsst.daf.butler.instrument.ObservationDimensionPacker"}, "exposure_detector": {"fixed": ["instrument"], "dimensions": ["instrument", "exposure", "detector"], "cls": "lsst.daf.butler.instrument.ObservationDimensionPacker"}, "tract_patch": {"fixed": ["skymap"], "dimensions": ["skymap", "tract", "patch"], "cls": "lsst.skymap.packers.SkyMapDimensionPacker"}, "tract_patch_band": {"fixed": ["skymap"], "dimensions": ["skymap", "tract", "patch", "band"], "cls": "lsst.skymap.packers.SkyMapDimensionPacker"}}}');
CREATE TABLE collection (
	collection_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	type SMALLINT NOT NULL, 
	doc TEXT, 
	PRIMARY KEY (collection_id), 
	CONSTRAINT collection_unq_name UNIQUE (name)
);
INSERT INTO "collection" VALUES(1,'LSSTCam/raw/all',1,NULL);
INSERT INTO "collection" VALUES(2,'LSSTCam/raw/guider',1,NULL);
CREATE TABLE collection_chain (
	parent BIGINT NOT NULL, 
	position SMALLINT NOT NULL, 
	child BIGINT NOT NULL, 
	PRIMARY KEY (parent, position), 
	CONSTRAINT fkey_collection_chain_collection_collection_id_parent FOREIGN KEY(parent) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_chain_collection_collection_id_child FOREIGN KEY(child) REFERENCES collection (collection_id)
);
CREATE TABLE collection_summary_dataset_type (
	collection_id BIGINT NOT NULL, 
	dataset_type_id BIGINT NOT NULL, 
	PRIMARY KEY (collection_id, dataset_type_id), 
	CONSTRAINT fkey_collection_summary_dataset_type_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_summary_dataset_type_dataset_type_id_dataset_type_id FOREIGN KEY(dataset_type_id) REFERENCES dataset_type (id) ON DELETE CASCADE
);
INSERT INTO "collection_summary_dataset_type" VALUES(1,1);
INSERT INTO "collection_summary_dataset_type" VALUES(2,2);
CREATE TABLE collection_summary_instrument (
	collection_id BIGINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (collection_id, instrument), 
	CONSTRAINT collection_summary_instrument_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_collection_summary_instrument_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_summary_instrument_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "collection_summary_instrument" VALUES(1,'LSSTCam');
INSERT INTO "collection_summary_instrument" VALUES(2,'LSSTCam');
CREATE TABLE collection_summary_skymap (
	collection_id BIGINT NOT NULL, 
	skymap TEXT NOT NULL, 
	PRIMARY KEY (collection_id, skymap), 
	CONSTRAINT fkey_collection_summary_skymap_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_summary_skymap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name)
);
CREATE TABLE dataset (
	id CHAR(32) NOT NULL, 
	dataset_type_id BIGINT NOT NULL, 
	ingest_date BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT fkey_dataset_dataset_type_id_dataset_type_id FOREIGN KEY(dataset_type_id) REFERENCES dataset_type (id), 
	CONSTRAINT fkey_dataset_run_collection_id_run_id FOREIGN KEY(run_id) REFERENCES run (collection_id) ON DELETE CASCADE
);
INSERT INTO "dataset" VALUES('9110923dfef95ac3b1d093aeb9c391b1',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('256e70dcbb48504b8234683a613281d8',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('0cfbff3228385f35ade5c485172ad5f9',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('a148c7e505bd5517880a04bdf2e5cf2b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('99b1f635f7cf59508f794c329597171b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('9a8a4302233253b798808eb89a0b2393',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('d54b2b8fd36c51b295aaa04908649f0d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('42f5c4ba5e32531da18c6db24b75c29d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('a3707ce35a3a5741a597ffada9c89a57',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('10f9ddab70d150eaa49cffc7bfa826ba',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('17b366af8b445703ae4907a3a10008d7',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('cced061ec49657139ca730e0ed146577',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b9a890af5ef65f64a4b4cbc2be292b37',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('19169d8a8d0f55379948eb9410a4de26',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('50fc469f97d25fb598537823dc74d605',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b1f1a9fc329d5a8b97cc1f1c54f3593a',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e67e4ea004425f5890f834060b83547d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6205625aaf895ecb95c7103bf58c5e3b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('5ae4c76e60275c9481aa86cb7b3dd549',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b03f4987ce085bdab83d5c96192db820',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('dc7eabd788335e688dbdc4600ade211a',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('73562e4eb104540b8e3be6ead15a6d0d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('8cc70b5287075f8785a6cb2aa844522c',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('c942c9781e7f5ac4b648c445fcb2b857',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e96d7698c9715843a43ffbcd4cc4064c',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ba4e8f19c7455bed8985541fa9d52166',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('4b4951505b945a57a091b8c5d520a43d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('7ccd9c4525f554ccba652624cfd2a95c',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('27afeb25d1e750f0b934a6c74e4c8864',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6257770b09d45c478125def633929bf9',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('3958cd55d954557eb8e9157e5daf7d77',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f656d4227d025d2a983d2d19c1ca8ae5',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('31aaf99a2e185d93ac49177b620d003d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('83d238170adb585baa0004cf35092e2e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ca2c853907115b42a2c7f7045675fbbc',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('5a2c3fc153a35284bd4b24b268d924c9',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b71409c4820754669c63919eae37e4a5',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('7afe21ca87f65f1d8cebc2ffd1a85c57',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('28140e5de79a5f828a802c693c308778',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ab41b2fc97605b0488c31606524509e7',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2ddf5c58427350fa881825159678209c',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('d88726ec693b5db2a06500561aebf506',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('abfb9a035a4f5ecbb3d0a56db500edbc',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('0a77b9e8b057568484a1bf09b22a76e6',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('747a6685f3625b21a9addfe05d82a9e8',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6286802eece65cc29e93529bfe239c97',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e0aa4b2ef0305ecd935df3d0d295e05d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6655399ee70c54d583db6fba01f77a03',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('65b22c854d7452f18b204a968444b8be',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('bc0eec4850135690ac8d80805362a64e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f123fc9cbf7a5a2f9476ab24033f25a2',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('3a4a3381a1a3536a9fa1efea46fe4c06',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b51ca8315e4056a588070fd18389fe95',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ce0727a48dda5cfe8b27d1a01bd97843',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('7c2acfa03fc958728ef6e13b69f7ee0f',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('519cfb03b69b567c8f1727ca26e24fa0',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('0df3e34d89d9580bb63d4bd59ae8c57e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('1533a75c4a535828886f447909b4beba',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('c58e8e8e679f5edcbda15b8f21126054',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('591aeae53326511686fbd87565fb6445',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ac798563e5e753cc889d138e96ad2c7e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('eaf84b0297b75d98a7bf81e6f9a30bc4',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e20f12fb6fa655aab033e67643ab15e1',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('3c446bf140b75cb6863ee831341549bd',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('cd29a65e6f75544389f55c63be0cc845',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e640dc4fe688553e9fd82bd5fc7a37d5',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('5114615b5e56569286dde69f6f4dba07',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('70ad4de25c06532c9a29c004e7ce0c50',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2b11d9d1b174579b812acc5f1c7e8a3b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('572c7eca3ce25cd9bf3c0cd4cc162102',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f2157090181b5f969d02406b37c403eb',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('5847e0ed09965baca9f8e276554c85c6',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('78fce2beb2835dda8ca501a7fd89ea53',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b6f06d1ea1e857cb81ab1ac296a13ac1',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('040964d950f95c84929aa53472826bae',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('27f9eea7f3dc5171a95edd74e90cf06e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2fab1604b1b351ccb1cd56e5b7bcc762',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b1d068470b705a848fcc3b1d25659f93',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f02cf91b6dd55724b0545daa4480dd03',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('00190ef29a105dcf8209d71944ce5115',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('d8f2fd9c1ea35be4a33f3f954f5f8c12',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f0c2806e1d5352ea8401a23163740b4a',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('b1ec51c1b51f5fa8ac7c9638829925ee',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('12e9b884f44c57b08e90de3c6c5ac0bf',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('3ac9c5d7c71e5f5a9765b87cce8316b2',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('bab4276fe97b586abe1817338e7a96d5',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6f300f9eb50e5303b4a98f42c392df0b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('6e20d0e12da3556084e73ccf64317f3e',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('d09a83224570599984bb3f893dcfdb24',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('c7f01ddb65c650f994c79d24da3c11ea',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('06ff6fbb69a051b6b8b4db7a1b61385a',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('9c0cf6e9de2251c694e545a4f663574d',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('263e26d8a1855b1fa8b82c801194741b',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('a35c8dc3913357b2ba5c67deaa4eecb9',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('7de910b7a8df571e9e61618ae659e76a',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('4e20650a729e5d19a74e35326b7237e8',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('440f53d4948054a297aaa0a5c83f8064',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('3dbf67583973514ab3567931d4a4669a',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('5a62462feac556b5ba9813c0de772b55',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('e3b304824f2458458ad81c7f0c05d91b',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('6a32d66420465159a6fe3359c9231d28',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('409f31b5496d53029be0e763b2a8dd35',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('ea4184a619445369bd63466a6696df5d',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('853ec54b68f05a1e834837b9c55cb7aa',2,1764900000000000000,2);
INSERT INTO "dataset" VALUES('72e43d47a627566688f94d7da5b14ac2',2,1764900000000000000,2);
CREATE TABLE dataset_location (
	datastore_name TEXT NOT NULL, 
	dataset_id CHAR(32) NOT NULL, 
	PRIMARY KEY (datastore_name, dataset_id), 
	CONSTRAINT fkey_dataset_location_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id)
);
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','9110923dfef95ac3b1d093aeb9c391b1');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','256e70dcbb48504b8234683a613281d8');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','0cfbff3228385f35ade5c485172ad5f9');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','a148c7e505bd5517880a04bdf2e5cf2b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','99b1f635f7cf59508f794c329597171b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','9a8a4302233253b798808eb89a0b2393');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','d54b2b8fd36c51b295aaa04908649f0d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','42f5c4ba5e32531da18c6db24b75c29d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','a3707ce35a3a5741a597ffada9c89a57');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','10f9ddab70d150eaa49cffc7bfa826ba');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','17b366af8b445703ae4907a3a10008d7');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','cced061ec49657139ca730e0ed146577');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b9a890af5ef65f64a4b4cbc2be292b37');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','19169d8a8d0f55379948eb9410a4de26');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','50fc469f97d25fb598537823dc74d605');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b1f1a9fc329d5a8b97cc1f1c54f3593a');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e67e4ea004425f5890f834060b83547d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6205625aaf895ecb95c7103bf58c5e3b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','4e20650a729e5d19a74e35326b7237e8');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','440f53d4948054a297aaa0a5c83f8064');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5ae4c76e60275c9481aa86cb7b3dd549');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b03f4987ce085bdab83d5c96192db820');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','dc7eabd788335e688dbdc4600ade211a');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','73562e4eb104540b8e3be6ead15a6d0d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','8cc70b5287075f8785a6cb2aa844522c');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','c942c9781e7f5ac4b648c445fcb2b857');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e96d7698c9715843a43ffbcd4cc4064c');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ba4e8f19c7455bed8985541fa9d52166');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','4b4951505b945a57a091b8c5d520a43d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','7ccd9c4525f554ccba652624cfd2a95c');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','27afeb25d1e750f0b934a6c74e4c8864');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6257770b09d45c478125def633929bf9');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3958cd55d954557eb8e9157e5daf7d77');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f656d4227d025d2a983d2d19c1ca8ae5');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','31aaf99a2e185d93ac49177b620d003d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','83d238170adb585baa0004cf35092e2e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ca2c853907115b42a2c7f7045675fbbc');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5a2c3fc153a35284bd4b24b268d924c9');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b71409c4820754669c63919eae37e4a5');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3dbf67583973514ab3567931d4a4669a');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5a62462feac556b5ba9813c0de772b55');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','7afe21ca87f65f1d8cebc2ffd1a85c57');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','28140e5de79a5f828a802c693c308778');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ab41b2fc97605b0488c31606524509e7');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2ddf5c58427350fa881825159678209c');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','d88726ec693b5db2a06500561aebf506');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','abfb9a035a4f5ecbb3d0a56db500edbc');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','0a77b9e8b057568484a1bf09b22a76e6');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','747a6685f3625b21a9addfe05d82a9e8');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6286802eece65cc29e93529bfe239c97');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e0aa4b2ef0305ecd935df3d0d295e05d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6655399ee70c54d583db6fba01f77a03');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','65b22c854d7452f18b204a968444b8be');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','bc0eec4850135690ac8d80805362a64e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f123fc9cbf7a5a2f9476ab24033f25a2');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3a4a3381a1a3536a9fa1efea46fe4c06');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b51ca8315e4056a588070fd18389fe95');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ce0727a48dda5cfe8b27d1a01bd97843');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','7c2acfa03fc958728ef6e13b69f7ee0f');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','519cfb03b69b567c8f1727ca26e24fa0');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e3b304824f2458458ad81c7f0c05d91b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6a32d66420465159a6fe3359c9231d28');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','0df3e34d89d9580bb63d4bd59ae8c57e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','1533a75c4a535828886f447909b4beba');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','c58e8e8e679f5edcbda15b8f21126054');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','591aeae53326511686fbd87565fb6445');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ac798563e5e753cc889d138e96ad2c7e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','eaf84b0297b75d98a7bf81e6f9a30bc4');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e20f12fb6fa655aab033e67643ab15e1');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3c446bf140b75cb6863ee831341549bd');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','cd29a65e6f75544389f55c63be0cc845');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e640dc4fe688553e9fd82bd5fc7a37d5');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5114615b5e56569286dde69f6f4dba07');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','70ad4de25c06532c9a29c004e7ce0c50');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2b11d9d1b174579b812acc5f1c7e8a3b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','572c7eca3ce25cd9bf3c0cd4cc162102');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f2157090181b5f969d02406b37c403eb');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5847e0ed09965baca9f8e276554c85c6');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','78fce2beb2835dda8ca501a7fd89ea53');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b6f06d1ea1e857cb81ab1ac296a13ac1');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','040964d950f95c84929aa53472826bae');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','409f31b5496d53029be0e763b2a8dd35');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ea4184a619445369bd63466a6696df5d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','27f9eea7f3dc5171a95edd74e90cf06e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2fab1604b1b351ccb1cd56e5b7bcc762');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b1d068470b705a848fcc3b1d25659f93');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f02cf91b6dd55724b0545daa4480dd03');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','00190ef29a105dcf8209d71944ce5115');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','d8f2fd9c1ea35be4a33f3f954f5f8c12');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f0c2806e1d5352ea8401a23163740b4a');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','b1ec51c1b51f5fa8ac7c9638829925ee');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','12e9b884f44c57b08e90de3c6c5ac0bf');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3ac9c5d7c71e5f5a9765b87cce8316b2');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','bab4276fe97b586abe1817338e7a96d5');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6f300f9eb50e5303b4a98f42c392df0b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','6e20d0e12da3556084e73ccf64317f3e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','d09a83224570599984bb3f893dcfdb24');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','c7f01ddb65c650f994c79d24da3c11ea');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','06ff6fbb69a051b6b8b4db7a1b61385a');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','9c0cf6e9de2251c694e545a4f663574d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','263e26d8a1855b1fa8b82c801194741b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','a35c8dc3913357b2ba5c67deaa4eecb9');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','853ec54b68f05a1e834837b9c55cb7aa');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','72e43d47a627566688f94d7da5b14ac2');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','7de910b7a8df571e9e61618ae659e76a');
CREATE TABLE dataset_location_trash (
	dataset_id CHAR(32) NOT NULL, 
	datastore_name TEXT NOT NULL, 
	PRIMARY KEY (dataset_id, datastore_name)
);
CREATE TABLE dataset_tags_00000001 (
	dataset_type_id BIGINT NOT NULL, 
	dataset_id CHAR(32) NOT NULL, 
	collection_id BIGINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	detector BIGINT NOT NULL, 
	exposure BIGINT NOT NULL, 
	PRIMARY KEY (dataset_id, collection_id), 
	CONSTRAINT dataset_tags_00000001_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT dataset_tags_00000001_unq_dataset_type_id_collection_id_instrument_detector_exposure UNIQUE (dataset_type_id, collection_id, instrument, detector, exposure), 
	CONSTRAINT fkey_dataset_tags_00000001_dataset_type_id_dataset_type_id FOREIGN KEY(dataset_type_id) REFERENCES dataset_type (id), 
	CONSTRAINT fkey_dataset_tags_00000001_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000001_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000001_collection_summary_dataset_type_collection_id_dataset_type_id_collection_id_dataset_type_id FOREIGN KEY(collection_id, dataset_type_id) REFERENCES collection_summary_dataset_type (collection_id, dataset_type_id), 
	CONSTRAINT fkey_dataset_tags_00000001_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_dataset_tags_00000001_collection_summary_instrument_collection_id_instrument_collection_id_instrument FOREIGN KEY(collection_id, instrument) REFERENCES collection_summary_instrument (collection_id, instrument), 
	CONSTRAINT fkey_dataset_tags_00000001_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_dataset_tags_00000001_exposure_instrument_id_instrument_exposure FOREIGN KEY(instrument, exposure) REFERENCES exposure (instrument, id)
);
INSERT INTO "dataset_tags_00000001" VALUES(1,'9110923dfef95ac3b1d093aeb9c391b1',1,'LSSTCam',81,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'256e70dcbb48504b8234683a613281d8',1,'LSSTCam',82,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'0cfbff3228385f35ade5c485172ad5f9',1,'LSSTCam',83,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'a148c7e505bd5517880a04bdf2e5cf2b',1,'LSSTCam',84,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'99b1f635f7cf59508f794c329597171b',1,'LSSTCam',85,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'9a8a4302233253b798808eb89a0b2393',1,'LSSTCam',86,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'d54b2b8fd36c51b295aaa04908649f0d',1,'LSSTCam',87,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'42f5c4ba5e32531da18c6db24b75c29d',1,'LSSTCam',88,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'a3707ce35a3a5741a597ffada9c89a57',1,'LSSTCam',89,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'10f9ddab70d150eaa49cffc7bfa826ba',1,'LSSTCam',90,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'17b366af8b445703ae4907a3a10008d7',1,'LSSTCam',91,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'cced061ec49657139ca730e0ed146577',1,'LSSTCam',92,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b9a890af5ef65f64a4b4cbc2be292b37',1,'LSSTCam',93,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'19169d8a8d0f55379948eb9410a4de26',1,'LSSTCam',94,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'50fc469f97d25fb598537823dc74d605',1,'LSSTCam',95,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b1f1a9fc329d5a8b97cc1f1c54f3593a',1,'LSSTCam',96,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'e67e4ea004425f5890f834060b83547d',1,'LSSTCam',97,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6205625aaf895ecb95c7103bf58c5e3b',1,'LSSTCam',98,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'5ae4c76e60275c9481aa86cb7b3dd549',1,'LSSTCam',191,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b03f4987ce085bdab83d5c96192db820',1,'LSSTCam',81,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'dc7eabd788335e688dbdc4600ade211a',1,'LSSTCam',82,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'73562e4eb104540b8e3be6ead15a6d0d',1,'LSSTCam',83,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'8cc70b5287075f8785a6cb2aa844522c',1,'LSSTCam',84,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'c942c9781e7f5ac4b648c445fcb2b857',1,'LSSTCam',85,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'e96d7698c9715843a43ffbcd4cc4064c',1,'LSSTCam',86,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'ba4e8f19c7455bed8985541fa9d52166',1,'LSSTCam',87,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'4b4951505b945a57a091b8c5d520a43d',1,'LSSTCam',88,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'7ccd9c4525f554ccba652624cfd2a95c',1,'LSSTCam',89,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'27afeb25d1e750f0b934a6c74e4c8864',1,'LSSTCam',90,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6257770b09d45c478125def633929bf9',1,'LSSTCam',91,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'3958cd55d954557eb8e9157e5daf7d77',1,'LSSTCam',92,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'f656d4227d025d2a983d2d19c1ca8ae5',1,'LSSTCam',93,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'31aaf99a2e185d93ac49177b620d003d',1,'LSSTCam',94,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'83d238170adb585baa0004cf35092e2e',1,'LSSTCam',95,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'ca2c853907115b42a2c7f7045675fbbc',1,'LSSTCam',96,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'5a2c3fc153a35284bd4b24b268d924c9',1,'LSSTCam',97,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b71409c4820754669c63919eae37e4a5',1,'LSSTCam',98,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'7afe21ca87f65f1d8cebc2ffd1a85c57',1,'LSSTCam',191,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'28140e5de79a5f828a802c693c308778',1,'LSSTCam',81,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'ab41b2fc97605b0488c31606524509e7',1,'LSSTCam',82,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'2ddf5c58427350fa881825159678209c',1,'LSSTCam',83,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'d88726ec693b5db2a06500561aebf506',1,'LSSTCam',84,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'abfb9a035a4f5ecbb3d0a56db500edbc',1,'LSSTCam',85,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'0a77b9e8b057568484a1bf09b22a76e6',1,'LSSTCam',86,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'747a6685f3625b21a9addfe05d82a9e8',1,'LSSTCam',87,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6286802eece65cc29e93529bfe239c97',1,'LSSTCam',88,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'e0aa4b2ef0305ecd935df3d0d295e05d',1,'LSSTCam',89,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6655399ee70c54d583db6fba01f77a03',1,'LSSTCam',90,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'65b22c854d7452f18b204a968444b8be',1,'LSSTCam',91,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'bc0eec4850135690ac8d80805362a64e',1,'LSSTCam',92,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'f123fc9cbf7a5a2f9476ab24033f25a2',1,'LSSTCam',93,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'3a4a3381a1a3536a9fa1efea46fe4c06',1,'LSSTCam',94,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b51ca8315e4056a588070fd18389fe95',1,'LSSTCam',95,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'ce0727a48dda5cfe8b27d1a01bd97843',1,'LSSTCam',96,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'7c2acfa03fc958728ef6e13b69f7ee0f',1,'LSSTCam',97,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'519cfb03b69b567c8f1727ca26e24fa0',1,'LSSTCam',98,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'0df3e34d89d9580bb63d4bd59ae8c57e',1,'LSSTCam',191,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'1533a75c4a535828886f447909b4beba',1,'LSSTCam',81,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'c58e8e8e679f5edcbda15b8f21126054',1,'LSSTCam',82,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'591aeae53326511686fbd87565fb6445',1,'LSSTCam',83,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'ac798563e5e753cc889d138e96ad2c7e',1,'LSSTCam',84,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'eaf84b0297b75d98a7bf81e6f9a30bc4',1,'LSSTCam',85,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'e20f12fb6fa655aab033e67643ab15e1',1,'LSSTCam',86,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'3c446bf140b75cb6863ee831341549bd',1,'LSSTCam',87,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'cd29a65e6f75544389f55c63be0cc845',1,'LSSTCam',88,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'e640dc4fe688553e9fd82bd5fc7a37d5',1,'LSSTCam',89,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'5114615b5e56569286dde69f6f4dba07',1,'LSSTCam',90,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'70ad4de25c06532c9a29c004e7ce0c50',1,'LSSTCam',91,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'2b11d9d1b174579b812acc5f1c7e8a3b',1,'LSSTCam',92,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'572c7eca3ce25cd9bf3c0cd4cc162102',1,'LSSTCam',93,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'f2157090181b5f969d02406b37c403eb',1,'LSSTCam',94,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'5847e0ed09965baca9f8e276554c85c6',1,'LSSTCam',95,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'78fce2beb2835dda8ca501a7fd89ea53',1,'LSSTCam',96,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b6f06d1ea1e857cb81ab1ac296a13ac1',1,'LSSTCam',97,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'040964d950f95c84929aa53472826bae',1,'LSSTCam',98,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'27f9eea7f3dc5171a95edd74e90cf06e',1,'LSSTCam',191,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(1,'2fab1604b1b351ccb1cd56e5b7bcc762',1,'LSSTCam',81,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b1d068470b705a848fcc3b1d25659f93',1,'LSSTCam',82,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'f02cf91b6dd55724b0545daa4480dd03',1,'LSSTCam',83,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'00190ef29a105dcf8209d71944ce5115',1,'LSSTCam',84,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'d8f2fd9c1ea35be4a33f3f954f5f8c12',1,'LSSTCam',85,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'f0c2806e1d5352ea8401a23163740b4a',1,'LSSTCam',86,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'b1ec51c1b51f5fa8ac7c9638829925ee',1,'LSSTCam',87,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'12e9b884f44c57b08e90de3c6c5ac0bf',1,'LSSTCam',88,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'3ac9c5d7c71e5f5a9765b87cce8316b2',1,'LSSTCam',89,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'bab4276fe97b586abe1817338e7a96d5',1,'LSSTCam',90,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6f300f9eb50e5303b4a98f42c392df0b',1,'LSSTCam',91,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'6e20d0e12da3556084e73ccf64317f3e',1,'LSSTCam',92,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'d09a83224570599984bb3f893dcfdb24',1,'LSSTCam',93,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'c7f01ddb65c650f994c79d24da3c11ea',1,'LSSTCam',94,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'06ff6fbb69a051b6b8b4db7a1b61385a',1,'LSSTCam',95,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'9c0cf6e9de2251c694e545a4f663574d',1,'LSSTCam',96,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'263e26d8a1855b1fa8b82c801194741b',1,'LSSTCam',97,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'a35c8dc3913357b2ba5c67deaa4eecb9',1,'LSSTCam',98,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(1,'7de910b7a8df571e9e61618ae659e76a',1,'LSSTCam',191,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(2,'4e20650a729e5d19a74e35326b7237e8',2,'LSSTCam',189,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(2,'440f53d4948054a297aaa0a5c83f8064',2,'LSSTCam',190,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(2,'3dbf67583973514ab3567931d4a4669a',2,'LSSTCam',189,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(2,'5a62462feac556b5ba9813c0de772b55',2,'LSSTCam',190,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(2,'e3b304824f2458458ad81c7f0c05d91b',2,'LSSTCam',189,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(2,'6a32d66420465159a6fe3359c9231d28',2,'LSSTCam',190,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(2,'409f31b5496d53029be0e763b2a8dd35',2,'LSSTCam',189,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(2,'ea4184a619445369bd63466a6696df5d',2,'LSSTCam',190,2025120200004);
INSERT INTO "dataset_tags_00000001" VALUES(2,'853ec54b68f05a1e834837b9c55cb7aa',2,'LSSTCam',189,2025120200005);
INSERT INTO "dataset_tags_00000001" VALUES(2,'72e43d47a627566688f94d7da5b14ac2',2,'LSSTCam',190,2025120200005);
CREATE TABLE dataset_type (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	storage_class TEXT NOT NULL, 
	dimensions_key BIGINT NOT NULL, 
	tag_association_table TEXT NOT NULL, 
	calibration_association_table TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT dataset_type_unq_name UNIQUE (name)
);
INSERT INTO "dataset_type" VALUES(1,'raw','Exposure',1,'dataset_tags_00000001',NULL);
INSERT INTO "dataset_type" VALUES(2,'guider_raw','StampsBase',1,'dataset_tags_00000001',NULL);
CREATE TABLE day_obs (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	timespan_begin BIGINT, 
	timespan_end BIGINT, 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT day_obs_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_day_obs_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "day_obs" VALUES('LSSTCam',20251202,1764676800000000000,1764763200000000000);
CREATE TABLE detector (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	full_name VARCHAR(32), 
	name_in_raft VARCHAR(32), 
	raft VARCHAR(32), 
	purpose VARCHAR(32), 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT detector_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT detector_len_full_name CHECK (length("full_name")<=32 AND length("full_name")>=1), 
	CONSTRAINT detector_len_name_in_raft CHECK (length("name_in_raft")<=32 AND length("name_in_raft")>=1), 
	CONSTRAINT detector_len_raft CHECK (length("raft")<=32 AND length("raft")>=1), 
	CONSTRAINT detector_len_purpose CHECK (length("purpose")<=32 AND length("purpose")>=1), 
	CONSTRAINT detector_unq_instrument_full_name UNIQUE (instrument, full_name), 
	CONSTRAINT fkey_detector_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "detector" VALUES('LSSTCam',0,'R01_S00','S00','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',1,'R01_S01','S01','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',2,'R01_S02','S02','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',3,'R01_S10','S10','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',4,'R01_S11','S11','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',5,'R01_S12','S12','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',6,'R01_S20','S20','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',7,'R01_S21','S21','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',8,'R01_S22','S22','R01','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',9,'R02_S00','S00','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',10,'R02_S01','S01','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',11,'R02_S02','S02','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',12,'R02_S10','S10','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',13,'R02_S11','S11','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',14,'R02_S12','S12','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',15,'R02_S20','S20','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',16,'R02_S21','S21','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',17,'R02_S22','S22','R02','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',18,'R03_S00','S00','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',19,'R03_S01','S01','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',20,'R03_S02','S02','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',21,'R03_S10','S10','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',22,'R03_S11','S11','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',23,'R03_S12','S12','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',24,'R03_S20','S20','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',25,'R03_S21','S21','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',26,'R03_S22','S22','R03','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',27,'R10_S00','S00','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',28,'R10_S01','S01','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',29,'R10_S02','S02','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',30,'R10_S10','S10','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',31,'R10_S11','S11','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',32,'R10_S12','S12','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',33,'R10_S20','S20','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',34,'R10_S21','S21','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',35,'R10_S22','S22','R10','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',36,'R11_S00','S00','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',37,'R11_S01','S01','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',38,'R11_S02','S02','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',39,'R11_S10','S10','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',40,'R11_S11','S11','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',41,'R11_S12','S12','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',42,'R11_S20','S20','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',43,'R11_S21','S21','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',44,'R11_S22','S22','R11','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',45,'R12_S00','S00','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',46,'R12_S01','S01','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',47,'R12_S02','S02','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',48,'R12_S10','S10','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',49,'R12_S11','S11','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',50,'R12_S12','S12','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',51,'R12_S20','S20','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',52,'R12_S21','S21','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',53,'R12_S22','S22','R12','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',54,'R13_S00','S00','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',55,'R13_S01','S01','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',56,'R13_S02','S02','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',57,'R13_S10','S10','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',58,'R13_S11','S11','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',59,'R13_S12','S12','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',60,'R13_S20','S20','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',61,'R13_S21','S21','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',62,'R13_S22','S22','R13','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',63,'R14_S00','S00','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',64,'R14_S01','S01','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',65,'R14_S02','S02','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',66,'R14_S10','S10','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',67,'R14_S11','S11','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',68,'R14_S12','S12','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',69,'R14_S20','S20','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',70,'R14_S21','S21','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',71,'R14_S22','S22','R14','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',72,'R20_S00','S00','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',73,'R20_S01','S01','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',74,'R20_S02','S02','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',75,'R20_S10','S10','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',76,'R20_S11','S11','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',77,'R20_S12','S12','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',78,'R20_S20','S20','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',79,'R20_S21','S21','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',80,'R20_S22','S22','R20','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',81,'R21_S00','S00','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',82,'R21_S01','S01','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',83,'R21_S02','S02','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',84,'R21_S10','S10','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',85,'R21_S11','S11','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',86,'R21_S12','S12','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',87,'R21_S20','S20','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',88,'R21_S21','S21','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',89,'R21_S22','S22','R21','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',90,'R22_S00','S00','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',91,'R22_S01','S01','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',92,'R22_S02','S02','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',93,'R22_S10','S10','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',94,'R22_S11','S11','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',95,'R22_S12','S12','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',96,'R22_S20','S20','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',97,'R22_S21','S21','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',98,'R22_S22','S22','R22','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',99,'R23_S00','S00','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',100,'R23_S01','S01','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',101,'R23_S02','S02','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',102,'R23_S10','S10','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',103,'R23_S11','S11','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',104,'R23_S12','S12','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',105,'R23_S20','S20','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',106,'R23_S21','S21','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',107,'R23_S22','S22','R23','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',108,'R24_S00','S00','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',109,'R24_S01','S01','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',110,'R24_S02','S02','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',111,'R24_S10','S10','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',112,'R24_S11','S11','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',113,'R24_S12','S12','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',114,'R24_S20','S20','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',115,'R24_S21','S21','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',116,'R24_S22','S22','R24','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',117,'R30_S00','S00','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',118,'R30_S01','S01','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',119,'R30_S02','S02','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',120,'R30_S10','S10','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',121,'R30_S11','S11','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',122,'R30_S12','S12','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',123,'R30_S20','S20','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',124,'R30_S21','S21','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',125,'R30_S22','S22','R30','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',126,'R31_S00','S00','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',127,'R31_S01','S01','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',128,'R31_S02','S02','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',129,'R31_S10','S10','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',130,'R31_S11','S11','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',131,'R31_S12','S12','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',132,'R31_S20','S20','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',133,'R31_S21','S21','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',134,'R31_S22','S22','R31','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',135,'R32_S00','S00','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',136,'R32_S01','S01','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',137,'R32_S02','S02','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',138,'R32_S10','S10','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',139,'R32_S11','S11','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',140,'R32_S12','S12','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',141,'R32_S20','S20','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',142,'R32_S21','S21','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',143,'R32_S22','S22','R32','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',144,'R33_S00','S00','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',145,'R33_S01','S01','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',146,'R33_S02','S02','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',147,'R33_S10','S10','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',148,'R33_S11','S11','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',149,'R33_S12','S12','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',150,'R33_S20','S20','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',151,'R33_S21','S21','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',152,'R33_S22','S22','R33','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',153,'R34_S00','S00','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',154,'R34_S01','S01','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',155,'R34_S02','S02','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',156,'R34_S10','S10','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',157,'R34_S11','S11','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',158,'R34_S12','S12','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',159,'R34_S20','S20','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',160,'R34_S21','S21','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',161,'R34_S22','S22','R34','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',162,'R41_S00','S00','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',163,'R41_S01','S01','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',164,'R41_S02','S02','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',165,'R41_S10','S10','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',166,'R41_S11','S11','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',167,'R41_S12','S12','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',168,'R41_S20','S20','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',169,'R41_S21','S21','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',170,'R41_S22','S22','R41','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',171,'R42_S00','S00','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',172,'R42_S01','S01','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',173,'R42_S02','S02','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',174,'R42_S10','S10','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',175,'R42_S11','S11','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',176,'R42_S12','S12','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',177,'R42_S20','S20','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',178,'R42_S21','S21','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',179,'R42_S22','S22','R42','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',180,'R43_S00','S00','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',181,'R43_S01','S01','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',182,'R43_S02','S02','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',183,'R43_S10','S10','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',184,'R43_S11','S11','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',185,'R43_S12','S12','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',186,'R43_S20','S20','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',187,'R43_S21','S21','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',188,'R43_S22','S22','R43','SCIENCE');
INSERT INTO "detector" VALUES('LSSTCam',189,'R00_SG0','SG0','R00','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',190,'R00_SG1','SG1','R00','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',191,'R00_SW0','SW0','R00','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',192,'R00_SW1','SW1','R00','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',193,'R04_SG0','SG0','R04','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',194,'R04_SG1','SG1','R04','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',195,'R04_SW0','SW0','R04','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',196,'R04_SW1','SW1','R04','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',197,'R40_SG0','SG0','R40','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',198,'R40_SG1','SG1','R40','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',199,'R40_SW0','SW0','R40','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',200,'R40_SW1','SW1','R40','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',201,'R44_SG0','SG0','R44','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',202,'R44_SG1','SG1','R44','GUIDER');
INSERT INTO "detector" VALUES('LSSTCam',203,'R44_SW0','SW0','R44','WAVEFRONT');
INSERT INTO "detector" VALUES('LSSTCam',204,'R44_SW1','SW1','R44','WAVEFRONT');
CREATE TABLE dimension_graph_definition (
	dimension_graph_id BIGINT NOT NULL, 
	dimension_name TEXT NOT NULL, 
	PRIMARY KEY (dimension_graph_id, dimension_name), 
	CONSTRAINT fkey_dimension_graph_definition_dimension_graph_key_id_dimension_graph_id FOREIGN KEY(dimension_graph_id) REFERENCES dimension_graph_key (id) ON DELETE CASCADE
);
INSERT INTO "dimension_graph_definition" VALUES(1,'instrument');
INSERT INTO "dimension_graph_definition" VALUES(1,'detector');
INSERT INTO "dimension_graph_definition" VALUES(1,'exposure');
CREATE TABLE dimension_graph_key (
	id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "dimension_graph_key" VALUES(1);
CREATE TABLE exposure (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	day_obs BIGINT NOT NULL, 
	"group" TEXT NOT NULL, 
	physical_filter VARCHAR(32) NOT NULL, 
	obs_id TEXT, 
	exposure_time FLOAT, 
	dark_time FLOAT, 
	observation_type VARCHAR(16), 
	observation_reason TEXT, 
	seq_num BIGINT, 
	seq_start BIGINT, 
	seq_end BIGINT, 
	target_name TEXT, 
	science_program TEXT, 
	tracking_ra FLOAT, 
	tracking_dec FLOAT, 
	sky_angle FLOAT, 
	azimuth FLOAT, 
	zenith_angle FLOAT, 
	has_simulated BOOLEAN, 
	can_see_sky BOOLEAN, 
	timespan_begin BIGINT, 
	timespan_end BIGINT, 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT exposure_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT exposure_len_physical_filter CHECK (length("physical_filter")<=32 AND length("physical_filter")>=1), 
	CONSTRAINT exposure_len_observation_type CHECK (length("observation_type")<=16 AND length("observation_type")>=1), 
	CONSTRAINT exposure_unq_instrument_obs_id UNIQUE (instrument, obs_id), 
	CONSTRAINT fkey_exposure_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_exposure_day_obs_instrument_id_instrument_day_obs FOREIGN KEY(instrument, day_obs) REFERENCES day_obs (instrument, id), 
	CONSTRAINT fkey_exposure_group_instrument_name_instrument_group FOREIGN KEY(instrument, "group") REFERENCES "group" (instrument, name), 
	CONSTRAINT fkey_exposure_physical_filter_instrument_name_instrument_physical_filter FOREIGN KEY(instrument, physical_filter) REFERENCES physical_filter (instrument, name)
);
INSERT INTO "exposure" VALUES('LSSTCam',2025120200001,20251202,'2025-12-03T01:29:04.425','r_57','MC_O_20251202_000001',30.0,30.929,'science','object_survey',1,1,1,'lowdust','BLOCK-407',151.1,-29.6,0.0,222.07,18.1,0,1,1764725400425363958,1764725431354363958);
INSERT INTO "exposure" VALUES('LSSTCam',2025120200002,20251202,'2025-12-03T01:29:44.425','i_39','MC_O_20251202_000002',30.0,30.929,'science','object_survey',2,2,2,'lowdust','BLOCK-407',152.2,-29.2,0.0,222.07,18.1,0,1,1764725440425363958,1764725471354363958);
INSERT INTO "exposure" VALUES('LSSTCam',2025120200003,20251202,'2025-12-03T01:30:24.425','z_20','MC_O_20251202_000003',30.0,30.929,'science','object_survey',3,3,3,'lowdust','BLOCK-407',153.3,-28.8,0.0,222.07,18.1,0,1,1764725480425363958,1764725511354363958);
INSERT INTO "exposure" VALUES('LSSTCam',2025120200004,20251202,'2025-12-03T01:31:04.425','none','MC_O_20251202_000004',0.0,0.929,'bias','bias',4,4,4,'UNKNOWN','BLOCK-T60',NULL,NULL,NULL,NULL,NULL,0,0,1764725520425363958,1764725521354363958);
INSERT INTO "exposure" VALUES('LSSTCam',2025120200005,20251202,'2025-12-03T01:31:44.425','r_57','MC_O_20251202_000005',30.0,30.929,'science','object_survey',5,5,5,'lowdust','BLOCK-407',155.5,-28.0,0.0,222.07,18.1,0,1,1764725560425363958,4102444800000000000);
CREATE TABLE file_datastore_records (
	dataset_id CHAR(32) NOT NULL, 
	path TEXT NOT NULL, 
	formatter TEXT NOT NULL, 
	storage_class TEXT NOT NULL, 
	component VARCHAR(32) NOT NULL, 
	checksum TEXT, 
	file_size BIGINT, 
	PRIMARY KEY (dataset_id, component), 
	CONSTRAINT file_datastore_records_len_component CHECK (length("component")<=32 AND length("component")>=1)
);
INSERT INTO "file_datastore_records" VALUES('9110923dfef95ac3b1d093aeb9c391b1','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('256e70dcbb48504b8234683a613281d8','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('0cfbff3228385f35ade5c485172ad5f9','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('a148c7e505bd5517880a04bdf2e5cf2b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('99b1f635f7cf59508f794c329597171b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('9a8a4302233253b798808eb89a0b2393','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('d54b2b8fd36c51b295aaa04908649f0d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('42f5c4ba5e32531da18c6db24b75c29d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('a3707ce35a3a5741a597ffada9c89a57','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R21_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('10f9ddab70d150eaa49cffc7bfa826ba','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('17b366af8b445703ae4907a3a10008d7','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('cced061ec49657139ca730e0ed146577','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b9a890af5ef65f64a4b4cbc2be292b37','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('19169d8a8d0f55379948eb9410a4de26','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('50fc469f97d25fb598537823dc74d605','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b1f1a9fc329d5a8b97cc1f1c54f3593a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e67e4ea004425f5890f834060b83547d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6205625aaf895ecb95c7103bf58c5e3b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R22_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('4e20650a729e5d19a74e35326b7237e8','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R00_SG0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('440f53d4948054a297aaa0a5c83f8064','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R00_SG1.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('5ae4c76e60275c9481aa86cb7b3dd549','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000001/MC_O_20251202_000001_R00_SW0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b03f4987ce085bdab83d5c96192db820','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('dc7eabd788335e688dbdc4600ade211a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('73562e4eb104540b8e3be6ead15a6d0d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('8cc70b5287075f8785a6cb2aa844522c','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('c942c9781e7f5ac4b648c445fcb2b857','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e96d7698c9715843a43ffbcd4cc4064c','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ba4e8f19c7455bed8985541fa9d52166','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('4b4951505b945a57a091b8c5d520a43d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('7ccd9c4525f554ccba652624cfd2a95c','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R21_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('27afeb25d1e750f0b934a6c74e4c8864','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6257770b09d45c478125def633929bf9','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('3958cd55d954557eb8e9157e5daf7d77','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('f656d4227d025d2a983d2d19c1ca8ae5','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('31aaf99a2e185d93ac49177b620d003d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('83d238170adb585baa0004cf35092e2e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ca2c853907115b42a2c7f7045675fbbc','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('5a2c3fc153a35284bd4b24b268d924c9','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b71409c4820754669c63919eae37e4a5','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R22_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('3dbf67583973514ab3567931d4a4669a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R00_SG0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('5a62462feac556b5ba9813c0de772b55','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R00_SG1.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('7afe21ca87f65f1d8cebc2ffd1a85c57','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000002/MC_O_20251202_000002_R00_SW0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('28140e5de79a5f828a802c693c308778','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ab41b2fc97605b0488c31606524509e7','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('2ddf5c58427350fa881825159678209c','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('d88726ec693b5db2a06500561aebf506','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('abfb9a035a4f5ecbb3d0a56db500edbc','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('0a77b9e8b057568484a1bf09b22a76e6','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('747a6685f3625b21a9addfe05d82a9e8','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6286802eece65cc29e93529bfe239c97','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e0aa4b2ef0305ecd935df3d0d295e05d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R21_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6655399ee70c54d583db6fba01f77a03','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('65b22c854d7452f18b204a968444b8be','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('bc0eec4850135690ac8d80805362a64e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('f123fc9cbf7a5a2f9476ab24033f25a2','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('3a4a3381a1a3536a9fa1efea46fe4c06','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b51ca8315e4056a588070fd18389fe95','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ce0727a48dda5cfe8b27d1a01bd97843','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('7c2acfa03fc958728ef6e13b69f7ee0f','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('519cfb03b69b567c8f1727ca26e24fa0','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R22_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e3b304824f2458458ad81c7f0c05d91b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R00_SG0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6a32d66420465159a6fe3359c9231d28','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R00_SG1.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('0df3e34d89d9580bb63d4bd59ae8c57e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000003/MC_O_20251202_000003_R00_SW0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('1533a75c4a535828886f447909b4beba','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('c58e8e8e679f5edcbda15b8f21126054','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('591aeae53326511686fbd87565fb6445','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ac798563e5e753cc889d138e96ad2c7e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('eaf84b0297b75d98a7bf81e6f9a30bc4','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e20f12fb6fa655aab033e67643ab15e1','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('3c446bf140b75cb6863ee831341549bd','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('cd29a65e6f75544389f55c63be0cc845','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('e640dc4fe688553e9fd82bd5fc7a37d5','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R21_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('5114615b5e56569286dde69f6f4dba07','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('70ad4de25c06532c9a29c004e7ce0c50','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('2b11d9d1b174579b812acc5f1c7e8a3b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('572c7eca3ce25cd9bf3c0cd4cc162102','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('f2157090181b5f969d02406b37c403eb','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('5847e0ed09965baca9f8e276554c85c6','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('78fce2beb2835dda8ca501a7fd89ea53','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b6f06d1ea1e857cb81ab1ac296a13ac1','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('040964d950f95c84929aa53472826bae','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R22_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('409f31b5496d53029be0e763b2a8dd35','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R00_SG0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('ea4184a619445369bd63466a6696df5d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R00_SG1.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('27f9eea7f3dc5171a95edd74e90cf06e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000004/MC_O_20251202_000004_R00_SW0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('2fab1604b1b351ccb1cd56e5b7bcc762','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b1d068470b705a848fcc3b1d25659f93','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('f02cf91b6dd55724b0545daa4480dd03','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('00190ef29a105dcf8209d71944ce5115','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('d8f2fd9c1ea35be4a33f3f954f5f8c12','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('f0c2806e1d5352ea8401a23163740b4a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('b1ec51c1b51f5fa8ac7c9638829925ee','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('12e9b884f44c57b08e90de3c6c5ac0bf','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('3ac9c5d7c71e5f5a9765b87cce8316b2','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R21_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('bab4276fe97b586abe1817338e7a96d5','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S00.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6f300f9eb50e5303b4a98f42c392df0b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S01.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('6e20d0e12da3556084e73ccf64317f3e','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S02.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('d09a83224570599984bb3f893dcfdb24','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S10.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('c7f01ddb65c650f994c79d24da3c11ea','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S11.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('06ff6fbb69a051b6b8b4db7a1b61385a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S12.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('9c0cf6e9de2251c694e545a4f663574d','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S20.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('263e26d8a1855b1fa8b82c801194741b','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S21.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('a35c8dc3913357b2ba5c67deaa4eecb9','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R22_S22.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('853ec54b68f05a1e834837b9c55cb7aa','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R00_SG0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('72e43d47a627566688f94d7da5b14ac2','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R00_SG1.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','StampsBase','__NULL_STRING__',NULL,8640);
INSERT INTO "file_datastore_records" VALUES('7de910b7a8df571e9e61618ae659e76a','file://@ROOT@/storage/LSSTCam/20251202/MC_O_20251202_000005/MC_O_20251202_000005_R00_SW0.fits','lsst.obs.lsst.rawFormatter.LsstCamRawFormatter','Exposure','__NULL_STRING__',NULL,8640);
CREATE TABLE "group" (
	instrument VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (instrument, name), 
	CONSTRAINT group_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_group_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "group" VALUES('LSSTCam','2025-12-03T01:29:04.425');
INSERT INTO "group" VALUES('LSSTCam','2025-12-03T01:29:44.425');
INSERT INTO "group" VALUES('LSSTCam','2025-12-03T01:30:24.425');
INSERT INTO "group" VALUES('LSSTCam','2025-12-03T01:31:04.425');
INSERT INTO "group" VALUES('LSSTCam','2025-12-03T01:31:44.425');
CREATE TABLE instrument (
	name VARCHAR(32) NOT NULL, 
	visit_max BIGINT, 
	visit_system BIGINT, 
	exposure_max BIGINT, 
	detector_max BIGINT, 
	class_name TEXT, 
	PRIMARY KEY (name), 
	CONSTRAINT instrument_len_name CHECK (length("name")<=32 AND length("name")>=1)
);
INSERT INTO "instrument" VALUES('LSSTCam',7050123199999,2,7050123199999,1000,'lsst.obs.lsst.LsstCam');
CREATE TABLE opaque_meta (
	table_name TEXT NOT NULL, 
	PRIMARY KEY (table_name)
);
INSERT INTO "opaque_meta" VALUES('file_datastore_records');
CREATE TABLE patch (
	skymap TEXT NOT NULL, 
	tract BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	cell_x BIGINT, 
	cell_y BIGINT, 
	region TEXT, 
	PRIMARY KEY (skymap, tract, id), 
	CONSTRAINT fkey_patch_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id)
);
CREATE TABLE patch_skypix_overlap (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	skymap TEXT NOT NULL, 
	tract BIGINT NOT NULL, 
	patch BIGINT NOT NULL, 
	skypix_index BIGINT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, skymap, tract, patch, skypix_index), 
	CONSTRAINT patch_skypix_overlap_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT fkey_patch_skypix_overlap_patch_skypix_overlap_summary_skypix_system_skypix_level_skymap_skypix_system_skypix_level_skymap FOREIGN KEY(skypix_system, skypix_level, skymap) REFERENCES patch_skypix_overlap_summary (skypix_system, skypix_level, skymap) ON DELETE CASCADE, 
	CONSTRAINT fkey_patch_skypix_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_skypix_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id), 
	CONSTRAINT fkey_patch_skypix_overlap_patch_skymap_tract_id_skymap_tract_patch FOREIGN KEY(skymap, tract, patch) REFERENCES patch (skymap, tract, id)
);
CREATE TABLE patch_skypix_overlap_summary (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	skymap TEXT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, skymap), 
	CONSTRAINT patch_skypix_overlap_summary_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT fkey_patch_skypix_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name)
);
INSERT INTO "patch_skypix_overlap_summary" VALUES('htm',7,'lsst_cells_v1');
CREATE TABLE patch_visit_detector_region_overlap (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	tract BIGINT NOT NULL, 
	patch BIGINT NOT NULL, 
	detector BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (skymap, instrument, tract, patch, detector, visit), 
	CONSTRAINT patch_visit_detector_region_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_patch_skymap_tract_id_skymap_tract_patch FOREIGN KEY(skymap, tract, patch) REFERENCES patch (skymap, tract, id), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
CREATE TABLE patch_visit_detector_region_overlap_summary (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skymap, instrument), 
	CONSTRAINT patch_visit_detector_region_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_visit_detector_region_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
CREATE TABLE patch_visit_overlap (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	tract BIGINT NOT NULL, 
	patch BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (skymap, instrument, tract, patch, visit), 
	CONSTRAINT patch_visit_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_patch_visit_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_visit_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_patch_visit_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id), 
	CONSTRAINT fkey_patch_visit_overlap_patch_skymap_tract_id_skymap_tract_patch FOREIGN KEY(skymap, tract, patch) REFERENCES patch (skymap, tract, id), 
	CONSTRAINT fkey_patch_visit_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
CREATE TABLE patch_visit_overlap_summary (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skymap, instrument), 
	CONSTRAINT patch_visit_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_patch_visit_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_patch_visit_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
CREATE TABLE physical_filter (
	instrument VARCHAR(32) NOT NULL, 
	name VARCHAR(32) NOT NULL, 
	band VARCHAR(32) NOT NULL, 
	PRIMARY KEY (instrument, name), 
	CONSTRAINT physical_filter_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT physical_filter_len_name CHECK (length("name")<=32 AND length("name")>=1), 
	CONSTRAINT physical_filter_len_band CHECK (length("band")<=32 AND length("band")>=1), 
	CONSTRAINT fkey_physical_filter_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "physical_filter" VALUES('LSSTCam','i_39','i');
INSERT INTO "physical_filter" VALUES('LSSTCam','none','white');
INSERT INTO "physical_filter" VALUES('LSSTCam','r_57','r');
INSERT INTO "physical_filter" VALUES('LSSTCam','z_20','z');
CREATE TABLE run (
	collection_id BIGINT NOT NULL, 
	host TEXT, 
	timespan_begin BIGINT, 
	timespan_end BIGINT, 
	PRIMARY KEY (collection_id), 
	CONSTRAINT fkey_run_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE
);
INSERT INTO "run" VALUES(1,NULL,NULL,NULL);
INSERT INTO "run" VALUES(2,NULL,NULL,NULL);
CREATE TABLE skymap (
	name TEXT NOT NULL, 
	hash TEXT, 
	tract_max BIGINT, 
	patch_nx_max BIGINT, 
	patch_ny_max BIGINT, 
	PRIMARY KEY (name), 
	CONSTRAINT skymap_unq_hash UNIQUE (hash)
);
INSERT INTO "skymap" VALUES('lsst_cells_v1','AAECAwQFBgcICQoLDA0ODxAREhM=',18938,10,10);
CREATE TABLE ssp_balanced_index (
	ssp_hypothesis_table TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	PRIMARY KEY (ssp_hypothesis_table, id), 
	CONSTRAINT fkey_ssp_balanced_index_ssp_hypothesis_table_name_ssp_hypothesis_table FOREIGN KEY(ssp_hypothesis_table) REFERENCES ssp_hypothesis_table (name)
);
CREATE TABLE ssp_hypothesis_bundle (
	ssp_hypothesis_table TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	PRIMARY KEY (ssp_hypothesis_table, id), 
	CONSTRAINT fkey_ssp_hypothesis_bundle_ssp_hypothesis_table_name_ssp_hypothesis_table FOREIGN KEY(ssp_hypothesis_table) REFERENCES ssp_hypothesis_table (name)
);
CREATE TABLE ssp_hypothesis_table (
	name TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE subfilter (
	band VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	PRIMARY KEY (band, id), 
	CONSTRAINT subfilter_len_band CHECK (length("band")<=32 AND length("band")>=1)
);
CREATE TABLE tract (
	skymap TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	region TEXT, 
	PRIMARY KEY (skymap, id), 
	CONSTRAINT fkey_tract_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name)
);
INSERT INTO "tract" VALUES('lsst_cells_v1',5000,'cMiwFbKRs+e/bqfr2FNm3D9MS6ZeriTgv1gVKcHtJei/A/m9miza2j9MS6ZeriTgv6dIy2F3h+i/j8r3C81K2z9hxahmOrvevxfkt1IbFei/+3glSvTW3D9gxahmOrvevw==');
INSERT INTO "tract" VALUES('lsst_cells_v1',5001,'cJ96A6eSCui/qB7vXas72z9LS6ZeriTgv+OxDhMPeOi/aoN91wuq2T9MS6ZeriTgv2cZyXfx2ui/P1Bwjd8V2j9gxahmOrvevyTivQt1bei/fuvhE3+n2z9fxahmOrvevw==');
INSERT INTO "tract" VALUES('lsst_cells_v1',5002,'cMXGFfbmXei/56MZW9kM2j9MS6ZeriTgv1x8TwNzxui/cmtu7v512D9MS6ZeriTgv/q+Jg+fKum/bkQ6bvXc2D9gxahmOrvev2MJ7QETwui/43zl2s9z2j9hxahmOrvevw==');
INSERT INTO "tract" VALUES('lsst_cells_v1',5003,'cK2Y7eKBrei/mByrGAza2D9MS6ZeriTgv+ykypYNEem/b85y9DQ+1z9NS6ZeriTgv+JOYfpzdum/iVOIgT6g1z9gxahmOrvev6RChEboEum/s6HApRU82T9hxahmOrvevw==');
INSERT INTO "tract" VALUES('lsst_cells_v1',5004,'cO5b4kJX+ei/ueGqenKj1z9MS6ZeriTgv9jzhmbTV+m/+0WzkN0C1j9MS6ZeriTgvyF9dKJkvum/FF07L+tf1j9fxahmOrvevzjlz37oX+m/0vgyGYAA2D9gxahmOrvevw==');
CREATE TABLE tract_skypix_overlap (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	skymap TEXT NOT NULL, 
	tract BIGINT NOT NULL, 
	skypix_index BIGINT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, skymap, tract, skypix_index), 
	CONSTRAINT tract_skypix_overlap_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT fkey_tract_skypix_overlap_tract_skypix_overlap_summary_skypix_system_skypix_level_skymap_skypix_system_skypix_level_skymap FOREIGN KEY(skypix_system, skypix_level, skymap) REFERENCES tract_skypix_overlap_summary (skypix_system, skypix_level, skymap) ON DELETE CASCADE, 
	CONSTRAINT fkey_tract_skypix_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_tract_skypix_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id)
);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,160018);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163361);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163362);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163363);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163365);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163366);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163367);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163370);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163372);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163373);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163374);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5000,163375);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160018);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160024);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160025);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160026);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160027);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160028);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160029);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,160031);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,163361);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,163364);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,163366);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,163367);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5001,163374);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160021);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160023);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160024);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160025);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160026);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160027);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160028);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160029);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160031);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160050);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160056);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160057);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160059);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5002,160061);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160020);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160021);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160023);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160040);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160042);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160043);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160048);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160049);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160050);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160051);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160054);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160057);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160061);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160062);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5003,160063);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160037);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160040);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160041);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160042);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160043);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160044);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160045);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160046);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160047);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160048);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160049);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160051);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160054);
INSERT INTO "tract_skypix_overlap" VALUES('htm',7,'lsst_cells_v1',5004,160062);
CREATE TABLE tract_skypix_overlap_summary (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	skymap TEXT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, skymap), 
	CONSTRAINT tract_skypix_overlap_summary_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT fkey_tract_skypix_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name)
);
INSERT INTO "tract_skypix_overlap_summary" VALUES('htm',7,'lsst_cells_v1');
CREATE TABLE tract_visit_detector_region_overlap (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	tract BIGINT NOT NULL, 
	detector BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (skymap, instrument, tract, detector, visit), 
	CONSTRAINT tract_visit_detector_region_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
CREATE TABLE tract_visit_detector_region_overlap_summary (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skymap, instrument), 
	CONSTRAINT tract_visit_detector_region_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_tract_visit_detector_region_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
CREATE TABLE tract_visit_overlap (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	tract BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (skymap, instrument, tract, visit), 
	CONSTRAINT tract_visit_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_tract_visit_overlap_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_tract_visit_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_tract_visit_overlap_tract_skymap_id_skymap_tract FOREIGN KEY(skymap, tract) REFERENCES tract (skymap, id), 
	CONSTRAINT fkey_tract_visit_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
CREATE TABLE tract_visit_overlap_summary (
	skymap TEXT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skymap, instrument), 
	CONSTRAINT tract_visit_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_tract_visit_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name), 
	CONSTRAINT fkey_tract_visit_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
CREATE TABLE visit (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	day_obs BIGINT NOT NULL, 
	physical_filter VARCHAR(32) NOT NULL, 
	name TEXT, 
	seq_num BIGINT, 
	exposure_time FLOAT, 
	target_name TEXT, 
	observation_reason TEXT, 
	science_program TEXT, 
	azimuth FLOAT, 
	zenith_angle FLOAT, 
	region TEXT, 
	timespan_begin BIGINT, 
	timespan_end BIGINT, 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT visit_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT visit_len_physical_filter CHECK (length("physical_filter")<=32 AND length("physical_filter")>=1), 
	CONSTRAINT visit_unq_instrument_name UNIQUE (instrument, name), 
	CONSTRAINT fkey_visit_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_day_obs_instrument_id_instrument_day_obs FOREIGN KEY(instrument, day_obs) REFERENCES day_obs (instrument, id), 
	CONSTRAINT fkey_visit_physical_filter_instrument_name_instrument_physical_filter FOREIGN KEY(instrument, physical_filter) REFERENCES physical_filter (instrument, name)
);
INSERT INTO "visit" VALUES('LSSTCam',2025120200001,20251202,'r_57','MC_O_20251202_000001',1,30.0,'lowdust','object_survey','BLOCK-407',222.07,18.1,'cNLVecXO0ei/Q+LDF6Qr2T9A5Oqq+Jjfv7ZxNkew9+i/tLK7OwKi2T9knncehL/evy3ymYwI8+i/uuCwcf5t2j8sRrzpUyDevzoCSOgWxei/Gd2hXPBY2z+JWASSD+bdv4Vm/98qeui/+jG87+Mj3D8rRrzpUyDev6/a8LlXJui/5l21tneY3D9lnncehL/ev4O+RGwT4Oe/wYTaE2+X3D9B5Oqq+Jjfv6AiiOoxuue/ULTi7xAh3D8PFa+bNjngvymiJKXZvue/SobtuRRV2z8rwQy2zojgvxuSdknL7Oe/64n8ziJq2j/8t+jh8KXgv9Atv1G3N+i/CjXiOy+f2T8qwQy2zojgv6e5zXeKi+i/HgnpdJsq2T8OFa+bNjngvw==',1764725400425363958,1764725431354363958);
INSERT INTO "visit" VALUES('LSSTCam',2025120200002,20251202,'i_39','MC_O_20251202_000002',2,30.0,'lowdust','object_survey','BLOCK-407',222.07,18.1,'cKYUd4lPJ+m//m045axQ2D8S/37uXTXfv9MRJeOlTem/mP6ngNvE2D8SWZj2DVvev7HGEot1Sum/tSMo5XaQ2T+56IEhPbvdv4AsXT6ZHum/i5L1pvB82j8Ps7H+vYDdv2i8J5rR1ei/iP0Gu+tK2z+46IEhPbvdvwolxPOeg+i/xdtk4TbD2z8RWZj2DVvevxUAoacHPui/pSH2kJbF2z8S/37uXTXfv+kC802xF+i/DJGG9WdR2z+J0jLz1gfgvwpOBabhGui/72sGkcyF2j+1Cr5dv1fgvzzouvK9Rui/GP04z1KZ2T+KJSbv/nTgv1NY8JaFj+i/G5Inu1fL2D+1Cr5dv1fgv7LvUz244ei/37PJlAxT2D+J0jLz1gfgvw==',1764725440425363958,1764725471354363958);
INSERT INTO "visit" VALUES('LSSTCam',2025120200003,20251202,'z_20','MC_O_20251202_000003',3,30.0,'lowdust','object_survey','BLOCK-407',222.07,18.1,'cECrA7Cheum/bUW9PjJx1z+cCfuCX9Hev4xq9xhloem/Zx7p5TLj1z9okvLYNvbdv0OkoWOpn+m/00YvcWOu2D+LCPphx1Xdv6gELnTldem/TdcSFlKc2T8zG+ouDhvdvwVp2C9KL+m/7R1b3z1t2j+LCPphx1Xdvx4KcdfC3ui/bdUS3Svp2j9okvLYNvbdv8M0cUjjmei/ofMUG+fu2j+cCfuCX9Hev3h1fd8fc+i/phrpc+Z82j/TgAMtiKzfv8A705TbdOi/O/Ki6LWx2T9XBf7Reybgv1zbRoSfnui/wmG/Q8fD2D8E/IVr2EPgvwB3nMg65ei/Iht3etvy1z9XBf7Reybgv+fVAyHCNem/omO/fO121z/SgAMtiKzfvw==',1764725480425363958,1764725511354363958);
CREATE TABLE visit_definition (
	instrument VARCHAR(32) NOT NULL, 
	exposure BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (instrument, exposure, visit), 
	CONSTRAINT visit_definition_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_definition_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_definition_exposure_instrument_id_instrument_exposure FOREIGN KEY(instrument, exposure) REFERENCES exposure (instrument, id), 
	CONSTRAINT fkey_visit_definition_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "visit_definition" VALUES('LSSTCam',2025120200001,2025120200001);
INSERT INTO "visit_definition" VALUES('LSSTCam',2025120200002,2025120200002);
INSERT INTO "visit_definition" VALUES('LSSTCam',2025120200003,2025120200003);
CREATE TABLE visit_detector_region (
	instrument VARCHAR(32) NOT NULL, 
	detector BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	region TEXT, 
	PRIMARY KEY (instrument, detector, visit), 
	CONSTRAINT visit_detector_region_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_detector_region_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_detector_region_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_visit_detector_region_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "visit_detector_region" VALUES('LSSTCam',81,2025120200001,'cBTxuEnY/ee/QLkjr5jQ2z9LlLYHyu/fv6eTrGltDei/aNbOn/iZ2z8H/8ZwTPDfvzDX/XYfG+i/ZVX1kRip2z/ah1j4urnfv26c/g6KC+i/V1Q/mrjf2z/a8RFtObnfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',82,2025120200001,'cBYWTDIiDui/ZxqFT3yX2z8o48KiUfDfv7yyB32fHei/0rHTyb5g2z8Kp5vPs/Dfv50IV8dRK+i/gbV7s95v2z+lAGCnIbrfv2w0kkLUG+i/dlejQZym2z9mhn4hwLnfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',83,2025120200001,'cPmPKS9THui/ilyWJkFe2z+kRmaKt/Dfv/izzXG4Lei/spTB1WYn2z9huGJ3+fDfv6t8c+pqO+i/F+C1poY22z+Fr7DYZrrfv5quynsFLOi/y7SBD2Ft2z9v0dJbJbrfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',84,2025120200001,'cF8zytwoDOi/Gl0+9mfg2z9n7F7Avbbfv/m7r0e+G+i/xRaC78ep2z8tqIdBP7ffv0PhvwpYKei/siLfAcy42z8F9VuGjYDfv2BWUWjCGei/Nv1Ky2vv2z9JNojkDIDfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',85,2025120200001,'cCwsYhNzHOi/Cx8+n0un2z9AekZqRLffv8Tsa5rwK+i/sNHxEY5w2z9JRYropbffvy1AgYmKOei/grXoVJJ/2z/DIFh884Dfv+iwqNgMKui/H3oMtE+22z9CIzWmkoDfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',86,2025120200001,'cExP9k6kLOi/Irv9bRBu2z+lBLOcqbffv6WSQr8JPOi/v85aBTY32z+7pnMU67ffv9mMAcyjSei/DIoRaTpG2z8OBfgwOIHfv6I7oj8+Oui/TIe1shR92z+4wx0q94Dfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',87,2025120200001,'cOLdOhtgGui/yTph3xnw2z/b+W7Ej33fv1OLz7/1Kei/lZX6GXq52z84GBNcEH7fv709ig13N+i/EkD+HGLI2z/8CWgLP0ffv5Uz8UHhJ+i/IjjRbgH/2z/yxptUv0bfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',88,2025120200001,'cOLEzY2qKui/Rb9SzP222z+0ZIR7FX7fvx5gLkAoOui/jd2FcECA2z8uUfxJdn7fvx2686ipR+i/SuU53SiP2z+iIRhHpEffv11GAN0rOOi/zTJB1OXF2z/qSOQhREffvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',89,2025120200001,'cIyVXfbbOui/X5R1zsJ92z+PYHf3eX7fv7rNpoNBSui/CAh6h+hG2z83aSv5un7fv5foZ/nCV+i/yD9gTtFV2z95Dy9+6Effv41J/l9dSOi/kAdoP6uM2z+2AyXup0ffvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',90,2025120200001,'cNP7PZgdL+i/ZGjF6mgi2z/KX/zt/fDfv7SqBZJpPui/DgkSRnHr2j+FCJIxHvHfv4ryYyscTOi/AOL465D62j+JxWlUi7rfvwftORTQPOi/97/PuIgx2z+lILNHa7rfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',91,2025120200001,'cFyt+gMbP+i/i5WGBvHo2j8+70rtHvHfvy1fdZBOTui/quH8992x2j8+70rtHvHfv+TwMjoBXOi/QZYUZP3A2j89auMOjLrfv0REXZ7NTOi/YDRAqhD42j8/auMOjLrfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',92,2025120200001,'cGHIEuX+Tui/MoxofVyv2j+GCJIxHvHfv/AVGNQZXui/+z2Csy542j/LX/zt/fDfvxrBiX/Ma+i/iDOa1U2H2j+mILNHa7rfv31mMY+xXOi/4Mae5nu+2j+JxWlUi7rfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',93,2025120200001,'cNN7J+luPei/FPBvFzgy2z+zdB2D77ffv7RpTAG7TOi/lcoHSkD72j+XXFOND7jfvw9Orx1VWui/DhUDv0QK2z8tMPJqXIHfv2EJzfcIS+i/teA/fTxB2z+9Ff2XPIHfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',94,2025120200001,'cB93TXRsTei/XHRECMD42j9Jcb5HELjfv3J7fBCgXOi/OybVwKzB2j9Icb5HELjfv81QLy06aui/SLMoNrHQ2j/kyRskXYHfv3pMAJEGW+i/aAGYfcQH2z/kyRskXYHfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',95,2025120200001,'cJNUe2VQXei/dJJMQyu/2j+WXFOND7jfv+Jyi1VrbOi/ovJRMP2H2j+xdB2D77ffv3IAMWQFeui/ROMhlgGX2j+9Ff2XPIHfv+443oHqaui/7dxHuC/O2j8tMPJqXIHfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',96,2025120200001,'cDwNgK+mS+i/YPPdm+pB2z/7Otdfv37fv5Qqp9XyWui/R3aT3/IK2z9tMkcw337fv/YF90l0aOi/tpoP9NsZ2z8cU/h1DEjfvz4UuCUoWei/rXXgadNQ2z+a5Sjd7Effvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',97,2025120200001,'cL6x90ikW+i/QRE7nnII2z+GImLp337fv15ezeTXaui/I3MPWF/R2j+GImLp337fv+jOXUlZeOi/zD0Lp0jg2j8ym88tDUjfvxcd47wlaei/rvGUtVsX2z8xm88tDUjfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',98,2025120200001,'cIiedDmIa+i/J1s52t3O2j9sMkcw337fv1Dhzxqjeui/8WaouK+X2j/5Otdfv37fv1oukmEkiOi/QkudMpmm2j+a5Sjd7Effv6MjBJ0Jeei/2h1mK8fd2j8ZU/h1DEjfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',81,2025120200002,'cKfR3kMnWui/ouq7ce392j/UA4dWfYzfvynEb9M1aei/WBO2OLfG2j/Kbhwq/ozfvxVkUy3hdui/dY6lQyLV2j/n/SsdNVbfv5edWFbSZ+i/CjkeeVgM2z+PjUYotVXfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',82,2025120200002,'cD00BHzkaei/1NbOGTTE2j9FDfFLA43fv5zLw9XaeOi/SfpcO+GM2j9EJYlHZI3fv31+AmyGhui/BQvkOkyb2j+DFxWKmlbfv2B31diPd+i/AqCRJJ/S2j+liyE2Olbfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',83,2025120200002,'cEMNgGOIeei/YJsM01yK2j/OEbv2Z43fv2keM1ZmiOi/EdBQ/O1S2j9zf7wWqY3fv5+MKxoSlui/Xez64Fhh2j+hIVfi3lbfvxiXCfwzh+i/+fC60ceY2j86oOgynlbfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',84,2025120200002,'cLm4E9RwaOi/wx4Jof8M2z/j+CP3NlPfvw148K1/d+i/zib5bMnV2j/FNOHhtlPfv7YY4WAShei/4nF1bRnk2j9m93z2zRzfvy0umE8Ddui/k0QUZ08b2z8KEvbrThzfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',85,2025120200002,'cKBtkFkueOi/H8DxTUbT2j92LG/6u1Pfv3BY/u4kh+i/D8sCZfOb2j/5Pb1GHFTfv/9K3c23lOi/MxzSk0Oq2j9j75+pMh3fv51Htg7Bhei/sg/CUJbh2j8KURwG0xzfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',86,2025120200002,'cGMAHH/Sh+i/jX3e+26Z2j94aUbvH1Tfv/Cu3Z6wlui/9P4yCwBi2j8ac5KZYFTfv8/gVptDpOi/C205WVBw2j8BSrOEdh3fv7i4kF9llei/xK9ZLL+n2j+ajL9LNh3fvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',87,2025120200002,'cCsJNa6gdui/xafOUPUb2z/sBwBMzxnfvxbMpcGvhei/uzgXW7/k2j+2Kk1MThrfvwF4paIpk+i/c8LKI/Ty2j9N0GEwRuPevz5ByGcahOi/8j4vqCkq2z+NDckRyOLevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',88,2025120200002,'cNd6kG9ehui/jX2NPjzi2j9BO4RbUxrfv56ZQTBVlei/rs/ehOmq2j+dJ1X3shrfv+Y0wSzPoui/sBeftR652j9+4IEoquPevzbhDFLYk+i/DawVDHHw2j9ZCps2S+Pevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',89,2025120200002,'cFJbA8IClui/hHyIHWWo2j8O5ymZthrfv1TTtf7gpOi/o0IDTfZw2j9bTPLM9hrfv5YYrwhbsui/VJAN1yt/2j9jEpGF7ePevyOcY798o+i/6jF5Upq22j8hJOLDrePevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',90,2025120200002,'cK9MGiu/iei/xj3bmuJN2j9igXV/rY3fv1XznnODmOi/ABdGTlcW2j8i7rlezY3fv1cRs1cvpui//f9uBsIk2j8lhZ3rAlffv+qOW/Jql+i/zmZ0fE1c2j/PDHFD41bfvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',91,2025120200002,'cLyphLgumei/A+lqXdAT2j87JysYzo3fvzhHLTjap+i/X+infSrc2T86JysYzo3fv/jeECyGtei//m9i+5Tq2T/vMM6jA1ffv2W0lp3apui/7KhbEzsi2j/vMM6jA1ffvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',92,2025120200002,'cCzAm1uEqOi/x1CQW6LZ2T8i7rlezY3fv8zu7uMWt+i/PU7qmOKh2T9igXV/rY3fv6Ao/djCxOi/LbXGzEyw2T/ODHFD41bfv29I2k8wtui/B9Jm1gzo2T8khZ3rAlffvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',93,2025120200002,'cL/WK3cJmOi/iUWmpvRc2j9qYFP6ZFTfvznVet3Npui/teQDMGkl2j8UjPyfhFTfv/TRj+lgtOi/4s5/jrkz2j8/YfhLmh3fv0qfinWcpei/yr6s9kRr2j+fw8fdeh3fvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',94,2025120200002,'cN8NZiN5p+i/X43lPOIi2j/zmB5YhVTfv4pwNrIktui/i0WlIzzr2T/0mB5YhVTfv8Q0m763w+i/5U91goz52T/CrtcCmx3fvxnSyi8Mtei/uZe1mzIx2j/ArtcCmx3fvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',95,2025120200002,'cPAaANbOtui/aeyW/rPo2T8WjPyfhFTfvxDs115hxei/7LcF8/Ow2T9pYFP6ZFTfv5u0Nl300ui/LjEMQ0S/2T+fw8fdeh3fv60XFeJhxOi/l9YSXQT32T8/YfhLmh3fvw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',96,2025120200002,'cB6R99g5pui/vVSr6upr2j9ELq0l+xrfv7liRE3+tOi/ZdxrhF802j8WJ1aRGhvfv5L5WFZ4wui/I7nhW5VC2j/uTGQKEeTev6odc+Ozs+i/A5nGeyB62j+WbJLW8ePevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',97,2025120200002,'cO0Nf5Optei/Tku0kdgx2j9kvCZIGxvfv4A4+SFVxOi/XxK7eTL62T9mvCZIGxvfv57h3RvP0ei/tI1HjGgI2j/N/O+/EeTevyJENZwjw+i/V44KbA5A2j/N/O+/EeTevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',98,2025120200002,'cNGZa0X/xOi/b65jVKr32T8WJ1aRGhvfv9Qqmb+R0+i/HKP9Ouq/2T9DLq0l+xrfv8a/R5wL4ei/eKnVeSDO2T+UbJLW8ePev2nGVT550ui/6/IraeAF2j/wTGQKEeTevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',81,2025120200003,'cE42Sp5ctOi/NELsDnkm2j/oW/ffyyjfvxdClDLjwui/jei02LHu2T/zSXYcSynfv9Ehx4KF0Oi/GoJvxWn82T/evAEqS/Lev0IIwKf+wei/UPaK+zA02j8LKBbNzPHevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',82,2025120200003,'cJr7qqqLw+i/RoCBJyjs2T89PhMuUCnfv/sPoKr50ei/YhjFIUW02T+34zT3rynfvwLvgTac3+i/x4s4AP3B2T/sf4hTr/Lev63Uw/0t0ei/XX7rE+D52T+YkbYyUPLevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',83,2025120200003,'cHlvnAOh0ui/+mbsMLqx2T+EWMKasynfv2xIqj/24Oi/tuKlCrx52T97vfjs8ynfv/iSoviY7ui/0YAczHOH2T/sl+HR8vLevwXdwZFD4Oi/f4FrDnK/2T84ELHwsvLevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',84,2025120200003,'cF/XRbqcwui/eDtDBNA02j9KfHofTO/ev2QdKpgj0ei/Hudrzwj92T/hojNyyu/ev/pz2Oas3ui/PbTZi6YK2j/+g/oFq7jevwJcrtEl0Oi/HswXiW1C2j8+QVaULbjevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',85,2025120200003,'cBB9RBPM0ei/evHyHX/62T9GeYB6z+/ev4MWP0464Oi/hUjiCpzC2T+JOqWTLvDev0pZvcjD7ei/mSBi8znQ2T9CogJ1Drnev9+FJmRV3+i/i8OX3BwI2j+l3k8FsLjevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',86,2025120200003,'cBtjlanh4Oi/9fAYGRHA2T+9IoMwMvDev3XVERI37+i/hF3K1hKI2T9RB4wMcvDev+nbFarA/Oi/P4f83LCV2T+wtbB1Ubnev+RSqCVr7ui/x9gvA6/N2T/InnALErnevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',87,2025120200003,'cAqS8sDC0Oi/APOPXQtD2j9OdX58q7Xev07SRdhJ3+i/UaUbZEQL2j/y897jKLbev6Rpj/q57Oi/6LobxccY2j+tlXqs6n7ev2+gb7sy3ui/XIV7T45Q2j/fKqgnbn7evw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',88,2025120200003,'cPl1qVXy3+i/bzICtboI2j9yn8viLbbev4EpzLtg7ui/i1r4ztfQ2T+0KMRKjLbev5n5BPrQ++i/bAlillve2T/GTctfTX/ev35jdHli7ei/VNjAGj4W2j94vmCi737evw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',89,2025120200003,'cFCOxRgI7+i/TWHn3kzO2T8y/ubgj7bev7agIZ5d/ei/sr1Bu06W2T8XrvZFz7bevxF0TurNCum/8soL29Kj2T+6mPvhj3/ev+Ia5Fd4/Oi/bHlzqtDb2T+SbXPvUH/evw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',90,2025120200003,'cJgIhqJC4ui/MxdArKN02T+hBMNH+Cnfv20aStV98Oi/wQYx84k82T+iZ1DCFyrfvwwKva0g/ui/kXy6hkFK2T8yLkJoFvPev/RduV7l7+i/mHx/aluC2T80AAUl9/Levw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',91,2025120200003,'cF2t+Nwi8ei/Sc0Djvw52T/Hond5GCrfv/42de1E/+i/ZVA0HckB2T/Hond5GCrfvytMJtXnDOm/mr21dYAP2T++lCceF/PevxwJY7bF/ui/DXNKH7RH2T++lCceF/Pevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',92,2025120200003,'cKXlpc/o/+i/nETOkDr/2D+iZ1DCFyrfv3PlFJHxDem/rK5JGu7G2D+hBMNH+Cnfv7odaHmUG+m/g1YSKaXU2D81AAUl9/LevwTNq7eLDem/cFJp5vEM2T8xLkJoFvPevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',93,2025120200003,'cBxuRniD8Oi/zrUldfqC2T8iGFZfdvDev0YGPsi+/ui/BD24kOBK2T/PcQ2glfDev8UK029IDOm/1uKSpn5Y2T8jcc7JdLnevz27LhIN/ui/EgE/fZiQ2T/otMbAVbnevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',94,2025120200003,'cNlz69Bj/+i/cd08KVNI2T+2KuRVlvDev0LHAfCFDem/Etldfh8Q2T+2KuRVlvDevwlc5pcPG+m/P4eIlL0d2T9QKmF+dbnev6II0HjtDOm/notnP/FV2T9SKmF+dbnevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',95,2025120200003,'cLFmh9IpDum/5Lz+7pAN2T/NcQ2glfDev/Xo9ZMyHOm/Jai7L0TV2D8iGFZfdvDevxY23i28Kem/aPPUN+Li2D/otMbAVbnevzBrHHqzG+m/tWLZBC8b2T8gcc7JdLnevw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',96,2025120200003,'cKa4SAaq/ui/uiO4WzaR2T/svbKQ07bev01aN2TlDOm/uZz0hhxZ2T+cWzCX8rbev7zwCrBVGum/nzX886Bm2T9/Vmfzsn/ev5L8AlMaDOm/qpqHgrqe2T90rfYklH/evw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',97,2025120200003,'cEolNG2KDem/H+LbH49W2T8xTrRL87bev1ho94usG+m/rSxHdlse2T8xTrRL87bev9b2K8kcKem/7tv2HuAr2T9EKqWms3/evzZtr7j6Gum/0ljGjxNk2T9EKqWms3/evw==');
INSERT INTO "visit_detector_region" VALUES('LSSTCam',98,2025120200003,'cEYdJm5QHOm/mXKj5swb2T+dWzCX8rbev2x49yBZKum/pP1KGoDj2D/tvbKQ07bev2zZkUHJN+m/IjKR8ATx2D91rfYklH/ev/O7ZqrAKem/enOZkVEp2T+AVmfzsn/evw==');
CREATE TABLE visit_detector_region_skypix_overlap (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	detector BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	skypix_index BIGINT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, instrument, detector, visit, skypix_index), 
	CONSTRAINT visit_detector_region_skypix_overlap_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT visit_detector_region_skypix_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_detector_region_skypix_overlap_visit_detector_region_skypix_overlap_summary_skypix_system_skypix_level_instrument_skypix_system_skypix_level_instrument FOREIGN KEY(skypix_system, skypix_level, instrument) REFERENCES visit_detector_region_skypix_overlap_summary (skypix_system, skypix_level, instrument) ON DELETE CASCADE, 
	CONSTRAINT fkey_visit_detector_region_skypix_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_detector_region_skypix_overlap_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_visit_detector_region_skypix_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',81,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',81,2025120200001,163375);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',82,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',83,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',84,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',84,2025120200001,163375);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200001,163375);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200001,163375);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',90,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',90,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200001,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',92,2025120200001,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',92,2025120200001,160029);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',93,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',93,2025120200001,163374);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',94,2025120200001,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',94,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200001,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',96,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',97,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200001,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200001,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',81,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',81,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',82,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',82,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',83,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',83,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',84,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200002,163367);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,163364);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,163366);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200002,163367);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200002,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',90,2025120200002,160025);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',90,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200002,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',92,2025120200002,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',93,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',94,2025120200002,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',94,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200002,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',96,2025120200002,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',96,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',97,2025120200002,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',97,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200002,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200002,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',81,2025120200003,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',82,2025120200003,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',82,2025120200003,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',83,2025120200003,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',83,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',84,2025120200003,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',84,2025120200003,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160027);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160056);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',85,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200003,160026);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',86,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200003,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',87,2025120200003,160056);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200003,160024);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200003,160056);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',88,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200003,160056);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',89,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',90,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',91,2025120200003,160061);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',92,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',92,2025120200003,160061);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',93,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',94,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',95,2025120200003,160061);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',96,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',96,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',97,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',97,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160057);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160058);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160059);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160060);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160061);
INSERT INTO "visit_detector_region_skypix_overlap" VALUES('htm',7,'LSSTCam',98,2025120200003,160063);
CREATE TABLE visit_detector_region_skypix_overlap_summary (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, instrument), 
	CONSTRAINT visit_detector_region_skypix_overlap_summary_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT visit_detector_region_skypix_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_detector_region_skypix_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "visit_detector_region_skypix_overlap_summary" VALUES('htm',7,'LSSTCam');
CREATE TABLE visit_skypix_overlap (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	visit BIGINT NOT NULL, 
	skypix_index BIGINT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, instrument, visit, skypix_index), 
	CONSTRAINT visit_skypix_overlap_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT visit_skypix_overlap_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_skypix_overlap_visit_skypix_overlap_summary_skypix_system_skypix_level_instrument_skypix_system_skypix_level_instrument FOREIGN KEY(skypix_system, skypix_level, instrument) REFERENCES visit_skypix_overlap_summary (skypix_system, skypix_level, instrument) ON DELETE CASCADE, 
	CONSTRAINT fkey_visit_skypix_overlap_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_skypix_overlap_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160004);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160016);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160017);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160018);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160019);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160021);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160022);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160023);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160024);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160025);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160026);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160027);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160028);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160029);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160030);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160031);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160056);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160057);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,160059);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163336);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163360);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163361);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163362);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163363);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163364);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163365);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163366);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163367);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163372);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163373);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163374);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163375);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163380);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163382);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200001,163383);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160004);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160005);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160007);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160017);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160018);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160019);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160021);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160022);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160023);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160024);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160025);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160026);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160027);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160028);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160029);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160030);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160031);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160050);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160056);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160057);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160058);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160059);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160060);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160061);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,160063);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163336);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163361);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163364);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163365);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163366);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163367);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163372);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163374);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163375);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163380);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163382);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200002,163383);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160004);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160005);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160007);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160010);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160012);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160020);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160021);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160023);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160024);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160025);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160026);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160027);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160028);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160029);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160031);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160048);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160049);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160050);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160051);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160053);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160054);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160055);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160056);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160057);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160058);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160059);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160060);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160061);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160062);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,160063);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,163336);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,163364);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,163366);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,163367);
INSERT INTO "visit_skypix_overlap" VALUES('htm',7,'LSSTCam',2025120200003,163380);
CREATE TABLE visit_skypix_overlap_summary (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, instrument), 
	CONSTRAINT visit_skypix_overlap_summary_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT visit_skypix_overlap_summary_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_skypix_overlap_summary_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "visit_skypix_overlap_summary" VALUES('htm',7,'LSSTCam');
CREATE TABLE visit_system (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	name VARCHAR(32), 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT visit_system_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT visit_system_len_name CHECK (length("name")<=32 AND length("name")>=1), 
	CONSTRAINT visit_system_unq_instrument_name UNIQUE (instrument, name), 
	CONSTRAINT fkey_visit_system_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "visit_system" VALUES('LSSTCam',0,'one-to-one');
INSERT INTO "visit_system" VALUES('LSSTCam',2,'by-seq-start-end');
CREATE TABLE visit_system_membership (
	instrument VARCHAR(32) NOT NULL, 
	visit_system BIGINT NOT NULL, 
	visit BIGINT NOT NULL, 
	PRIMARY KEY (instrument, visit_system, visit), 
	CONSTRAINT visit_system_membership_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_visit_system_membership_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_visit_system_membership_visit_system_instrument_id_instrument_visit_system FOREIGN KEY(instrument, visit_system) REFERENCES visit_system (instrument, id), 
	CONSTRAINT fkey_visit_system_membership_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',0,2025120200001);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',2,2025120200001);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',0,2025120200002);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',2,2025120200002);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',0,2025120200003);
INSERT INTO "visit_system_membership" VALUES('LSSTCam',2,2025120200003);
CREATE INDEX collection_chain_fkidx_child ON collection_chain (child);
CREATE INDEX collection_chain_fkidx_parent ON collection_chain (parent);
CREATE INDEX collection_summary_dataset_type_fkidx_collection_id ON collection_summary_dataset_type (collection_id);
CREATE INDEX collection_summary_dataset_type_fkidx_dataset_type_id ON collection_summary_dataset_type (dataset_type_id);
CREATE INDEX collection_summary_instrument_fkidx_collection_id ON collection_summary_instrument (collection_id);
CREATE INDEX collection_summary_instrument_fkidx_instrument ON collection_summary_instrument (instrument);
CREATE INDEX collection_summary_skymap_fkidx_collection_id ON collection_summary_skymap (collection_id);
CREATE INDEX collection_summary_skymap_fkidx_skymap ON collection_summary_skymap (skymap);
CREATE INDEX dataset_fkidx_dataset_type_id ON dataset (dataset_type_id);
CREATE INDEX dataset_fkidx_run_id ON dataset (run_id);
CREATE INDEX dataset_location_fkidx_dataset_id ON dataset_location (dataset_id);
CREATE INDEX dataset_tags_00000001_fkidx_collection_id ON dataset_tags_00000001 (collection_id);
CREATE INDEX dataset_tags_00000001_fkidx_collection_id_dataset_type_id ON dataset_tags_00000001 (collection_id, dataset_type_id);
CREATE INDEX dataset_tags_00000001_fkidx_collection_id_instrument ON dataset_tags_00000001 (collection_id, instrument);
CREATE INDEX dataset_tags_00000001_fkidx_dataset_id ON dataset_tags_00000001 (dataset_id);
CREATE INDEX dataset_tags_00000001_fkidx_dataset_type_id ON dataset_tags_00000001 (dataset_type_id);
CREATE INDEX dataset_tags_00000001_fkidx_instrument ON dataset_tags_00000001 (instrument);
CREATE INDEX dataset_tags_00000001_fkidx_instrument_detector ON dataset_tags_00000001 (instrument, detector);
CREATE INDEX dataset_tags_00000001_fkidx_instrument_exposure ON dataset_tags_00000001 (instrument, exposure);
CREATE INDEX day_obs_fkidx_instrument ON day_obs (instrument);
CREATE INDEX detector_fkidx_instrument ON detector (instrument);
CREATE INDEX dimension_graph_definition_fkidx_dimension_graph_id ON dimension_graph_definition (dimension_graph_id);
CREATE INDEX exposure_fkidx_instrument ON exposure (instrument);
CREATE INDEX exposure_fkidx_instrument_day_obs ON exposure (instrument, day_obs);
CREATE INDEX exposure_fkidx_instrument_group ON exposure (instrument, "group");
CREATE INDEX exposure_fkidx_instrument_physical_filter ON exposure (instrument, physical_filter);
CREATE INDEX file_datastore_records_idx_path ON file_datastore_records (path);
CREATE INDEX group_fkidx_instrument ON "group" (instrument);
CREATE INDEX patch_fkidx_skymap ON patch (skymap);
CREATE INDEX patch_fkidx_skymap_tract ON patch (skymap, tract);
CREATE INDEX patch_skypix_overlap_fkidx_skymap ON patch_skypix_overlap (skymap);
CREATE INDEX patch_skypix_overlap_fkidx_skymap_tract ON patch_skypix_overlap (skymap, tract);
CREATE INDEX patch_skypix_overlap_fkidx_skymap_tract_patch ON patch_skypix_overlap (skymap, tract, patch);
CREATE INDEX patch_skypix_overlap_fkidx_skypix_system_skypix_level_skymap ON patch_skypix_overlap (skypix_system, skypix_level, skymap);
CREATE INDEX patch_skypix_overlap_idx_skypix_system_skypix_level_skypix_index_skymap_tract_patch ON patch_skypix_overlap (skypix_system, skypix_level, skypix_index, skymap, tract, patch);
CREATE INDEX patch_skypix_overlap_summary_fkidx_skymap ON patch_skypix_overlap_summary (skymap);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_instrument ON patch_visit_detector_region_overlap (instrument);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_instrument_detector ON patch_visit_detector_region_overlap (instrument, detector);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_instrument_visit ON patch_visit_detector_region_overlap (instrument, visit);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_skymap ON patch_visit_detector_region_overlap (skymap);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_skymap_tract ON patch_visit_detector_region_overlap (skymap, tract);
CREATE INDEX patch_visit_detector_region_overlap_fkidx_skymap_tract_patch ON patch_visit_detector_region_overlap (skymap, tract, patch);
CREATE INDEX patch_visit_detector_region_overlap_summary_fkidx_instrument ON patch_visit_detector_region_overlap_summary (instrument);
CREATE INDEX patch_visit_detector_region_overlap_summary_fkidx_skymap ON patch_visit_detector_region_overlap_summary (skymap);
CREATE INDEX patch_visit_overlap_fkidx_instrument ON patch_visit_overlap (instrument);
CREATE INDEX patch_visit_overlap_fkidx_instrument_visit ON patch_visit_overlap (instrument, visit);
CREATE INDEX patch_visit_overlap_fkidx_skymap ON patch_visit_overlap (skymap);
CREATE INDEX patch_visit_overlap_fkidx_skymap_tract ON patch_visit_overlap (skymap, tract);
CREATE INDEX patch_visit_overlap_fkidx_skymap_tract_patch ON patch_visit_overlap (skymap, tract, patch);
CREATE INDEX patch_visit_overlap_summary_fkidx_instrument ON patch_visit_overlap_summary (instrument);
CREATE INDEX patch_visit_overlap_summary_fkidx_skymap ON patch_visit_overlap_summary (skymap);
CREATE INDEX physical_filter_fkidx_instrument ON physical_filter (instrument);
CREATE INDEX ssp_balanced_index_fkidx_ssp_hypothesis_table ON ssp_balanced_index (ssp_hypothesis_table);
CREATE INDEX ssp_hypothesis_bundle_fkidx_ssp_hypothesis_table ON ssp_hypothesis_bundle (ssp_hypothesis_table);
CREATE INDEX tract_fkidx_skymap ON tract (skymap);
CREATE INDEX tract_skypix_overlap_fkidx_skymap ON tract_skypix_overlap (skymap);
CREATE INDEX tract_skypix_overlap_fkidx_skymap_tract ON tract_skypix_overlap (skymap, tract);
CREATE INDEX tract_skypix_overlap_fkidx_skypix_system_skypix_level_skymap ON tract_skypix_overlap (skypix_system, skypix_level, skymap);
CREATE INDEX tract_skypix_overlap_idx_skypix_system_skypix_level_skypix_index_skymap_tract ON tract_skypix_overlap (skypix_system, skypix_level, skypix_index, skymap, tract);
CREATE INDEX tract_skypix_overlap_summary_fkidx_skymap ON tract_skypix_overlap_summary (skymap);
CREATE INDEX tract_visit_detector_region_overlap_fkidx_instrument ON tract_visit_detector_region_overlap (instrument);
CREATE INDEX tract_visit_detector_region_overlap_fkidx_instrument_detector ON tract_visit_detector_region_overlap (instrument, detector);
CREATE INDEX tract_visit_detector_region_overlap_fkidx_instrument_visit ON tract_visit_detector_region_overlap (instrument, visit);
CREATE INDEX tract_visit_detector_region_overlap_fkidx_skymap ON tract_visit_detector_region_overlap (skymap);
CREATE INDEX tract_visit_detector_region_overlap_fkidx_skymap_tract ON tract_visit_detector_region_overlap (skymap, tract);
CREATE INDEX tract_visit_detector_region_overlap_summary_fkidx_instrument ON tract_visit_detector_region_overlap_summary (instrument);
CREATE INDEX tract_visit_detector_region_overlap_summary_fkidx_skymap ON tract_visit_detector_region_overlap_summary (skymap);
CREATE INDEX tract_visit_overlap_fkidx_instrument ON tract_visit_overlap (instrument);
CREATE INDEX tract_visit_overlap_fkidx_instrument_visit ON tract_visit_overlap (instrument, visit);
CREATE INDEX tract_visit_overlap_fkidx_skymap ON tract_visit_overlap (skymap);
CREATE INDEX tract_visit_overlap_fkidx_skymap_tract ON tract_visit_overlap (skymap, tract);
CREATE INDEX tract_visit_overlap_summary_fkidx_instrument ON tract_visit_overlap_summary (instrument);
CREATE INDEX tract_visit_overlap_summary_fkidx_skymap ON tract_visit_overlap_summary (skymap);
CREATE INDEX visit_definition_fkidx_instrument ON visit_definition (instrument);
CREATE INDEX visit_definition_fkidx_instrument_exposure ON visit_definition (instrument, exposure);
CREATE INDEX visit_definition_fkidx_instrument_visit ON visit_definition (instrument, visit);
CREATE INDEX visit_detector_region_fkidx_instrument ON visit_detector_region (instrument);
CREATE INDEX visit_detector_region_fkidx_instrument_detector ON visit_detector_region (instrument, detector);
CREATE INDEX visit_detector_region_fkidx_instrument_visit ON visit_detector_region (instrument, visit);
CREATE INDEX visit_detector_region_skypix_overlap_fkidx_instrument ON visit_detector_region_skypix_overlap (instrument);
CREATE INDEX visit_detector_region_skypix_overlap_fkidx_instrument_detector ON visit_detector_region_skypix_overlap (instrument, detector);
CREATE INDEX visit_detector_region_skypix_overlap_fkidx_instrument_visit ON visit_detector_region_skypix_overlap (instrument, visit);
CREATE INDEX visit_detector_region_skypix_overlap_fkidx_skypix_system_skypix_level_instrument ON visit_detector_region_skypix_overlap (skypix_system, skypix_level, instrument);
CREATE INDEX visit_detector_region_skypix_overlap_idx_skypix_system_skypix_level_skypix_index_instrument_detector_visit ON visit_detector_region_skypix_overlap (skypix_system, skypix_level, skypix_index, instrument, detector, visit);
CREATE INDEX visit_detector_region_skypix_overlap_summary_fkidx_instrument ON visit_detector_region_skypix_overlap_summary (instrument);
CREATE INDEX visit_fkidx_instrument ON visit (instrument);
CREATE INDEX visit_fkidx_instrument_day_obs ON visit (instrument, day_obs);
CREATE INDEX visit_fkidx_instrument_physical_filter ON visit (instrument, physical_filter);
CREATE INDEX visit_skypix_overlap_fkidx_instrument ON visit_skypix_overlap (instrument);
CREATE INDEX visit_skypix_overlap_fkidx_instrument_visit ON visit_skypix_overlap (instrument, visit);
CREATE INDEX visit_skypix_overlap_fkidx_skypix_system_skypix_level_instrument ON visit_skypix_overlap (skypix_system, skypix_level, instrument);
CREATE INDEX visit_skypix_overlap_idx_skypix_system_skypix_level_skypix_index_instrument_visit ON visit_skypix_overlap (skypix_system, skypix_level, skypix_index, instrument, visit);
CREATE INDEX visit_skypix_overlap_summary_fkidx_instrument ON visit_skypix_overlap_summary (instrument);
CREATE INDEX visit_system_fkidx_instrument ON visit_system (instrument);
CREATE INDEX visit_system_membership_fkidx_instrument ON visit_system_membership (instrument);
CREATE INDEX visit_system_membership_fkidx_instrument_visit ON visit_system_membership (instrument, visit);
CREATE INDEX visit_system_membership_fkidx_instrument_visit_system ON visit_system_membership (instrument, visit_system);
COMMIT;
