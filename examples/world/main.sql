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
CREATE TABLE collection_summary_instrument (
	collection_id BIGINT NOT NULL, 
	instrument VARCHAR(32) NOT NULL, 
	PRIMARY KEY (collection_id, instrument), 
	CONSTRAINT collection_summary_instrument_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_collection_summary_instrument_collection_collection_id_collection_id FOREIGN KEY(collection_id) REFERENCES collection (collection_id) ON DELETE CASCADE, 
	CONSTRAINT fkey_collection_summary_instrument_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
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
CREATE TABLE dataset_location (
	datastore_name TEXT NOT NULL, 
	dataset_id CHAR(32) NOT NULL, 
	PRIMARY KEY (datastore_name, dataset_id), 
	CONSTRAINT fkey_dataset_location_dataset_id_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id)
);
CREATE TABLE dataset_location_trash (
	dataset_id CHAR(32) NOT NULL, 
	datastore_name TEXT NOT NULL, 
	PRIMARY KEY (dataset_id, datastore_name)
);
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
CREATE TABLE day_obs (
	instrument VARCHAR(32) NOT NULL, 
	id BIGINT NOT NULL, 
	timespan_begin BIGINT, 
	timespan_end BIGINT, 
	PRIMARY KEY (instrument, id), 
	CONSTRAINT day_obs_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_day_obs_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
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
CREATE TABLE dimension_graph_key (
	id INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
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
CREATE TABLE "group" (
	instrument VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (instrument, name), 
	CONSTRAINT group_len_instrument CHECK (length("instrument")<=32 AND length("instrument")>=1), 
	CONSTRAINT fkey_group_instrument_name_instrument FOREIGN KEY(instrument) REFERENCES instrument (name)
);
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
CREATE TABLE skymap (
	name TEXT NOT NULL, 
	hash TEXT, 
	tract_max BIGINT, 
	patch_nx_max BIGINT, 
	patch_ny_max BIGINT, 
	PRIMARY KEY (name), 
	CONSTRAINT skymap_unq_hash UNIQUE (hash)
);
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
CREATE TABLE tract_skypix_overlap_summary (
	skypix_system VARCHAR(16) NOT NULL, 
	skypix_level SMALLINT NOT NULL, 
	skymap TEXT NOT NULL, 
	PRIMARY KEY (skypix_system, skypix_level, skymap), 
	CONSTRAINT tract_skypix_overlap_summary_len_skypix_system CHECK (length("skypix_system")<=16 AND length("skypix_system")>=1), 
	CONSTRAINT fkey_tract_skypix_overlap_summary_skymap_name_skymap FOREIGN KEY(skymap) REFERENCES skymap (name)
);
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
