using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Cli.Models;

/// <summary>Describes a new bundle to the user.</summary>
internal static class BundleReport
{
    /// <summary>Encodes the example of the model's card, and shows it with everything else.</summary>
    /// <param name="bundle">The new bundle.</param>
    /// <param name="modelFolder">The folder that it was made of.</param>
    /// <param name="terminal">The terminal to write to.</param>
    /// <param name="asJson">Whether to write JSON.</param>
    /// <param name="cancellationToken">Ends the encoding.</param>
    public static async Task WriteAsync(
        Bundle bundle, string modelFolder, CliTerminal terminal, bool asJson, CancellationToken cancellationToken)
    {
        var example = await CardExample.EncodeAsync(modelFolder, bundle, cancellationToken);
        ModelSelection.Warn(bundle, terminal, showsVectors: true);
        if (bundle.Model.Precision == Precision.Float16)
        {
            terminal.Warn("fp16 is for GPUs; on CPU the bundle runs, but slower than in fp32 (docs/performance.md).");
        }

        if (bundle.Manifest.SelfCheck is { OtherIds: > 0 } check)
        {
            terminal.Warn(
                $"{check.OtherIds} of {check.Rows} rows of {check.File} have other ids in this bundle: its dictionary, or its tokenizer, " +
                "is not quite the one that the model was made with. --expect with this file names the first of them.");
        }

        if (asJson)
        {
            terminal.Line(JsonLine.Write(json =>
            {
                json.WriteString("bundle", bundle.Folder);
                json.WriteString("model", bundle.Model.Name);
                json.WriteString("licence", bundle.Manifest.Licence);
                json.WriteString("dictionaryName", bundle.Manifest.DictionaryName);
                json.WriteString("dictionaryFrom", bundle.Manifest.DictionaryFrom);
                json.WriteString("fingerprint", bundle.Model.Fingerprint);
                json.WriteBoolean("untrained", bundle.Model.Untrained);
                json.WriteString("precision", bundle.Model.Precision.Name());
                QualityText.Write(json, bundle.Manifest.Quality);
                SelfCheckText.Write(json, bundle.Manifest.SelfCheck);
                example?.Write(json);
            }));
            return;
        }

        terminal.Line($"Model:       {bundle.Model.Name}");
        if (bundle.Manifest.Licence is { } licence)
        {
            terminal.Line($"Licence:     {licence}, of the weights and of what is derived from them");
        }

        terminal.Line($"Bundle:      {bundle.Folder}");
        if (bundle.Manifest.DictionaryFrom is { } from)
        {
            terminal.Line($"Dictionary:  {bundle.Manifest.DictionaryName ?? "MeCab's"}, {from}");
        }

        terminal.Line($"Fingerprint: {bundle.Model.Fingerprint}");
        if (bundle.Manifest.Quality is { } quality)
        {
            terminal.Line($"Precision:   {bundle.Model.Precision.Name()}: {QualityText.Describe(quality)}");
        }

        if (bundle.Manifest.SelfCheck is { } selfCheck)
        {
            terminal.Line($"Self-check:  {SelfCheckText.Describe(selfCheck)}");
        }

        if (bundle.Manifest.IgnoredSettings is { } ignored)
        {
            terminal.Line($"Ignored:     {string.Join(", ", ignored)}");
        }

        terminal.Line(example?.Lines() ?? []);
    }
}
