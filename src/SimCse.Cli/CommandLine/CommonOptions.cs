using System.CommandLine;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.CommandLine;

/// <summary>Options that several commands have. Each command adds an instance of its own.</summary>
internal static class CommonOptions
{
    public const string DefaultDataFolder = ".simcse";
    public const string ModelVariable = "SIMCSE_MODEL";
    public const string DataVariable = "SIMCSE_DATA";
    public const string ConnectionVariable = "SIMCSE_CONNECTION";

    private static string? NamedData =>
        Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } data ? data : null;

    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show more, and the whole exception when something fails.",
        Recursive = true,
    };

    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = $"Folder of a bundle. Default: {ModelVariable} from the environment, then the demo model, untrained, made once " +
            "in the user's cache.",
        HelpName = "BUNDLE",
    };

    public static Option<bool> Json(string what) => new("--json") { Description = $"Write {what} as JSON, for scripts." };

    public static Option<int> Rounds(string description, int rounds) => new Option<int>("--rounds")
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => rounds,
    }.Between(1, 100);

    public static SecretOption Connection() => new(
        "--connection", "STRING",
        "Connection string of the storage account. Default: AzureWebJobsStorage from the environment, then from local.settings.json " +
        "here, then the storage of a running 'simcse up'.", ConnectionVariable);

    public static Option<string> Data() => new("--data")
    {
        Description = "Folder of 'simcse up': Azurite's files, logs, and the note that tells other commands where it runs. " +
            $"Default: {DataVariable} from the environment, then {DefaultDataFolder}; other commands then find the 'simcse up' of " +
            "another folder, too.",
        HelpName = "DIR",
        DefaultValueFactory = _ => NamedData ?? DefaultDataFolder,
    };

    /// <summary>Whether nobody has named a data folder.</summary>
    public static bool IsDefaultData(string folder) => folder == DefaultDataFolder && NamedData is null;

    public static Option<bool> Normalize() => new("--normalize") { Description = "Scale each vector to length 1." };

    public static Option<int?> Dimensions() =>
        new Option<int?>("--dimensions") { Description = "Keep the first N components of each vector.", HelpName = "N" }.AtLeast(1);

    public static Option<SourceKind> Format() => new("--format")
    {
        Description =
            "What standard input holds: txt, one text a line; jsonl, one object with \"text\" a line; csv or tsv with a header; json, an " +
            "array of objects; or parquet. Files say it by their names.",
        HelpName = "txt|jsonl|csv|…",
        DefaultValueFactory = _ => SourceKind.Txt,
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (!Enum.TryParse<SourceKind>(text, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
            {
                result.AddError(
                    $"--format is '{text}'; expected {string.Join(" or ", Enum.GetValues<SourceKind>().Select(SourceFormat.NameOf))}.");
            }

            return kind;
        },
    };
}
