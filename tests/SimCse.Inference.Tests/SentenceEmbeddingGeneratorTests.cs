using Microsoft.Extensions.AI;

namespace SimCse.Inference.Tests;

public sealed class SentenceEmbeddingGeneratorTests(DemoEncoder demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_the_encoder_s_vectors_in_order_with_their_usage()
    {
        using var generator = new SentenceEmbeddingGenerator(demo.Encoder);
        string[] texts = ["犬が走る", "", "犬が走る", "猫"];

        var embeddings = await generator.GenerateAsync(texts.Where(_ => true), cancellationToken: Cancellation);
        var encoded = await demo.Encoder.EncodeAsync(texts, cancellationToken: Cancellation);

        Assert.Equal(4, embeddings.Count);
        Assert.All(embeddings, (embedding, i) => Assert.Equal(encoded[i].ToArray(), embedding.Vector.ToArray()));
        Assert.All(embeddings, embedding => Assert.Equal("simcse-demo-untrained", embedding.ModelId));
        Assert.Equal(6 + 2 + 6 + 3, embeddings.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Lets_a_call_ask_for_fewer_dimensions_than_the_default()
    {
        using var generator = new SentenceEmbeddingGenerator(demo.Encoder, new EncodeOptions { Dimensions = 32, Normalize = true });

        var byDefault = await generator.GenerateVectorAsync("犬", cancellationToken: Cancellation);
        var asked = await generator.GenerateVectorAsync("犬", new EmbeddingGenerationOptions { Dimensions = 8 }, Cancellation);

        Assert.Equal((32, 8), (byDefault.Length, asked.Length));
        Assert.Equal(1, System.Numerics.Tensors.TensorPrimitives.Norm(asked.Span), 1e-5f);
    }

    [Fact]
    public void Says_what_it_is()
    {
        using var generator = new SentenceEmbeddingGenerator(demo.Encoder);

        var metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();

        Assert.Equal(
            ("simcse", "simcse-demo-untrained", 256), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(demo.Encoder, generator.GetService<SentenceEncoder>());
        Assert.Null(generator.GetService<SentenceEncoder>("some key"));
    }

    [Fact]
    public async Task Leaves_the_encoder_to_its_owner()
    {
        new SentenceEmbeddingGenerator(demo.Encoder).Dispose();

        Assert.Equal(1, (await demo.Encoder.EncodeAsync(["犬"], cancellationToken: Cancellation)).Count);
    }
}
