using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Numerics.Tensors;
using SimCse.Inference.Internals;
using SimCse.Testing;

namespace SimCse.Inference.Tests;

public sealed class SentenceEncoderTests(DemoEncoder demo)
{
    private const float Tolerance = 1e-5f;

    private static readonly string[] Words = ["今日", "は", "良い", "天気", "です", "。", "海", "で", "犬", "が", "走る", "Ａ", "b", "１"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_a_text_the_same_vector_alone_and_in_any_company_and_place()
    {
        var texts = Texts(count: 300, seed: 1);
        var together = await demo.Encoder.EncodeAsync(texts, cancellationToken: Cancellation);
        var reversed = await demo.Encoder.EncodeAsync([.. texts.Reverse()], cancellationToken: Cancellation);

        for (var i = 0; i < texts.Length; i += 17)
        {
            var alone = await demo.Encoder.EncodeAsync([texts[i]], cancellationToken: Cancellation);
            AssertNear(alone[0].Span, together[i].Span);
            AssertNear(alone[0].Span, reversed[texts.Length - 1 - i].Span);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(100_000)]
    public async Task Gives_the_same_vectors_under_any_token_budget(int budget)
    {
        using var encoder = SentenceEncoder.Load(demo.Bundle, new SentenceEncoderOptions { MaxTokensPerBatch = budget, Threads = 1 });
        var texts = Texts(count: 60, seed: 2);

        var expected = await demo.Encoder.EncodeAsync(texts, cancellationToken: Cancellation);
        var actual = await encoder.EncodeAsync(texts, cancellationToken: Cancellation);

        AssertNear(expected.Vectors, actual.Vectors);
    }

    [Fact]
    public async Task Gives_equal_texts_the_same_vector_each_in_its_place()
    {
        var vectors = await demo.Encoder.EncodeAsync(["犬", "猫", "犬", "犬", "猫"], cancellationToken: Cancellation);

        Assert.True(vectors[0].Span.SequenceEqual(vectors[2].Span) && vectors[0].Span.SequenceEqual(vectors[3].Span));
        Assert.True(vectors[1].Span.SequenceEqual(vectors[4].Span));
        Assert.False(vectors[0].Span.SequenceEqual(vectors[1].Span));
    }

    [Fact]
    public void Tokenizes_equal_texts_once()
    {
        var batch = TokenizedBatch.Create(
            demo.Encoder.Tokenizer, ["犬", "猫", "犬", "犬"], prompt: "", countPrompt: false, Cancellation);

        Assert.Equal(2, batch.Lengths.Length);
        Assert.Equal([0, 1, 0, 0], batch.SequenceOfText);
    }

    [Fact]
    public void Tokenizes_texts_that_differ_in_case_each_for_itself()
    {
        var batch = TokenizedBatch.Create(
            demo.Encoder.Tokenizer, ["Neko", "neko", "Neko"], prompt: "", countPrompt: false, Cancellation);

        Assert.Equal([0, 1, 0], batch.SequenceOfText);
    }

    [Fact]
    public async Task Counts_tokens_and_says_which_texts_were_truncated()
    {
        var vectors = await demo.Encoder.EncodeAsync(
            ["", "犬と猫", new string('犬', 126), new string('犬', 127)], cancellationToken: Cancellation);

        Assert.Equal([2, 5, 128, 128], vectors.Tokens);
        Assert.Equal([false, false, false, true], vectors.Truncated);
        Assert.Equal(263, vectors.TotalTokens);
    }

    [Fact]
    public async Task Counts_the_tokens_that_the_vocabulary_lacks()
    {
        var vectors = await demo.Encoder.EncodeAsync(
            ["犬", "😀犬😀", "", "😀犬😀", $"{new string('犬', 126)}😀"], cancellationToken: Cancellation);

        var ofIds = await demo.Encoder.EncodeIdsAsync([[2, demo.Encoder.Tokenizer.UnknownId, 3]], cancellationToken: Cancellation);

        Assert.Equal([0, 2, 0, 2, 0], vectors.Unknown); // what is cut off is not read
        Assert.Equal((4L, 1L), (vectors.TotalUnknown, ofIds.TotalUnknown));
    }

    [Fact]
    public async Task Encodes_no_texts_as_no_vectors()
    {
        var vectors = await demo.Encoder.EncodeAsync([], cancellationToken: Cancellation);

        Assert.Equal((0, 256, 0L), (vectors.Count, vectors.Dimension, vectors.TotalTokens));
    }

    [Fact]
    public async Task Keeps_the_first_dimensions_and_normalises_what_is_kept()
    {
        string[] texts = ["犬が走る", "猫が眠る"];
        var raw = await demo.Encoder.EncodeAsync(texts, cancellationToken: Cancellation);
        var kept = await demo.Encoder.EncodeAsync(texts, new EncodeOptions { Dimensions = 10 }, Cancellation);
        var unit = await demo.Encoder.EncodeAsync(texts, new EncodeOptions { Dimensions = 10, Normalize = true }, Cancellation);

        for (var i = 0; i < texts.Length; i++)
        {
            AssertNear(raw[i].Span[..10], kept[i].Span);
            Assert.Equal(1, TensorPrimitives.Norm(unit[i].Span), Tolerance);
            Assert.Equal(1, TensorPrimitives.CosineSimilarity(kept[i].Span, unit[i].Span), Tolerance);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public async Task Refuses_dimensions_that_the_model_does_not_have(int dimensions)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => demo.Encoder.EncodeAsync(["犬"], new EncodeOptions { Dimensions = dimensions }, Cancellation));

        Assert.Contains($"\"dimensions\" is {dimensions}; expected 1 to 256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_text_that_is_null_and_says_which()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => demo.Encoder.EncodeAsync(["犬", null!], cancellationToken: Cancellation));

        Assert.Contains("Text 1 is null", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 512)]
    [InlineData(1, 64)]
    [InlineData(3, 100)]
    public async Task Gives_concurrent_callers_what_each_would_get_alone(int lanes, int budget)
    {
        using var encoder = SentenceEncoder.Load(demo.Bundle, new SentenceEncoderOptions { Lanes = lanes, MaxTokensPerBatch = budget });
        var requests = Enumerable.Range(0, 12).Select(seed => Texts(count: 40, seed)).ToArray();
        var alone = new List<EncodedTexts>();
        foreach (var request in requests)
        {
            alone.Add(await demo.Encoder.EncodeAsync(request, cancellationToken: Cancellation));
        }

        var together = await Task.WhenAll(requests.Select((request, i) => encoder.EncodeAsync(
            request, new EncodeOptions { Priority = (EncodePriority)(i % 2) }, Cancellation)));

        for (var i = 0; i < requests.Length; i++)
        {
            AssertNear(alone[i].Vectors, together[i].Vectors);
        }
    }

    [Fact]
    public async Task Says_where_the_time_went()
    {
        var start = Stopwatch.GetTimestamp();
        var encoded = await demo.Encoder.EncodeAsync(Texts(count: 50, seed: 4), cancellationToken: Cancellation);
        var elapsed = Stopwatch.GetElapsedTime(start);

        var (tokenization, queue, inference) = encoded.Timings;
        Assert.True(tokenization > TimeSpan.Zero && queue > TimeSpan.Zero && inference > TimeSpan.Zero);
        Assert.True(tokenization + queue + inference <= elapsed);
        Assert.Equal(
            default, (await demo.Encoder.EncodeAsync([], cancellationToken: Cancellation)).Timings with { Tokenization = default });
    }

    [Fact]
    public async Task Stops_between_batches_when_cancelled()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var afterFirstBatch = new MeterListener();
        afterFirstBatch.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == SimCseInstrumentation.Name && instrument.Name == "simcse.batches")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        afterFirstBatch.SetMeasurementEventCallback<long>((_, _, _, _) => cancellation.Cancel());
        afterFirstBatch.Start();
        using var encoder = SentenceEncoder.Load(demo.Bundle, new SentenceEncoderOptions { MaxTokensPerBatch = 1 });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => encoder.EncodeAsync(Texts(count: 500, seed: 3), cancellationToken: cancellation.Token));
    }

