using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Core;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Destinations;

/// <summary>
/// An index of Azure AI Search. Limits of a request:
/// https://learn.microsoft.com/azure/search/search-limits-quotas-capacity#api-request-limits.
/// </summary>
/// <param name="service">The search service.</param>
/// <param name="name">The index's name.</param>
/// <param name="table">The columns, key and job among them.</param>
internal sealed partial class SearchIndex(RestService service, string name, RowTable table)
{
    private const string Version = "api-version=2024-07-01";
    private const int MaxDocuments = 1_000, MaxBytes = 15_000_000, Attempts = 6;

    private readonly string _path = $"indexes/{Uri.EscapeDataString(name)}";

    /// <summary>Makes the index when it is missing.</summary>
    /// <exception cref="CliException">An index of this name has other fields.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (table.Columns.FirstOrDefault(column => !FieldName().IsMatch(column.Name)) is { } strange)
        {
            throw new CliException(
                $"The column \"{strange.Name}\" cannot be a field of Azure AI Search: expected ASCII letters, digits and _, " +
                "a letter first.");
        }

        var (status, index) = await service.SendAsync(
            RequestMethod.Get, $"{_path}?{Version}", default, cancellationToken, (int)HttpStatusCode.NotFound);
        if (status == (int)HttpStatusCode.NotFound)
        {
            await service.SendAsync(RequestMethod.Put, $"{_path}?{Version}", Definition(), cancellationToken);
            return;
        }

        var fields = index.GetProperty("fields").EnumerateArray().ToDictionary(field => field.GetProperty("name").GetString()!);
        if (table.Columns.Select(column => column.Name).Append(RowTable.Embedding).FirstOrDefault(field => !fields.ContainsKey(field))
            is { } missing)
        {
            throw new CliException($"The index {name} has no field \"{missing}\"; add it, or name another index with --index.");
        }

