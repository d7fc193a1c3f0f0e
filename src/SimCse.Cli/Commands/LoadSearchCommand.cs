using System.CommandLine;
using Azure.Core.Pipeline;
using Azure.Identity;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;
using SimCse.Cli.Output;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse load search</c>: brings an index of Azure AI Search up to date with vectors.</summary>
internal sealed class LoadSearchCommand : CliCommand
{
    private readonly VectorInput _input = new();
    private readonly Option<string> _to = new("--to")
    {
        Description = "The search service: https://NAME.search.windows.net.",
        HelpName = "ADDRESS",
        Required = true,
    };

    private readonly SecretOption _key = new(
        "--api-key", "KEY", "An admin key of the service. Without one, an identity as 'az login' or Azure gives it.", "SIMCSE_SEARCH_KEY");

    private readonly Option<string> _index = new("--index")
    {
        Description = "The index; it is made when it does not exist.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "embeddings",
    };

    private readonly Option<bool> _noText = new("--no-text") { Description = "Leave out the field text." };

    public LoadSearchCommand()
        : base(
            "search",
            "Load vectors into an index of Azure AI Search. Documents of a source are replaced, and those that a new version lacks are " +
            "deleted: loading again is safe.")
    {
        _input.AddTo(this);
        Add(_to);
        _key.AddTo(this);
        Add(_index);
        Add(_noText);
        Examples = ["simcse load search --source news/ --to https://NAME.search.windows.net --index news"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        if (!Uri.TryCreate(context.Get(_to), UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
        {
            throw new CliException($"--to is '{context.Get(_to)}'; expected https://NAME.search.windows.net.");
        }

        HttpPipelinePolicy authentication = _key.Read(context) is { } key ? new AzureKeyPolicy("api-key", key.Value)
            : address.Scheme == "http" ? throw new CliException("--to begins with http; without a key, expected https.")
            : new BearerTokenAuthenticationPolicy(new DefaultAzureCredential(), "https://search.azure.com/.default");
        var files = await _input.FindAsync(context);
        var table = RowTable.Of(files, hasKey: true, hasText: !context.Get(_noText), hasJob: true);
        var index = new SearchIndex(new RestService("Azure AI Search", address, authentication), context.Get(_index)!, table);
        await index.PrepareAsync(context.CancellationToken);
        var rows = 0L;
        foreach (var source in files.GroupBy(file => file.Source))
        {
            var count = await index.ReplaceAsync(source.Key, [.. source], context.CancellationToken);
            context.Terminal.Note($"{source.Key}: {Amount.Of(count, "row")}");
            rows += count;
        }

        context.Terminal.Line($"{Amount.Of(rows, "row")} of {Amount.Of(table.Dimension, "component")} → {context.Get(_index)}");
        return ExitCodes.Success;
    }
}