    [Fact]
    public async Task Refuses_to_run_once_disposed_of()
    {
        var encoder = SentenceEncoder.Load(demo.Bundle);
        encoder.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => encoder.EncodeAsync(["犬"], cancellationToken: Cancellation));
    }

    [Fact]
    public void Refuses_a_graph_that_is_none()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        File.WriteAllText(folder["model.onnx"], "no graph");
        var bundle = Bundle.Seal(folder.Path, demo.Bundle.Manifest);

        Assert.Contains(
            "model.onnx does not load", Assert.Throws<InvalidDataException>(() => SentenceEncoder.Load(bundle)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_graph_whose_vectors_have_another_dimension()
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        var bundle = Bundle.Seal(folder.Path, demo.Bundle.Manifest with { Dimension = 255 });

        Assert.Contains(
            "expected input_ids and [batch, 255]", Assert.Throws<InvalidDataException>(() => SentenceEncoder.Load(bundle)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.txt")]
    [InlineData("model.onnx")] // no graph any more, but the hash says why
    [InlineData("model.onnx.data")]
    public void Refuses_files_that_were_changed_while_it_loads_them(string changed)
    {
        using var folder = new TemporaryFolder();
        demo.CopyTo(folder);
        var bytes = File.ReadAllBytes(folder[changed]);
        bytes.AsSpan(0, 4).Reverse();
        File.WriteAllBytes(folder[changed], bytes);
        var bundle = Bundle.OpenUnverified(folder.Path);

        Assert.Contains(
            $"{changed} has SHA-256", Assert.Throws<InvalidDataException>(() => SentenceEncoder.Load(bundle)).Message,
            StringComparison.Ordinal);
        Assert.False(bundle.IsVerified);
    }

    [Fact]
    public void Hashes_the_files_of_a_bundle_once()
    {
        var bundle = Bundle.OpenUnverified(demo.Bundle.Folder);

        Assert.Equal([EncoderPart.Tokenizer, EncoderPart.Session, EncoderPart.Verified], Parts());
        Assert.Equal([EncoderPart.Tokenizer, EncoderPart.Session], Parts());

        EncoderPart[] Parts()
        {
            var parts = new ConcurrentBag<EncoderPart>();
            SentenceEncoder.Load(bundle, loaded: parts.Add).Dispose();
            return [.. parts.Order()];
        }
    }

    /// <summary>Distinct texts of many lengths.</summary>
    private static string[] Texts(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => $"{i}:" + string.Concat(random.GetItems(Words, random.Next(1, 40))))];
    }

    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }
}
