using System.IO.Compression;
using System.Text;
using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class TokenizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Shows_words_tokens_and_ids_of_each_text()
    {
        var result = await _folder.RunWithInputAsync("吾輩は猫である。\n\nお元気ですか\n", "tokenize").SucceedAsync();
        var texts = Parse(result);
        Assert.Equal(["吾輩は猫である。", "お元気ですか"], texts.Select(text => text.GetProperty("text").GetString()));
        var first = texts[0];
        Assert.Equal(["吾輩は猫である", "。"], Strings(first, "words"));
        Assert.Equal(["吾", "輩", "は", "猫", "で", "あ", "る", "。"], Strings(first, "tokens"));
        Assert.Equal(10, first.GetProperty("input_ids").GetArrayLength());
        Assert.False(first.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task Says_only_where_vectors_are_shown_that_the_default_model_is_untrained()
    {
        var tokens = await _folder.RunWithInputAsync("あ\n", "tokenize").SucceedAsync();
        Assert.DoesNotContain("UNTRAINED", tokens.Error + tokens.Output, StringComparison.Ordinal);
        var vectors = await _folder.RunWithInputAsync("あ\n", "encode").SucceedAsync();
        Assert.Contains("UNTRAINED", vectors.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("UNTRAINED", vectors.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_text_is_truncated()
    {
        var text = Parse(await _folder.RunWithInputAsync(new string('あ', 200), "tokenize").SucceedAsync())[0];
        Assert.Equal(128, text.GetProperty("input_ids").GetArrayLength());
        Assert.True(text.GetProperty("truncated").GetBoolean());
    }

    [Theory]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    [InlineData("utf-8")]
    public async Task Charsets_are_found(string charset)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        await File.WriteAllBytesAsync(
            _folder["texts.txt"], Encoding.GetEncoding(charset).GetBytes("日本語の文章です。\n文字の表し方はいくつもあります。\n"),
            TestContext.Current.CancellationToken);
        var texts = Parse(await _folder.RunAsync("tokenize", "texts.txt").SucceedAsync());
        Assert.Equal(["日本語の文章です。", "文字の表し方はいくつもあります。"], texts.Select(text => text.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Compressed_json_lines_come_through_standard_input()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionMode.Compress))
        {
            gzip.Write("{\"text\": \"猫\"}\n{\"id\": 7}\n{\"text\": \"犬\"}\n"u8);
        }

        var result = await CliProcess.RunAsync(
            ["tokenize", "-", "--format", "jsonl"], _folder.Path, compressed.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(["猫", "犬"], Parse(result).Select(text => text.GetProperty("text").GetString()));
        Assert.Contains("line 2 is skipped: The object has no property \"text\"; it has \"id\".", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    private static List<JsonElement> Parse(CliResult result) =>
        [.. result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement)];

    private static IEnumerable<string?> Strings(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(value => value.GetString());
}
