using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse submit</c>: uploads sources and requests their jobs.</summary>
internal sealed class SubmitCommand : CliCommand
{
    private const int Parallelism = 16;

    /// <summary>The most sources that have a line each in the output for people.</summary>
    private const int MaxLines = 20;

    private readonly Argument<string[]> _files = new("PATH")
    {
        Description = "Text files (.txt or .jsonl, also with .gz), folders with all such files below them, patterns such as " +
            "'a/**/*.txt', or - for standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all")
    {
        Description = "Instead of files, request jobs for all sources in storage, for example after a change of the model.",
    };

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "With --all: do not ask." };

    private readonly Option<bool> _wait =
        new("--wait") { Description = "Wait for the jobs and show how far they are; fails when one of them fails." };
    private readonly Option<bool> _dryRun =
        new("--dry-run") { Description = "Read the files and show their texts, shards and time, and submit nothing." };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the source in storage, or with a slash at its end a folder for all of them. Default: the file's name, and " +
            "for what lies in a folder its path there.",
        HelpName = "NAME",
    };

    private readonly Option<SourceKind> _format = CommonOptions.Format();
    private readonly OutputOptions _options = new();
    private readonly PromptOptions _prompt = new();
    private readonly Option<ErrorLimit?> _maxErrors = MaxErrorsOption.Create("a job");
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();
    private readonly Option<bool> _json = CommonOptions.Json("the submissions, or with --wait the jobs,");

    public SubmitCommand()
        : base("submit", "Upload text files and have a Functions app encode them.")
    {
        Add(_files.NoOptions());
        Add(_all);
        Add(_yes);
        Add(_wait);
        Add(_dryRun);
        Add(_name);
        Add(_format);
        _options.AddTo(this);
        _prompt.AddTo(this);
        Add(_maxErrors);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Validators.Add(result =>
        {
            var (all, hasFiles) = (result.GetValue(_all), result.GetValue(_files) is { Length: > 0 });
            if (all == hasFiles || (all && result.GetValue(_name) is not null))
            {
                result.AddError("submit needs either PATH or --all, and --name only with PATH.");
            }
        });
        Examples =
        [
            "simcse submit texts.txt --wait",
            "simcse submit corpus --name corpus/ --dry-run",
            "simcse submit a.jsonl.gz b.txt --normalize --max-errors 1%",
            "simcse submit passages.jsonl --prompt-name passage",
            "simcse submit --all --dimensions 256",
            "simcse submit today.txt --name news/2026-11-23.txt --wait",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        // What is wrong with the arguments is said first, whatever the app's patterns are.
        var files = context.Get(_all) ? null : Find(new SourceFilter(exclude: ""), context);
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        var submissions = new List<(string Source, string Submission)>();
        var failures = 0;
        if (files is null)
        {
            submissions = await SubmitAllAsync(client, context);
        }
        else
        {
            files = Find((await client.GetSettingsAsync(context.CancellationToken)).ToFilter(), context);
            if (context.Get(_dryRun))
            {
                return await SubmitDryRun.RunAsync(
                    files, context.Get(_format), Chosen(context) ?? new JobOptions(), client, context);
            }

            await client.Storage.EnsureCreatedAsync(context.CancellationToken);
            (submissions, failures) = await SubmitAsync(client, files, context);
        }

        var exitCode = submissions.Count == 0 ? ExitCodes.Success
            : context.Get(_wait) ? await WaitAsync(client, submissions, context)
            : Announce(submissions, context);
        return failures > 0 ? ExitCodes.Failure : exitCode;
    }

    private JobOptions? Chosen(CliContext context) => (_options.Chosen(context), _prompt.Text(context), _prompt.Name(context)) switch
    {
        (var options, null, null) => options,
        var (options, prompt, name) => (options ?? new JobOptions()) with { Prompt = prompt, PromptName = name },
    };

    private SubmittedFiles Find(SourceFilter filter, CliContext context) =>
        SubmittedFiles.Find(context.Get(_files)!, context.Get(_name), context.Get(_format), filter);

    /// <summary>Uploads files, many at once. One that cannot be read keeps no other from its job.</summary>
    private async Task<(List<(string Source, string Submission)> Submissions, int Failures)> SubmitAsync(
        JobClient client, SubmittedFiles files, CliContext context)
    {
        var what = files.Files is [var one] ? $"{one.Path} as {StorageNames.Texts}/{one.Source}" : Amount.Of(files.Files.Count, "file");
        context.Terminal.Note($"Uploading {what} …");
        if (files.DescribeIgnored() is { Length: > 0 } ignored)
        {
            context.Terminal.Note(ignored);
        }

        var submissions = new (string Source, string? Submission)[files.Files.Count];
        await UploadProgress.ShowAsync(context.Terminal, files.Files.Count, progress => Parallel.ForAsync(
            0, files.Files.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = context.CancellationToken },
            async (i, token) =>
            {
                submissions[i] = await TrySubmitAsync(client, files.Files[i], context, token);
                progress.Add();
            }));
        var done = submissions.Where(submitted => submitted.Submission is not null).ToList();
        return ([.. done.Select(submitted => (submitted.Source, submitted.Submission!))], submissions.Length - done.Count);
    }

    private async Task<(string Source, string? Submission)> TrySubmitAsync(
        JobClient client, SubmittedFile file, CliContext context, CancellationToken cancellationToken)
    {
        FileStream content;
        try
        {
            content = file.Path == TextInput.StandardInput ? await TextInput.SpoolAsync(cancellationToken) : File.OpenRead(file.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Terminal.Error($"'{file.Path}' cannot be read and was not submitted: {SystemError.Describe(e)}.");
            return (file.Source, null);
        }

        await using var _ = content;
        var source = file.Path == TextInput.StandardInput && SourceFormat.TryFromName(file.Source) is { IsCompressed: false }
            ? file.Source + (await TextInput.FormatAsync(content, context.Get(_format), cancellationToken)).CompressionEnding
            : file.Source;
        content.Position = 0;
        var (options, limit) = (Chosen(context), context.Get(_maxErrors));
        await client.UploadAsync(source, content, options, limit, cancellationToken: cancellationToken);
        return (source, await client.SubmitAsync(source, options, limit, cancellationToken));
    }

    /// <summary>Requests a job for each source in storage. A source that has the very same job already gets no second one.</summary>
    private async Task<List<(string Source, string Submission)>> SubmitAllAsync(JobClient client, CliContext context)
    {
        await client.Storage.EnsureCreatedAsync(context.CancellationToken);
        var (names, bytes, ignored) = await client.ListSourcesAsync(context.CancellationToken);
        var other = ignored > 0 ? $"; {Amount.Of(ignored, "other blob")} {(ignored == 1 ? "is" : "are")} ignored" : "";
        var what = $"{Amount.Of(names.Count, "source")} ({Amount.Of(bytes, "byte")}{other})";
        if (context.Get(_dryRun))
        {
            context.Terminal.Line($"{what} would be submitted. Nothing was.");
            return [];
        }

        if (names.Count == 0 || !(context.Get(_yes) || await Confirmation.AskAsync($"Encode {what}?", context)))
        {
            context.Terminal.Note(names.Count == 0 ? $"There are no sources in '{StorageNames.Texts}'." : "Nothing was submitted.");
            return [];
        }

        context.Terminal.Note($"Submitting {what} …");
        var submissions = new string[names.Count];
        await Parallel.ForAsync(
            0, names.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = context.CancellationToken },
            async (i, token) =>
                submissions[i] = await client.SubmitAsync(names[i], Chosen(context), context.Get(_maxErrors), token));
        return [.. names.Zip(submissions)];
    }

    private int Announce(List<(string Source, string Submission)> submissions, CliContext context)
    {
        foreach (var (source, submission) in context.Get(_json) ? submissions : submissions.Take(MaxLines))
        {
            context.Terminal.Line(context.Get(_json)
                ? JsonLine.Write(json =>
                {
                    json.WriteString("source", source);
                    json.WriteString("submission", submission);
                })
                : $"Submitted {source}. 'simcse jobs {submission}' shows how far it is.");
        }

        if (submissions.Count > 1 && !context.Get(_json))
        {
            context.Terminal.Line(
                $"Submitted {Amount.Of(submissions.Count)} sources in all. 'simcse jobs --watch' shows how far they are.");
        }

        return ExitCodes.Success;
    }

    private async Task<int> WaitAsync(JobClient client, List<(string Source, string Submission)> submissions, CliContext context)
    {
        var jobs = submissions.Select(submitted => new WatchedJob(
            submitted.Source, token => client.TryGetSubmissionAsync(submitted.Submission, token))).ToList();
        try
        {
            await new JobProgress(context.Terminal, client).WaitAsync(jobs, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            context.Terminal.Note(
                "No longer waiting; the work goes on. 'simcse jobs' shows how far it is, 'simcse jobs cancel ID' stops it.");
            throw;
        }

        return Show(jobs, context);
    }

    private int Show(List<WatchedJob> jobs, CliContext context)
    {
        foreach (var archive in jobs.Select(job => job.Unpacked).OfType<UnpackedZip>())
        {
            context.Terminal.Line($"{archive.Source}: {archive.Describe()} 'simcse jobs' shows their jobs.");
        }

        List<JobStatus> finished = [.. jobs.Select(job => job.Status).OfType<JobStatus>()];
        var isLong = finished.Count > MaxLines && !context.Get(_json);
        foreach (var status in isLong ? [] : finished)
        {
            if (context.Get(_json))
            {
                context.Terminal.Json(CliJson.Serialize(status));
                continue;
            }

            context.Terminal.Line(JobText.Outcome(status));
            foreach (var line in JobText.Errors(status))
            {
                context.Terminal.Warn(line);
            }
        }

        if (isLong)
        {
            context.Terminal.Line(JobText.Outcome(finished));
        }

        var succeeded = finished.FindAll(status => status.State == JobStatus.Succeeded);
        if (succeeded.Count > 0 && !context.Get(_json))
        {
            context.Terminal.Note("Next:");
            foreach (var command in NextCommand.AfterJobs(succeeded, Elsewhere(context)))
            {
                context.Terminal.Note($"  {command}");
            }
        }

        return Fail(jobs, context);
    }

    /// <summary>The option that names the storage account in the next command, as far as it may be shown.</summary>
    private string Elsewhere(CliContext context) =>
        context.Has(_data) ? $"--data {NextCommand.Argument(context.Get(_data)!)}" : "";

    private static int Fail(List<WatchedJob> jobs, CliContext context)
    {
        List<string> failures =
        [
            .. jobs.Where(job => job.Problem is not null).Select(job => $"{job.Name} could not be planned: {job.Problem}"),
            .. jobs.Select(job => job.Status).OfType<JobStatus>().Where(status => status.State != JobStatus.Succeeded)
                .Select(status => $"{status.Source} {status.State}: {status.Reason ?? "stopped by a user."}"),
        ];
        foreach (var failure in failures.Take(MaxLines))
        {
            context.Terminal.Error(failure);
        }

        if (failures.Count > MaxLines)
        {
            context.Terminal.Error(
                $"{Amount.Of(failures.Count - MaxLines, "more job")} did not succeed; 'simcse jobs --state failed' shows them.");
        }

        return failures.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
