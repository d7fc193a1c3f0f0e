using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Search;
using SimCse.Cli.Storage;

namespace SimCse.Cli.Destinations;

/// <summary>What <c>export</c> and <c>load</c> read: files, the newest versions of sources in storage, or one job.</summary>
internal sealed class VectorInput
{
    private readonly Argument<string[]> _files = new Argument<string[]>("FILES")
    {
        Description = "Parquet files of simcse or of others, .jsonl of 'simcse encode', or folders of them.",
        Arity = ArgumentArity.ZeroOrMore,
    }.NoOptions();

    private readonly Option<string?> _source = new("--source")
    {
        Description = "Instead of FILES: the newest version of this source in storage, or of all sources whose names begin so.",
        HelpName = "SOURCE|PREFIX",
    };

    private readonly Option<string?> _job = new("--job")
    {
        Description = "Instead of FILES: this job in storage.",
        HelpName = "ID",
    };

    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public void AddTo(Command command)
    {
        command.Add(_files);
        command.Add(_source);
        command.Add(_job);
        _connection.AddTo(command);
        command.Add(_data);
        command.Validators.Add(result =>
        {
            bool[] given =
            [
                result.GetValue(_files) is { Length: > 0 }, result.GetValue(_source) is not null, result.GetValue(_job) is not null,
            ];
            if (given.Count(isGiven => isGiven) != 1)
            {
                result.AddError($"{command.Name} needs FILES, --source SOURCE|PREFIX or --job ID: one of them.");
            }
        });
    }

    /// <summary>The files, open, in the order of their rows. They are of one model and have vectors of one length.</summary>
    /// <exception cref="CliException">There are none, or they do not belong together.</exception>
    public async Task<IReadOnlyList<VectorFile>> FindAsync(CliContext context)
    {
        var files = await FindAnyAsync(context);
        ModelCheck.CheckOne(files);
        foreach (var file in files.DistinctBy(file => (file.Source, Job(file)))) // all parts of a job have the same columns
        {
            await file.FindKeptAsync(context.CancellationToken);
        }

        var filled = files.Where(file => file.Dimension > 0).ToList();
        if (filled.Find(file => file.Dimension != filled[0].Dimension) is { } other)
        {
            throw new CliException(
                $"{other.Name} holds vectors of {other.Dimension} components, {filled[0].Name} of {filled[0].Dimension}; expected " +
                "one length.");
        }

        return files.GroupBy(file => file.Source).FirstOrDefault(source => source.DistinctBy(Job).Skip(1).Any()) is { } several
            ? throw new CliException(
                $"There are {several.DistinctBy(Job).Count()} versions of {several.Key}, and none of their folders says which is the " +
                "newest; name the folder of one.")
            : files;
    }

    private static string? Job(VectorFile file) => file.Metadata?.Origin?.Job;

    private async Task<IReadOnlyList<VectorFile>> FindAnyAsync(CliContext context)
    {
        if (context.Get(_files) is { Length: > 0 } paths)
        {
            var files = LocalVectors.Find(paths);
            foreach (var file in files)
            {
                await file.OpenAsync(context.CancellationToken);
            }

            return VersionChoice.Newest(files, context.Terminal.Note);
        }

        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        return context.Get(_job) is { } job
            ? await StoredVectors.OfJobAsync(client, job, context.CancellationToken)
            : await StoredVectors.FindAsync(client, context.Get(_source)!, context.CancellationToken);
    }
}
