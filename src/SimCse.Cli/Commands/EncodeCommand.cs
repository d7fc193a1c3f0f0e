using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Inference;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse encode</c>: encodes a file to Parquet or JSON lines on this machine, without storage.</summary>
internal sealed class EncodeCommand : CliCommand
{
    private readonly Argument<string> _file = CommonArguments.File();
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Where the rows go: a name that ends in .parquet or .jsonl, or - for JSON lines on standard output.",
        HelpName = "FILE",
        DefaultValueFactory = _ => RowOutput.StandardOutput,
    };

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly OutputOptions _options = new();
    private readonly Option<ErrorLimit?> _maxErrors = MaxErrorsOption.Create("without output");
    private readonly Option<SourceKind> _format = CommonOptions.Format();

    public EncodeCommand()
        : base("encode", "Encode a text file here, without storage: the same formats and columns as a job, in one file.")
    {
        Add(_file);
        Add(_output);
        Add(_model);
        _options.AddTo(this);
        Add(_maxErrors);
        Add(_format);
        Examples =
        [
            "simcse encode texts.txt -o texts.parquet",
            "simcse encode records.jsonl.gz -o records.parquet --model ./bundle --normalize",
            "echo 吾輩は猫である。 | simcse encode",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var output = context.Get(_output)!;
        RowOutput.Check(output);
        await using var input = await TextInput.OpenAsync(context.Get(_file)!, context.Get(_format), context.CancellationToken);
        var bundle = await ModelSelection.OpenAsync(
            context.Get(_model), context.Terminal, context.CancellationToken, showsVectors: true);
        var chosen = _options.Chosen(context) ?? new JobOptions();
        var options = new EncodeOptions { Normalize = chosen.Normalize, Dimensions = chosen.Dimensions };
        var metadata = PartMetadata.From(bundle, options); // refuses options that the model does not have, before it is loaded
        var type = chosen.VectorType ?? VectorType.Float32;
        RowOutput.Check(output, type, metadata.Dimension);
        using var encoder = SentenceEncoder.Load(bundle);
        if (encoder.PrecisionWarning is { } warning)
        {
            context.Terminal.Warn(warning);
        }

        metadata = metadata with
        {
            Device = encoder.Device,
            VectorType = type,
            Range = await VectorCalibration.FindAsync(encoder, type, options, context.CancellationToken),
        };
        await using var rows = await RowOutput.CreateAsync(
            output, metadata, chosen.IncludeText, context.Terminal, context.CancellationToken);
        var summary = await EncodeProgress.ShowAsync(
            context.Terminal, input.Source.Texts, report => EncodeAsync(input.Source, encoder, options, rows, report, context));
        await rows.CompleteAsync(context.CancellationToken);
        context.Terminal.Note($"{summary}{(output == RowOutput.StandardOutput ? "" : $" → {output}")}");
        return ExitCodes.Success;
    }

    private async Task<string> EncodeAsync(
        SourceFile source, SentenceEncoder encoder, EncodeOptions options, IRowOutput rows, Action<long> report, CliContext context)
    {
        var skipped = new SkippedLines(context.Terminal);
        var watch = Stopwatch.StartNew();
        var (texts, tokens, truncated) = (0L, 0L, 0L);
        await foreach (var batch in TextBatches.ReadAsync(source, skipped, context.CancellationToken))
        {
            string[] batchTexts = [.. batch.Select(record => record.Text!)];
            var encoded = await EncodeAsync(encoder, batch, batchTexts, options, context.CancellationToken);
            await rows.WriteAsync(
                new PartRows([.. batch.Select(record => record.Id)], [.. batch.Select(record => record.Line)], batchTexts, encoded),
                context.CancellationToken);
            texts += batch.Count;
            tokens += encoded.TotalTokens;
            truncated += encoded.Truncated.LongCount(isTruncated => isTruncated);
            report(texts + skipped.Count);
        }

        skipped.Summarise(texts, context.Get(_maxErrors));
        var seconds = watch.Elapsed.TotalSeconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Encoded {Amount.Of(texts, "text")} ({Amount.Of(tokens, "token")}, {truncated:N0} truncated, " +
            $"{Amount.Of(skipped.Count, "line")} skipped) in {seconds:0.0} s, {texts / seconds:N0} texts/s");
    }

    private static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, List<SourceRecord> batch, string[] texts, EncodeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await encoder.EncodeAsync(texts, options, cancellationToken);
        }
        catch (VectorNotFiniteException e)
        {
            throw new CliException($"Line {batch[e.Index].Line}: {e.Message}", e);
        }
    }
}
