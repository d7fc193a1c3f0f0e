using System.Diagnostics;
using System.IO.Compression;
using Parquet;
using Parquet.Schema;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Models.Untrained;
using ColumnWriter = ParquetSharp.ColumnWriter;
using PartWriter = SimCse.Jobs.Parts.PartWriter;

namespace SimCse.Benchmarks;

/// <summary>
/// Measures the size and time of one part's vectors by encoding, compression and library, as medians of interleaved rounds on real vectors:
/// <c>dotnet run -c Release --project tests/SimCse.Benchmarks -- parquet FILE [BUNDLE]</c>.
/// </summary>
internal static class ParquetBenchmark
{
    private const int Rounds = 9;
    private const int Rows = 4_096;
    private const string Path = "embedding.list.element";

    public static async Task<int> RunAsync(string file, string? bundleFolder)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-bench-").FullName;
        try
        {
            using var encoder = SentenceEncoder.Load(
                bundleFolder is null ? DemoModel.CreateBundle(System.IO.Path.Combine(folder, "bundle")) : Bundle.Open(bundleFolder));
            string[] texts = [.. SentenceFile.Read(file).Where(text => !string.IsNullOrWhiteSpace(text)).Take(Rows)];
            var watch = Stopwatch.StartNew();
            var encoded = await encoder.EncodeAsync(texts);
            await MeasureAsync(encoder.Bundle, texts, encoded, watch.Elapsed.TotalMilliseconds);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(Bundle bundle, string[] texts, EncodedTexts encoded, double encodeMs)
    {
        var halves = new EncodedTexts(encoded.Count, encoded.Dimension);
        for (var i = 0; i < encoded.Vectors.Length; i++)
        {
            halves.Vectors[i] = (float)(System.Half)encoded.Vectors[i];
        }

        (string Name, Func<Stream, Task> Write)[] variants =
        [
            (
                "Parquet.Net plain",
                stream => ManagedAsync(stream, encoded, EncodingHint.Default, CompressionMethod.None, CompressionLevel.Fastest)),
            (
                "Parquet.Net plain, zstd 1",
                stream => ManagedAsync(stream, encoded, EncodingHint.Default, CompressionMethod.Zstd, CompressionLevel.Fastest)),
            (
                "Parquet.Net split",
                stream => ManagedAsync(stream, encoded, EncodingHint.ByteSplitStream, CompressionMethod.None, CompressionLevel.Fastest)),
            (
                "Parquet.Net split, snappy",
                stream => ManagedAsync(stream, encoded, EncodingHint.ByteSplitStream, CompressionMethod.Snappy, CompressionLevel.Fastest)),
            (
                "Parquet.Net split, zstd 1",
                stream => ManagedAsync(stream, encoded, EncodingHint.ByteSplitStream, CompressionMethod.Zstd, CompressionLevel.Fastest)),
            (
                "Parquet.Net split, zstd 1, groups of 1,024 rows",
                stream => ManagedAsync(
                    stream, encoded, EncodingHint.ByteSplitStream, CompressionMethod.Zstd, CompressionLevel.Fastest,
                    PartWriter.MaxRowsPerGroup)),
            (
                "Parquet.Net split, zstd 3",
                stream => ManagedAsync(stream, encoded, EncodingHint.ByteSplitStream, CompressionMethod.Zstd, CompressionLevel.Optimal)),
            (
                "Parquet.Net split, zstd 1, float16 in floats",
                stream => ManagedAsync(stream, halves, EncodingHint.ByteSplitStream, CompressionMethod.Zstd, CompressionLevel.Fastest)),
            ("ParquetSharp plain", stream => NativeAsync(stream, encoded, false, Compression.Uncompressed, 1)),
            ("ParquetSharp split, zstd 1", stream => NativeAsync(stream, encoded, true, Compression.Zstd, 1)),
            ("ParquetSharp split, zstd 3", stream => NativeAsync(stream, encoded, true, Compression.Zstd, 3)),
            ("ParquetSharp split, zstd 9", stream => NativeAsync(stream, encoded, true, Compression.Zstd, 9)),
            ("ParquetSharp float16", stream => NativeHalfAsync(stream, encoded, false)),
            ("ParquetSharp float16, split, zstd 1", stream => NativeHalfAsync(stream, encoded, true)),
            ("a whole part, as jobs write it", stream => PartAsync(stream, bundle, texts, encoded)),
        ];
        var (times, sizes) = (variants.Select(_ => new List<double>()).ToArray(), new long[variants.Length]);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < variants.Length; i++)
            {
                using var stream = new MemoryStream(6 * encoded.Vectors.Length);
                var watch = Stopwatch.StartNew();
                await variants[i].Write(stream);
                times[i].Add(watch.Elapsed.TotalMilliseconds);
                sizes[i] = stream.Length;
            }
        }

