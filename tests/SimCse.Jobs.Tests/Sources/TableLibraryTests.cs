using System.Text;
using CsCheck;
using CsvHelper;
using SimCse.Jobs.Sources;

namespace SimCse.Jobs.Tests.Sources;

/// <summary>Tables that a library writes are read as the library reads them, whatever stands in their cells.</summary>
public sealed class TableLibraryTests
{
    private static readonly string[] Header = ["text", "id", "x"];

    private static readonly string[] Pieces =
        ["a", "1", "\"", "\"\"", ",", ";", "\t", " ", "\n", "\r\n", "\r", "'", "日本語", "ソ、表", "\u3000", "😀", "é", "\uFEFF", "\0"];

    /// <summary>Rows of one to five cells; many cells are empty.</summary>
    private static readonly Gen<string[][]> Rows =
        OneOf(Pieces).Array[0, 5].Select(string.Concat).Array[1, 5].Array[1, 12];

    private static readonly Gen<CsvWriterOptions> Dialects = Gen.Select(
        OneOf(',', ';', '\t'), OneOf("\n", "\r\n"), OneOf(Enum.GetValues<CsvQuoting>()),
        (separator, newLine, quoting) => new CsvWriterOptions
        {
            Separator = separator,
            NewLine = newLine,
            Quoting = quoting,
            ValidateFieldCount = false,
        });

    private static readonly Gen<ShardLimits> Limits = Gen.Select(
        Gen.Int[1, 6], Gen.Long[1, 5], Gen.Long[1, 100], (shards, texts, bytes) => new ShardLimits(shards, texts, bytes));

    [Fact]
    public void Cells_are_those_that_the_library_reads() => Gen.Select(Rows, Dialects).Sample(
        (rows, dialect) =>
        {
            var bytes = Write([Header, .. rows], dialect); // a byte-order mark in front is not the reader's
            var (cells, fields) = (new List<string[]>(), new TableFields());
            var reader = new TableReader(new MemoryStream(bytes), (byte)dialect.Separator);
            while (reader.TryRead() || reader.ReadAsync(CancellationToken.None).AsTask().Result)
            {
                Assert.False(reader.IsBroken);
                if (!reader.IsBlank)
                {
                    fields.Split(reader.Line, reader.Separator);
                    cells.Add([.. Enumerable.Range(0, fields.Count).Select(i => Encoding.UTF8.GetString(fields[i]))]);
                }
            }

            Assert.Equal(Read(bytes, dialect).Select(row => row.Cells), cells);
        },
        iter: 2_000);

    /// <summary>However small shards are, together they hold the records of the whole table, each with its line.</summary>
    [Fact]
    public void Shards_of_any_limits_hold_the_records_that_the_library_reads() => Gen.Select(Rows, Dialects, Limits).Sample(
        (rows, dialect, limits) =>
        {
            var bytes = Write([Header, .. rows, ["an", "end", ""]], dialect);
            var expected = Read(bytes, dialect).Skip(1).Select(row => (
                row.Line,
                row.Cells is [var text, var id, var x] && !string.IsNullOrWhiteSpace(text)
                    ? $"{(id.Length > 0 ? id : row.Line)}|{text}|{x}"
                    : null));

            var (shards, records) = ReadShardsAsync(bytes, dialect.Separator, limits).GetAwaiter().GetResult();

            Assert.InRange(shards, 1, limits.Shards);
            Assert.Equal(expected, records.Select(record => (
                record.Line, record.Error is null ? $"{record.Id}|{record.Text}|{record.Kept![0]}" : null)));
        },
        iter: 1_000);

    private static Gen<T> OneOf<T>(params T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static async Task<(int Shards, List<SourceRecord> Records)> ReadShardsAsync(byte[] bytes, char separator, ShardLimits limits)
    {
        var format = new SourceFormat(separator == '\t' ? SourceKind.Tsv : SourceKind.Csv);
        var columns = SourceColumns.Create(null, null, ["x"]);
        var table = new ShardTable(limits);
        await using var source = await SourceStream.OpenAsync(
            new MemoryStream(bytes), format, columns, long.MaxValue, "utf-8", CancellationToken.None);
        var layout = await SourceSurvey.ReadAsync(source, source.Text, format, columns, table, CancellationToken.None);
        var (shards, records) = (table.Finish(), new List<SourceRecord>());
        foreach (var shard in shards)
        {
            using var range = new MemoryStream(bytes, (int)shard.Offset, (int)shard.Bytes);
            var (reader, parser, count) = (layout.Cut(range), layout.CreateParser(), records.Count);
            for (var line = shard.FirstLine; reader.TryRead() || await reader.ReadAsync(CancellationToken.None); line += reader.Lines)
            {
                if (!layout.IsBlank(reader))
                {
                    records.Add(parser.Parse(line, reader));
                }
            }

            Assert.Equal(shard.Texts, records.Count - count);
        }

        return (shards.Count, records);
    }

    private static byte[] Write(IEnumerable<string[]> rows, CsvWriterOptions dialect)
    {
        using var stream = new MemoryStream();
        using (var writer = CsvWriter.Create(stream, dialect, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                writer.WriteRecord(row);
            }
        }

        return stream.ToArray();
    }

    /// <summary>What the library reads. A line of white space alone is a record for it, and blank for us.</summary>
    private static List<(long Line, string[] Cells)> Read(byte[] bytes, CsvWriterOptions dialect)
    {
        var rows = new List<(long Line, string[] Cells)>();
        using var reader = CsvReader.Create(bytes, new CsvReaderOptions { Separator = dialect.Separator, HasHeader = false });
        while (reader.Read())
        {
            var start = (int)reader.ByteOffset;
            string[] cells = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
            if (cells is not [{ Length: > 0 } only] || only.Trim([' ', '\t']).Length > 0 || bytes[start] == '"')
            {
                rows.Add((bytes.AsSpan(0, start).Count((byte)'\n') + 1, cells));
            }
        }

        return rows;
    }
}
