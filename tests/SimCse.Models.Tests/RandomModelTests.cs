using SimCse.Models.Untrained;
using SimCse.Testing;

namespace SimCse.Models.Tests;

public sealed class RandomModelTests
{
    private static readonly RandomModelOptions Small = new() { Layers = 2, Hidden = 64, Vocabulary = 0 };

    [Fact]
    public void Gives_the_same_bytes_from_the_same_seed_and_others_from_another()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder["one"], Small);
        RandomModel.Write(folder["two"], Small);
        RandomModel.Write(folder["other"], Small with { Seed = 2 });

        Assert.Equal(Weights("one"), Weights("two"));
        Assert.NotEqual(Weights("one"), Weights("other"));

        byte[] Weights(string model) => File.ReadAllBytes(Path.Combine(folder[model], "model.safetensors"));
    }

    [Fact]
    public void Becomes_a_bundle_of_the_shape_asked_for_that_says_that_it_is_untrained()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Write(folder["model"], Small with { Heads = 4, Intermediate = 96, Vocabulary = 30_000 });

        var manifest = ModelImporter.Import(folder["model"], folder["bundle"]).Manifest;

        Assert.Equal(
            (2, 64, 64, 30_000, true),
            (manifest.Layers, manifest.HiddenSize, manifest.Dimension, manifest.VocabularySize, manifest.Untrained));
        Assert.Equal("simcse-random-2x64-untrained", manifest.Model);
    }

    [Fact]
    public void Outliers_are_channels_of_every_norm_and_of_the_special_tokens()
    {
        var plain = new RandomWeights(Small).Bert(100);
        var scaled = new RandomWeights(Small with { OutlierColumns = 2, OutlierScale = 20 }).Bert(100);

        foreach (var (name, shape, values) in scaled)
        {
            var before = plain.Single(tensor => tensor.Name == name).Values;
            for (var i = 0; i < values.Length; i++)
            {
                var gain = (name.EndsWith("LayerNorm.weight", StringComparison.Ordinal), i) switch
                {
                    (true, 16) => 4,
                    (true, 48) => 20,
                    _ when name.StartsWith("embeddings.word", StringComparison.Ordinal)
                        && i / 64 is 1 or 3 or 4 && i % 64 is 16 or 48 => 10,
                    _ => 1,
                };
                Assert.Equal(gain * before[i], values[i], 1e-5f);
            }
        }
    }

    [Theory]
    [InlineData(0, 64, 1)]
    [InlineData(1, 64, 5)]
    [InlineData(1, 0, 1)]
    public void Refuses_what_is_no_BERT(int layers, int hidden, int heads)
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(
            () => RandomModel.Write(folder["model"], new RandomModelOptions { Layers = layers, Hidden = hidden, Heads = heads }));
        Assert.False(Directory.Exists(folder["model"]));
    }
}
