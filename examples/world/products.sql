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
INSERT INTO "collection" VALUES(1,'LSSTCam/prompt/output-2025-12-02',1,NULL);
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
INSERT INTO "collection_summary_dataset_type" VALUES(1,2);
INSERT INTO "collection_summary_dataset_type" VALUES(1,3);
CREATE TABLE collection_summary_instrument (
	collection_id BIGINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (collection_id, instrument), 
	CONSTRAINT collection_summary_instrument_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_collection_summary_instrument_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_summary_instrument_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
INSERT INTO "collection_summary_instrument" VALUES(1,'LSSTCam');
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
INSERT INTO "dataset" VALUES('5c447e45115e5816b37d2f935b6f6910',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('73dd506a87305d408a7c8dd5150b0bd8',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('eaa21a6e5db955fba398120923a651f6',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('d040c7c65ad85eeabac50a20b8de3654',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('569cd26e33b85279b3707b98b26fecb2',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('3e80718833c354d289ef3a43ea53c506',1,1764900000000000000,1);
INSERT INTO "dataset" VALUES('0991c12cb50e55f683713b41a5c5db30',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('f6fb2960b6d256baa433da4fe095f87f',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('1aacc7984f325af7b6f7fe97be6e65dc',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('fdd0595c40d1523c97d3711cc7c2c66e',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('4335e825deb55a8da0ba4e1aad64e19d',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('c703c5b78fdd5ccdb28434468459c5c3',2,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2e5dddcb3a7d58ad8c2e738a92c1bbd8',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('43b8b72016bf52ba807756080d901bd9',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('e39346244ef4572da4c323262befb596',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('26b1c8418305519bab63bd062dd9df91',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('721b40638cb45254b9d189e1fae92187',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('ee139dad289b557f9e4f6ac1d734499b',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('518ea3e81d055207a8b273eb37191499',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('29270ccf95045b7c963cdee095d5f66e',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2c767d43f0ec5a7b87dd804c1db54935',3,1764900000000000000,1);
INSERT INTO "dataset" VALUES('2e722096dd795fa6a8e0d3c0925eef5e',3,1764900000000000000,1);
CREATE TABLE dataset_location (
	datastore_name TEXT NOT NULL, 
	dataset_id CHAR(32) NOT NULL, 
	PRIMARY KEY (datastore_name, dataset_id), 
	CONSTRAINT fkey_dataset_location_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id)
);
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','5c447e45115e5816b37d2f935b6f6910');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','73dd506a87305d408a7c8dd5150b0bd8');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','eaa21a6e5db955fba398120923a651f6');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','d040c7c65ad85eeabac50a20b8de3654');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','569cd26e33b85279b3707b98b26fecb2');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','3e80718833c354d289ef3a43ea53c506');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','0991c12cb50e55f683713b41a5c5db30');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','f6fb2960b6d256baa433da4fe095f87f');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','1aacc7984f325af7b6f7fe97be6e65dc');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','fdd0595c40d1523c97d3711cc7c2c66e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','4335e825deb55a8da0ba4e1aad64e19d');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','c703c5b78fdd5ccdb28434468459c5c3');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2e5dddcb3a7d58ad8c2e738a92c1bbd8');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','43b8b72016bf52ba807756080d901bd9');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','e39346244ef4572da4c323262befb596');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','26b1c8418305519bab63bd062dd9df91');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','721b40638cb45254b9d189e1fae92187');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','ee139dad289b557f9e4f6ac1d734499b');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','518ea3e81d055207a8b273eb37191499');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','29270ccf95045b7c963cdee095d5f66e');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2c767d43f0ec5a7b87dd804c1db54935');
INSERT INTO "dataset_location" VALUES('FileDatastore@<butlerRoot>','2e722096dd795fa6a8e0d3c0925eef5e');
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
	visit BIGINT NOT NULL, 
	PRIMARY KEY (dataset_id, collection_id), 
	CONSTRAINT dataset_tags_00000001_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT dataset_tags_00000001_unq_dataset_type_id_collection_id_instrument_detector_visit UNIQUE (dataset_type_id, collection_id, instrument, detector, visit), 
	CONSTRAINT fkey_dataset_tags_00000001_dataset_type_id_dataset_type_id FOREIGN KEY(dataset_type_id) REFERENCES dataset_type (id), 
	CONSTRAINT fkey_dataset_tags_00000001_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000001_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000001_collection_summary_dataset_type_collection_id_dataset_type_id_collection_id_dataset_type_id FOREIGN KEY(collection_id, dataset_type_id) REFERENCES collection_summary_dataset_type (collection_id, dataset_type_id), 
	CONSTRAINT fkey_dataset_tags_00000001_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_dataset_tags_00000001_collection_summary_instrument_collection_id_instrument_collection_id_instrument FOREIGN KEY(collection_id, instrument) REFERENCES collection_summary_instrument (collection_id, instrument), 
	CONSTRAINT fkey_dataset_tags_00000001_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_dataset_tags_00000001_visit_instrument_id_instrument_visit FOREIGN KEY(instrument, visit) REFERENCES visit (instrument, id)
);
INSERT INTO "dataset_tags_00000001" VALUES(1,'5c447e45115e5816b37d2f935b6f6910',1,'LSSTCam',81,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'73dd506a87305d408a7c8dd5150b0bd8',1,'LSSTCam',82,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(1,'eaa21a6e5db955fba398120923a651f6',1,'LSSTCam',81,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'d040c7c65ad85eeabac50a20b8de3654',1,'LSSTCam',82,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(1,'569cd26e33b85279b3707b98b26fecb2',1,'LSSTCam',81,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(1,'3e80718833c354d289ef3a43ea53c506',1,'LSSTCam',82,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(2,'0991c12cb50e55f683713b41a5c5db30',1,'LSSTCam',81,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(2,'f6fb2960b6d256baa433da4fe095f87f',1,'LSSTCam',82,2025120200001);
INSERT INTO "dataset_tags_00000001" VALUES(2,'1aacc7984f325af7b6f7fe97be6e65dc',1,'LSSTCam',81,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(2,'fdd0595c40d1523c97d3711cc7c2c66e',1,'LSSTCam',82,2025120200002);
INSERT INTO "dataset_tags_00000001" VALUES(2,'4335e825deb55a8da0ba4e1aad64e19d',1,'LSSTCam',81,2025120200003);
INSERT INTO "dataset_tags_00000001" VALUES(2,'c703c5b78fdd5ccdb28434468459c5c3',1,'LSSTCam',82,2025120200003);
CREATE TABLE dataset_tags_00000002 (
	dataset_type_id BIGINT NOT NULL, 
	dataset_id CHAR(32) NOT NULL, 
	collection_id BIGINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	detector BIGINT NOT NULL, 
	exposure BIGINT NOT NULL, 
	PRIMARY KEY (dataset_id, collection_id), 
	CONSTRAINT dataset_tags_00000002_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT dataset_tags_00000002_unq_dataset_type_id_collection_id_instrument_detector_exposure UNIQUE (dataset_type_id, collection_id, instrument, detector, exposure), 
	CONSTRAINT fkey_dataset_tags_00000002_dataset_type_id_dataset_type_id FOREIGN KEY(dataset_type_id) REFERENCES dataset_type (id), 
	CONSTRAINT fkey_dataset_tags_00000002_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000002_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_dataset_tags_00000002_collection_summary_dataset_type_collection_id_dataset_type_id_collection_id_dataset_type_id FOREIGN KEY(collection_id, dataset_type_id) REFERENCES collection_summary_dataset_type (collection_id, dataset_type_id), 
	CONSTRAINT fkey_dataset_tags_00000002_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name), 
	CONSTRAINT fkey_dataset_tags_00000002_collection_summary_instrument_collection_id_instrument_collection_id_instrument FOREIGN KEY(collection_id, instrument) REFERENCES collection_summary_instrument (collection_id, instrument), 
	CONSTRAINT fkey_dataset_tags_00000002_detector_instrument_id_instrument_detector FOREIGN KEY(instrument, detector) REFERENCES detector (instrument, id), 
	CONSTRAINT fkey_dataset_tags_00000002_exposure_instrument_id_instrument_exposure FOREIGN KEY(instrument, exposure) REFERENCES exposure (instrument, id)
);
INSERT INTO "dataset_tags_00000002" VALUES(3,'2e5dddcb3a7d58ad8c2e738a92c1bbd8',1,'LSSTCam',81,2025120200001);
INSERT INTO "dataset_tags_00000002" VALUES(3,'43b8b72016bf52ba807756080d901bd9',1,'LSSTCam',82,2025120200001);
INSERT INTO "dataset_tags_00000002" VALUES(3,'e39346244ef4572da4c323262befb596',1,'LSSTCam',81,2025120200002);
INSERT INTO "dataset_tags_00000002" VALUES(3,'26b1c8418305519bab63bd062dd9df91',1,'LSSTCam',82,2025120200002);
INSERT INTO "dataset_tags_00000002" VALUES(3,'721b40638cb45254b9d189e1fae92187',1,'LSSTCam',81,2025120200003);
INSERT INTO "dataset_tags_00000002" VALUES(3,'ee139dad289b557f9e4f6ac1d734499b',1,'LSSTCam',82,2025120200003);
INSERT INTO "dataset_tags_00000002" VALUES(3,'518ea3e81d055207a8b273eb37191499',1,'LSSTCam',81,2025120200004);
INSERT INTO "dataset_tags_00000002" VALUES(3,'29270ccf95045b7c963cdee095d5f66e',1,'LSSTCam',82,2025120200004);
INSERT INTO "dataset_tags_00000002" VALUES(3,'2c767d43f0ec5a7b87dd804c1db54935',1,'LSSTCam',81,2025120200005);
INSERT INTO "dataset_tags_00000002" VALUES(3,'2e722096dd795fa6a8e0d3c0925eef5e',1,'LSSTCam',82,2025120200005);
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
INSERT INTO "dataset_type" VALUES(1,'difference_image','StructuredDataDict',1,'dataset_tags_00000001',NULL);
INSERT INTO "dataset_type" VALUES(2,'dia_source_apdb','StructuredDataDict',1,'dataset_tags_00000001',NULL);
INSERT INTO "dataset_type" VALUES(3,'isr_log','StructuredDataDict',2,'dataset_tags_00000002',NULL);
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
INSERT INTO "dimension_graph_definition" VALUES(1,'visit');
INSERT INTO "dimension_graph_definition" VALUES(2,'instrument');
INSERT INTO "dimension_graph_definition" VALUES(2,'detector');
INSERT INTO "dimension_graph_definition" VALUES(2,'exposure');
CREATE TABLE dimension_graph_key (
	id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "dimension_graph_key" VALUES(1);
INSERT INTO "dimension_graph_key" VALUES(2);
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
INSERT INTO "file_datastore_records" VALUES('5c447e45115e5816b37d2f935b6f6910','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000001/difference_image_MC_O_20251202_000001_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('73dd506a87305d408a7c8dd5150b0bd8','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000001/difference_image_MC_O_20251202_000001_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('eaa21a6e5db955fba398120923a651f6','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000002/difference_image_MC_O_20251202_000002_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('d040c7c65ad85eeabac50a20b8de3654','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000002/difference_image_MC_O_20251202_000002_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('569cd26e33b85279b3707b98b26fecb2','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000003/difference_image_MC_O_20251202_000003_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('3e80718833c354d289ef3a43ea53c506','LSSTCam/prompt/output-2025-12-02/difference_image/MC_O_20251202_000003/difference_image_MC_O_20251202_000003_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,71);
INSERT INTO "file_datastore_records" VALUES('0991c12cb50e55f683713b41a5c5db30','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000001/dia_source_apdb_MC_O_20251202_000001_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('f6fb2960b6d256baa433da4fe095f87f','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000001/dia_source_apdb_MC_O_20251202_000001_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('1aacc7984f325af7b6f7fe97be6e65dc','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000002/dia_source_apdb_MC_O_20251202_000002_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('fdd0595c40d1523c97d3711cc7c2c66e','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000002/dia_source_apdb_MC_O_20251202_000002_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('4335e825deb55a8da0ba4e1aad64e19d','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000003/dia_source_apdb_MC_O_20251202_000003_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('c703c5b78fdd5ccdb28434468459c5c3','LSSTCam/prompt/output-2025-12-02/dia_source_apdb/MC_O_20251202_000003/dia_source_apdb_MC_O_20251202_000003_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,70);
INSERT INTO "file_datastore_records" VALUES('2e5dddcb3a7d58ad8c2e738a92c1bbd8','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000001/isr_log_MC_O_20251202_000001_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('43b8b72016bf52ba807756080d901bd9','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000001/isr_log_MC_O_20251202_000001_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('e39346244ef4572da4c323262befb596','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000002/isr_log_MC_O_20251202_000002_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('26b1c8418305519bab63bd062dd9df91','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000002/isr_log_MC_O_20251202_000002_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('721b40638cb45254b9d189e1fae92187','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000003/isr_log_MC_O_20251202_000003_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('ee139dad289b557f9e4f6ac1d734499b','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000003/isr_log_MC_O_20251202_000003_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('518ea3e81d055207a8b273eb37191499','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000004/isr_log_MC_O_20251202_000004_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('29270ccf95045b7c963cdee095d5f66e','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000004/isr_log_MC_O_20251202_000004_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('2c767d43f0ec5a7b87dd804c1db54935','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000005/isr_log_MC_O_20251202_000005_81.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
INSERT INTO "file_datastore_records" VALUES('2e722096dd795fa6a8e0d3c0925eef5e','LSSTCam/prompt/output-2025-12-02/isr_log/MC_O_20251202_000005/isr_log_MC_O_20251202_000005_82.json','lsst.daf.butler.formatters.json.JsonFormatter','StructuredDataDict','__NULL_STRING__',NULL,62);
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
CREATE INDEX dataset_tags_00000001_fkidx_instrument_visit ON dataset_tags_00000001 (instrument, visit);
CREATE INDEX dataset_tags_00000002_fkidx_collection_id ON dataset_tags_00000002 (collection_id);
CREATE INDEX dataset_tags_00000002_fkidx_collection_id_dataset_type_id ON dataset_tags_00000002 (collection_id, dataset_type_id);
CREATE INDEX dataset_tags_00000002_fkidx_collection_id_instrument ON dataset_tags_00000002 (collection_id, instrument);
CREATE INDEX dataset_tags_00000002_fkidx_dataset_id ON dataset_tags_00000002 (dataset_id);
CREATE INDEX dataset_tags_00000002_fkidx_dataset_type_id ON dataset_tags_00000002 (dataset_type_id);
CREATE INDEX dataset_tags_00000002_fkidx_instrument ON dataset_tags_00000002 (instrument);
CREATE INDEX dataset_tags_00000002_fkidx_instrument_detector ON dataset_tags_00000002 (instrument, detector);
CREATE INDEX dataset_tags_00000002_fkidx_instrument_exposure ON dataset_tags_00000002 (instrument, exposure);
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
