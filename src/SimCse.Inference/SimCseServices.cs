using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SimCse.Inference;

/// <summary>Puts the encoder into a program's services.</summary>
public static class SimCseServices
{
    /// <summary>
    /// Adds one encoder, loaded when it is first asked for, as <see cref="SentenceEncoder"/>, <see cref="SentenceEmbeddingGenerator"/> and
    /// <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of strings. For caching, logging and OpenTelemetry, wrap it with
    /// Microsoft.Extensions.AI's
    /// <c>AddEmbeddingGenerator(services => services.GetRequiredService&lt;SentenceEmbeddingGenerator&gt;())</c>.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="bundleFolder">A bundle that <c>simcse model pull</c>, <c>import</c> or <c>demo</c> has made.</param>
    /// <param name="encoding">The prompt, priority, truncation and normalisation of the generator's calls.</param>
    /// <param name="session">The device, threads and batches of the session.</param>
    public static IServiceCollection AddSimCse(
        this IServiceCollection services, string bundleFolder, EncodeOptions? encoding = null, SentenceEncoderOptions? session = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(bundleFolder);
        services.AddSingleton(_ => SentenceEncoder.Load(Bundle.OpenUnverified(bundleFolder), session));
        services.AddSingleton(provider => new SentenceEmbeddingGenerator(provider.GetRequiredService<SentenceEncoder>(), encoding));
        services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(
            provider => provider.GetRequiredService<SentenceEmbeddingGenerator>());
        return services;
    }
}
