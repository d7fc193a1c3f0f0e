using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Destinations;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse load qdrant</c>: brings a collection of Qdrant up to date with vectors.</summary>
internal sealed class LoadQdrantCommand : LoadCommand
{
    private readonly Option<string> _to = new("--to")
    {
        Description = "The address of Qdrant's REST interface, such as http://localhost:6333.",
        HelpName = "ADDRESS",
        Required = true,
    };

    private readonly SecretOption _key = new("--api-key", "KEY", "The key of Qdrant, if it wants one.", "SIMCSE_QDRANT_KEY");

    private readonly Option<string> _collection = new("--collection")
    {
        Description = "The collection; it is made when it does not exist.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "embeddings",
    };

    public LoadQdrantCommand()
        : base(
            "qdrant",
            "Load vectors into a collection of Qdrant. Points of a source are replaced, and those that a new version lacks are deleted: " +
            "loading again is safe.")
    {
        Add(_to);
        _key.AddTo(this);
        Add(_collection);
        Examples = ["simcse load qdrant --source news/ --to http://localhost:6333 --collection news"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var service = Service(
            "Qdrant", context.Get(_to), "such as http://localhost:6333",
            _key.Read(context) is { } key ? [new KeyPolicy("api-key", key.Value)] : []);
        var files = await Input.FindAsync(context);
        var table = Table(files, context, hasKey: false, hasJob: true);
        var collection = new QdrantCollection(service, context.Get(_collection)!, table);
        await collection.PrepareAsync(context.CancellationToken);
        return await ReplaceAsync(
            files, table, context.Get(_collection)!,
            (source, its) => collection.ReplaceAsync(source, its, context.CancellationToken), context);
    }
}
