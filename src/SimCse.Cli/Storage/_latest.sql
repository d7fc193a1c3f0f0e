-- latest_in(FOLDER): the rows of the newest version of each source, and of no older one.
-- FOLDER holds SOURCE/JOB/part-00000.parquet and _latest/SOURCE.json: what 'simcse sync' fetches, or the container itself.
CREATE OR REPLACE MACRO latest_in(folder) AS TABLE
SELECT latest_source AS source, latest_job AS job,
  COLUMNS(lambda name: name NOT IN ('source', 'filename', 'latest_source', 'latest_job'))
FROM read_parquet(folder || '/**/part-*.parquet', filename = true, union_by_name = true) AS part
JOIN (
  SELECT job AS latest_job, left(path, length(path) - length(job) - 2) AS latest_source
  FROM read_json(folder || '/_latest/**/*.json', columns = {job: 'VARCHAR', path: 'VARCHAR'})
) ON parse_filename(parse_dirpath(part.filename, 'both_slash'), false, 'both_slash') = latest_job;
