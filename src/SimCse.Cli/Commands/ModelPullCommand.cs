using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Progress;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Models;
using SimCse.Models.Pull;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse model pull</c>: fetches a published model and its dictionary, and imports them.</summary>
internal sealed class ModelPullCommand : CliCommand
{
    /// <summary>The environment variable in which Hugging Face's own tools look for a mirror.</summary>
    private const string HubVariable = "HF_ENDPOINT";

    private readonly Argument<string> _name = new("NAME")
    {
        Description = $"The model on the Hugging Face hub. Default: {ModelPuller.DefaultModel} (CC BY-SA 4.0).",
        DefaultValueFactory = _ => ModelPuller.DefaultModel,
    };

    private readonly Option<string> _revision =
        new("--revision") { Description = "Branch, tag or commit.", DefaultValueFactory = _ => "main" };
    private readonly Option<Uri?> _from = Address(
        "--from", $"Address of a mirror of the hub. Default: {HubVariable}, else https://huggingface.co.");
    private readonly Option<Uri?> _dictionaryFrom = Address(
        "--dictionary-from", "Another address of unidic-lite-1.0.8.tar.gz; its SHA-256 is checked.");
    private readonly Option<Uri?> _ipadicFrom = Address(
        "--ipadic-from", "Another address of ipadic-1.0.0.tar.gz; its SHA-256 is checked.");
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Folder for the bundle. Default: one with the model's name, among the user's models.",
        HelpName = "BUNDLE",
    };

    private readonly ImportArguments _import = new();
    private readonly Option<bool> _json = CommonOptions.Json("where the bundle is");

    public ModelPullCommand()
        : base(
            "pull",
            "Fetch a published model and the MeCab dictionary that it needs, and import them. Goes on where an earlier pull stopped.")
    {
        Add(_name);
        Add(_revision);
        Add(_from);
        Add(_dictionaryFrom);
        Add(_ipadicFrom);
        Add(_output);
        _import.AddTo(this);
        Add(_json);
        Examples = ["simcse model pull", "simcse model pull -o bundle --standard"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var (dictionaryName, dictionaryFolder) = _import.Dictionary(context);
        var options = new ModelPullerOptions
        {
            UnidicLite = context.Get(_dictionaryFrom),
            Ipadic = context.Get(_ipadicFrom),
            DictionaryName = dictionaryName,
            SkipDictionary = dictionaryFolder is not null,
        };
        options = (context.Get(_from) ?? HubOfEnvironment()) is { } hub ? options with { Hub = hub } : options;
        using var http = new HttpClient();
        http.DefaultRequestHeaders.UserAgent.ParseAdd("simcse");
        var pulled = await PullBars.ShowAsync(
            context.Terminal,
            progress => new ModelPuller(http, options).PullAsync(
                context.Get(_name)!, context.Get(_revision)!, progress, context.CancellationToken));

        var import = _import.Read(context);
        import = import with
        {
            Name = pulled.Name,
            Licence = pulled.Licence,
            FetchedDictionaries = pulled.Dictionaries,
        };
        var folder = context.Get(_output) ?? Path.Combine(UserCache.Models, pulled.Name.Replace("/", "--", StringComparison.Ordinal));
        var bundle = await new Phases(context.Terminal).RunAsync(
            $"Importing commit {pulled.Commit}", () =>
                Task.Run(() => ModelImporter.Import(pulled.Folder, folder, import), context.CancellationToken));
        await BundleReport.WriteAsync(bundle, pulled.Folder, context.Terminal, context.Get(_json), context.CancellationToken);
        return ExitCodes.Success;
    }

    private static Uri? HubOfEnvironment() => Environment.GetEnvironmentVariable(HubVariable) is not { Length: > 0 } value ? null
        : Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
        : throw new CliException($"The variable {HubVariable} is '{value}'; expected an address that begins with https://.");

    private static Option<Uri?> Address(string name, string description)
    {
        var option = new Option<Uri?>(name)
        {
            Description = description,
            HelpName = "URL",
            CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address)
                && address.Scheme is "http" or "https" ? address : null,
        };
        option.Validators.Add(result =>
        {
            if (!Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                result.AddError($"{name} is '{result.Tokens[0].Value}'; expected an address that begins with https://.");
            }
        });
        return option;
    }
}
