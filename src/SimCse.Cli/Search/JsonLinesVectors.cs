using System.Runtime.CompilerServices;
using System.Text.Json;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>The rows of a <c>.jsonl</c> that <c>simcse encode</c> wrote. It says nothing about the model.</summary>
internal sealed class JsonLinesVectors(string path) : VectorFile(path)
{
    private const int RowsAtOnce = PartWriter.MaxRowsPerGroup;

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await foreach (var row in ReadRowsAsync(cancellationToken))
        {
            Dimension = row.Vector.Length;
            return;
        }
    }

    public override async IAsyncEnumerable<PartRows> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<Row>();
        await foreach (var row in ReadRowsAsync(cancellationToken))
        {
            batch.Add(row);
            if (batch.Count == RowsAtOnce)
            {
                yield return Columns(batch);
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            yield return Columns(batch);
        }
    }

    private static PartRows Columns(List<Row> rows)
    {
        var encoded = new EncodedTexts(rows.Count, rows[0].Vector.Length);
        foreach (var (i, row) in rows.Index())
        {
            row.Vector.CopyTo(encoded.Vectors, i * encoded.Dimension);
        }

        return new PartRows(
            [.. rows.Select(row => row.Id)], [.. rows.Select(row => row.Line)],
            rows.TrueForAll(row => row.Text is not null) ? [.. rows.Select(row => row.Text!)] : [], encoded);
    }

    private async IAsyncEnumerable<Row> ReadRowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (number, dimension) = (0L, 0);
        await foreach (var line in File.ReadLinesAsync(Name, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var row = Parse(line, number);
            dimension = dimension == 0 ? row.Vector.Length : dimension;
            yield return row.Vector.Length == dimension
                ? row
                : throw Invalid(number, $"a vector of {row.Vector.Length} components; those before have {dimension}");
        }
    }

    private Row Parse(string line, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty("embedding", out var embedding)
                || embedding.ValueKind != JsonValueKind.Array || embedding.GetArrayLength() == 0)
            {
                throw Invalid(number, "no \"embedding\"");
            }

            return new Row(
                row.TryGetProperty("id", out var id) ? id.ToString() : $"{number}",
                row.TryGetProperty("line", out var at) ? at.GetInt64() : number,
                row.TryGetProperty("text", out var text) ? text.GetString() : null,
                [.. embedding.EnumerateArray().Select(component => component.GetSingle())]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Invalid(number, "something else");
        }
    }

    private InvalidDataException Invalid(long line, string found) => new(
        $"Line {line} of {Name} holds {found}; expected rows as 'simcse encode FILE -o rows.jsonl' writes them, with \"embedding\". " +
        "A file of texts is encoded first.");

    private readonly record struct Row(string Id, long Line, string? Text, float[] Vector);
}
