using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Models.Evaluation;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse eval precision</c>: measures what int8 loses on the user's own texts.</summary>
internal sealed class EvalPrecisionCommand : CliCommand
{
    private readonly Argument<string[]> _files = new Argument<string[]>("FILE")
    {
        Description = "Texts (.txt, .jsonl) and sentence pairs (.json as JSTS, or .tsv): cosines of all texts, Spearman over the pairs' " +
            "similarities.",
        Arity = ArgumentArity.OneOrMore,
    }.NoOptions();

    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = "Folder of the bundle to judge; several times for several.",
        HelpName = "BUNDLE",
        Required = true,
    };

    private readonly Option<string> _against = new("--against")
    {
        Description = "Folder of the bundle to come close to: the same model in fp32.",
        HelpName = "BUNDLE",
        Required = true,
    };

    private readonly Option<int?> _limit = new Option<int?>("--limit")
    {
        Description = "At most N texts or pairs of each file, spread evenly over it. Default: all.",
        HelpName = "N",
    }.AtLeast(1);

    private readonly Option<bool> _json = CommonOptions.Json("the figures");

    public EvalPrecisionCommand()
        : base(
            "precision",
            "Measure what a precision costs on given texts: how far vectors and pair similarities of one bundle are from another's.")
    {
        Add(_files);
        Add(_models);
        Add(_against);
        Add(_limit);
        Add(_json);
        Examples =
        [
            "simcse eval precision texts.txt jsts-valid.json --model bundle-int8 --against bundle-fp32",
            "simcse eval precision pairs.tsv --model bundle-int8 --model bundle-int8-old --against bundle-fp32 --limit 1000 --json",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var exact = ModelSelection.Open(context.Get(_against)!, "--against");
        var bundles = context.Get(_models)!.Select(folder => ModelSelection.Open(folder)).ToArray();
        foreach (var bundle in bundles)
        {
            PrecisionEvaluator.CheckSameModel(exact, bundle);
            ModelSelection.Warn(bundle, context.Terminal, showsVectors: true);
        }

        var texts = await EvaluationTexts.ReadAsync(context.Get(_files)!, context.Get(_limit) ?? int.MaxValue, context.CancellationToken);
        var expected = await EncodeAsync(exact, texts.Texts, context);
        var reports = new List<(Bundle Bundle, PrecisionReport Report)>();
        foreach (var bundle in bundles)
        {
            reports.Add((bundle, PrecisionEvaluator.Compare(expected, await EncodeAsync(bundle, texts.Texts, context), texts.Pairs)));
        }

        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(exact, reports, texts));
        }
        else
        {
            Show(reports, context.Terminal);
        }

        return ExitCodes.Success;
    }

    /// <summary>Keeps only one model in memory at a time.</summary>
    private static Task<EncodedTexts> EncodeAsync(Bundle bundle, IReadOnlyList<string> texts, CliContext context) =>
        new Phases(context.Terminal).RunAsync(
        $"Encoding {Amount.Of(texts.Count, "text")} in {bundle.Model.Precision.Name()}",
        async () =>
        {
            using var encoder = SentenceEncoder.Load(bundle);
            return await encoder.EncodeAsync(texts, cancellationToken: context.CancellationToken);
        });

    private static void Show(List<(Bundle Bundle, PrecisionReport Report)> reports, CliTerminal terminal)
    {
        var table = CliTable.Create("precision", ">texts", ">cosine, first percentile", ">median", ">least", ">pairs", ">Spearman");
        foreach (var (bundle, report) in reports)
        {
            table.Row(
                bundle.Model.Precision.Name(), Count(report.Texts), Share(report.Cosine), Share(report.MedianCosine),
                Share(report.LeastCosine),
                Count(report.Pairs),
                Share(report.Spearman));
        }

        terminal.Out.Write(table);
    }

    private static string ToJson(Bundle exact, List<(Bundle Bundle, PrecisionReport Report)> reports, EvaluationTexts texts) =>
        JsonLine.Write(json =>
    {
        json.WriteString("model", exact.Model.Name);
        json.WriteString("against", exact.Model.Precision.Name());
        json.WriteNumber("texts", texts.Texts.Count);
        json.WriteNumber("pairs", texts.Pairs.Count);
        json.WriteStartArray("bundles");
        foreach (var (bundle, report) in reports)
        {
            json.WriteStartObject();
            json.WriteString("fingerprint", bundle.Model.Fingerprint);
            json.WriteString("precision", bundle.Model.Precision.Name());
            json.WriteStrings("float32Matrices", bundle.Manifest.Quality?.Float32Matrices ?? []);
            json.WriteNumber("cosine", report.Cosine);
            json.WriteNumber("medianCosine", report.MedianCosine);
            json.WriteNumber("leastCosine", report.LeastCosine);
            json.WriteString("worstText", texts.Texts[report.WorstText]);
            json.WriteFinite("spearman", report.Spearman);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double value) =>
        double.IsFinite(value) ? value.ToString("0.00000", CultureInfo.InvariantCulture) : "undefined";
}
