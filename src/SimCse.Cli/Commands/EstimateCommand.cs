using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Cost;
using SimCse.Cli.Models;
using SimCse.Cli.Storage;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse estimate</c>: estimates the hours, instances and cost of a job on each plan.</summary>
internal sealed class EstimateCommand : CliCommand
{
    private const int MeasuredTexts = 256;
    private const int Rounds = 3;

    private readonly Argument<string[]> _files = new Argument<string[]>("FILE")
    {
        Description = "Text files, as 'simcse encode' takes them; every one is read.",
        Arity = ArgumentArity.ZeroOrMore,
    }.NoOptions();

    private readonly Option<string?> _prefix = new("--prefix")
    {
        Description = "Instead of files: the blobs of the container texts whose names begin so ('' for all); a few are read, the rest " +
            "reckoned from bytes.",
        HelpName = "PREFIX",
    };

    private readonly Option<long?> _texts = new("--texts") { Description = "Reckon for so many texts like these.", HelpName = "N" };
    private readonly Option<double?> _rate =
        new("--rate") { Description = "Texts a second of one vCPU. Default: measured here on a sample.", HelpName = "N" };
    private readonly Option<double?> _gpuRate =
        new("--gpu-rate") { Description = "Texts a second of one GPU. Default: by the price list's tokens a second.", HelpName = "N" };
    private readonly Option<int?> _instances =
        new Option<int?>("--instances") { Description = "Instances at once. Default: the price list's.", HelpName = "N" }.AtLeast(1);
    private readonly Option<string?> _prices =
        new("--prices") { Description = "A price list of your own, in the form of prices.json beside this program.", HelpName = "JSON" };
    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public EstimateCommand()
        : base("estimate", "Reckon hours, instances and cost of a job on each plan, from a corpus, a throughput and a price list.")
    {
        Add(_files);
        Add(_prefix);
        Add(_texts);
        Add(_rate);
        Add(_gpuRate);
        Add(_instances);
        Add(_prices);
        Add(_model);
        _connection.AddTo(this);
        Add(_data);
        Examples =
        [
            "simcse estimate texts.txt more.jsonl.gz --model ./bundle",
            "simcse estimate texts.txt --rate 30 --texts 100000000 --instances 50",
            "simcse estimate --prefix 2026/ --rate 30",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var prices = PriceList.Read(context.Get(_prices) ?? PriceList.DefaultPath);
        CheckPositive(_rate.Name, context.Get(_rate));
        CheckPositive(_gpuRate.Name, context.Get(_gpuRate));
        CheckPositive(_texts.Name, context.Get(_texts));
        var corpus = await ReadAsync(context);
        var texts = context.Get(_texts) ?? corpus.Texts;
        var (rate, where) = context.Get(_rate) is { } given ? (given, "given") : await MeasureAsync(context, corpus);

        WriteCorpus(context.Terminal, corpus);
        var table = CliTable.Create("plan", ">instances", ">texts/s each", ">hours", $">cost, {prices.Currency}", "rate");
        foreach (var estimate in prices.Plans.Select(
            plan => JobEstimate.Create(plan, texts, rate, corpus.TokensPerText, context.Get(_gpuRate), context.Get(_instances))))
        {
            table.Row(
                estimate.Plan.Name, Text(estimate.Instances), Text(estimate.TextsPerSecond), Text(estimate.Hours, "N2"),
                Text(estimate.Cost, "N2"),
                estimate.IsAssumed ? "assumed"
                    : context.Has(_rate) || estimate.Plan.GpuTokensPerSecond is not null ? "given"
                    : "measured here");
        }

        context.Terminal.Line(
            $"For {Text(texts)} texts at {Text(rate, "N1")} texts/s a vCPU ({where}), with prices of {prices.AsOf} ({prices.Status}):");
        context.Terminal.Out.Write(table);
        context.Terminal.Note(prices.Note);
        context.Terminal.Note($"Your own instead: --prices with a copy of {PriceList.DefaultPath}, --rate, --gpu-rate.");
        return ExitCodes.Success;
    }

    private async Task<Corpus> ReadAsync(CliContext context)
    {
        var (files, prefix) = (context.Get(_files) ?? [], context.Get(_prefix));
        if (files.Length == 0 == prefix is null)
        {
            throw new CliException("Give files or --prefix, one of them.");
        }

        if (prefix is null)
        {
            return await Corpus.FromFilesAsync(files, context.CancellationToken);
        }

        var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
        return await Corpus.FromBlobsAsync(client.Storage.Texts, prefix, context.CancellationToken);
    }

    /// <summary>
    /// Encodes a part of the sample to warm up, then the sample several times with all processors. The median rate, divided by the number
    /// of processors, is assumed to hold for one vCPU of every plan.
    /// </summary>
    /// <returns>The texts per second of one processor, and a description of what was measured.</returns>
    private async Task<(double Rate, string Where)> MeasureAsync(CliContext context, Corpus corpus)
    {
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        using var encoder = SentenceEncoder.Load(bundle);
        string[] sample = [.. corpus.Sample.Distinct().Take(MeasuredTexts)];
        await encoder.EncodeAsync([.. sample.Take(32)], cancellationToken: context.CancellationToken);
        var rates = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            await encoder.EncodeAsync(sample, cancellationToken: context.CancellationToken);
            rates[round] = sample.Length / watch.Elapsed.TotalSeconds;
        }

        Array.Sort(rates);
        return (
            rates[Rounds / 2] / Environment.ProcessorCount,
            $"measured here: {bundle.Model.Name} in {bundle.Model.Precision.Name()} on {Environment.ProcessorCount} processors");
    }

    private static void WriteCorpus(CliTerminal terminal, Corpus corpus)
    {
        int[] lengths = [.. corpus.Sample.Select(text => text.Length).Order()];
        terminal.Line(
            $"{Text(corpus.Sources)} sources, {Text(corpus.Bytes)} bytes, {(corpus.IsCounted ? "" : "about ")}{Text(corpus.Texts)} texts");
        if (lengths.Length > 0)
        {
            terminal.Line(
                $"characters a text, of {Text(lengths.Length)} sampled: mean {Text(lengths.Average(), "N1")}, median {At(0.5)}, 95th " +
                $"percentile {At(0.95)}, longest {lengths[^1]}; about {Text(corpus.TokensPerText, "N1")} tokens");
        }

        int At(double quantile) => lengths[(int)(quantile * (lengths.Length - 1))];
    }

    private static void CheckPositive(string option, double? value)
    {
        if (value is <= 0 or double.NaN or double.PositiveInfinity)
        {
            throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; expected a number over 0."));
        }
    }

    private static string Text(double number, string format = "N0") => number.ToString(format, CultureInfo.InvariantCulture);
}
