using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Models;
using SimCse.Models.Untrained;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse model demo</c>: writes the untrained demo model and its bundle.</summary>
internal sealed class ModelDemoCommand : CliCommand
{
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Folder for the two; made when it does not exist.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<bool> _json = CommonOptions.Json("where the two are");

    public ModelDemoCommand()
        : base(
            "demo",
            "Make the demo model: small, from a fixed seed, UNTRAINED. DIR/model is the sentence-transformers folder, DIR/bundle runs.")
    {
        Add(_output);
        Add(_json);
        Examples = ["simcse model demo -o demo-model", "simcse encode texts.txt -o texts.parquet --model demo-model/bundle"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var folder = context.Get(_output)!;
        if (File.Exists(folder))
        {
            throw new CliException($"--output is '{folder}', which is a file; expected a folder.");
        }

        var (model, bundleFolder) = (Path.Combine(folder, "model"), Path.Combine(folder, "bundle"));
        var phases = new Phases(context.Terminal);
        await phases.RunAsync("Writing the demo model", () => Task.Run(() => DemoModel.Write(model), context.CancellationToken));
        var bundle = await phases.RunAsync(
            "Importing it", () => Task.Run(() => ModelImporter.Import(model, bundleFolder), context.CancellationToken));
        context.Terminal.Warn($"the model {bundle.Model.Name} is {ModelSelection.UntrainedNote}.");
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonLine.Write(json =>
            {
                json.WriteString("model", Path.GetFullPath(model));
                json.WriteString("bundle", bundle.Folder);
                json.WriteString("fingerprint", bundle.Model.Fingerprint);
                json.WriteBoolean("untrained", bundle.Model.Untrained);
            }));
        }
        else
        {
            context.Terminal.Line($"Model:       {model}");
            context.Terminal.Line($"Bundle:      {bundleFolder}");
            context.Terminal.Line($"Fingerprint: {bundle.Model.Fingerprint}");
        }

        return ExitCodes.Success;
    }
}
