using System.Buffers;
using System.Net;
using System.Text.Json;
using Azure.Core;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Search;

namespace SimCse.Cli.Destinations;

/// <summary>
/// A collection of Qdrant, through its REST interface (https://api.qdrant.tech/api-reference). Each request is answered when what it asks
/// for has happened.
/// </summary>
/// <param name="service">The server.</param>
/// <param name="name">The collection's name.</param>
/// <param name="table">The columns, the job among them; they become the payload.</param>
internal sealed class QdrantCollection(RestService service, string name, RowTable table)
{
    private const int MaxPoints = 256;

    /// <summary>Qdrant takes 32 MB unless it is told otherwise.</summary>
    private const int MaxBytes = 30_000_000;

    private readonly string _path = $"collections/{Uri.EscapeDataString(name)}";

    /// <summary>Makes the collection when it is missing, for cosines, and indexes what is filtered by.</summary>
    /// <exception cref="CliException">A collection of this name holds other vectors.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var (status, body) = await service.SendAsync(
            RequestMethod.Get, _path, default, cancellationToken, (int)HttpStatusCode.NotFound);
        if (status == (int)HttpStatusCode.NotFound)
        {
            await PutAsync(_path, json =>
            {
                json.WriteStartObject("vectors");
                json.WriteNumber("size", table.Dimension);
                json.WriteString("distance", "Cosine");
                json.WriteEndObject();
            }, cancellationToken);
        }
        else if (!body.GetProperty("result").GetProperty("config").GetProperty("params").GetProperty("vectors")
            .TryGetProperty("size", out var size) || size.GetInt32() != table.Dimension)
        {
            throw new CliException(
                $"The collection {name} does not hold vectors of {table.Dimension} components without a name; name another with " +
                "--collection.");
        }

        foreach (var field in (string[])[RowTable.Source, RowTable.Job])
        {
            await PutAsync($"{_path}/index?wait=true", json =>
            {
                json.WriteString("field_name", field);
                json.WriteString("field_schema", "keyword");
            }, cancellationToken);
        }
    }

    /// <summary>Writes the points of a source, and then deletes those of other jobs.</summary>
    /// <returns>The number of rows.</returns>
    public async Task<long> ReplaceAsync(string source, IReadOnlyList<VectorFile> files, CancellationToken cancellationToken)
    {
        var count = 0L;
        var batch = new DocumentBatch(
            "{\"points\":[", "]}", MaxPoints, MaxBytes,
            body => service.SendAsync(RequestMethod.Put, $"{_path}/points?wait=true", body, cancellationToken));
        foreach (var file in files)
        {
            await foreach (var rows in file.ReadAsync(cancellationToken))
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    var row = i;
                    await batch.AddAsync(json =>
                    {
                        json.WriteString("id", Guid.ParseExact(RowKey.Of(file.Source, rows.Lines[row], rows.Chunks?[row].Number), "N"));
                        json.WriteVector("vector", rows.Encoded[row].Span);
                        json.WriteStartObject("payload");
                        json.WriteColumns(table.Columns, file, rows, row);
                        json.WriteEndObject();
                    });
                }

                count += rows.Count;
            }
        }

        await batch.FlushAsync();
        await service.SendAsync(
            RequestMethod.Post, $"{_path}/points/delete?wait=true", OfOtherJobs(source, table.JobOf(files[0])), cancellationToken);
        return count;
    }

    private static ReadOnlyMemory<byte> OfOtherJobs(string source, string job) => Json(json =>
    {
        json.WriteStartObject("filter");
        Match("must", RowTable.Source, source);
        Match("must_not", RowTable.Job, job);
        json.WriteEndObject();

        void Match(string clause, string key, string value)
        {
            json.WriteStartArray(clause);
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("match");
            json.WriteString("value", value);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
    });

    private static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> properties)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    private async Task PutAsync(string path, Action<Utf8JsonWriter> properties, CancellationToken cancellationToken) =>
        await service.SendAsync(RequestMethod.Put, path, Json(properties), cancellationToken);
}
