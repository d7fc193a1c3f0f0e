using System.CommandLine;
using System.Globalization;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Models.Measurement;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse bench encode</c>: measures the encoder alone, beside the highest speed that its products allow.</summary>
internal sealed class BenchEncodeCommand : CliCommand
{
    private const double Giga = 1e9;
    private static readonly int[] DefaultTokens = [20, 32, 128];

    private readonly Option<string?> _texts = new("--texts")
    {
        Description = "Also measure the texts of this file: .txt, .jsonl, or sentence pairs in .json (JSTS) or .tsv, of which each " +
            "sentence is taken once.",
        HelpName = "FILE",
    };

    private readonly Option<int> _limit = new Option<int>("--limit")
    {
        Description = "The first N texts of the file.",
        HelpName = "N",
        DefaultValueFactory = _ => 1_024,
    }.Between(1, int.MaxValue);

    private readonly Option<int[]> _tokens = new("--tokens")
    {
        Description = "Tokens of the texts that are made to measure; several times for several lengths. Default: 20, 32 and 128.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultTokens,
    };

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<int> _rounds = CommonOptions.Rounds(
        "Rounds of the encoder and the bare products, interleaved; medians are shown.", 5);

    private readonly Option<int> _batches = new Option<int>("--batches")
    {
        Description = "Full batches of each length in a round, for each lane.",
        HelpName = "N",
        DefaultValueFactory = _ => 12,
    }.Between(1, 1000);

    private readonly Option<bool> _json = CommonOptions.Json("the figures");

    public BenchEncodeCommand()
        : base(
            "encode",
            "Measure the encoder alone: texts/s, tokens/s, GFLOP/s that the model needs, and their share of bare matrix products' in the " +
            "same run.")
    {
        Add(_texts);
        Add(_limit);
        Add(_tokens);
        Add(_model);
        Add(_rounds);
        Add(_batches);
        Add(_json);
        Examples = ["simcse bench encode --model bundle", "simcse bench encode --model bundle --texts jsts-train.json --tokens 32 --json"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var texts = context.Get(_texts) is { } file
            ? (await DistinctSentences.ReadAsync(file, context.CancellationToken)).Take(context.Get(_limit)).ToArray()
            : [];
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        using var encoder = SentenceEncoder.Load(bundle);
        var results = await new Phases(context.Terminal).RunAsync("Measuring", () => Task.Run(() => MeasureAsync(encoder, texts, context)));
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(encoder, results));
            return ExitCodes.Success;
        }

        var table = CliTable.Create("texts", ">texts/s", ">tokens/s", ">GFLOP/s", ">bare products GFLOP/s", ">share");
        foreach (var result in results)
        {
            table.Row(
                result.Name, Number(result.TextsPerSecond, "N1"), Number(result.TokensPerSecond, "N0"),
                Number(result.OperationsPerSecond / Giga, "N0"),
                Number(result.Ceiling / Giga, "N0"), Number(result.Share, "0.0 %"));
        }

        context.Terminal.Out.Write(table);
        return ExitCodes.Success;
    }

    private async Task<List<EncodeMeasurement>> MeasureAsync(SentenceEncoder encoder, string[] texts, CliContext context)
    {
        using var ceiling = new ProductCeiling(encoder.Bundle.Manifest, encoder.Lanes, encoder.ThreadsPerLane);
        var bench = new EncodeBench(encoder, ceiling, context.Get(_rounds));
        var results = new List<EncodeMeasurement>();
        foreach (var tokens in context.Get(_tokens)!)
        {
            var count = Math.Max(1, encoder.MaxTokensPerBatch / tokens) * encoder.Lanes * context.Get(_batches);
            results.Add(await bench.RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens"), TextsOfLength.Create(encoder.Tokenizer, tokens, count),
                context.CancellationToken));
        }

        if (texts.Length > 0)
        {
            results.Add(await bench.RunAsync("of the file", texts, context.CancellationToken));
        }

        return results;
    }

    private static string ToJson(SentenceEncoder encoder, List<EncodeMeasurement> results) => JsonLine.Write(json =>
    {
        json.WriteString("model", encoder.Bundle.Model.Name);
        json.WriteString("precision", encoder.Bundle.Model.Precision.Name());
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("lanes", encoder.Lanes);
        json.WriteNumber("threadsPerLane", encoder.ThreadsPerLane);
        json.WriteNumber("maxTokensPerBatch", encoder.MaxTokensPerBatch);
        json.WriteStartArray("measurements");
        foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteString("texts", result.Name);
            json.WriteNumber("textsPerSecond", result.TextsPerSecond);
            json.WriteNumber("tokensPerSecond", result.TokensPerSecond);
            json.WriteNumber("operationsPerSecond", result.OperationsPerSecond);
            json.WriteNumber("ceiling", result.Ceiling);
            json.WriteNumber("share", result.Share);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
