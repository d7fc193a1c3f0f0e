using System.Text.RegularExpressions;
using Azure.Storage.Blobs.Models;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Storage;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

public sealed partial class DownloadTests(StoredJobs jobs) : IDisposable
{
    private const string Cats = "猫が眠る。\n犬が走る。\n銀行の口座を開く。\n明日は雨が降る。\n花が咲く。\n";

    private readonly TemporaryFolder _folder = new();
    private long _received;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_comes_as_in_storage_with_its_errors_and_the_command_that_shows_it()
    {
        var status = await jobs.RunAsync(
            "news/猫 's $1.jsonl", "{\"text\": \"猫が眠る。\"}\nnot json\n{\"text\": \"犬が走る。\"}\n{\"text\": \"花が咲く。\"}\n");

        var result = await RunAsync("jobs", "download", status.Job).SucceedAsync();

        var folder = $"embeddings/news/猫 's $1.jsonl/{status.Job}";
        Assert.Equal(
            ["_SUCCESS", "_errors/part-00000.jsonl", "part-00000.parquet", "part-00001.parquet"], Files(_folder[folder]));
        Assert.Equal([$"{folder}/part-00000.parquet", $"{folder}/part-00001.parquet"], result.OutputLines());
        Assert.Contains(
            $"1 of 4 texts could not be encoded and has no row; why: {folder}/_errors/part-00000.jsonl", result.Error,
            StringComparison.Ordinal);
        Assert.Equal(
            ["猫が眠る。", "犬が走る。", "花が咲く。"],
            (await QueryNextAsync(result)).Select(row => row[1]));
        Assert.Contains("Everything was there already", (await RunAsync("jobs", "download", status.Job).SucceedAsync()).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_verified_and_merged_and_a_copy_of_it_follows()
    {
        var status = await jobs.RunAsync("merged.jsonl", "{\"text\": \"猫\"}\nnot json\n{\"text\": \"犬\"}\n{\"text\": \"花\"}\n");
        await RunAsync("jobs", "download", status.Job, "-o", "copy").SucceedAsync();
        var right = $"Job {status.Job} of merged.jsonl is right: 4 texts = 3 rows + 1 error, in 2 parts";
        Assert.Contains(right, (await RunAsync("jobs", "verify", status.Job).SucceedAsync()).Output, StringComparison.Ordinal);
        Assert.Contains(right, (await RunAsync("jobs", "verify", "copy").SucceedAsync()).Output, StringComparison.Ordinal);

        var merged = await RunAsync("jobs", "compact", status.Job).SucceedAsync();
        Assert.Contains("Merged 2 parts of job", merged.Output, StringComparison.Ordinal);
        Assert.Contains(
            "stays as it is", (await RunAsync("jobs", "compact", status.Job).SucceedAsync()).Output, StringComparison.Ordinal);
        var found = await RunAsync("similar", "犬", "--source", "merged.jsonl", "-k", "1").SucceedAsync();
        Assert.Contains("犬", found.Output, StringComparison.Ordinal);

        // The copy of before follows: the old files go when the new ones are there.
        await RunAsync("jobs", "download", status.Job, "-o", "copy").SucceedAsync();
        var files = Files(_folder["copy"]).ToList();
        Assert.Equal(3, files.Count);
        Assert.Contains("1 part of", (await RunAsync("jobs", "verify", "copy").SucceedAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(
            [3L], (await DuckDb.QueryAsync($"select count(*) from '{_folder["copy"]}/*.parquet'", Cancellation)).Select(row => row[0]));

        // Something is wrong with it.
        await _folder.WriteAsync("copy/" + files.Single(file => file.EndsWith(".jsonl", StringComparison.Ordinal)), "");
        var wrong = await RunAsync("jobs", "verify", "copy", "--json");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("it has 0 lines; _SUCCESS records 1", wrong.Output, StringComparison.Ordinal);
        var nothing = await RunAsync("jobs", "verify", _folder.Path);
        Assert.Equal(3, nothing.ExitCode);
        Assert.Contains("has no _SUCCESS that simcse wrote", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folder_of_another_job_is_refused_and_stays_as_it_is()
    {
        var (ours, theirs) = (await jobs.RunAsync("refused-1.txt", Cats), await jobs.RunAsync("refused-2.txt", Cats + "鳥が飛ぶ。\n"));
        await DownloadAsync(theirs, "theirs");
        Copy("theirs/part-00001.parquet", "cut off/part-00001.parquet");
        Copy("theirs/part-00000.parquet", "more/part-00007.parquet");
        Copy("theirs/_SUCCESS", "begun/_SUCCESS.partial");
        Directory.CreateDirectory(_folder["spark"]);
        await _folder.WriteAsync("spark/_SUCCESS", "");
        await _folder.WriteAsync("file", "x");

        foreach (var (folder, reason) in new[]
        {
            ("theirs", $"holds the results of job {theirs.Job} (refused-2.txt)"), ("begun", $"holds the results of job {theirs.Job}"),
            ("cut off", "holds 'part-00001.parquet'"), ("more", "holds 'part-00007.parquet'"), ("spark", "that simcse did not write"),
            ("file", "is a file"),
        })
        {
            var before = Files(_folder[folder]);
            var refused = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(ours, folder));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.Refused, refused.ExitCode);
            Assert.Equal(before, Files(_folder[folder]));
        }

        var process = await RunAsync("jobs", "download", ours.Job, "-o", "theirs");
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("Choose another folder with --output", process.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["mine"]);
        await _folder.WriteAsync("mine/notes.txt", "x");
        await DownloadAsync(ours, "mine"); // what is no result is none of our business
    }

    [Fact]
    public async Task Only_what_is_missing_cut_off_or_damaged_is_fetched()
    {
        var status = await jobs.RunAsync("resumed.txt", Cats);
        await DownloadAsync(status, "whole");
        await CheckAsync(status, "whole");
        var bytes = Enumerable.Range(0, 3).Select(shard => new FileInfo(_folder[$"whole/part-{shard:00000}.parquet"]).Length).ToArray();
        Assert.Equal(bytes.Sum(), _received);

        await DownloadAsync(status, "whole");
        Assert.Equal(0, _received);
        File.Delete(_folder["whole/part-00001.parquet"]);
        await DownloadAsync(status, "whole");
        Assert.Equal(bytes[1], _received);
        await DamageAsync("whole/part-00002.parquet");
        await DownloadAsync(status, "whole");
        Assert.Equal(bytes[2], _received);
        await CheckAsync(status, "whole");

        File.Move(_folder["whole/part-00000.parquet"], _folder["whole/part-00000.parquet.partial"]);
        Cut("whole/part-00000.parquet.partial", bytes[0] - 100);
        File.Move(_folder["whole/part-00001.parquet"], _folder["whole/part-00001.parquet.partial"]);
        Cut("whole/part-00001.parquet.partial", bytes[1] - 100);
        await DamageAsync("whole/part-00001.parquet.partial");
        File.Move(_folder["whole/part-00002.parquet"], _folder["whole/part-00002.parquet.partial"]); // killed before it got its name
        File.Move(_folder["whole/_SUCCESS"], _folder["whole/_SUCCESS.partial"]);
        await DownloadAsync(status, "whole");
        Assert.Equal(100 + 100 + bytes[1] + 0, _received);
        await CheckAsync(status, "whole");
    }

    [Fact]
    public async Task A_part_that_is_not_what_success_records_gets_no_name()
    {
        var status = await jobs.RunAsync("changed.txt", Cats);
        var blob = jobs.Client.Storage.Embeddings.GetBlobClient(StorageNames.Part(status.Source, status.Job, 1));
        var content = (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToArray();
        content[50] ^= 1;
        await blob.UploadAsync(BinaryData.FromBytes(content), overwrite: true, Cancellation);

        var refused = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(status, "changed"));

        Assert.Contains("is not what _SUCCESS records", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("_SUCCESS", Files(_folder["changed"]));
        Assert.DoesNotContain(Files(_folder["changed"]), file => file.Contains("part-00001", StringComparison.Ordinal));
        await blob.DeleteAsync(DeleteSnapshotsOption.None, cancellationToken: Cancellation);
        var gone = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(status, "changed"));
        Assert.Contains("was deleted from storage; 'simcse jobs retry", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_complete_job_is_fetched()
    {
        var failed = await jobs.RunAsync("empty.txt", "");
        var result = await RunAsync("jobs", "download", failed.Job);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("is failed; only a job that has succeeded can be fetched", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("jobs", "download")).ExitCode);
        Assert.Equal(2, (await RunAsync("jobs", "download", failed.Job, "--latest", "x")).ExitCode);
        var absent = await RunAsync("jobs", "download", "--latest", "absent/");
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("No source is called 'absent/' or begins so", absent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_leaves_partial_files_and_the_next_run_goes_on()
    {
        var status = await jobs.RunAsync("large.txt", Cats + Cats + Cats);
        await _folder.WriteAsync("texts.txt", string.Join('\n', Enumerable.Range(0, 100).Select(number => $"{number}番目の文です。")));
        var simcse = $"dotnet '{CliProcess.Assembly}' jobs download {status.Job} -o disk/results --connection '{jobs.ConnectionString}'";
        await _folder.WriteAsync("run.sh", $"""
            mkdir disk && mount -t tmpfs -o size=20k none disk || exit 77
            dotnet '{CliProcess.Assembly}' encode texts.txt -o disk/texts.parquet 2>&1; echo "encode $?"
            ls disk
            {simcse} 2>&1; echo "exit $?"
            find disk -type f | sort
            mount -o remount,size=10m disk
            {simcse} 2>&1 >/dev/null; echo "exit $?"
            cp -r disk/results whole
            """);

        var (exitCode, output) = await ShellAsync("unshare -rm sh run.sh || sh -c '[ $? = 77 ] && exit 77'");

        Assert.SkipWhen(
            exitCode == 77 || output.Contains("unshare failed", StringComparison.Ordinal),
            "This user may not mount the small disk that is to be full; CI runs as root, who may.");
        var full = "Error: 'disk/results' cannot be written: the disk is full. What was fetched stays";
        Assert.True(output.Contains(full, StringComparison.Ordinal), output);
        Assert.True(output.Contains("encode 1\nFetching", StringComparison.Ordinal), output); // and nothing is left
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("_SUCCESS\n", output, StringComparison.Ordinal);
        Assert.Contains("exit 1\n", output, StringComparison.Ordinal);
        Assert.EndsWith("exit 0\n", output, StringComparison.Ordinal);
        await CheckAsync(status, "whole");
    }

    /// <summary>Wherever a kill falls: what has its name is whole.</summary>
    [Fact]
    public async Task Kills_leave_partial_files_and_the_next_run_goes_on()
    {
        var status = await jobs.RunAsync("killed.txt", Cats + Cats);
        for (var files = 1; files <= 3; files++)
        {
            using var process = CliProcess.Start(
                ["jobs", "download", status.Job, "-o", "killed", "--connection", jobs.ConnectionString], _folder.Path);
            await Eventually.TrueAsync(
                $"there are {files} files, or all",
                () => Task.FromResult(process.HasExited || Files(_folder["killed"]).Length >= files), Cancellation);
            process.Signal("KILL");
            await process.WaitAsync(Cancellation);
            await CheckAsync(status, "killed", isWhole: false);
        }

        // In this process, at any piece.
        for (var pieces = 1; pieces <= 3; pieces++)
        {
            using var stop = new CancellationTokenSource();
            var left = pieces;
            using var download = new JobDownload(jobs.Client, verify: true, bytes =>
            {
                if (bytes < 0 && Interlocked.Decrement(ref left) == 0)
                {
                    stop.Cancel();
                }
            });
            var folder = _folder[$"stopped-{pieces}"];
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.RunAsync(status, folder, stop.Token));
            await CheckAsync(status, $"stopped-{pieces}", isWhole: false);
            await DownloadAsync(status, $"stopped-{pieces}");
            await CheckAsync(status, $"stopped-{pieces}");
        }

        await DownloadAsync(status, "killed");
        await CheckAsync(status, "killed");
    }

    [Fact]
    public async Task Two_at_once_do_not_fetch_into_one_folder()
    {
        var status = await jobs.RunAsync("twice.txt", Cats);
        Directory.CreateDirectory(_folder["twice"]);
        using var other = new FileStream(_folder["twice/_SUCCESS.partial"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var refused = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(status, "twice"));
        Assert.Contains("Another process fetches into", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("news/a.txt", "news/a.txt")]
    [InlineData("/a.txt", "%2F/a.txt")]
    [InlineData("a//b.txt", "a/%2F/b.txt")]
    [InlineData("100%.txt", "100%25.txt")]
    [InlineData("%2F/a.txt", "%252F/a.txt")]
    [InlineData("../a.txt", "%2E./a.txt")]
    public void A_source_has_a_path_of_its_own_inside(string source, string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows refuses more characters in names, so its paths differ; CI runs on Linux.");
        Assert.Equal(path, LocalPath.Of(source));
    }

    [Fact]
    public void Long_names_are_cut_to_what_a_file_system_allows_and_stay_different()
    {
        var name = string.Concat(Enumerable.Repeat("とても長い名前😀", 20));
        var (one, two) = (LocalPath.Of($"{name}1.txt"), LocalPath.Of($"{name}2.txt"));
        Assert.NotEqual(one, two);
        File.WriteAllText(_folder[one], "x");
        Assert.StartsWith("とても長い名前😀とても長い名前", one, StringComparison.Ordinal);
    }

    internal static string[] Files(string folder) => Directory.Exists(folder)
        ?
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
        ]
        : [];

    private Task<CliResult> RunAsync(params string[] arguments) =>
        _folder.RunAsync([.. arguments, "--connection", jobs.ConnectionString]);

    private async Task DownloadAsync(JobStatus status, string folder)
    {
        _received = 0;
        using var download = new JobDownload(jobs.Client, verify: true, bytes => Interlocked.Add(ref _received, bytes < 0 ? -bytes : 0));
        await download.RunAsync(status, _folder[folder], Cancellation);
    }

    /// <summary>Every file with a name of storage is as it is there; a whole folder has all of them and no others.</summary>
    private async Task CheckAsync(JobStatus status, string folder, bool isWhole = true)
    {
        var (found, expected) = (Files(_folder[folder]), new List<string>());
        await foreach (var blob in jobs.Client.Storage.Embeddings.GetBlobsAsync(new() { Prefix = status.Output }, Cancellation))
        {
            var name = blob.Name[status.Output!.Length..];
            expected.Add(name);
            if (found.Contains(name))
            {
                var content = await jobs.Client.Storage.Embeddings.GetBlobClient(blob.Name).DownloadContentAsync(Cancellation);
                Assert.Equal(content.Value.Content.ToArray(), await File.ReadAllBytesAsync(_folder[$"{folder}/{name}"], Cancellation));
            }
        }

        if (isWhole || found.Contains("_SUCCESS"))
        {
            Assert.Equal(expected.Order(StringComparer.Ordinal), found);
        }
    }

    /// <summary>Runs the SQL of the command that is shown last.</summary>
    private async Task<List<object?[]>> QueryNextAsync(CliResult result)
    {
        var sql = NextQuery().Match(result.Error).Groups[1].Value.Replace("'\\''", "'", StringComparison.Ordinal);
        return await DuckDb.QueryAsync(sql.Replace("embeddings/", _folder["embeddings/"], StringComparison.Ordinal), Cancellation);
    }

    private async Task<(int ExitCode, string Output)> ShellAsync(string command)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", command + " 2>&1"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, output);
    }

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[to])!);
        File.Copy(_folder[from], _folder[to]);
    }

    private void Cut(string file, long bytes)
    {
        using var stream = File.OpenWrite(_folder[file]);
        stream.SetLength(bytes);
    }

    private async Task DamageAsync(string file)
    {
        var bytes = await File.ReadAllBytesAsync(_folder[file], Cancellation);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(_folder[file], bytes, Cancellation);
    }

    [GeneratedRegex("""Next: duckdb -c ['"](.*)['"]$""", RegexOptions.Multiline)]
    private static partial Regex NextQuery();
}
