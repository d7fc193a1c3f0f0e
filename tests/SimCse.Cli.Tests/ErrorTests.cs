using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class ErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("model", "Required command")]
    [InlineData("encode --nonsense", "--nonsense")]
    [InlineData("encode --dimensions 0", "--dimensions is 0; expected 1 or more")]
    [InlineData("encode --dimensions many", "--dimensions is many; expected 1 or more")]
    [InlineData("tokenize --format doc", "--format is 'doc'; expected txt or jsonl or csv")]
    [InlineData("similar query", "--in")]
    [InlineData("similar --in a.parquet", "similar needs TEXT, or --queries FILE")]
    [InlineData("similar query --in a.parquet --source b", "similar needs either --in FILES or --source")]
    [InlineData("sync -o ", "--output is empty; expected a folder")]
    [InlineData("jobs download", "jobs download needs either ID or --latest")]
    [InlineData("similar query --in a.parquet -k 0", "-k is 0; expected 1 to 10000")]
    [InlineData("submit", "submit needs either PATH or --all")]
    [InlineData("submit texts.txt --all", "submit needs either PATH or --all")]
    [InlineData("up --port 99999", "--port is 99999; expected 0 to 65535")]
    [InlineData("up --instances 0", "--instances is 0; expected 1 to 64")]
    [InlineData("jobs retry", "retry")]
    [InlineData("model demo", "--output")]
    public async Task A_wrong_command_line_is_named_and_nothing_is_done(string arguments, string expected)
    {
        var result = await _folder.RunAsync(arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.StartsWith("Error: ", result.ErrorLines()[0], StringComparison.Ordinal);
        Assert.Contains(expected, result.ErrorLines()[0], StringComparison.Ordinal);
        Assert.Contains("--help", result.ErrorLines()[1], StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("encode absent.txt", "There is no file 'absent.txt'")]
    [InlineData("encode folder", "'folder' is a folder")]
    [InlineData("encode report.pdf", "ends in .txt, .jsonl, .csv")]
    [InlineData("encode texts.txt -o out.csv", "ends in .parquet or .jsonl")]
    [InlineData("encode texts.txt -o absent/out.parquet", "does not exist")]
    [InlineData("encode texts.txt --dimensions 300", "\"dimensions\" is 300; expected 1 to 256")]
    [InlineData("encode texts.txt --model absent", "--model names 'absent', which is not there")]
    [InlineData("encode texts.txt --model folder", "a folder without bundle.json")]
    [InlineData("encode texts.txt --model texts.txt", "which is a file")]
    [InlineData("tokenize empty.txt", "empty")]
    [InlineData("tokenize blank.txt", "3 blank lines and no text")]
    [InlineData("encode cut.txt.gz", "not a whole gzip file")]
    [InlineData("tokenize bad.jsonl", "None of the 2 lines is a text")]
    [InlineData("similar query --in absent.parquet", "There is no file or folder 'absent.parquet'")]
    [InlineData("similar query --in folder", "holds no .parquet file")]
    [InlineData("similar query --in texts.txt", "texts.txt is no Parquet file")]
    [InlineData("submit texts.txt", "No storage account")]
    [InlineData("submit absent.txt", "There is no file 'absent.txt'")]
    [InlineData("submit report.pdf", "ends in .txt, .jsonl, .csv")]
    [InlineData("submit texts.txt folder/texts.txt", "Two files have the name 'texts.txt'")]
    [InlineData("submit texts.txt blank.txt --name a.txt", "is for one file; there are 2")]
    [InlineData("submit texts.txt --name ../models/a.txt", "'../models/a.txt' can be no source's name: '.' and '..'")]
    [InlineData("submit none/*.txt", "There is no folder 'none'")]
    [InlineData("submit none*.txt", "No file is like 'none*.txt'")]
    [InlineData("jobs", "run 'simcse up'")]
    [InlineData("jobs --connection nonsense", "--connection")]
    [InlineData(
        "jobs --connection DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;" +
        "QueueEndpoint=http://127.0.0.1:1/a", "No storage answers")]
    [InlineData("model demo -o texts.txt", "which is a file")]
    [InlineData("model info absent", "which is not there")]
    public async Task What_cannot_be_done_is_one_sentence(string arguments, string expected)
    {
        await WriteInputsAsync();
        var result = await _folder.RunAsync(arguments.Split(' '));
        Assert.Equal(1, result.ExitCode);
        var errors = result.ErrorLines().Where(line => !line.StartsWith("Warning: ", StringComparison.Ordinal)).ToList();
        Assert.StartsWith("Error: ", errors[^1], StringComparison.Ordinal);
        Assert.Contains(expected, errors[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out.csv"]));
    }

    [Fact]
    public async Task Verbose_shows_the_exception()
    {
        var result = await _folder.RunAsync("encode", "absent.txt", "--verbose");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("   at SimCse.Cli", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_settings_are_named()
    {
        await _folder.WriteAsync("local.settings.json", "{ nonsense");
        var result = await _folder.RunAsync("jobs");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("local.settings.json is not JSON", result.Error, StringComparison.Ordinal);
    }

    private async Task WriteInputsAsync()
    {
        Directory.CreateDirectory(_folder["folder"]);
        await _folder.WriteAsync("folder/texts.txt", "一\n");
        await _folder.WriteAsync("texts.txt", "一\n二\n");
        await _folder.WriteAsync("report.pdf", "%PDF");
        await _folder.WriteAsync("empty.txt", "");
        await _folder.WriteAsync("blank.txt", "\n \n\r\n");
        await _folder.WriteAsync("bad.jsonl", "{\"id\": 1}\nnot json\n");
        await File.WriteAllBytesAsync(
            _folder["cut.txt.gz"], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B], TestContext.Current.CancellationToken);
    }
}
