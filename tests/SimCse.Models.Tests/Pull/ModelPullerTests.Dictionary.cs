using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using SimCse.Inference;
using SimCse.Models.Pull;
using SimCse.Testing;

namespace SimCse.Models.Tests.Pull;

/// <summary>The dictionary that comes with a model.</summary>
public sealed partial class ModelPullerTests
{
    [Fact]
    public async Task Fetches_the_dictionary_that_the_model_names_once_and_unpacks_its_folder_only()
    {
        var (archive, options) = UseDictionary("sys.dic", "unk.dic", "matrix.bin", "char.bin", "dicrc");
        _hub.Add("unidic-lite-1.0.8.tar.gz", archive);

        var model = await new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation);
        _hub.Requests.Clear();
        await new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation);

        Assert.Equal(_cache[Path.Combine("dictionaries", "unidic_lite")], model.Dictionaries["unidic_lite"]);
        Assert.Equal(
            ["LICENSE.unidic", "char.bin", "dicrc", "matrix.bin", "sys.dic", "unk.dic"],
            Directory.EnumerateFiles(model.Dictionaries["unidic_lite"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(_hub.Requests);
        Assert.DoesNotContain("escaped", Directory.EnumerateFiles(_cache.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    /// <summary>The archive whose SHA-256 is in our source, and a model that was saved with it.</summary>
    [Fact]
    public async Task The_published_dictionary_comes_with_its_licences_and_gives_the_ids_and_vectors_of_the_libraries()
    {
        var fixture = ModelFixture.Unidic;
        _hub.AddFolder(fixture.Folder);
        _hub.Add("unidic-lite-1.0.8.tar.gz", await File.ReadAllBytesAsync(SharedData.Require(UnidicLite.Archive), Cancellation));
        var options = Options() with { UnidicLite = new Uri(_hub.Address, "cdn/unidic-lite-1.0.8.tar.gz") };

        var model = await new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation);
        var bundle = ModelImporter.Import(
            model.Folder, _cache["bundle"], new ImportOptions { FetchedDictionaries = model.Dictionaries });

        Assert.All(
            ["LICENSE", "LICENSE.unidic", "sys.dic", "matrix.bin", "char.bin", "unk.dic", "dicrc"],
            file => Assert.Contains($"dictionary/{file}", bundle.Manifest.Files.Keys));
        var expected = fixture.Expected().First(text => text.PromptName is null && text.InputIds.Length > 8);
        using var encoder = SentenceEncoder.Load(bundle);
        var encoded = await encoder.EncodeAsync([expected.Text], cancellationToken: Cancellation);
        Assert.Equal(expected.InputIds, encoder.Tokenizer.Tokenize(expected.Text).InputIds);
        Assert.All(expected.Embedding.Zip(encoded[0].ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    /// <summary>
    /// IPADIC's archive is made here as PyPI's is laid out, of Debian's IPADIC: the published one could not be fetched.
    /// </summary>
    [Fact]
    public async Task Fetches_both_dictionaries_for_a_model_that_names_none_and_the_vocabulary_decides()
    {
        var fixture = ModelFixture.Unnamed;
        _hub.AddFolder(fixture.Folder);
        _hub.Add("unidic-lite-1.0.8.tar.gz", await File.ReadAllBytesAsync(SharedData.Require(UnidicLite.Archive), Cancellation));
        var ipadic = IpadicArchive(DebianIpadic.Require());
        _hub.Add("ipadic-1.0.0.tar.gz", ipadic);
        var options = Options() with
        {
            UnidicLite = new Uri(_hub.Address, "cdn/unidic-lite-1.0.8.tar.gz"),
            Ipadic = new Uri(_hub.Address, "cdn/ipadic-1.0.0.tar.gz"),
            Archives =
            [
                DictionaryArchive.UnidicLite,
                DictionaryArchive.Ipadic with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(ipadic)) },
            ],
        };

        var model = await new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation);
        var bundle = ModelImporter.Import(
            model.Folder, _cache["bundle"], new ImportOptions { FetchedDictionaries = model.Dictionaries });

        Assert.Equal(["ipadic", "unidic_lite"], model.Dictionaries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("ipadic", bundle.Manifest.DictionaryName);
        Assert.StartsWith("decided by the vocabulary: 98.9 % of ", bundle.Manifest.DictionaryFrom, StringComparison.Ordinal);
        Assert.All(
            ["COPYING", "sys.dic", "matrix.bin", "char.bin", "unk.dic"],
            file => Assert.Contains($"dictionary/{file}", bundle.Manifest.Files.Keys));
    }

    [Fact]
    public async Task Fetches_only_the_dictionary_that_was_asked_for()
    {
        var (archive, options) = UseDictionary("sys.dic", "unk.dic", "matrix.bin", "char.bin");
        _hub.Add("unidic-lite-1.0.8.tar.gz", archive);
        _hub.Add("tokenizer_config.json", Encoding.UTF8.GetBytes("""{"word_tokenizer_type": "mecab", "mecab_kwargs": null}"""));

        var model = await new ModelPuller(_http, options with { DictionaryName = "unidic_lite" }).PullAsync(
            "someone/model", cancellationToken: Cancellation);

        Assert.Equal("unidic_lite", Assert.Single(model.Dictionaries).Key);
    }

    [Fact]
    public async Task Fetches_no_dictionary_where_pieces_are_characters_and_none_is_named_because_nothing_can_decide()
    {
        _hub.Add(
            "tokenizer_config.json",
            Encoding.UTF8.GetBytes("""{"word_tokenizer_type": "mecab", "subword_tokenizer_type": "character", "mecab_kwargs": null}"""));

        Assert.Empty((await PullAsync()).Dictionaries);
    }

    [Fact]
    public async Task Fetches_no_dictionary_for_a_model_that_does_without_MeCab()
    {
        _hub.Add("tokenizer_config.json", Encoding.UTF8.GetBytes("""{"word_tokenizer_type": "basic", "mecab_kwargs": {"mecab_dic": "unidic_lite"}}"""));

        Assert.Empty((await PullAsync()).Dictionaries);
    }

    [Fact]
    public async Task Replaces_a_dictionary_that_is_incomplete()
    {
        var (archive, options) = UseDictionary("sys.dic", "unk.dic", "matrix.bin", "char.bin");
        _hub.Add("unidic-lite-1.0.8.tar.gz", archive);
        Directory.CreateDirectory(_cache[Path.Combine("dictionaries", "unidic_lite")]);
        await File.WriteAllTextAsync(_cache[Path.Combine("dictionaries", "unidic_lite", "sys.dic")], "half", Cancellation);

        var model = await new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation);

        Assert.Equal(
            $"{DictionaryPrefix}sys.dic",
            await File.ReadAllTextAsync(Path.Combine(model.Dictionaries["unidic_lite"], "sys.dic"), Cancellation));
    }

    [Fact]
    public async Task Refuses_an_archive_with_the_right_hash_and_no_dictionary()
    {
        var (archive, options) = UseDictionary("README.md");
        _hub.Add("unidic-lite-1.0.8.tar.gz", archive);

        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => new ModelPuller(_http, options).PullAsync("someone/model", cancellationToken: Cancellation));

        Assert.Contains("sys.dic; expected the dictionary unidic_lite", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_cache[Path.Combine("dictionaries", "unidic_lite")]));
    }

    private (byte[] Archive, ModelPullerOptions Options) UseDictionary(params string[] files)
    {
        var config = Encoding.UTF8.GetBytes("""{"word_tokenizer_type": "mecab", "mecab_kwargs": {"mecab_dic": "unidic_lite"}}""");
        _hub.Add("tokenizer_config.json", config);
        var archive = LocalHub.Archive(DictionaryPrefix, files);
        var address = new Uri(_hub.Address, "cdn/unidic-lite-1.0.8.tar.gz");
        return (archive, Options() with
        {
            UnidicLite = address,
            Archives =
            [
                new DictionaryArchive(
                    "unidic_lite", address, archive.Length, Convert.ToHexStringLower(SHA256.HashData(archive)), DictionaryPrefix),
            ],
        });
    }

    private static byte[] IpadicArchive(string dictionary)
    {
        const string prefix = "ipadic-1.0.0/ipadic/dicdir/";
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var file in Directory.EnumerateFiles(dictionary))
            {
                tar.WriteEntry(file, prefix + Path.GetFileName(file));
            }

            tar.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, $"{prefix}COPYING") { DataStream = new MemoryStream("licence"u8.ToArray()) });
        }

        return bytes.ToArray();
    }
}
