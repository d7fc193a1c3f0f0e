using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Benchmarks;

/// <summary><c>operators</c>: measures the operators of a batch.</summary>
internal sealed class OperatorsCommand : CliCommand
{
    private readonly Option<int[]> _tokens = new("--tokens")
    {
        Description = "Tokens of the sequences in a batch; several times for several lengths. Default: 32.",
        HelpName = "N",
        DefaultValueFactory = _ => [32],
    };

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<int> _rounds = CommonOptions.Rounds("Batches of which the mean is taken.", 8);

    private readonly Option<bool> _json = CommonOptions.Json("the times");

    public OperatorsCommand()
        : base("operators", "Measure where the time of one full batch goes, by ONNX Runtime's profiler; one lane runs, the others rest.")
    {
        Add(_tokens);
        Add(_model);
        Add(_rounds);
        Add(_json);
        Examples =
            ["SimCse.Benchmarks operators --model bundle", "SimCse.Benchmarks operators --model bundle --tokens 20 --tokens 128 --json"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        var lengths = context.Get(_tokens)!;
        if (lengths.FirstOrDefault(tokens => tokens < 1 || tokens > bundle.Manifest.MaxSequenceLength) is var wrong and not 0)
        {
            throw new CliException(
                $"--tokens is {wrong}; expected 1 to {bundle.Manifest.MaxSequenceLength}, the longest that the model reads.");
        }

        var (threads, budget) = Plan(bundle);
        var batches = await new Phases(context.Terminal).RunAsync(
            "Measuring", () => Task.Run(() => lengths.Select(tokens => Measure(tokens)).ToArray()));
        if (context.Get(_json))
        {
            context.Terminal.Line(ToJson(bundle, threads, batches));
            return ExitCodes.Success;
        }

        var table = CliTable.Create("batch", "operator", ">nodes", ">ms", ">share");
        foreach (var batch in batches)
        {
            foreach (var item in batch.Operators)
            {
                table.Row(
                    batch.Shape, item.Operator, Number(item.Nodes, "N0"), Number(item.Time.TotalMilliseconds, "N2"),
                    Number(batch.Share(item), "0.0 %"));
            }
        }

        context.Terminal.Out.Write(table);
        return ExitCodes.Success;

        Batch Measure(int tokens)
        {
            var rows = Math.Max(1, budget / tokens);
            return new Batch(rows, tokens, OperatorProfile.Measure(bundle, threads, rows, tokens, context.Get(_rounds)));
        }
    }

    private static (int Threads, int Budget) Plan(Bundle bundle)
    {
        using var encoder = SentenceEncoder.Load(bundle);
        return (encoder.ThreadsPerLane, encoder.MaxTokensPerBatch);
    }

    private static string ToJson(Bundle bundle, int threads, Batch[] batches) => JsonLine.Write(json =>
    {
        json.WriteString("model", bundle.Model.Name);
        json.WriteString("precision", bundle.Model.Precision.Name());
        json.WriteNumber("threads", threads);
        json.WriteStartArray("measurements");
        foreach (var batch in batches)
        {
            json.WriteStartObject();
            json.WriteNumber("texts", batch.Rows);
            json.WriteNumber("tokens", batch.Tokens);
            json.WriteStartArray("operators");
            foreach (var item in batch.Operators)
            {
                json.WriteStartObject();
                json.WriteString("operator", item.Operator);
                json.WriteNumber("nodes", item.Nodes);
                json.WriteNumber("milliseconds", item.Time.TotalMilliseconds);
                json.WriteNumber("share", batch.Share(item));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <param name="Rows">The number of texts in the batch.</param>
    /// <param name="Tokens">The number of tokens of each text.</param>
    /// <param name="Operators">The operators, the longest time first.</param>
    private sealed record Batch(int Rows, int Tokens, IReadOnlyList<OperatorTime> Operators)
    {
        private readonly double _total = Operators.Sum(item => item.Time.TotalSeconds);

        public string Shape => string.Create(CultureInfo.InvariantCulture, $"{Rows} × {Tokens}");

        public double Share(OperatorTime item) => item.Time.TotalSeconds / _total;
    }
}
