import type { IsReadFunction } from './calls.js';

/**
 * Functions of MySQL, MariaDB, SQLite, SQL Server and Oracle that only read, beside those that PostgreSQL has, too. What is not
 * here counts as a call. `get_lock`, `sleep`, `benchmark` and `load_file` are not.
 */
const FUNCTIONS = new Set(
  `adddate addtime aes_decrypt aes_encrypt any_value bin bin_to_uuid bit_count changes char charset coercibility collation compress
   concat_ws connection_id conv convert_tz crc32 curdate curtime database datalength date_format date_sub dateadd datediff datename
   datepart day dayname dayofmonth dayofweek dayofyear decode elt export_set extractvalue field find_in_set formatdatetime found_rows
   from_base64 from_days from_unixtime get_format getdate getutcdate glob greatest group_concat grouping hex hour if ifnull iif
   inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr is_ipv4 is_ipv6 is_uuid isnull json_array json_arrayagg json_contains
   json_contains_path json_depth json_extract json_keys json_length json_merge_patch json_object json_objectagg json_pretty
   json_quote json_search json_set json_remove json_replace json_insert json_table json_type json_unquote json_valid json_value
   julianday last_day last_insert_id last_insert_rowid lcase len locate log2 make_set makedate maketime microsecond mid minute month
   monthname newid now nvl nvl2 oct ord period_add period_diff printf quarter quote rand random_bytes randomblob regexp_instr
   regexp_like regexp_replace regexp_substr schema scope_identity sec_to_time second sha sha1 sha2 soundex space sqlite_version std
   stddev str_to_date strcmp strftime subdate substring_index subtime sysdate sysdatetime time_format time_to_sec timediff
   timestampadd timestampdiff to_base64 to_days to_seconds total total_changes truncate typeof ucase uncompress unhex unicode
   unix_timestamp unixepoch updatexml user utc_date utc_time utc_timestamp uuid uuid_short uuid_to_bin values variance week weekday
   weekofyear weight_string year yearweek zeroblob`.split(/\s+/),
);

/** Whether a function of another database only reads. */
export const isForeignRead: IsReadFunction = (names) =>
  names.length > 0 && names.every((name) => FUNCTIONS.has(name));
