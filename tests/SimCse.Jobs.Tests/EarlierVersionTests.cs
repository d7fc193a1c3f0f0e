using Microsoft.Extensions.Logging.Abstractions;
using SimCse.Inference;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>Where texts of an earlier version are looked for. Its parts are made here: nothing is encoded.</summary>
[Collection(nameof(JobRig))]
public sealed class EarlierVersionTests(AzuriteFixture azurite, DemoBundle demo)
{
    private const int Texts = 40_000;
    private const int Slice = ShardSlice.MaxLines;

    private readonly RequestLog _requests = new();
    private readonly string _source = $"{Guid.NewGuid():N}.txt";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PartMetadata Metadata => new()
    {
        Model = demo.Encoder.Bundle.Model,
        Dimension = 2,
        Normalized = false,
        Origin = new PartOrigin("jjjjjjjjjjjjjjjjjjjj", 0, _source, "etag"),
    };

    /// <summary>However many texts are new, the others are as far from the beginning or from the end as they were.</summary>
    [Theory]
    [InlineData(10, 0, 20_000)] // before them all
    [InlineData(10, 30_000, 25_000)] // behind three quarters
    [InlineData(1, 100, 5)] // in the one part of a job whose parts were merged
    public async Task All_texts_are_found_behind_and_before_new_ones(int parts, int at, int inserted)
    {
        var earlier = await WriteAsync(parts);
        List<string> texts = [.. Names(0, at), .. Enumerable.Range(0, inserted).Select(i => $"new {i}"), .. Names(at, Texts - at)];

        for (var first = 0; first < texts.Count; first += Slice)
        {
            var slice = texts.Skip(first).Take(Slice).ToArray();
            var copied = new EncodedTexts(slice.Length, 2);
            var found = await earlier.CopyAsync(slice, first, slice.Length, texts.Count, Metadata, copied, Cancellation);
            Assert.Equal(slice.Select(text => !text.StartsWith("new", StringComparison.Ordinal)), found);
            Assert.All(slice.Index().Where(text => found[text.Index]), text =>
            {
                var (i, number) = (text.Index, int.Parse(text.Item[5..], System.Globalization.CultureInfo.InvariantCulture));
                Assert.Equal((number, -number, number + 2), ((int)copied[i].Span[0], (int)copied[i].Span[1], copied.Tokens[i]));
            });
        }
    }

    [Fact]
    public async Task A_text_that_has_moved_far_is_not_looked_for_in_the_whole_source()
    {
        var earlier = await WriteAsync(parts: 10);
        _requests.Requests.Clear();

        var found = await earlier.CopyAsync(
            [.. Names(3_000, 1), .. Names(39_000, 1)], 0, 2, Texts, Metadata, new EncodedTexts(2, 2), Cancellation);

        Assert.Equal([true, false], found);
        Assert.InRange(_requests.Requests.Count, 1, 20); // three of the ten parts
    }

    [Fact]
    public async Task Vectors_of_another_device_are_not_copied()
    {
        var earlier = await WriteAsync(parts: 1);
        var found = await earlier.CopyAsync(
            [.. Names(0, 2)], 0, 2, Texts, Metadata with { Device = InferenceDevice.Cuda }, new EncodedTexts(2, 2), Cancellation);
        Assert.Equal([false, false], found);
    }

    private static IEnumerable<string> Names(int first, int count) => Enumerable.Range(first, count).Select(i => $"text {i}");

    /// <summary>Part n ends where the next begins; each vector is the number of its text and its negative.</summary>
    private async Task<EarlierVersion> WriteAsync(int parts)
    {
        var storage = JobStorage.Connect(StorageConnection.FromConnectionString(azurite.ConnectionString), _requests);
        await storage.EnsureCreatedAsync(Cancellation);
        var (written, rows) = (new List<JobPart>(), Texts / parts);
        for (var part = 0; part < parts; part++)
        {
            var name = StorageNames.Part(_source, "jjjjjjjjjjjjjjjjjjjj", part);
            using var content = new MemoryStream();
            await using (var writer = await PartWriter.CreateAsync(content, Metadata, includeText: true, cancellationToken: Cancellation))
            {
                string[] texts = [.. Names(part * rows, rows)];
                var encoded = new EncodedTexts(rows, 2);
                for (var row = 0; row < rows; row++)
                {
                    (encoded.Vectors[2 * row], encoded.Vectors[(2 * row) + 1]) = ((part * rows) + row, -((part * rows) + row));
                    encoded.Tokens[row] = (part * rows) + row + 2;
                }

                await writer.WriteAsync(new PartRows(texts, [.. new long[rows]], texts, encoded), Cancellation);
            }

            var bytes = content.ToArray();
            await storage.Embeddings.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(bytes), Cancellation);
            written.Add(new JobPart(name, rows, 0, bytes.Length, ""));
        }

        var success = new JobSuccess(
            "jjjjjjjjjjjjjjjjjjjj", _source, "etag", demo.Encoder.Bundle.Model, new JobOptions(), Texts, Rows: Texts, 0, 0, 0, 0, default,
            default, written);
        return new EarlierVersion(storage, success, NullLogger.Instance);
    }
}
