using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Terminal;
using SimCse.Models;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse model import</c>: makes a bundle from a sentence-transformers folder.</summary>
internal sealed class ModelImportCommand : CliCommand
{
    private readonly Argument<string> _folder = new("DIR")
    {
        Description =
            "sentence-transformers folder: config.json, modules.json, tokenizer files, weights in safetensors or PyTorch's zip format.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Folder for the bundle; made when it does not exist, a bundle in it is replaced.",
        HelpName = "BUNDLE",
        Required = true,
    };

    private readonly Option<string?> _name =
        new("--name") { Description = "Name of the model. Default: what config.json says, or the folder's name." };
    private readonly ImportArguments _import = new();
    private readonly Option<bool> _json = CommonOptions.Json("where the bundle is");

    public ModelImportCommand()
        : base("import", "Turn a sentence-transformers folder into a bundle, without Python.")
    {
        Add(_folder);
        Add(_output);
        Add(_name);
        _import.AddTo(this);
        Add(_json);
        Examples = ["simcse model import simcse-ja-bert-base-clcmlp -o bundle", "simcse model import DIR -o bundle --dictionary " +
            "/var/lib/mecab/dic/ipadic-utf8"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var folder = context.Get(_folder)!;
        if (!Directory.Exists(folder))
        {
            throw new CliException(
                $"DIR is '{folder}', which is {(File.Exists(folder) ? "a file" : "not there")}; expected a sentence-transformers folder.");
        }

        var options = _import.Read(context) with { Name = context.Get(_name) };
        var bundle = await new Phases(context.Terminal).RunAsync(
            "Importing", () => Task.Run(() => ModelImporter.Import(folder, context.Get(_output)!, options), context.CancellationToken));
        await BundleReport.WriteAsync(bundle, folder, context.Terminal, context.Get(_json), context.CancellationToken);
        return ExitCodes.Success;
    }
}
