using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Models.Measurement;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse bench tune</c>: measures how batches run fastest on this machine, and saves the result with the bundle.</summary>
internal sealed class BenchTuneCommand : CliCommand
{
    private const int TokensInARound = 4_096;
    private static readonly int[] Budgets = [128, 256, 512, 1_024];

    /// <summary>The lengths of the measured texts in tokens. Each length gets an equal share of all tokens.</summary>
    private static readonly int[] Lengths = [12, 20, 32, 64];

    private readonly Option<string> _model =
        new("--model", "-m") { Description = "Folder of a bundle.", HelpName = "BUNDLE", Required = true };

    private readonly Option<int> _rounds = CommonOptions.Rounds("Rounds over all ways, interleaved; medians are compared.", 3);

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Measure and keep nothing." };
    private readonly Option<bool> _json = CommonOptions.Json("every way");

    public BenchTuneCommand()
        : base(
            "tune",
            $"Measure lanes, threads and token budget on this machine, and write the best to {EncoderTuning.FileName} in the bundle's " +
            "folder.")
    {
        Add(_model);
        Add(_rounds);
        Add(_dryRun);
        Add(_json);
        Examples = ["simcse bench tune --model bundle"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var bundle = ModelSelection.Open(context.Get(_model)!);
        var ways = Ways().ToArray();
        var rates = await new Phases(context.Terminal).RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"Measuring {ways.Length} ways"), () =>
                Task.Run(() => MeasureAsync(bundle, ways, context)));
        var best = ways[Array.IndexOf(rates, rates.Max())];
        if (!context.Get(_dryRun))
        {
            best.Save(bundle.Folder);
        }

        Show(context, ways, rates, best);
        return ExitCodes.Success;
    }

    /// <summary>All processors in one run, or one run on each processor; with four or more processors, also something in between.</summary>
    private static IEnumerable<EncoderTuning> Ways()
    {
        var processors = Environment.ProcessorCount;
        return new[] { 1, processors / 2, processors }.Where(lanes => lanes > 0).Distinct()
            .SelectMany(lanes => Budgets.Select(budget => new EncoderTuning(processors, lanes, processors / lanes, budget)));
    }

    private async Task<double[]> MeasureAsync(Bundle bundle, EncoderTuning[] ways, CliContext context)
    {
        var seconds = ways.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < context.Get(_rounds); round++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                seconds[way].Add(await SecondsPerTextAsync(bundle, ways[way], context.CancellationToken));
            }
        }

        return [.. seconds.Select(rounds => 1 / Statistics.Median(rounds))];
    }

    /// <summary>Keeps only one model in memory at a time, since a base model in fp32 takes half a gigabyte.</summary>
    private static async Task<double> SecondsPerTextAsync(Bundle bundle, EncoderTuning way, CancellationToken cancellationToken)
    {
        using var encoder = SentenceEncoder.Load(bundle, new SentenceEncoderOptions
        {
            Lanes = way.Lanes,
            Threads = way.ThreadsPerLane,
            MaxTokensPerBatch = way.MaxTokensPerBatch,
        });
        var texts = Lengths.Where(length => length <= bundle.Model.MaxSequenceLength)
            .SelectMany(length => TextsOfLength.Create(encoder.Tokenizer, length, TokensInARound / Lengths.Length / length)).ToArray();
        await encoder.EncodeAsync(texts, cancellationToken: cancellationToken); // warm-up
        var watch = Stopwatch.StartNew();
        await encoder.EncodeAsync(texts, cancellationToken: cancellationToken);
        return watch.Elapsed.TotalSeconds / texts.Length;
    }

    private void Show(CliContext context, EncoderTuning[] ways, double[] rates, EncoderTuning best)
    {
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonLine.Write(json =>
            {
                json.WriteStartArray("ways");
                foreach (var (way, rate) in ways.Zip(rates))
                {
                    json.WriteStartObject();
                    json.WriteNumber("lanes", way.Lanes);
                    json.WriteNumber("threadsPerLane", way.ThreadsPerLane);
                    json.WriteNumber("maxTokensPerBatch", way.MaxTokensPerBatch);
                    json.WriteNumber("textsPerSecond", rate);
                    json.WriteBoolean("best", way == best);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }));
            return;
        }

        var table = CliTable.Create(">lanes", ">threads each", ">tokens a batch", ">texts/s", "");
        foreach (var (way, rate) in ways.Zip(rates))
        {
            table.Row(
                Number(way.Lanes, "N0"), Number(way.ThreadsPerLane, "N0"), Number(way.MaxTokensPerBatch, "N0"), Number(rate, "N1"),
                way == best ? "best" : "");
        }

        context.Terminal.Out.Write(table);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