        if (fields[RowTable.Embedding].TryGetProperty("dimensions", out var dimensions) && dimensions.TryGetInt32(out var size)
            && size != table.Dimension)
        {
            throw new CliException(
                $"The field {RowTable.Embedding} of the index {name} has {size} dimensions; the vectors have {table.Dimension}. Name " +
                "another index with --index.");
        }
    }

    /// <summary>Uploads the rows of a source, and then deletes those of its earlier versions that this one lacks.</summary>
    /// <returns>The number of rows.</returns>
    public async Task<long> ReplaceAsync(string source, IReadOnlyList<VectorFile> files, CancellationToken cancellationToken)
    {
        var (count, lines) = (0L, new LineSet());
        var batch = Batch(cancellationToken);
        foreach (var file in files)
        {
            await foreach (var rows in file.ReadAsync(cancellationToken))
            {
                lines.Add(rows);
                for (var i = 0; i < rows.Count; i++)
                {
                    var row = i;
                    await batch.AddAsync(json =>
                    {
                        json.WriteString("@search.action", "upload");
                        json.WriteColumns(table.Columns, file, rows, row);
                        json.WriteVector(RowTable.Embedding, rows.Encoded[row].Span);
                    });
                }

                count += rows.Count;
            }
        }

        await batch.FlushAsync();
        await DeleteAsync(source, table.JobOf(files[0]), lines, cancellationToken);
        return count;
    }

    /// <summary>
    /// Deletes what is of another job and of no row that was uploaded: the index shows changes with a delay, and so may still give rows
    /// that were replaced as those of the earlier job.
    /// </summary>
    private async Task DeleteAsync(string source, string job, LineSet lines, CancellationToken cancellationToken)
    {
        string[] selected = table.HasChunks ? [RowTable.Key, RowTable.Line, RowTable.Chunk] : [RowTable.Key, RowTable.Line];
        var batch = Batch(cancellationToken);
        for (var (last, found) = ("", MaxDocuments); found == MaxDocuments;)
        {
            var query = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(query))
            {
                json.WriteStartObject();
                json.WriteString("search", "*");
                json.WriteString(
                    "filter",
                    $"{RowTable.Source} eq {Literal(source)} and {RowTable.Job} ne {Literal(job)} and {RowTable.Key} gt {Literal(last)}");
                json.WriteString("orderby", $"{RowTable.Key} asc");
                json.WriteString("select", string.Join(',', selected));
                json.WriteNumber("top", MaxDocuments);
                json.WriteEndObject();
            }

            var (_, answer) = await service.SendAsync(
                RequestMethod.Post, $"{_path}/docs/search?{Version}", query.WrittenMemory, cancellationToken);
            var rows = answer.GetProperty("value").EnumerateArray().ToList();
            foreach (var row in rows.Where(row => !lines.Contains(Number(row, RowTable.Line), Number(row, RowTable.Chunk))))
            {
                await batch.AddAsync(json =>
                {
                    json.WriteString("@search.action", "delete");
                    json.WriteString(RowTable.Key, row.GetProperty(RowTable.Key).GetString());
                });
            }

            found = rows.Count;
            last = found > 0 ? rows[^1].GetProperty(RowTable.Key).GetString()! : last;
        }

        await batch.FlushAsync();
    }

    private static long Number(JsonElement row, string field) =>
        row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private DocumentBatch Batch(CancellationToken cancellationToken) => new(
        "{\"value\":[", "]}", MaxDocuments, MaxBytes, body => SendAsync(body, cancellationToken));

    /// <summary>Sends a batch, and again when the service could not store all of its documents just now.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (_, answer) = await service.SendAsync(RequestMethod.Post, $"{_path}/docs/index?{Version}", body, cancellationToken);
            var failed = answer.GetProperty("value").EnumerateArray().Where(result => !result.GetProperty("status").GetBoolean()).ToList();
            if (failed.Count == 0)
            {
                return;
            }

            if (attempt == Attempts || failed.Find(result => !IsForNow(result.GetProperty("statusCode").GetInt32())) is
                { ValueKind: JsonValueKind.Object })
            {
                throw new CliException(
                    $"The index {name} refuses {Amount.Of(failed.Count, "document")}, first {failed[0].GetProperty("key")}: " +
                    $"{failed[0].GetProperty("errorMessage")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200) * Math.Pow(2, attempt), cancellationToken);
        }
    }

    /// <summary>A version conflict, an index that is busy or being changed, or too many requests.</summary>
    private static bool IsForNow(int status) => status is 409 or 422 or 429 or 503;

    private byte[] Definition()
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteStartArray("fields");
            foreach (var column in table.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("type", Type(column));
                json.WriteBoolean("key", column.Name == RowTable.Key);
                json.WriteBoolean("searchable", column.Name == RowTable.Text);
                json.WriteBoolean("filterable", column.Name != RowTable.Text);
                json.WriteBoolean("sortable", column.Name != RowTable.Text);
                json.WriteBoolean("facetable", false);
                if (column.Name == RowTable.Text)
                {
                    json.WriteString("analyzer", "ja.lucene");
                }

                json.WriteEndObject();
            }

            json.WriteStartObject();
            json.WriteString("name", RowTable.Embedding);
            json.WriteString("type", "Collection(Edm.Single)");
            json.WriteBoolean("searchable", true);
            json.WriteNumber("dimensions", table.Dimension);
            json.WriteString("vectorSearchProfile", "cosine");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WritePropertyName("vectorSearch");
            json.WriteRawValue(
                """
                {
                  "algorithms": [{ "name": "hnsw", "kind": "hnsw", "hnswParameters": { "metric": "cosine" } }],
                  "profiles": [{ "name": "cosine", "algorithm": "hnsw" }]
                }
                """);
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    private static string Type(RowColumn column) => column.Type switch
    {
        KeptType.String => "Edm.String",
        KeptType.Int64 => "Edm.Int64",
        KeptType.Double => "Edm.Double",
        KeptType.Boolean => "Edm.Boolean",
        _ => "Edm.DateTimeOffset",
    };

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,127}$")]
    private static partial Regex FieldName();
}
