using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Progress;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Jobs.Encode;
using SimCse.Jobs.Parts;
using SimCse.Jobs.Plan;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Tokenization;

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
    private readonly PromptOptions _prompt = new();
    private readonly OutputOptions _options = new();
    private readonly Option<ErrorLimit?> _maxErrors = MaxErrorsOption.Create("without output");
    private readonly Option<SourceKind> _format = CommonOptions.Format();
    private readonly Option<string?> _errors = new("--errors")
    {
        Description = "Where the lines go that are no texts, as JSON lines with line, id and reason, like the error file of a job.",
        HelpName = "FILE",
    };

    public EncodeCommand()
        : base("encode", "Encode a text file here, without storage: the same formats and columns as a job, in one file.")
    {
        Add(_file);
        Add(_output);
        Add(_errors);
        Add(_model);
        _prompt.AddTo(this);
        _options.AddTo(this);
        Add(_maxErrors);
        Add(_format);
        Examples =
        [
            "simcse encode texts.txt -o texts.parquet",
            "simcse encode records.jsonl.gz -o records.parquet --errors bad.jsonl --normalize",
            "simcse encode reports.jsonl -o reports.parquet --model ./bundle --chunk --prompt-name document",
            "echo 吾輩は猫である。 | simcse encode",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var (output, chosen) = (context.Get(_output)!, _options.Chosen(context) ?? new JobOptions());
        Check(output, context);
        await using var input = await TryOpenAsync(chosen, context);
        var bundle = await ModelSelection.OpenAsync(
            context.Get(_model), context.Terminal, context.CancellationToken, showsVectors: true);
        var options = new EncodeOptions
        {
            Normalize = chosen.Normalize,
            Dimensions = chosen.Dimensions,
            Prompt = _prompt.Text(context),
            PromptName = _prompt.Name(context),
        };

        // Refuses options that the model does not have, before it is loaded.
        var type = chosen.VectorType ?? VectorType.Float32;
        var metadata = PartMetadata.From(bundle, options) with { ChunkOverlap = chosen.ChunkOverlap, VectorType = type };
        RowOutput.Check(output, type, metadata.Dimension);
        TellPrompt(metadata, bundle.Prompts, options, context);
        _ = chosen.ChunkOverlap is { } overlap ? TextSplitter.CheckOverlap(overlap, bundle.Model.MaxSequenceLength) : 0;
        await using var errors = context.Get(_errors) is { } path ? new PendingFile(path) : null;
        if (input is null)
        {
            await using var nothing = await CreateOutputAsync(metadata, chosen, kept: null, context);
            await (errors?.CompleteAsync() ?? Task.CompletedTask);
            await nothing.CompleteAsync(context.CancellationToken);
            return ExitCodes.Success;
        }

        using var encoder = SentenceEncoder.Load(bundle);
        if (encoder.PrecisionWarning is { } warning)
        {
            context.Terminal.Warn(warning);
        }

        metadata = metadata with
        {
            Device = encoder.Device,
            Arithmetic = encoder.Arithmetic,
            Range = await VectorCalibration.FindAsync(encoder, type, options, context.CancellationToken),
        };
        await using var rows = await CreateOutputAsync(metadata, chosen, input.Source.Kept, context);
        if (input.Source.DuplicateIds is > 0 and var duplicates)
        {
            context.Terminal.Warn($"{JobText.DuplicateIds(duplicates)}.");
        }

        var skipped = new SkippedLines(context.Terminal, errors?.Stream);
        var splitter = chosen.ChunkOverlap is { } tokens ? new TextSplitter(encoder.Tokenizer, tokens, metadata.Prompt ?? "") : null;
        var (texts, summary) = await EncodeProgress.ShowAsync(
            context.Terminal, input.Source.Texts,
            report => EncodeAsync(input.Source, encoder, splitter, options, rows, skipped, report, context));
        await (errors?.CompleteAsync() ?? Task.CompletedTask); // also if there are too many
        skipped.Summarise(texts, context.Get(_maxErrors));
        await rows.CompleteAsync(context.CancellationToken);
        context.Terminal.Note($"{summary}{(output == RowOutput.StandardOutput ? "" : $" → {output}")}");
        return ExitCodes.Success;
    }

    /// <summary>Says what goes before each text, and that nothing does if the model knows prompts and nobody has decided.</summary>
    private static void TellPrompt(PartMetadata metadata, ModelPrompts prompts, EncodeOptions options, CliContext context)
    {
        var known = string.Join(", ", prompts.Named.Where(named => named.Value.Length > 0).Select(named => $"'{named.Key}'"));
        if (metadata.Prompt is { } prompt)
        {
            context.Terminal.Note(PromptOptions.Sentence(prompt, metadata.PromptName));
        }
        else if (options is { Prompt: null, PromptName: null } && known.Length > 0)
        {
            context.Terminal.Note(
                $"Nothing goes before the texts, although the model knows {known}. Choose one with --prompt-name, or nothing with " +
                "--prompt \"\".");
        }
    }

    private void Check(string output, CliContext context)
    {
        RowOutput.Check(output);
        if (context.Get(_errors) is { } errors && Path.GetDirectoryName(Path.GetFullPath(errors)) is { } folder
            && !Directory.Exists(folder))
        {
            throw new CliException($"The folder {folder} of --errors does not exist.");
        }
    }

    /// <summary>The source; <see langword="null"/> when it holds no text. Then there are no rows, which is no error.</summary>
    private async Task<TextInput?> TryOpenAsync(JobOptions chosen, CliContext context)
    {
        try
        {
            return await TextInput.OpenAsync(
                context.Get(_file)!, context.Get(_format), context.CancellationToken, chosen.ToColumns(), chosen.Encoding);
        }
        catch (InvalidDataException e) when (e.InnerException is PermanentJobException { HoldsNoText: true })
        {
            context.Terminal.Note($"{e.Message} The output has no rows.");
            return null;
        }
    }

    private Task<IRowOutput> CreateOutputAsync(
        PartMetadata metadata, JobOptions chosen, IReadOnlyList<KeptColumn>? kept, CliContext context) => RowOutput.CreateAsync(
            context.Get(_output)!, metadata, chosen.IncludeText, kept, context.Terminal, context.CancellationToken);

    private static async Task<(long Texts, string Summary)> EncodeAsync(
        SourceFile source, SentenceEncoder encoder, TextSplitter? splitter, EncodeOptions options, IRowOutput rows, SkippedLines skipped,
        Action<long> report, CliContext context)
    {
        var watch = Stopwatch.StartNew();
        var (texts, count, tokens, unknown, truncated) = (0L, 0L, 0L, 0L, 0L);
        await foreach (var batch in TextBatches.ReadAsync(source, skipped, context.CancellationToken))
        {
            foreach (var slice in Slice(batch).Split(splitter, ShardSlice.MaxLines))
            {
                var encoded = await EncodeAsync(encoder, slice, options, context.CancellationToken);
                await rows.WriteAsync(slice.ToRows(encoded), context.CancellationToken);
                texts += slice.TextCount;
                count += encoded.Count;
                tokens += encoded.TotalTokens;
                unknown += encoded.TotalUnknown;
                truncated += encoded.Truncated.LongCount(isTruncated => isTruncated);
                report(texts + skipped.Count);
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        return (texts, string.Create(
            CultureInfo.InvariantCulture,
            $"Encoded {Amount.Of(texts, "text")} {(splitter is null ? "" : $"in {Amount.Of(count, "row")} ")}" +
            $"({Amount.Of(tokens, "token")}, {Amount.Share(unknown, tokens)} of them [UNK]; {truncated:N0} truncated, " +
            $"{Amount.Of(skipped.Count, "line")} skipped) in {seconds:0.0} s, {texts / seconds:N0} texts/s"));
    }

    private static ShardSlice Slice(List<SourceRecord> batch)
    {
        var slice = new ShardSlice();
        foreach (var record in batch)
        {
            slice.Add(record, lineBytes: 0);
        }

        return slice;
    }

    private static async Task<EncodedTexts> EncodeAsync(
        SentenceEncoder encoder, ShardSlice slice, EncodeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await encoder.EncodeAsync(slice.Texts, options, cancellationToken);
        }
        catch (VectorNotFiniteException e)
        {
            throw new CliException($"Line {slice.Lines[e.Index]}: {e.Message}", e);
        }
    }
}
