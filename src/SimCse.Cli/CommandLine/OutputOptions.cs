using System.CommandLine;
using SimCse.Inference;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;
using SimCse.Jobs.State;

namespace SimCse.Cli.CommandLine;

/// <summary>The options of a job that <c>submit</c> and <c>encode</c> share: how a source is read, and what its parts hold.</summary>
internal sealed class OutputOptions
{
    /// <summary>About a sentence: enough to keep what a pronoun at a chunk's beginning refers to.</summary>
    private const int DefaultOverlap = 16;

    private readonly Option<bool> _normalize = CommonOptions.Normalize();
    private readonly Option<int?> _dimensions = CommonOptions.Dimensions();
    private readonly Option<bool> _noText = new("--no-text") { Description = "Leave out the column text." };
    private readonly Option<string?> _encoding = new("--encoding")
    {
        Description = "The charset of the texts, such as cp932 or euc-jp. Default: it is found from all lines.",
        HelpName = "CHARSET",
        CustomParser = result => SourceCharset.Find(result.Tokens[^1].Value) ?? UnknownEncoding(result),
    };

    private readonly Option<string?> _textColumn = new("--text-column")
    {
        Description = "The column or property that holds the text. Default: text, or the only column that there is.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _idColumn = new("--id-column")
    {
        Description = "The column or property that holds the id. Default: id where there is one, then the number of the line.",
        HelpName = "COLUMN",
    };

    private readonly Option<string[]> _keep = new("--keep")
    {
        Description = "A column or property to pass through to the rows, as COLUMN or COLUMN:TYPE with the type string, int64, double, " +
            "boolean or timestamp. May be given several times.",
        HelpName = "COLUMN",
    };

    private readonly Option<bool> _chunk = new("--chunk")
    {
        Description = "Split texts that are over the model's limit at the ends of sentences, instead of cutting them off.",
    };

    private readonly Option<int?> _chunkOverlap = new Option<int?>("--chunk-overlap")
    {
        Description = "With --chunk, which it implies: how many tokens of whole sentences a chunk repeats at most of the one before. " +
            $"Default: {DefaultOverlap}.",
        HelpName = "N",
    }.AtLeast(0);

    private readonly Option<VectorType?> _vectorType = new("--vector-type")
    {
        Description = $"The type of the components: {string.Join(", ", EnumNames.All<VectorType>())}. Default: float32.",
        HelpName = "TYPE",
        CustomParser = result => EnumNames.Find<VectorType>(result.Tokens[^1].Value) ?? InvalidType(result),
    };

    private Option[] All =>
        [_normalize, _dimensions, _noText, _encoding, _textColumn, _idColumn, _keep, _chunk, _chunkOverlap, _vectorType];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>The options; <see langword="null"/> when none was given, and so the app's own apply.</summary>
    public JobOptions? Chosen(CliContext context) => !All.Any(context.Has)
        ? null
        : new JobOptions(context.Get(_normalize), context.Get(_dimensions), !context.Get(_noText))
        {
            Encoding = context.Get(_encoding),
            TextColumn = context.Get(_textColumn),
            IdColumn = context.Get(_idColumn),
            Keep = ColumnList.Of(context.Get(_keep) ?? []),
            ChunkOverlap = context.Get(_chunk) || context.Has(_chunkOverlap) ? context.Get(_chunkOverlap) ?? DefaultOverlap : null,
            VectorType = context.Get(_vectorType) is VectorType.Float32 ? null : context.Get(_vectorType),
        };

    private static string? UnknownEncoding(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--encoding is '{result.Tokens[^1].Value}'; expected {SourceCharset.Expected}.");
        return null;
    }

    private static VectorType? InvalidType(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError(
            $"--vector-type is '{result.Tokens[^1].Value}'; expected {string.Join(" or ", EnumNames.All<VectorType>())}.");
        return null;
    }
}
