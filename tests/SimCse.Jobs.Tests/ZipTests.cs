using System.IO.Compression;
using System.Text;
using SimCse.Jobs.Clients;
using SimCse.Jobs.State;
using SimCse.Jobs.Upkeep;
using SimCse.Testing;

namespace SimCse.Jobs.Tests;

/// <summary>The members of a zip archive are sources of their own.</summary>
[Collection(nameof(JobRig))]
public sealed class ZipTests(AzuriteFixture azurite, DemoBundle demo)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_become_sources_with_their_names_and_the_options_of_the_archive()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var zip = Zip(
            CodePagesEncodingProvider.Instance.GetEncoding(932)!,
            ("表\\ソ.txt", "猫\n"), ("日本語/b.csv", "id,text\n1,犬\n"), ("日本語/", ""), ("c.pdf", "x"), ("__MACOSX/._a.txt", "x"),
            ("../up.txt", "x"), ("/root.txt", "x"), ("in.zip", "x"));
        var source = await rig.UploadAsync(zip, "zip", new JobOptions { Normalize = true });

        var submission = await rig.Client.SubmitAsync(source, cancellationToken: Cancellation);
        await rig.DrainAsync();

        var answer = (await rig.Client.TryGetSubmissionAsync(submission, Cancellation))!;
        Assert.Equal((null, null), (answer.Job, answer.Error));
        Assert.Equal([$"{source}/表/ソ.txt", $"{source}/日本語/b.csv"], answer.Unpacked!.Sources);
        Assert.Equal(5, answer.Unpacked.Ignored.Count);
        Assert.Contains("'in.zip' (an archive in an archive)", answer.Unpacked.Ignored);
        Assert.Contains("'../up.txt' (it points out of the archive)", answer.Unpacked.Ignored);
        var jobs = (await rig.Client.ListAsync(cancellationToken: Cancellation)).Where(
            job => job.Source.StartsWith(source, StringComparison.Ordinal)).OrderBy(job => job.Source, StringComparer.Ordinal).ToList();
        Assert.Equal(answer.Unpacked.Sources.Order(StringComparer.Ordinal), jobs.Select(job => job.Source));
        Assert.All(jobs, job => Assert.Equal((JobStatus.Succeeded, true), (job.State, job.Options!.Normalize)));
        Assert.Equal(["2:1:犬"], await rig.RowsAsync(jobs[0].Source.EndsWith("csv", StringComparison.Ordinal) ? jobs[0] : jobs[1]));
    }

    [Fact]
    public async Task An_encrypted_member_is_ignored_and_said()
    {
        const int FlagsInDirectory = 8;
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var zip = Zip(Encoding.UTF8, ("a.txt", "猫\n"), ("b.txt", "犬\n"));
        zip[zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + FlagsInDirectory] |= 1;
        var source = await rig.UploadAsync(zip, "zip");

        var submission = await rig.Client.SubmitAsync(source, cancellationToken: Cancellation);
        await rig.DrainAsync();

        var unpacked = (await rig.Client.TryGetSubmissionAsync(submission, Cancellation))!.Unpacked!;
        Assert.Equal($"{source}/a.txt", Assert.Single(unpacked.Sources));
        Assert.Equal("'b.txt' (encrypted)", Assert.Single(unpacked.Ignored));
    }

    [Fact]
    public async Task An_archive_is_unpacked_once_a_version_and_Reconcile_leaves_it_alone()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder, time: new Later());
        await rig.EmptyAsync();
        var source = $"{Guid.NewGuid():N}.zip";
        await rig.UploadAsync(source, Zip(Encoding.UTF8, ("a.txt", "猫\n")));
        await rig.PlanJob.RunAsync($$"""{"source":"{{source}}"}""", Cancellation);
        await rig.PlanJob.RunAsync($$"""{"source":"{{source}}"}""", Cancellation);
        Assert.Equal(1, (await rig.CountMessagesAsync()).Plan);
        await rig.DrainAsync();

        await rig.Get<Reconcile>().RunAsync(Cancellation);
        Assert.Equal((0, 0), await rig.CountMessagesAsync());

        await rig.UploadAsync(source, Zip(Encoding.UTF8, ("a.txt", "犬\n")));
        await rig.PlanJob.RunAsync($$"""{"source":"{{source}}"}""", Cancellation);
        await rig.DrainAsync();
        var content = await rig.Storage.Texts.GetBlobClient($"{source}/a.txt").DownloadContentAsync(Cancellation);
        Assert.Equal("犬\n", content.Value.Content.ToString());
    }

    [Fact]
    public async Task What_is_no_archive_or_holds_no_source_fails_with_the_reason()
    {
        var rig = await JobRig.StartAsync(azurite, demo.Encoder);
        var whole = Zip(Encoding.UTF8, ("a.txt", string.Concat(Enumerable.Range(0, 3_000).Select(line => $"{line * line}\n"))));

        await FailsAsync(whole[..^30], "is no whole zip archive");
        await FailsAsync("猫"u8.ToArray(), "is no whole zip archive");
        await FailsAsync(Zip(Encoding.UTF8, ("a.pdf", "x")), "No member of the archive is a source; expected names that end in .txt");
        whole.AsSpan(60, 50).Clear();
        await FailsAsync(whole, "is no whole zip archive");

        async Task FailsAsync(byte[] content, string reason)
        {
            var job = await rig.RunAsync(await rig.UploadAsync(content, "zip"));
            Assert.Equal(JobStatus.Failed, job.State);
            Assert.Contains(reason, job.Reason, StringComparison.Ordinal);
        }
    }

    private static byte[] Zip(Encoding names, params (string Name, string Content)[] members)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true, names))
        {
            foreach (var (name, content) in members)
            {
                using var member = zip.CreateEntry(name).Open();
                member.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return bytes.ToArray();
    }

    /// <summary>An hour later, when no source is fresh.</summary>
    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromHours(1);
    }
}
