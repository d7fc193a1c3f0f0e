using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SimCse.Inference.Tests;

/// <summary>The encoder among a program's services, and under Microsoft's wrappers.</summary>
public sealed class SimCseServicesTests(DemoEncoder demo)
{
    private static readonly string[] Texts = ["犬が走る", "猫"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hold_one_encoder_with_the_options_it_was_added_with()
    {
        await using var provider = new ServiceCollection()
            .AddSimCse(
                demo.Bundle.Folder, new EncodeOptions { Normalize = true, Dimensions = 16 },
                new SentenceEncoderOptions { MaxTokensPerBatch = 77 })
            .BuildServiceProvider();

        var generator = provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        var encoder = provider.GetRequiredService<SentenceEncoder>();
        var vector = await generator.GenerateVectorAsync("犬", cancellationToken: Cancellation);

        Assert.Same(generator, provider.GetRequiredService<SentenceEmbeddingGenerator>());
        Assert.Same(encoder, generator.GetService<SentenceEncoder>());
        Assert.Equal((77, 16), (encoder.MaxTokensPerBatch, vector.Length));
        Assert.Equal(1, System.Numerics.Tensors.TensorPrimitives.Norm(vector.Span), 1e-5f);
    }

    [Fact]
    public async Task Load_the_encoder_when_it_is_asked_for_and_end_it_with_the_program()
    {
        var provider = new ServiceCollection().AddSimCse(Path.Combine(demo.Bundle.Folder, "absent")).BuildServiceProvider();
        Assert.ThrowsAny<IOException>(() => provider.GetRequiredService<SentenceEncoder>());
        await provider.DisposeAsync();

        provider = new ServiceCollection().AddSimCse(demo.Bundle.Folder).BuildServiceProvider();
        var encoder = provider.GetRequiredService<SentenceEncoder>();
        await provider.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => encoder.EncodeAsync(Texts, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Log_each_call_through_the_logging_wrapper()
    {
        var logs = new CapturedLog();
        using var generator = new SentenceEmbeddingGenerator(demo.Encoder).AsBuilder().UseLogging(logs).Build();

        await generator.GenerateAsync(Texts, cancellationToken: Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(
            () => generator.GenerateAsync(Texts, new EmbeddingGenerationOptions { Dimensions = 5000 }, Cancellation));

        Assert.Contains(logs.Lines, line => line.Contains("GenerateAsync invoked", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.Contains("GenerateAsync generated 2 embedding(s)", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Are_not_asked_twice_for_a_text_under_the_caching_wrapper()
    {
        var encoder = SentenceEncoder.Load(demo.Bundle);
        var cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        using var generator = new SentenceEmbeddingGenerator(encoder).AsBuilder().UseDistributedCache(cache).Build();
        var first = await generator.GenerateAsync(Texts, cancellationToken: Cancellation);

        encoder.Dispose();
        var second = await generator.GenerateAsync([.. Texts.Reverse()], cancellationToken: Cancellation);

        Assert.Equal(
            first.Select(embedding => embedding.Vector.ToArray()), second.Reverse().Select(embedding => embedding.Vector.ToArray()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["雨"], cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Say_model_and_tokens_through_the_OpenTelemetry_wrapper()
    {
        const string Source = "SimCse.Tests.Embeddings";
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var generator = new SentenceEmbeddingGenerator(demo.Encoder).AsBuilder().UseOpenTelemetry(sourceName: Source).Build();

        await generator.GenerateAsync(Texts, cancellationToken: Cancellation);

        var activity = Assert.Single(activities);
        Assert.Equal("embeddings simcse-demo-untrained", activity.DisplayName);
        Assert.Equal(6 + 3, activity.GetTagItem("gen_ai.usage.input_tokens"));
    }

    /// <summary>Keeps what is logged, level first.</summary>
    private sealed class CapturedLog : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
