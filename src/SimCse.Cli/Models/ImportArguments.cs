using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Models;

namespace SimCse.Cli.Models;

/// <summary>The options that <c>model import</c> and <c>model pull</c> share.</summary>
internal sealed class ImportArguments
{
    private const string OnlyPrecision = "fp32";

    private readonly Option<string?> _dictionary = new("--dictionary")
    {
        Description = "Compiled MeCab dictionary (sys.dic and its kin) to copy into the bundle. Default: the one that the model names, in its usual places.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _standard = new("--standard")
    {
        Description = "Also write onnx/model.onnx for other runtimes: input_ids, attention_mask, token_type_ids in, last_hidden_state and sentence_embedding out.",
    };

    private readonly Option<string> _precision = new("--precision") { Description = "Of the weights.", DefaultValueFactory = _ => OnlyPrecision };

    public ImportArguments() => _precision.AcceptOnlyFromAmong(OnlyPrecision);

    public void AddTo(CliCommand command)
    {
        command.Add(_dictionary);
        command.Add(_standard);
        command.Add(_precision);
    }

    /// <summary>Whether <c>--dictionary</c> was given, so that none needs to be fetched.</summary>
    public string? Dictionary(CliContext context) => context.Get(_dictionary);

    public ImportOptions Read(CliContext context) => new() { DictionaryFolder = context.Get(_dictionary), StandardGraph = context.Get(_standard) };
}
