using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Jobs.Clients;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;
using Spectre.Console;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse submit</c>: uploads sources and requests their jobs.</summary>
internal sealed class SubmitCommand : CliCommand
{
    private const int Parallelism = 16;

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Text files: .txt or .jsonl, also with .gz.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all")
    {
        Description = "Instead of files, request jobs for all sources in storage, for example after a change of the model.",
    };

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "With --all: do not ask." };

    private readonly Option<bool> _wait =
        new("--wait") { Description = "Wait for the jobs and show how far they are; fails when one of them fails." };
    private readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the source in storage. Default: the file's name.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _normalize = CommonOptions.Normalize();
    private readonly Option<int?> _dimensions = CommonOptions.Dimensions();
    private readonly Option<bool> _noText = CommonOptions.NoText();
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
        Add(_name);
        Add(_normalize);
        Add(_dimensions);
        Add(_noText);
        Add(_maxErrors);
        _connection.AddTo(this);
        Add(_data);
        Add(_json);
        Validators.Add(result =>
        {
            var (all, hasFiles) = (result.GetValue(_all), result.GetValue(_files) is { Length: > 0 });
            if (all == hasFiles || (all && result.GetValue(_name) is not null))
            {
                result.AddError("submit needs either FILE or --all, and --name only with one FILE.");
            }
        });
        Examples =
        [
            "simcse submit texts.txt --wait",
            "simcse submit a.jsonl.gz b.txt --normalize",
            "simcse submit --all --dimensions 256",
            "simcse submit today.txt --name news/2026-11-23.txt --wait",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var sources = context.Get(_all) ? [] : Sources(context);
        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        await client.Storage.EnsureCreatedAsync(context.CancellationToken);
        var submissions = context.Get(_all) ? await SubmitAllAsync(client, context) : [];
        foreach (var (file, source) in sources)
        {
            submissions.Add((source, await SubmitAsync(client, file, source, context)));
        }

        return context.Get(_wait) ? await WaitAsync(client, submissions, context) : Announce(submissions, context);
    }

    /// <summary>Checks all files before anything is uploaded.</summary>
    private List<(string File, string Source)> Sources(CliContext context)
    {
        var (files, name) = (context.Get(_files)!, context.Get(_name));
        if (name is not null && files.Length > 1)
        {
            throw new CliException($"--name is for one file; there are {files.Length}.");
        }

        var sources = files.Select(file => (File: file, Source: name ?? Path.GetFileName(file))).ToList();
        foreach (var (file, source) in sources)
        {
            if (!File.Exists(file))
            {
                throw new CliException(
                    Directory.Exists(file) ? $"'{file}' is a folder; expected a text file." : $"There is no file '{file}'.");
            }

            SourceName.Check(source);
        }

        return sources.CountBy(source => source.Source).FirstOrDefault(group => group.Value > 1) is { Key: { } twice }
            ? throw new CliException(
                $"Two files have the name '{twice}', and a source can have only one; submit them one by one with --name.")
            : sources;
    }

    private async Task<string> SubmitAsync(JobClient client, string file, string source, CliContext context)
    {
        var options = ChosenOptions(context);
        await using var content = File.OpenRead(file);
        context.Terminal.Note(
            string.Create(
                CultureInfo.InvariantCulture, $"Uploading {file} ({content.Length:N0} bytes) as {StorageNames.Texts}/{source} …"));
        await client.UploadAsync(source, content, options, context.Get(_maxErrors), cancellationToken: context.CancellationToken);
        return await client.SubmitAsync(source, options, context.Get(_maxErrors), context.CancellationToken);
    }

    /// <summary>Requests a job for each source in storage. A source that has the very same job already gets no second one.</summary>
    private async Task<List<(string Source, string Submission)>> SubmitAllAsync(JobClient client, CliContext context)
    {
        var (names, bytes) = await client.ListSourcesAsync(context.CancellationToken);
        var what = string.Create(CultureInfo.InvariantCulture, $"{names.Count:N0} sources ({bytes:N0} bytes)");
        if (names.Count == 0 || !(context.Get(_yes) || await ConfirmAsync($"Encode {what}?", context)))
        {
            context.Terminal.Note(names.Count == 0 ? $"There are no sources in '{StorageNames.Texts}'." : "Nothing was submitted.");
            return [];
        }

        context.Terminal.Note($"Submitting {what} …");
        var submissions = new string[names.Count];
        await Parallel.ForAsync(
            0, names.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = context.CancellationToken },
            async (i, token) => submissions[i] = await client.SubmitAsync(names[i], ChosenOptions(context), context.Get(_maxErrors), token));
        return [.. names.Zip(submissions)];
    }

    private static async Task<bool> ConfirmAsync(string question, CliContext context) => Console.IsInputRedirected
        ? throw new CliException($"{question} Add --yes; there is no terminal to ask.")
        : await new ConfirmationPrompt(question) { DefaultValue = false }.ShowAsync(context.Terminal.Err, context.CancellationToken);

    /// <summary>Without any of these options, the app's own options apply.</summary>
    private JobOptions? ChosenOptions(CliContext context) => context.Has(_normalize) || context.Has(_dimensions) || context.Has(_noText)
        ? new JobOptions { Normalize = context.Get(_normalize), Dimensions = context.Get(_dimensions), IncludeText = !context.Get(_noText) }
        : null;

    private int Announce(List<(string Source, string Submission)> submissions, CliContext context)
    {
        foreach (var (source, submission) in submissions)
        {
            context.Terminal.Line(context.Get(_json)
                ? JsonLine.Write(json =>
                {
                    json.WriteString("source", source);
                    json.WriteString("submission", submission);
                })
                : $"Submitted {source}. 'simcse jobs' shows how far it is.");
        }

        return ExitCodes.Success;
    }

    private async Task<int> WaitAsync(JobClient client, List<(string Source, string Submission)> submissions, CliContext context)
    {
        var jobs = submissions.Select(submitted => new WatchedJob(submitted.Source, token => FindAsync(client, submitted, token))).ToList();
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

        foreach (var status in jobs.Select(job => job.Status!))
        {
            if (context.Get(_json))
            {
                context.Terminal.Json(CliJson.Serialize(status));
            }
            else
            {
                context.Terminal.Line(JobText.Outcome(status));
                foreach (var line in JobText.Errors(status))
                {
                    context.Terminal.Warn(line);
                }
            }
        }

        return jobs.All(job => job.Status!.State == JobStatus.Succeeded) ? ExitCodes.Success : Failed(jobs, context);
    }

    private static async Task<string?> FindAsync(
        JobClient client, (string Source, string Submission) submitted, CancellationToken cancellationToken)
    {
        var result = await client.TryGetSubmissionAsync(submitted.Submission, cancellationToken);
        return result is { Job: null }
            ? throw new CliException($"{submitted.Source} could not be planned: {result.Error}")
            : result?.Job;
    }

    private static int Failed(List<WatchedJob> jobs, CliContext context)
    {
        foreach (var status in jobs.Select(job => job.Status!).Where(status => status.State != JobStatus.Succeeded))
        {
            context.Terminal.Error($"{status.Source} {status.State}: {status.Reason ?? "stopped by a user."}");
        }

        return ExitCodes.Failure;
    }
}
