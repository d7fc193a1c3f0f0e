using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse model info</c>: checks the files of a bundle, then shows what it holds.</summary>
internal sealed class ModelInfoCommand : CliCommand
{
    private readonly Argument<string?> _bundle = new("BUNDLE")
    {
        Description = "Folder of a bundle. Default: the demo model, untrained, made once in the user's cache.",
        DefaultValueFactory = _ => null,
    };

    private readonly Option<bool> _json = CommonOptions.Json("it");

    public ModelInfoCommand()
        : base("info", "Check a bundle's files and show what it is.")
    {
        Add(_bundle.NoOptions());
        Add(_json);
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var bundle = await ModelSelection.OpenAsync(context.Get(_bundle), context.Terminal, context.CancellationToken);
        bundle.Verify();
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(bundle));
            return ExitCodes.Success;
        }

        var table = CliTable.CreateFacts();
        foreach (var (name, value) in Facts(bundle))
        {
            table.Row(name, value);
        }

        context.Terminal.Out.Write(table);
        return ExitCodes.Success;
    }

    private static IEnumerable<(string Name, string Value)> Facts(Bundle bundle)
    {
        var manifest = bundle.Manifest;
        yield return ("model", manifest.Model);
        yield return ("trained", manifest.Untrained ? $"no; {ModelSelection.UntrainedNote}" : "yes");
        yield return ("folder", bundle.Folder);
        yield return ("fingerprint", manifest.Fingerprint);
        yield return ("dimension", Number(manifest.Dimension));
        yield return ("layers", $"{Number(manifest.Layers)} of width {Number(manifest.HiddenSize)}");
        yield return ("pooling", string.Join(" → ", [manifest.Pooling.Name(), .. manifest.Modules]));
        yield return ("precision", manifest.Precision.Name());
        if (manifest.Quality is { } quality)
        {
            yield return ("quality", QualityText.Describe(quality));
        }

        yield return (
            "longest text", $"{Number(manifest.MaxSequenceLength)} tokens, [CLS] and [SEP] included" +
            (manifest.LimitFrom is { } from ? $"; {from}" : ""));
        yield return ("vocabulary", $"{Number(manifest.VocabularySize)} pieces");
        if (manifest.Licence is { } licence)
        {
            yield return ("licence", licence);
        }

        if (manifest.Dictionary is { } dictionary)
        {
            yield return (
                "dictionary", $"{manifest.DictionaryName ?? "MeCab's"}, in {dictionary}/" +
                (manifest.DictionaryFrom is { } why ? $"; {why}" : ""));
        }

        foreach (var (name, prompt) in bundle.Prompts.Named)
        {
            yield return (
                $"prompt {name}",
                $"\"{prompt}\"{(name == bundle.Prompts.DefaultName ? ", before every text that asks for none" : "")}; of " +
                "config_sentence_transformers.json");
        }

        if (manifest.PoolsWithoutPrompt)
        {
            yield return ("prompts", "left out when pooling");
        }

        if (manifest.SelfCheck is { } check)
        {
            yield return ("self-check", SelfCheckText.Describe(check));
        }

        if (manifest.IgnoredSettings is { } ignored)
        {
            yield return ("ignored", string.Join(", ", ignored));
        }

        if (manifest.StandardGraph is { } standard)
        {
            yield return (
                "other runtimes", $"{standard}, which the fingerprint leaves out with its {BundleManifest.StandardConfiguration}");
        }

        yield return ("fingerprint of", $"precision, longest text{(manifest.Prompts is null ? "" : ", prompts")}, and every file below");
        foreach (var (name, file) in manifest.Files.Where(file => manifest.IsCovered(file.Key)))
        {
            yield return ("file", $"{name}, {file.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, SHA-256 {file.Sha256[..12]}…");
        }
    }

    private static string ToJson(Bundle bundle) => JsonLine.Write(json =>
    {
        var manifest = bundle.Manifest;
        json.WriteString("folder", bundle.Folder);
        json.WriteString("model", manifest.Model);
        json.WriteBoolean("untrained", manifest.Untrained);
        json.WriteString("fingerprint", manifest.Fingerprint);
        json.WriteNumber("dimension", manifest.Dimension);
        json.WriteNumber("layers", manifest.Layers);
        json.WriteNumber("hiddenSize", manifest.HiddenSize);
        json.WriteString("pooling", manifest.Pooling.Name());
        json.WriteStrings("modules", manifest.Modules);
        json.WriteString("precision", manifest.Precision.Name());
        QualityText.Write(json, manifest.Quality);
        json.WriteNumber("maxSequenceLength", manifest.MaxSequenceLength);
        json.WriteString("limitFrom", manifest.LimitFrom);
        json.WriteNumber("vocabularySize", manifest.VocabularySize);
        json.WriteString("licence", manifest.Licence);
        json.WriteString("dictionary", manifest.Dictionary);
        json.WriteString("dictionaryName", manifest.DictionaryName);
        json.WriteString("dictionaryFrom", manifest.DictionaryFrom);
        json.WriteStartObject("prompts");
        foreach (var (name, prompt) in bundle.Prompts.Named)
        {
            json.WriteString(name, prompt);
        }

        json.WriteEndObject();
        json.WriteString("defaultPromptName", bundle.Prompts.DefaultName);
        json.WriteBoolean("poolsWithoutPrompt", manifest.PoolsWithoutPrompt);
        SelfCheckText.Write(json, manifest.SelfCheck);
        json.WriteStrings("ignoredSettings", manifest.IgnoredSettings ?? []);
        json.WriteString("standardGraph", manifest.StandardGraph);
        json.WriteStartObject("files");
        foreach (var (name, file) in manifest.Files)
        {
            json.WriteStartObject(name);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteBoolean("inFingerprint", manifest.IsCovered(name));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
