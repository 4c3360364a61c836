/**
 * Functions of PostgreSQL that neither write nor change state, in families and by name. What is not here counts as a call.
 * Compared with the `pg_proc` of a real PostgreSQL 18 by `test/sql/functions.test.ts`.
 */
export const READ_FAMILIES =
  /^(?:pg_(?:stat_)?get_\w+|has_\w+_privilege|pg_\w+_is_visible|jsonb?_\w+|regexp_\w+|regr_\w+)$/;

/** PostgreSQL itself calls these stable or immutable. */
export const STABLE_FUNCTIONS = `
  abbrev abs acldefault aclexplode acos acosd acosh age any_value area array_agg array_dims array_fill
  array_length array_lower array_ndims array_position array_positions array_remove array_replace
  array_reverse array_sort array_to_json array_to_string array_to_tsvector array_upper ascii asin asind
  asinh atan atan2 atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor bool bool_and
  bool_or box bpchar broadcast btrim bytea cardinality casefold cash_words cbrt ceil ceiling center char
  char_length character_length chr cidr circle col_description concat concat_ws convert convert_from
  convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 crc32c cume_dist
  current_database current_schema current_schemas current_setting current_user database_to_xml
  database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin date_part date_subtract
  date_trunc datemultirange daterange daterange_canonical daterange_subdiff decode degrees dense_rank dexp
  diagonal diameter div dlog1 dlog10 dround dtrunc encode enum_first enum_in enum_last enum_out enum_range
  enum_send erf erfc every exp extract factorial family first_value float4 float8 floor fmgr_c_validator
  fmgr_internal_validator fmgr_sql_validator format format_type gamma gcd generate_series
  generate_subscripts get_bit get_byte get_current_ts_config getdatabaseencoding getpgusername height host
  hostmask icu_unicode_version inet_client_addr inet_client_port inet_server_addr inet_server_port initcap
  int2 int4 int4inc int4multirange int4range int4range_canonical int4range_subdiff int8 int8_sum
  int8multirange int8range int8range_canonical int8range_subdiff interval is_normalized isclosed isempty
  isfinite ishorizontal isopen isparallel isperp isvertical justify_days justify_hours justify_interval
  lag last_value lcm lead left length lgamma like like_escape line ln log log10 lower lower_inc lower_inf
  lpad lseg ltrim macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp
  make_timestamptz makeaclitem masklen max md5 min min_scale mod mode money multirange mxid_age name
  nameconcatoid netmask network normalize notlike now npoints nth_value ntile num_nonnulls num_nulls
  numeric numeric_div_trunc numeric_exp numeric_inc numeric_ln numeric_log numeric_sqrt nummultirange
  numnode numrange numrange_subdiff obj_description octet_length oid oidvectortypes overlaps overlay
  parse_ident path pclose percent_rank percentile_cont percentile_disc pg_available_extension_versions
  pg_available_extensions pg_backend_pid pg_basetype pg_char_to_encoding pg_client_encoding
  pg_collation_for pg_column_compression pg_column_is_updatable pg_column_size pg_column_toast_chunk_id
  pg_conf_load_time pg_config pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned
  pg_cursor pg_describe_object pg_encoding_max_length pg_encoding_to_char pg_event_trigger_ddl_commands
  pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid
  pg_event_trigger_table_rewrite_reason pg_extension_update_paths pg_filenode_relation pg_has_role
  pg_identify_object pg_identify_object_as_address pg_index_column_has_property pg_index_has_property
  pg_indexam_has_property pg_indexam_progress_phasename pg_input_error_info pg_input_is_valid
  pg_is_other_temp_schema pg_listening_channels pg_lsn pg_mcv_list_items pg_my_temp_schema
  pg_numa_available pg_options_to_table pg_partition_root pg_postmaster_start_time pg_prepared_statement
  pg_relation_filenode pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable
  pg_replication_origin_oid pg_sequence_parameters pg_settings_get_flags pg_show_all_settings
  pg_size_bytes pg_size_pretty pg_snapshot_xip pg_snapshot_xmax pg_snapshot_xmin pg_split_walfile_name
  pg_tablespace_databases pg_tablespace_location pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone
  pg_timezone_names pg_trigger_depth pg_typeof pg_visible_in_snapshot pg_wal_lsn_diff pg_walfile_name
  pg_walfile_name_offset phraseto_tsquery pi plainto_tsquery point polygon popen position
  postgresql_fdw_validator pow power querytree quote_ident quote_literal quote_nullable radians radius
  range_agg range_intersect_agg range_merge rank regclass repeat replace reverse right round row_number
  row_security_active row_to_json rpad rtrim satisfies_hash_partition scale schema_to_xml
  schema_to_xml_and_xmlschema schema_to_xmlschema session_user set_bit set_byte set_masklen setweight
  sha224 sha256 sha384 sha512 shell_in shell_out shobj_description sign similar_escape similar_to_escape
  sin sind sinh slope split_part sqrt statement_timestamp stddev stddev_pop stddev_samp string_agg
  string_to_array string_to_table strip strpos substr substring sum system_user table_to_xml
  table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text textlen time timestamp timestamptz
  timetz timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass
  to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole
  to_regtype to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim_array
  trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd
  ts_token_type tsmultirange tsquery_phrase tsrange tsrange_subdiff tstzmultirange tstzrange
  tstzrange_subdiff tsvector_to_array txid_current txid_current_if_assigned txid_current_snapshot
  txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_visible_in_snapshot unicode_assigned
  unicode_version unistr unnest upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version
  var_pop var_samp varbit varchar variance version websearch_to_tsquery width width_bucket xid xml
  xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlexists
  xmltext xmlvalidate xpath xpath_exists
`;

/** PostgreSQL calls these volatile, because they answer something else every time; but they only answer. */
export const VOLATILE_READS = `
  array_sample array_shuffle clock_timestamp current_query currval gen_random_uuid lastval
  pg_available_wal_summaries pg_blocking_pids pg_collation_actual_version pg_control_checkpoint
  pg_control_init pg_control_recovery pg_control_system pg_current_logfile pg_current_wal_flush_lsn
  pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size
  pg_hba_file_rules pg_ident_file_mappings pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused
  pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn
  pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage
  pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size
  pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_all_file_settings
  pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until pg_stat_have_stats
  pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp
  pg_xact_commit_timestamp_origin pg_xact_status random random_normal timeofday txid_status uuidv4 uuidv7
`;

/** Of common extensions, in whatever schema they were put: pgcrypto, uuid-ossp, pg_trgm, fuzzystrmatch, hstore, … */
export const EXTENSION_READS = `
  akeys armor avals cosine_distance crypt cube daitch_mokotoff dearmor decrypt decrypt_iv defined
  difference digest dmetaphone dmetaphone_alt each earth_box earth_distance encrypt encrypt_iv exist
  gen_random_bytes gen_random_uuid gen_salt hmac hstore hstore_to_array hstore_to_json hstore_to_jsonb
  hstore_to_matrix idx inner_product l1_distance l2_distance l2_norm latitude lca levenshtein
  levenshtein_less_equal ll_to_earth longitude metaphone nlevel pgp_key_id pgp_pub_decrypt
  pgp_pub_decrypt_bytea pgp_pub_encrypt pgp_pub_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea
  pgp_sym_encrypt pgp_sym_encrypt_bytea show_limit show_trgm similarity skeys slice soundex
  strict_word_similarity subarray subltree subpath svals time_bucket time_bucket_gapfill unaccent
  uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil
  uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500 vector_dims vector_norm word_similarity
`;

/** PostGIS. */
export const EXTENSION_FAMILIES = /^st_\w+$/;
