using SimCse.Cli.Cost;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed class EstimateTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IDisposable
{
    private static readonly PlanPrice TwoCores = new(
        "two cores", 2, 4, VcpuHour: 0.1, GibHour: 0.05, GpuHour: 0, GpuTokensPerSecond: null, Instances: 10, "");
    private static readonly PlanPrice Gpu = new(
        "gpu", 8, 10, VcpuHour: 0.1, GibHour: 0.1, GpuHour: 0.2, GpuTokensPerSecond: 16_000, Instances: 2, "");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Time_is_texts_over_rate_and_instances_and_cost_does_not_depend_on_instances()
    {
        var ten = JobEstimate.Create(
            TwoCores, texts: 7_200_000, textsPerVcpuSecond: 50, tokensPerText: 16, gpuTextsPerSecond: null, instances: null);
        var forty = JobEstimate.Create(TwoCores, 7_200_000, 50, 16, null, 40);

        Assert.Equal((100, 10, 2.0), (ten.TextsPerSecond, ten.Instances, ten.Hours)); // 20 hours of one instance
        Assert.Equal(20 * 0.4, ten.Cost, 9);
        Assert.Equal(0.5, forty.Hours);
        Assert.Equal(ten.Cost, forty.Cost, 9);
        Assert.False(ten.IsAssumed);
    }

    [Fact]
    public void A_GPU_has_a_rate_of_its_own_and_says_when_nobody_measured_it()
    {
        Assert.Equal((1000, true, 0.5), Facts(JobEstimate.Create(Gpu, 3_600_000, 50, 16, null, null)));
        Assert.Equal((125, true, 4), Facts(JobEstimate.Create(Gpu, 3_600_000, 50, 128, null, null)));
        Assert.Equal((2000, false, 0.25), Facts(JobEstimate.Create(Gpu, 3_600_000, 50, 16, 2000, null)));

        static (double, bool, double) Facts(JobEstimate estimate) => (estimate.TextsPerSecond, estimate.IsAssumed, estimate.Hours);
    }

    [Fact]
    public void The_price_list_covers_the_hosting_choices_and_says_when_and_from_where()
    {
        var list = PriceList.Read(PriceList.DefaultPath);

        Assert.True(DateOnly.TryParse(list.AsOf, System.Globalization.CultureInfo.InvariantCulture, out _));
        Assert.Equal("assumptions", list.Status);
        Assert.Contains("ASSUMPTIONS", list.Note, StringComparison.Ordinal);
        Assert.All(list.Plans, plan => Assert.NotEmpty(plan.Source));
        Assert.Equal(
            ["containerApps", "containerAppsGpu", "elasticPremium", "flexConsumption"],
            list.Plans.Select(plan => plan.Name.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Files_are_counted_and_their_lengths_shown()
    {
        await File.WriteAllTextAsync(_folder["a.txt"], "猫\n犬が走る\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["b.jsonl"], "{\"text\":\"鳥\"}\n", TestContext.Current.CancellationToken);

        var result = await _folder.RunAsync(["estimate", "a.txt", "b.jsonl", "--rate", "25", "--texts", "3600000"]).SucceedAsync();

        Assert.Contains("2 sources, ", result.Output, StringComparison.Ordinal);
        Assert.Contains("bytes, 3 texts", result.Output, StringComparison.Ordinal);
        Assert.Contains("of 3 sampled: mean 2.0, median 1,", result.Output, StringComparison.Ordinal);
        Assert.Contains("; about 3.3 tokens", result.Output, StringComparison.Ordinal); // 2 and 0.64 a character
        Assert.Contains("For 3,600,000 texts at 25.0 texts/s a vCPU (given), with prices of ", result.Output, StringComparison.Ordinal);
        Assert.Contains(" (assumptions):", result.Output, StringComparison.Ordinal);
        Assert.Matches("elasticPremium EP2 +20 +50 +1.00 ", result.Output); // 3,600,000 ÷ (2 × 25 × 20) seconds
        Assert.Contains("ASSUMPTIONS", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"--prices with a copy of \S+prices\.json, --rate, --gpu-rate", result.Error);
    }

    /// <summary>
    /// Every block that shows a command with a rate of its own; the text around them is for people. With SIMCSE_UPDATE_SNAPSHOTS=1 the
    /// page gets what its commands print now: change a rate there, and run this.
    /// </summary>
    [Fact]
    public async Task The_page_on_cost_shows_what_the_command_prints()
    {
        var path = Path.Combine(RepositoryRoot.Path, "docs", "cost.md");
        var page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var blocks = page.Split("```").Where((_, i) => i % 2 == 1)
            .Select(block => block.Trim().Split('\n')).Where(lines => lines[0].Contains("--rate ", StringComparison.Ordinal)).ToList();
        File.Copy(
            Path.Combine(RepositoryRoot.Path, "samples", "sentences.txt"),
            Path.Combine(Directory.CreateDirectory(_folder["samples"]).FullName, "sentences.txt"));
        foreach (var lines in blocks)
        {
            var result = await _folder.RunAsync(lines[0]["$ simcse ".Length..].Split(' ')).SucceedAsync();
            var printed = result.Output.Trim().Split('\n').Where(
                line => !line.Contains(" sources, ", StringComparison.Ordinal) && !line.StartsWith("characters", StringComparison.Ordinal))
                .Select(line => line.TrimEnd()).ToArray();
            if (Environment.GetEnvironmentVariable("SIMCSE_UPDATE_SNAPSHOTS") == "1")
            {
                page = page.Replace(string.Join('\n', lines), string.Join('\n', [lines[0], .. printed]), StringComparison.Ordinal);
                await File.WriteAllTextAsync(path, page, TestContext.Current.CancellationToken);
            }
            else
            {
                Assert.Equal(lines[1..], printed);
            }
        }

        Assert.Contains(blocks, lines => lines[0].Contains("--texts 1000000000", StringComparison.Ordinal));
    }

    /// <summary>A copy with one price changed, as the command says.</summary>
    [Fact]
    public async Task Prices_of_ones_own_replace_the_defaults()
    {
        await File.WriteAllTextAsync(_folder["a.txt"], "猫\n", TestContext.Current.CancellationToken);
        var own = (await File.ReadAllTextAsync(PriceList.DefaultPath, TestContext.Current.CancellationToken))
            .Replace("\"status\": \"assumptions\"", "\"status\": \"read from the price list\"", StringComparison.Ordinal)
            .Replace("\"vcpuHour\": 0.173", "\"vcpuHour\": 1.73", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder["own.json"], own, TestContext.Current.CancellationToken);

        var result = await _folder.RunAsync(["estimate", "a.txt", "--rate", "50", "--texts", "3600000", "--prices", "own.json"])
            .SucceedAsync();

        Assert.Contains("(read from the price list):", result.Output, StringComparison.Ordinal);
        Assert.Matches("elasticPremium EP2 +20 +100 +0.50 +35.46 ", result.Output); // 10 hours of 2 × 1.73 + 7 × 0.0123
    }

    [Fact]
    public async Task Without_a_rate_it_is_measured_here()
    {
        await File.WriteAllTextAsync(_folder["a.txt"], "猫が寝ている。\n犬が走る。\n", TestContext.Current.CancellationToken);

        var result = await _folder.RunAsync(["estimate", "a.txt", "--model", DemoBundle.Ensure().Folder]).SucceedAsync();

        Assert.Contains(
            $"(measured here: simcse-demo-untrained in fp32 on {Environment.ProcessorCount} processors)", result.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blobs_beyond_the_sample_are_reckoned_from_their_bytes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var storage = JobStorage.Connect(StorageConnection.FromConnectionString(azurite.ConnectionString));
        await storage.EnsureCreatedAsync(cancellation);
        for (var i = 0; i < 8; i++)
        {
            await storage.Texts.GetBlobClient($"many/{i}.txt").UploadAsync(new BinaryData("猫\n犬\n"), overwrite: true, cancellation);
        }

        var corpus = await Corpus.FromBlobsAsync(storage.Texts, "many/", cancellation);

        Assert.Equal((8, 64, 16, false), (corpus.Sources, corpus.Bytes, corpus.Texts, corpus.IsCounted));
        Assert.Equal(8, corpus.Sample.Count);
        var result = await _folder.RunAsync(["estimate", "--prefix", "many/", "--rate", "9", "--connection", azurite.ConnectionString])
            .SucceedAsync();
        Assert.Contains("8 sources, 64 bytes, about 16 texts", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give files or --prefix", "--rate", "5")]
    [InlineData("--rate is 0; expected a number over 0", "a.txt", "--rate", "0")]
    [InlineData("The prices in none.json cannot be read", "a.txt", "--prices", "none.json")]
    public async Task What_cannot_be_reckoned_is_refused(string expected, params string[] arguments)
    {
        await File.WriteAllTextAsync(_folder["a.txt"], "猫\n", TestContext.Current.CancellationToken);
        var result = await _folder.RunAsync(["estimate", .. arguments]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }
}
