using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SimCse.Cli.Bench;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Tokenization;

namespace SimCse.Benchmarks;

/// <summary><c>tokenize</c>: measures the tokenizer alone on one thread.</summary>
internal sealed class TokenizeCommand : CliCommand
{
    private readonly Argument<string> _file = new Argument<string>("FILE")
    {
        Description = "Texts: .txt, .jsonl, or sentence pairs in .json (JSTS) or .tsv, of which each sentence is taken once.",
    }.NoOptions();

    private readonly Option<string?> _model = CommonOptions.Model();

    private readonly Option<int> _rounds = CommonOptions.Rounds("Rounds over the file; the median is shown.", 5);

    private readonly Option<bool> _json = CommonOptions.Json("the figures");

    public TokenizeCommand()
        : base("tokenize", "Measure the tokenizer alone, on one thread: texts/s, tokens/s, bytes allocated a text.")
    {
        Add(_file);
        Add(_model);
        Add(_rounds);
        Add(_json);
        Examples = ["SimCse.Benchmarks tokenize jsts-train.json --model bundle"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var texts = await DistinctSentences.ReadAsync(context.Get(_file)!, context.CancellationToken);
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken);
        using var encoder = SentenceEncoder.Load(bundle);
        var seconds = new List<double>();
        var (tokens, allocated) = Run(encoder.Tokenizer, texts); // this also warms everything up
        for (var round = 0; round < context.Get(_rounds); round++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var watch = Stopwatch.StartNew();
            (tokens, allocated) = Run(encoder.Tokenizer, texts);
            seconds.Add(watch.Elapsed.TotalSeconds);
        }

        Show(context, texts.Length, tokens, (double)allocated / texts.Length, Statistics.Median(seconds));
        return ExitCodes.Success;
    }

    private static (long Tokens, long Allocated) Run(SentenceTokenizer tokenizer, string[] texts)
    {
        var ids = new int[tokenizer.MaxSequenceLength];
        var (tokens, before) = (0L, GC.GetAllocatedBytesForCurrentThread());
        foreach (var text in texts)
        {
            tokens += tokenizer.Encode(text, ids, out _);
        }

        return (tokens, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Show(CliContext context, int texts, long tokens, double allocated, double seconds)
    {
        if (context.Get(_json))
        {
            context.Terminal.Line(JsonLine.Write(json =>
            {
                json.WriteNumber("texts", texts);
                json.WriteNumber("tokens", tokens);
                json.WriteNumber("textsPerSecond", texts / seconds);
                json.WriteNumber("tokensPerSecond", tokens / seconds);
                json.WriteNumber("bytesAllocatedPerText", allocated);
            }));
            return;
        }

        var table = CliTable.Create(">texts", ">texts/s", ">tokens/s", ">bytes allocated a text");
        table.Row(Number(texts), Number(texts / seconds), Number(tokens / seconds), Number(allocated));
        context.Terminal.Out.Write(table);
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
