-- latest_in(FOLDER): the rows of the newest version of each source, and of no older one.
-- FOLDER holds SOURCE/latest.json and SOURCE/JOB/part-00000.parquet: what 'simcse sync' fetches, or the container itself.
CREATE OR REPLACE MACRO latest_in(folder) AS TABLE
SELECT left(latest.path, length(latest.path) - length(latest.job) - 2) AS source, latest.job, part.* EXCLUDE (filename)
FROM read_parquet(folder || '/**/part-*.parquet', filename = true, union_by_name = true) AS part
JOIN read_json(folder || '/**/latest.json', columns = {job: 'VARCHAR', path: 'VARCHAR'}, filename = true) AS latest
  ON parse_filename(parse_dirpath(part.filename, 'both_slash'), false, 'both_slash') = latest.job
  AND parse_dirpath(parse_dirpath(part.filename, 'both_slash'), 'both_slash') = parse_dirpath(latest.filename, 'both_slash');
