using System.Buffers.Binary;
using System.Text.Json;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>The benchmark for a GPU, up to the GPU that is not here.</summary>
public sealed class GpuBenchmarkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>It runs where time is short, so that it must not fail there for a reason that shows on a CPU.</summary>
    [Fact]
    public async Task Every_section_runs_on_a_CPU_in_the_place_of_a_GPU()
    {
        var sentences = await File.ReadAllLinesAsync(
            Path.Combine(RepositoryRoot.Path, "samples", "sentences.txt"), TestContext.Current.CancellationToken);
        await _folder.WriteAsync(
            "sentences.json",
            string.Concat(
                sentences.Select(sentence => $"{JsonSerializer.Serialize(new { sentence1 = sentence, sentence2 = sentence })}\n")));
        Directory.CreateSymbolicLink(_folder["dictionary"], DebianIpadic.Require());
        await RunAsync("vocabulary", "dictionary", "sentences.json", "tokenizer").SucceedAsync();

        var result = await RunAsync("measure", ".", "work", "ours.json").SucceedAsync();

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["ours.json"], TestContext.Current.CancellationToken));
        var names = json.RootElement.EnumerateObject().Select(item => item.Name).ToList();
        Assert.DoesNotContain(" failed ", result.Output, StringComparison.Ordinal);
        Assert.All(
            [
                "fp16 cuda against", "products ", "graph, ", "encoder, ids JSTS", "tokenizer, ", "shards with parts", "fp32, texts",
                "fp16: first", "operators of ",
            ],
            section => Assert.Contains(names, name => name.StartsWith(section, StringComparison.Ordinal)));
        Assert.True(json.RootElement.GetProperty("fp16 cuda against fp32 cpu: least cosine").GetDouble() > 0.999, result.Output);
        Assert.True(File.Exists(_folder["work/ids-JSTS.json"])); // which the peer reads
    }

    [Fact]
    public async Task Kernels_for_other_GPUs_are_emptied_and_nothing_else_is_touched()
    {
        byte[] library = [.. Enumerable.Repeat((byte)7, 24), .. Container(Entry(80, 5), Entry(90, 6)), .. Enumerable.Repeat((byte)8, 16)];
        await File.WriteAllBytesAsync(_folder["library"], library, TestContext.Current.CancellationToken);

        await RunAsync("prune", "library", "90", "pruned").SucceedAsync();
        var other = await RunAsync("prune", "library", "75", "none");

        byte[] expected = [.. Enumerable.Repeat((byte)7, 24), .. Container(Entry(80, 0), Entry(90, 6)), .. Enumerable.Repeat((byte)8, 16)];
        Assert.Equal(expected, await File.ReadAllBytesAsync(_folder["pruned"], TestContext.Current.CancellationToken));
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("has no kernels for sm_75", other.Error, StringComparison.Ordinal);
    }

    private static byte[] Container(params byte[][] entries)
    {
        var header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xBA55_ED50);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 16);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), (ulong)entries.Sum(entry => entry.Length));
        return [.. header, .. entries.SelectMany(entry => entry)];
    }

    private static byte[] Entry(uint architecture, byte code)
    {
        const int Header = 64, Size = 40;
        var entry = new byte[Header + Size];
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), Header);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(8), Size);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(28), architecture);
        entry.AsSpan(Header).Fill(code);
        return entry;
    }

    private Task<CliResult> RunAsync(params string[] arguments) => CliProcess.RunAsync(
        arguments, _folder.Path, TestContext.Current.CancellationToken,
        environment: new Dictionary<string, string> { ["SIMCSE_BENCHMARK_DRY"] = "1" }, assembly: CliProcess.GpuBenchmarks);
}
