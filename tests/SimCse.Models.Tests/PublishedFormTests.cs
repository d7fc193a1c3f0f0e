using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests;

/// <summary>Model folders as PyTorch saves them, from texts to vectors: import, MeCab, WordPiece, batches, graph.</summary>
public sealed class PublishedFormTests
{
    private const float Tolerance = 1e-5f;

    public static TheoryData<ModelFixture> Fixtures => [ModelFixture.PyTorch, ModelFixture.Safetensors];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Gives_the_ids_and_vectors_of_transformers_and_PyTorch(ModelFixture fixture)
    {
        using var folder = new TemporaryFolder();
        var bundle = Import(fixture, folder["bundle"]);
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle.Folder));
        var expected = fixture.Expected();

        var vectors = await encoder.EncodeAsync(
            [.. expected.Select(text => text.Text)], cancellationToken: TestContext.Current.CancellationToken);

        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].InputIds, encoder.Tokenizer.Tokenize(expected[i].Text).InputIds);
            Assert.Equal((expected[i].InputIds.Length, expected[i].Truncated), (vectors.Tokens[i], vectors.Truncated[i]));
            Assert.All(expected[i].Embedding.Zip(vectors[i].ToArray()), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        }
    }

    [Fact]
    public void Carries_its_dictionary_along_and_makes_it_part_of_the_fingerprint()
    {
        using var folder = new TemporaryFolder();
        var bundle = Import(ModelFixture.Safetensors, folder["bundle"]);
        File.AppendAllText(Path.Combine(bundle.Folder, "dictionary", "sys.dic"), "x");

        Assert.Equal("dictionary", bundle.Manifest.Dictionary);
        Assert.All(["dictionary/sys.dic", "dictionary/matrix.bin"], file => Assert.Contains(file, bundle.Manifest.Files.Keys));
        Assert.NotEqual(bundle.Model.Fingerprint, Bundle.Seal(bundle.Folder, bundle.Manifest).Model.Fingerprint);
        using var encoder = SentenceEncoder.Load(Import(ModelFixture.Safetensors, folder["again"]));
        Assert.Equal(folder[Path.Combine("again", "dictionary")], encoder.Tokenizer.DictionaryFolder);
    }

    [Fact]
    public void Is_refused_where_its_dictionary_is_not_what_was_named()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<DirectoryNotFoundException>(() => ModelImporter.Import(
            ModelFixture.PyTorch.Folder, folder["bundle"], new ImportOptions { DictionaryFolder = folder["nowhere"] }));

        Assert.Contains(folder["nowhere"], error.Message, StringComparison.Ordinal);
    }

    private static Bundle Import(ModelFixture fixture, string bundleFolder)
    {
        var ipadic = DebianIpadic.Require();
        return ModelImporter.Import(fixture.Folder, bundleFolder, new ImportOptions { DictionaryFolder = ipadic });
    }
}
