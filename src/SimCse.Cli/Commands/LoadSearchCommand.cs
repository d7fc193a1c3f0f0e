using System.CommandLine;
using Azure.Core.Pipeline;
using Azure.Identity;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse load search</c>: brings an index of Azure AI Search up to date with vectors.</summary>
internal sealed class LoadSearchCommand : LoadCommand
{
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

    public LoadSearchCommand()
        : base(
            "search",
            "Load vectors into an index of Azure AI Search. Documents of a source are replaced, and those that a new version lacks are " +
            "deleted: loading again is safe.")
    {
        Add(_to);
        _key.AddTo(this);
        Add(_index);
        Examples = ["simcse load search --source news/ --to https://NAME.search.windows.net --index news"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var to = context.Get(_to)!;
        HttpPipelinePolicy authentication = _key.Read(context) is { } key ? new KeyPolicy("api-key", key.Value)
            : to.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
                ? throw new CliException("--to begins with http; without a key, expected https.")
            : new BearerTokenAuthenticationPolicy(new DefaultAzureCredential(), "https://search.azure.com/.default");
        var service = Service("Azure AI Search", to, "https://NAME.search.windows.net", authentication);
        var files = await Input.FindAsync(context);
        var table = Table(files, context, hasKey: true, hasJob: true);
        var index = new SearchIndex(service, context.Get(_index)!, table);
        await index.PrepareAsync(context.CancellationToken);
        return await ReplaceAsync(
            files, table, context.Get(_index)!, (source, its) => index.ReplaceAsync(source, its, context.CancellationToken), context);
    }
}