        Console.WriteLine(
            $"{encoded.Count:N0} vectors of {encoded.Dimension} components ({4.0 * encoded.Vectors.Length / 1e6:0.0} MB as floats); " +
            $"encoding them took {encodeMs:N0} ms; medians of {Rounds} rounds");
        for (var i = 0; i < variants.Length; i++)
        {
            var ms = times[i].Order().ElementAt(Rounds / 2);
            Console.WriteLine(
                $"{variants[i].Name,-46} {sizes[i] / 1e6,8:0.00} MB {(double)sizes[i] / (4 * encoded.Vectors.Length),8:0.0 %} {ms,8:0.0} " +
                $"ms {4.0 * encoded.Vectors.Length / 1e3 / ms,8:N0} MB/s");
        }
    }

    private static async Task PartAsync(Stream stream, Bundle bundle, string[] texts, EncodedTexts encoded)
    {
        var rows = new PartRows([.. texts.Select((_, i) => $"{i + 1}")], [.. texts.Select((_, i) => i + 1L)], texts, encoded);
        await using var writer = await PartWriter.CreateAsync(stream, PartMetadata.From(bundle, new EncodeOptions()), includeText: true);
        await writer.WriteAsync(rows);
    }

    private static async Task ManagedAsync(
        Stream stream, EncodedTexts encoded, EncodingHint encoding, CompressionMethod compression, CompressionLevel level,
        int maxRows = Rows)
    {
        var schema = new ParquetSchema(new ListField("embedding", new DataField("element", typeof(float), isNullable: false)));
        var field = schema.DataFields[0];
        var options = new ParquetOptions { CompressionMethod = compression, CompressionLevel = level };
        options.ColumnEncodingHints[field.Path.ToString()] = encoding;
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, options);
        var (repetitions, definitions) = (new int[encoded.Vectors.Length], new int[encoded.Vectors.Length]);
        repetitions.AsSpan().Fill(field.MaxRepetitionLevel);
        definitions.AsSpan().Fill(field.MaxDefinitionLevel);
        for (var row = 0; row < encoded.Count; row++)
        {
            repetitions[row * encoded.Dimension] = 0;
        }

        for (var start = 0; start < encoded.Count; start += maxRows)
        {
            using var group = writer.CreateRowGroup();
            var (first, components) = (start * encoded.Dimension, Math.Min(maxRows, encoded.Count - start) * encoded.Dimension);
            await group.WriteAllPartsAsync<float>(
                field, encoded.Vectors.AsMemory(first, components), definitions.AsMemory(first, components),
                repetitions.AsMemory(first, components), default);
        }
    }

    private static Task NativeAsync(Stream stream, EncodedTexts encoded, bool split, Compression compression, int level)
    {
        using var element = new PrimitiveNode("element", Repetition.Required, LogicalType.None(), PhysicalType.Float);
        WriteNative(stream, element, encoded, split, compression, level, (column, definitions, repetitions) =>
            ((ColumnWriter<float>)column).WriteBatch(encoded.Vectors.Length, definitions, repetitions, encoded.Vectors));
        return Task.CompletedTask;
    }

    private static unsafe Task NativeHalfAsync(Stream stream, EncodedTexts encoded, bool split)
    {
        using var type = LogicalType.Float16();
        using var element = new PrimitiveNode("element", Repetition.Required, type, PhysicalType.FixedLenByteArray, 2);
        WriteNative(
            stream, element, encoded, split, split ? Compression.Zstd : Compression.Uncompressed, 1, (column, definitions, repetitions) =>
        {
            var halves = new System.Half[encoded.Vectors.Length];
            System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(encoded.Vectors, halves);
            var pointers = new FixedLenByteArray[halves.Length];
            fixed (System.Half* first = halves)
            {
                for (var i = 0; i < pointers.Length; i++)
                {
                    pointers[i] = new FixedLenByteArray((IntPtr)(first + i));
                }

                ((ColumnWriter<FixedLenByteArray>)column).WriteBatch(pointers.Length, definitions, repetitions, pointers);
            }
        });
        return Task.CompletedTask;
    }

    private static void WriteNative(
        Stream stream, Node element, EncodedTexts encoded, bool split, Compression compression, int level,
        Action<ColumnWriter, short[], short[]> write)
    {
        using var list = new GroupNode("list", Repetition.Repeated, [element]);
        using var listType = LogicalType.List();
        using var embedding = new GroupNode("embedding", Repetition.Required, [list], listType);
        using var schema = new GroupNode("schema", Repetition.Required, [embedding]);
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(compression).DisableDictionary();
        if (compression == Compression.Zstd)
        {
            builder.CompressionLevel(level);
        }

        if (split)
        {
            builder.Encoding(Path, Encoding.ByteStreamSplit);
        }

        using var properties = builder.Build();
        using var output = new ManagedOutputStream(stream, leaveOpen: true);
        using var file = new ParquetFileWriter(output, schema, properties);
        using var group = file.AppendRowGroup();
        using var column = group.NextColumn();
        var (repetitions, definitions) = (new short[encoded.Vectors.Length], new short[encoded.Vectors.Length]);
        repetitions.AsSpan().Fill(1);
        definitions.AsSpan().Fill(1);
        for (var row = 0; row < encoded.Count; row++)
        {
            repetitions[row * encoded.Dimension] = 0;
        }

        write(column, definitions, repetitions);
        column.Dispose();
        group.Dispose();
        file.Close();
    }
}
