using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Models.Untrained;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse model random</c>: makes an untrained model of any shape to measure with.</summary>
internal sealed class ModelRandomCommand : CliCommand
{
    private static readonly RandomModelOptions Defaults = new();

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description =
            "Folder for the sentence-transformers model; made when it does not exist. 'simcse model import' makes a bundle of it.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<int> _layers = Number("--layers", "Layers.", Defaults.Layers, 1);
    private readonly Option<int> _hidden = Number("--hidden", "Width of the hidden state and of the vectors.", Defaults.Hidden, 1);
    private readonly Option<int> _heads = Number("--heads", "Attention heads; 0 makes each 64 wide.", Defaults.Heads, 0);
    private readonly Option<int> _intermediate = Number(
        "--intermediate", "Width of the feed-forward layer; 0 makes it four times --hidden.", Defaults.Intermediate, 0);
    private readonly Option<int> _vocabulary = Number(
        "--vocab", "Rows of the word embeddings, at least as many as the tokenizer has pieces.", Defaults.Vocabulary, 0);
    private readonly Option<int> _seed = Number("--seed", "The same seed gives the same bytes.", (int)Defaults.Seed, 0);
    private readonly Option<int> _outliers = Number(
        "--outliers", "Let so many channels stand out, as in trained models: 4 times up to --outlier-scale.", Defaults.OutlierColumns, 0);
    private readonly Option<int> _outlierScale = Number(
        "--outlier-scale", "The factor of the largest outlier.", (int)Defaults.OutlierScale, 1);
    private readonly Option<bool> _json = CommonOptions.Json("where it is");

    public ModelRandomCommand()
        : base("random", "Make a model of any shape with random weights, N(0, 0.02): UNTRAINED, for measurements.")
    {
        Add(_output);
        Add(_layers);
        Add(_hidden);
        Add(_heads);
        Add(_intermediate);
        Add(_vocabulary);
        Add(_seed);
        Add(_outliers);
        Add(_outlierScale);
        Add(_json);
        Examples = ["simcse model random --layers 12 --hidden 768 -o base", "simcse model import base -o base-int8 --precision int8"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var folder = context.Get(_output)!;
        if (File.Exists(folder))
        {
            throw new CliException($"--output is '{folder}', which is a file; expected a folder.");
        }

        var options = new RandomModelOptions
        {
            Layers = context.Get(_layers),
            Hidden = context.Get(_hidden),
            Heads = context.Get(_heads),
            Intermediate = context.Get(_intermediate),
            Vocabulary = context.Get(_vocabulary),
            Seed = (ulong)context.Get(_seed),
            OutlierColumns = context.Get(_outliers),
            OutlierScale = context.Get(_outlierScale),
        };
        await new Phases(context.Terminal).RunAsync(
            "Writing the model", () => Task.Run(() => RandomModel.Write(folder, options), context.CancellationToken));
        context.Terminal.Warn($"the model is {ModelSelection.UntrainedNote}.");
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonLine.Write(json =>
            {
                json.WriteString("model", Path.GetFullPath(folder));
                json.WriteBoolean("untrained", true);
            }));
        }
        else
        {
            context.Terminal.Line($"Model:       {folder}");
        }

        return ExitCodes.Success;
    }

    private static Option<int> Number(string name, string description, int byDefault, int least) => new Option<int>(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
    }.Between(least, int.MaxValue);
}
