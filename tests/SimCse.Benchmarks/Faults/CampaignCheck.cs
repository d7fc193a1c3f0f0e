using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SimCse.Jobs;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Benchmarks.Faults;

/// <summary>What came out of a campaign, as DuckDB counts it.</summary>
/// <param name="Rows">Rows in parts.</param>
/// <param name="Errors">Rows in files of errors.</param>
/// <param name="Lost">Lines that are in neither.</param>
/// <param name="Doubled">Lines that are there more than once.</param>
/// <param name="Disorder">Rows that do not follow their predecessor in their source.</param>
/// <param name="Wrong">Rows with a wrong id, text or vector, and parts whose hash or counts differ from <c>_SUCCESS</c>.</param>
/// <param name="Parts">Parts that <c>_SUCCESS</c> names.</param>
internal sealed record CampaignCheck(long Rows, long Errors, long Lost, long Doubled, long Disorder, long Wrong, long Parts)
{
    /// <summary>The same text must have the same vector in any batch.</summary>
    private const string Tolerance = "1e-5";

    public bool IsWhole => (Lost, Doubled, Disorder, Wrong) == (0, 0, 0, 0);

    /// <summary>Downloads the newest job of each source, as a user would, and counts.</summary>
    public static async Task<CampaignCheck> RunAsync(
        JobStorage storage, IReadOnlyList<CampaignSource> sources, CancellationToken cancellationToken)
    {
        var total = new CampaignCheck(0, 0, 0, 0, 0, 0, 0);
        using var folder = new TemporaryFolder();
        for (var i = 0; i < sources.Count; i++)
        {
            var target = Directory.CreateDirectory(folder[i.ToString(CultureInfo.InvariantCulture)]).FullName;
            var (success, wrong) = await DownloadAsync(storage, sources[i], target, cancellationToken);
            var one = success is null
                ? new CampaignCheck(0, 0, sources[i].Lines, 0, 0, wrong, 0)
                : await CountAsync(sources[i], success, target, wrong, cancellationToken);
            total = new CampaignCheck(
                total.Rows + one.Rows, total.Errors + one.Errors, total.Lost + one.Lost, total.Doubled + one.Doubled,
                total.Disorder + one.Disorder, total.Wrong + one.Wrong, total.Parts + one.Parts);
        }

        return total with { Wrong = total.Wrong + await CountUnequalVectorsAsync(folder.Path, cancellationToken) };
    }

    private static async Task<(JobSuccess? Success, long Wrong)> DownloadAsync(
        JobStorage storage, CampaignSource source, string folder, CancellationToken cancellationToken)
    {
        var latest = await TryReadAsync(storage, StorageNames.Latest(source.Name), JobsJson.Default.LatestJob, cancellationToken);
        var success = latest is null
            ? null
            : await TryReadAsync(
                storage, StorageNames.Success(source.Name, latest.Job), JobsJson.Default.JobSuccess, cancellationToken);
        if (success is null)
        {
            return (null, 0);
        }

        var wrong = 0;
        for (var shard = 0; shard < success.Parts.Count; shard++)
        {
            var part = success.Parts[shard];
            var path = Path.Combine(folder, $"part-{shard:00000}.parquet");
            var isThere = await TryDownloadAsync(storage, part.Name, path, cancellationToken);
            wrong += isThere && IsRecorded(part, await File.ReadAllBytesAsync(path, cancellationToken)) ? 0 : 1;
            if (part.Errors > 0)
            {
                path = Path.Combine(folder, $"errors-{shard:00000}.jsonl");
                var errors = StorageNames.Output(source.Name, success.Job) + success.ErrorFile(shard);
                wrong += await TryDownloadAsync(storage, errors, path, cancellationToken) ? 0 : 1;
            }
        }

        return (Directory.GetFiles(folder, "part-*").Length > 0 ? success : null, wrong);
    }

    private static bool IsRecorded(JobPart part, byte[] bytes) =>
        bytes.Length == part.Bytes && Convert.ToHexStringLower(SHA256.HashData(bytes)) == part.Sha256;

    private static async Task<bool> TryDownloadAsync(JobStorage storage, string name, string path, CancellationToken cancellationToken)
    {
        var blob = storage.Embeddings.GetBlobClient(name);
        if (!await blob.ExistsAsync(cancellationToken))
        {
            return false;
        }

        await blob.DownloadToAsync(path, cancellationToken);
        return true;
    }

    private static async Task<T?> TryReadAsync<T>(
        JobStorage storage, string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var blob = storage.Embeddings.GetBlobClient(name);
        return await blob.ExistsAsync(cancellationToken)
            ? JsonSerializer.Deserialize((await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToMemory().Span, type)
            : null;
    }

    private static async Task<CampaignCheck> CountAsync(
        CampaignSource source, JobSuccess success, string folder, long wrong, CancellationToken cancellationToken)
    {
        var parts = $"read_parquet('{folder}/part-*.parquet', filename = true, file_row_number = true)";
        var errors = Directory.GetFiles(folder, "errors-*.jsonl").Length > 0
            ? $"(select line from read_json('{folder}/errors-*.jsonl', format = 'newline_delimited'))"
            : "(select 0::bigint as line where false)";
        var counts = await DuckDb.QueryAsync(
            $"""
            with rows as (from {parts}), errors as (from {errors}), lines as (select line from rows union all select line from errors)
            select (select count(*) from rows), (select count(*) from errors),
                   (select count(*) from range(1, {source.Lines} + 1) as expected(line) where line not in (select line from lines)),
                   (select count(*) - count(distinct line) from lines),
                   (select count(*) from (
                      select line, lag(line) over (order by filename, file_row_number) as previous from rows) where line <= previous),
                   (select count(*) from rows where id <> line::varchar or text <> {source.TextSql} or len(embedding) = 0
                      or list_bool_or([isnan(x) for x in embedding])),
                   (select count(*) from lines where line not between 1 and {source.Lines})
            """,
            cancellationToken);
        var (rows, errorRows) = ((long)counts[0][0]!, (long)counts[0][1]!);
        wrong += (success.Rows, success.Errors) == (rows, errorRows) && errorRows == source.Errors ? 0 : 1;
        return new CampaignCheck(
            rows, errorRows, (long)counts[0][2]!, (long)counts[0][3]!, (long)counts[0][4]!,
            wrong + (long)counts[0][5]! + (long)counts[0][6]!, success.Parts.Count);
    }

    /// <returns>The number of components of the shared text's vectors that differ between rows.</returns>
    private static async Task<long> CountUnequalVectorsAsync(string folder, CancellationToken cancellationToken) =>
        Directory.GetFiles(folder, "part-*.parquet", SearchOption.AllDirectories).Length == 0 ? 0
            : (long)(await DuckDb.QueryAsync(
                $"""
                select count(*) from (
                  select i from (
                    select unnest(embedding) as x, generate_subscripts(embedding, 1) as i
                    from '{folder}/*/part-*.parquet' where text = '{CampaignSource.SharedText}')
                  group by i having max(x) - min(x) > {Tolerance})
                """,
                cancellationToken))[0][0]!;
}
