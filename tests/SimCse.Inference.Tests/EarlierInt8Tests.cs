using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Inference.Tests;

/// <summary>
/// Bundles as the version before wrote them: in <c>int8</c> the activations of a run had one scale, in <c>int8-stable</c> those of a token.
/// No import writes these graphs any more; <c>tests/fixtures/README.md</c> says how they were made.
/// </summary>
public sealed class EarlierInt8Tests
{
    [Theory]
    [InlineData("int8", Precision.Int8)]
    [InlineData("int8-stable", Precision.Int8Stable)]
    public async Task Still_give_the_vectors_that_they_gave(string name, Precision precision)
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "earlier-int8");
        var expected = JsonSerializer.Deserialize<float[][]>(File.ReadAllText(Path.Combine(folder, $"{name}.json")))!;
        var bundle = Bundle.Open(Path.Combine(folder, name));
        using var encoder = SentenceEncoder.Load(bundle);
        string[] texts = ["あいう", "かき", "おえういあ"];

        for (var i = 0; i < texts.Length; i++)
        {
            var vector = await encoder.EncodeAsync([texts[i]], cancellationToken: TestContext.Current.CancellationToken);
            Assert.All(vector[0].ToArray().Zip(expected[i]), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
        }

        Assert.Equal((precision, 0), (bundle.Model.Precision, bundle.Manifest.Quality!.Float32Matrices.Count));
        Assert.Null(bundle.Manifest.Quality.Sentences);
    }
}
