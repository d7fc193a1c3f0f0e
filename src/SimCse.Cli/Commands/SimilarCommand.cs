using System.CommandLine;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Input;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Cli.Storage;
using SimCse.Inference;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse similar</c>: finds the rows whose vectors are nearest to those of texts.</summary>
internal sealed class SimilarCommand : CliCommand
{
    private const int MaxNeighbours = 10_000;

    /// <summary>Bound what is held at a time: the vectors of queries, and the rows found for them.</summary>
    private const int MaxQueriesAtOnce = 1_024, MaxFoundAtOnce = 200_000;

    private readonly Argument<string[]> _query = new("TEXT")
    {
        Description = "Texts to compare with; - is the texts of standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _queries = new("--queries")
    {
        Description = "File of texts to compare with: .txt or .jsonl, also with .gz; - is standard input.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _in = new("--in")
    {
        Description = "Parquet files of simcse or of others, .jsonl of 'simcse encode', or folders of them.",
        HelpName = "FILES",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _vectorColumn = new("--vector-column")
    {
        Description = "The column of vectors in Parquet files that others wrote. Default: the only one with lists of floats.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "Instead of --in: the newest version of this source in storage, or of all sources whose names begin so. Nothing is " +
            "copied to this machine.",
        HelpName = "SOURCE|PREFIX",
    };

    private readonly Option<int> _k = new("-k")
    {
        Description = "How many rows to show for each text.",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly PromptOptions _prompt = new("each text to compare with", "the model's prompt for queries, if it has one");
    private readonly Option<bool> _anyModel = new("--any-model")
    {
        Description = "Compare even with vectors of another model (another fingerprint), as far as dimensions allow. The scores rarely " +
            "mean anything then.",
    };

    private readonly Option<bool> _allVersions = new("--all-versions")
    {
        Description = "Search all versions of a source that are in FILES, and not only the newest.",
    };

    private readonly Option<bool> _center = new("--center")
    {
        Description = "Compare around the mean: the mean of all rows is subtracted from rows and texts, after each vector is scaled to " +
            "length 1. Spreads the scores of a model whose vectors all point the same way, as the demo model's do.",
    };

    private readonly Option<SourceKind> _format = CommonOptions.Format();
    private readonly Option<bool> _json = CommonOptions.Json("the rows");
    private readonly SecretOption _connection = CommonOptions.Connection();
    private readonly Option<string> _data = CommonOptions.Data();

    public SimilarCommand()
        : base("similar", "Find the rows nearest to texts by cosine similarity, whatever the length of the vectors.")
    {
        Add(_query);
        Add(_queries);
        Add(_in);
        Add(_vectorColumn);
        Add(_source);
        Add(_k);
        Add(_model);
        _prompt.AddTo(this);
        Add(_anyModel);
        Add(_allVersions);
        Add(_center);
        Add(_format);
        Add(_json);
        _connection.AddTo(this);
        Add(_data);
        _k.Between(1, MaxNeighbours);
        Validators.Add(result =>
        {
            if (result.GetValue(_in) is { Length: > 0 } == result.GetValue(_source) is not null)
            {
                result.AddError("similar needs either --in FILES or --source SOURCE|PREFIX.");
            }
            else if (result.GetValue(_query) is not { Length: > 0 } && result.GetValue(_queries) is null)
            {
                result.AddError("similar needs TEXT, or --queries FILE.");
            }
            else if (Given(result.GetValue(_query)).FromInput && result.GetValue(_queries) is not null)
            {
                result.AddError("similar has - and --queries FILE; expected one of them.");
            }
        });
        Examples =
        [
            "simcse similar 明日は晴れるでしょう。 --in texts.parquet -k 5",
            "simcse similar 猫が眠る --in .simcse/demo/embeddings --center",
            "simcse similar --queries questions.txt --source news/ --json",
        ];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var files = await FindAsync(context);
        var bundle = await ModelSelection.OpenAsync(context.Get(_model), context.Terminal, context.CancellationToken, showsVectors: true);
        ModelCheck.Check(files, bundle, context.Get(_anyModel), context.Terminal.Note);
        var options = QueryOptions(bundle, context);
        PromptCheck.Check(files, bundle.Prompts, options, context.Terminal.Note);
        using var encoder = SentenceEncoder.Load(bundle);
        ArithmeticCheck.Check(files, encoder.Arithmetic, context.Terminal.Warn);
        var search = new VectorSearch(files);
        float[]? mean = null;
        if (context.Get(_center))
        {
            (mean, var count) = await search.MeanAsync(context.CancellationToken);
            context.Terminal.Note(
                $"Scores are cosines around the mean of {Amount.Of(count, "row")}, each scaled to length 1 before.");
        }

        var output = new NeighbourOutput(context.Terminal, context.Get(_json), files);
        var k = context.Get(_k);
        await foreach (var queries in ReadQueriesAsync(Math.Clamp(MaxFoundAtOnce / k, 1, MaxQueriesAtOnce), context))
        {
            var encoded = await encoder.EncodeAsync([.. queries.Select(query => query.Text!)], options, context.CancellationToken);
            output.Write(queries, await search.NearestAsync(encoded, k, mean, context.CancellationToken));
        }

        foreach (var file in files.Where(file => file.WithoutVector > 0))
        {
            context.Terminal.Note($"{file.Name}: {Amount.Of(file.WithoutVector, "row")} without a vector left out.");
        }

        return ExitCodes.Success;
    }

    private EncodeOptions QueryOptions(Bundle bundle, CliContext context) => _prompt.Text(context) is { } prompt
        ? new EncodeOptions { Prompt = prompt }
        : new EncodeOptions { PromptName = _prompt.Name(context) ?? bundle.Prompts.QueryName };

    private async Task<IReadOnlyList<VectorFile>> FindAsync(CliContext context)
    {
        if (context.Get(_source) is { } source)
        {
            var client = await StorageSelection.ConnectAsync(context, _connection.Read(context), context.Get(_data)!);
            return await StoredVectors.FindAsync(client, source, context.CancellationToken);
        }

        var files = LocalVectors.Find(context.Get(_in)!, context.Get(_vectorColumn));
        foreach (var file in files)
        {
            await file.OpenAsync(context.CancellationToken);
        }

        return context.Get(_allVersions) ? files : VersionChoice.Newest(files, context.Terminal.Note);
    }

    /// <summary>The texts of the command line, and whether those of standard input are wanted, too.</summary>
    private static (string[] Texts, bool FromInput) Given(string[]? texts) =>
        (Array.FindAll(texts ?? [], text => text != TextInput.StandardInput), texts?.Contains(TextInput.StandardInput) == true);

    /// <summary>The texts of the command line, and then those of the file, some at a time.</summary>
    private async IAsyncEnumerable<IReadOnlyList<SourceRecord>> ReadQueriesAsync(int atOnce, CliContext context)
    {
        var (given, fromInput) = Given(context.Get(_query));
        foreach (var chunk in given.Chunk(atOnce))
        {
            yield return [.. chunk.Select(text => new SourceRecord(0, "", text, null))];
        }

        if ((fromInput ? TextInput.StandardInput : context.Get(_queries)) is not { } file)
        {
            yield break;
        }

        await using var input = await TextInput.OpenAsync(file, context.Get(_format), context.CancellationToken);
        var (skipped, texts) = (new SkippedLines(context.Terminal), 0L);
        await foreach (var batch in TextBatches.ReadAsync(input.Source, skipped, context.CancellationToken))
        {
            texts += batch.Count;
            foreach (var chunk in batch.Chunk(atOnce))
            {
                yield return chunk;
            }
        }

        skipped.Summarise(texts);
    }
}
