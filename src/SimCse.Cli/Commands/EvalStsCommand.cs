using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Models.Evaluation;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse eval sts</c>: measures how well a model orders pairs of sentences by similarity.</summary>
internal sealed class EvalStsCommand : CliCommand
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description = "Sentence pairs: JSON lines with sentence1, sentence2 and label (JSTS), or the same as tab-separated values.",
    };

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<bool> _normalize = CommonOptions.Normalize();
    private readonly Option<int?> _dimensions = CommonOptions.Dimensions();
    private readonly Option<bool> _json = CommonOptions.Json("the figures");

    public EvalStsCommand()
        : base("sts", "Correlate the similarity of vectors with people's scores, as sentence-transformers' evaluator does.")
    {
        Add(_file);
        Add(_model);
        Add(_normalize);
        Add(_dimensions);
        Add(_json);
        Examples = ["simcse eval sts jsts-valid.json --model bundle", "simcse eval sts pairs.tsv --model bundle --json"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var pairs = StsFile.Read(context.Get(_file)!);
        var bundle = await ModelSelection.OpenAsync(
            context.Get(_model), context.Terminal, context.CancellationToken, showsVectors: true);
        using var encoder = SentenceEncoder.Load(bundle);
        var options = new EncodeOptions { Normalize = context.Get(_normalize), Dimensions = context.Get(_dimensions) };
        var report = await new Phases(context.Terminal).RunAsync(
            $"Encoding {pairs.Count.ToString("N0", CultureInfo.InvariantCulture)} pairs",
            () => StsEvaluator.EvaluateAsync(encoder, pairs, options, context.CancellationToken));
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(report, bundle));
            return ExitCodes.Success;
        }

        var table = CliTable.Create("similarity", ">Spearman", ">Pearson");
        foreach (var similarity in report.Similarities)
        {
            table.Row(similarity.Similarity, Number(similarity.Spearman), Number(similarity.Pearson));
        }

        context.Terminal.Out.Write(table);
        return ExitCodes.Success;
    }

    private static string ToJson(StsReport report, Bundle bundle) => JsonLine.Write(json =>
    {
        json.WriteString("model", report.Model);
        json.WriteString("fingerprint", bundle.Model.Fingerprint);
        json.WriteBoolean("untrained", report.Untrained);
        json.WriteNumber("pairs", report.Pairs);
        foreach (var similarity in report.Similarities)
        {
            json.WriteStartObject(similarity.Similarity);
            json.WriteFinite("spearman", similarity.Spearman);
            json.WriteFinite("pearson", similarity.Pearson);
            json.WriteEndObject();
        }
    });

    private static string Number(double value) =>
        double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "undefined";
}
