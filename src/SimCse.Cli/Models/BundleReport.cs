using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Cli.Models;

/// <summary>Describes a new bundle to the user.</summary>
internal static class BundleReport
{
    public static void Write(Bundle bundle, CliTerminal terminal, bool asJson)
    {
        ModelSelection.Warn(bundle, terminal, showsVectors: true);
        if (bundle.Model.Precision == Precision.Float16)
        {
            terminal.Warn("fp16 is for GPUs; on CPU the bundle runs, but slower than in fp32 (docs/performance.md).");
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
    }
}
