using System.Text.Json;
using SimCse.Cli.Search;
using SimCse.Cli.Storage;
using SimCse.Inference;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>The search itself, in this process, and over the results of jobs.</summary>
public sealed class SearchTests(StoredJobs jobs) : IDisposable
{
    private const int Dimension = 8;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scores_are_cosines_whether_vectors_have_length_1_or_not(bool centres)
    {
        var random = new Random(7);
        var vectors = Enumerable.Range(0, 3_000).Select(_ => Vector(random)).ToList();
        await WriteAsync("raw.jsonl", vectors.Take(1_500));
        await WriteAsync("raw2.jsonl", vectors.Skip(1_500), first: 1_500);
        await WriteAsync("unit.jsonl", vectors.Select(Unit));
        var queries = new EncodedTexts(40, Dimension);
        foreach (var i in Enumerable.Range(0, queries.Count))
        {
            Vector(random).CopyTo(queries.Vectors, i * Dimension);
        }

        var raw = await FindAsync(["raw.jsonl", "raw2.jsonl"], queries, centres);
        var unit = await FindAsync(["unit.jsonl"], queries, centres);

        var mean = Enumerable.Range(0, Dimension).Select(i => centres ? vectors.Average(vector => Unit(vector)[i]) : 0).ToArray();
        foreach (var query in Enumerable.Range(0, queries.Count))
        {
            var wanted = Minus(queries[query].ToArray());
            var expected = vectors.Select(vector => Cosine(Minus(vector), wanted)).OrderDescending().Take(5).ToList();
            Assert.Equal(
                expected, raw[query].Select(neighbour => (double)neighbour.Score), (one, other) => Math.Abs(one - other) < 1e-5);
            Assert.Equal(raw[query].Select(neighbour => neighbour.Id), unit[query].Select(neighbour => neighbour.Id));
        }

        float[] Minus(float[] vector) => [.. Unit(vector).Zip(mean, (component, middle) => component - middle)];
    }

    [Fact]
    public async Task Of_several_versions_of_a_source_the_newest_is_searched_and_that_is_said()
    {
        var first = await jobs.RunAsync("versions/a.txt", "猫が眠る。\n犬が走る。\n");
        var second = await jobs.RunAsync("versions/a.txt", "猫が眠る。\n");
        await DownloadAsync(first, second);

        var (chosen, told) = await ChooseAsync();
        Assert.Equal([second.Job], chosen);
        Assert.Equal([$"There are 2 versions of versions/a.txt; only the newest is read, of job {second.Job}."], told);
        var latest = (await jobs.Client.TryGetLatestAsync("versions/a.txt", Cancellation))!.Content.ToString();
        Directory.CreateDirectory(_folder["_latest/versions"]);
        await _folder.WriteAsync("_latest/versions/a.txt.json", latest.Replace(second.Job, first.Job, StringComparison.Ordinal));
        Assert.Equal([first.Job], (await ChooseAsync()).Jobs);
        File.Delete(_folder["_latest/versions/a.txt.json"]);
        File.Delete(_folder[$"versions/{second.Job}/_SUCCESS"]);
        var (all, said) = await ChooseAsync();
        Assert.Equal(2, all.Length);
        Assert.Contains("all are read", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_is_searched_in_the_newest_versions_of_one_source_or_of_many()
    {
        await jobs.RunAsync("stored/a.txt", "猫が眠る。\n犬が走る。\n花が咲く。\n");
        await jobs.RunAsync("stored/a.txt", "鳥が飛ぶ。\n犬が走る。\n花が咲く。\n", new JobOptions { Normalize = true });
        await jobs.RunAsync("stored/b.txt", "猫が眠る。\n", new JobOptions { Dimensions = 100 });

        var rows = await SimilarAsync("--source", "stored/", "猫が眠る。", "犬が走る。", "-k", "1");
        Assert.Equal(["stored/b.txt", "stored/a.txt"], rows.Select(row => row.GetProperty("source").GetString()));
        Assert.All(rows, row => Assert.Equal(1f, row.GetProperty("score").GetSingle(), 1e-4f));
        rows = await SimilarAsync("--source", "stored/a.txt", "猫が眠る。", "-k", "10", "--center");
        Assert.Equal(3, rows.Count);
        Assert.DoesNotContain("猫が眠る。", rows.Select(row => row.GetProperty("text").GetString()));
        var absent = await _folder.RunAsync("similar", "猫", "--source", "absent", "--connection", jobs.ConnectionString);
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("No source is called 'absent' or begins so", absent.Error, StringComparison.Ordinal);
    }

    private static float[] Vector(Random random) => [.. Enumerable.Range(0, Dimension).Select(i => 3 + random.NextSingle() * (i + 1))];

    private static float[] Unit(float[] vector)
    {
        var length = Math.Sqrt(vector.Sum(component => (double)component * component));
        return [.. vector.Select(component => (float)(component / length))];
    }

    private static double Cosine(float[] one, float[] other) =>
        one.Zip(other, (a, b) => (double)a * b).Sum()
        / Math.Sqrt(one.Sum(a => (double)a * a) * other.Sum(b => (double)b * b));

    private async Task<IReadOnlyList<IReadOnlyList<Neighbour>>> FindAsync(string[] files, EncodedTexts queries, bool centres)
    {
        var vectors = LocalVectors.Find(files.Select(file => _folder[file]));
        foreach (var file in vectors)
        {
            await file.OpenAsync(Cancellation);
        }

        var search = new VectorSearch(vectors);
        return await search.NearestAsync(queries, 5, centres ? (await search.MeanAsync(Cancellation)).Mean : null, Cancellation);
    }

    private Task WriteAsync(string file, IEnumerable<float[]> vectors, int first = 0) => File.WriteAllLinesAsync(
        _folder[file], vectors.Select((embedding, i) => JsonSerializer.Serialize(new { id = first + i, embedding })), Cancellation);

    private async Task DownloadAsync(params JobStatus[] versions)
    {
        using var download = new JobDownload(jobs.Client, verify: false);
        foreach (var version in versions)
        {
            await download.RunAsync(version, _folder[$"versions/{version.Job}"], Cancellation);
        }
    }

    private async Task<(string[] Jobs, List<string> Said)> ChooseAsync()
    {
        var files = LocalVectors.Find([_folder["versions"]]);
        foreach (var file in files)
        {
            await file.OpenAsync(Cancellation);
        }

        var said = new List<string>();
        var chosen = VersionChoice.Newest(files, sentence => said.Add(sentence.Split(" To read")[0]));
        return ([.. chosen.Select(file => file.Metadata!.Origin!.Job).Distinct()], said);
    }

    private async Task<List<JsonElement>> SimilarAsync(params string[] arguments)
    {
        var result = await _folder.RunAsync(["similar", .. arguments, "--json", "--connection", jobs.ConnectionString]).SucceedAsync();
        return [.. result.OutputLines().Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
