using System.CommandLine;
using Azure.Core.Pipeline;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;
using SimCse.Cli.Output;
using SimCse.Cli.Search;

namespace SimCse.Cli.Commands;

/// <summary>What the commands of <c>simcse load</c> have in common.</summary>
internal abstract class LoadCommand : CliCommand
{
    private readonly Option<bool> _noText = new("--no-text") { Description = "Leave out the texts." };

    protected LoadCommand(string name, string description)
        : base(name, description)
    {
        Input.AddTo(this);
        Add(_noText);
    }

    protected VectorInput Input { get; } = new();

    /// <exception cref="CliException">There is no row, and so no number of components to make a place for.</exception>
    protected RowTable Table(IReadOnlyList<VectorFile> files, CliContext context, bool hasKey, bool hasJob) =>
        RowTable.Of(files, hasKey, !context.Get(_noText), hasJob) is { Dimension: > 0 } table
            ? table
            : throw new CliException($"{files[0].Name} holds no rows; there is nothing to load.");

    /// <summary>Reads the address of a service, and what its requests are proved with.</summary>
    protected static RestService Service(string name, string? address, string expected, params HttpPipelinePolicy[] authentication) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? new RestService(name, uri, authentication)
            : throw new CliException($"--to is '{address}'; expected {expected}.");

    /// <summary>Puts the rows of each source in the place of those that are there.</summary>
    protected static async Task<int> ReplaceAsync(
        IReadOnlyList<VectorFile> files, RowTable table, string target, Func<string, IReadOnlyList<VectorFile>, Task<long>> replace,
        CliContext context)
    {
        var rows = 0L;
        foreach (var source in files.GroupBy(file => file.Source))
        {
            var count = await replace(source.Key, [.. source]);
            context.Terminal.Note($"{source.Key}: {Amount.Of(count, "row")}");
            rows += count;
        }

        context.Terminal.Line($"{Amount.Of(rows, "row")} of {Amount.Of(table.Dimension, "component")} → {target}");
        return ExitCodes.Success;
    }
}
