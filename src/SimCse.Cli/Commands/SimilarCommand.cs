using System.CommandLine;
using System.Globalization;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Models;
using SimCse.Cli.Output;
using SimCse.Cli.Search;
using SimCse.Cli.Terminal;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Commands;

/// <summary><c>simcse similar</c>: finds the rows of Parquet files whose vectors are nearest to a text's vector.</summary>
internal sealed class SimilarCommand : CliCommand
{
    private const int MaxNeighbours = 10_000;

    private readonly Argument<string> _query = new("QUERY") { Description = "The text to compare with." };
    private readonly Option<string[]> _in = new("--in")
    {
        Description = "Parquet files that simcse wrote, or folders of them.",
        HelpName = "PARQUET",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _k = new("-k") { Description = "How many rows to show.", HelpName = "N", DefaultValueFactory = _ => 10 };
    private readonly Option<string?> _model = CommonOptions.Model();
    private readonly Option<bool> _anyModel = new("--any-model")
    {
        Description = "Compare even with vectors of another model (another fingerprint), as far as dimensions allow. The scores rarely " +
            "mean anything then.",
    };

    private readonly Option<bool> _center = new("--center")
    {
        Description = "Compare around the mean of all vectors. Spreads the scores of a model whose vectors all point the same way, as " +
            "the demo model's do.",
    };

    private readonly Option<bool> _json = CommonOptions.Json("the rows");

    public SimilarCommand()
        : base("similar", "Find the rows of Parquet files that are nearest to a text, by cosine similarity.")
    {
        Add(_query);
        Add(_in);
        Add(_k);
        Add(_model);
        Add(_anyModel);
        Add(_center);
        Add(_json);
        _k.Between(1, MaxNeighbours);
        Examples = ["simcse similar 明日は晴れるでしょう。 --in texts.parquet -k 5", "simcse similar 猫が眠る --in .simcse/demo/embeddings --center"];
    }

    public override async Task<int> RunAsync(CliContext context)
    {
        var files = PartFiles.Find(context.Get(_in)!);
        var bundle = await ModelSelection.OpenAsync(
            context.Get(_model), context.Terminal, context.CancellationToken, showsVectors: true);
        using var encoder = SentenceEncoder.Load(bundle);
        var query = await encoder.EncodeAsync([context.Get(_query)!], cancellationToken: context.CancellationToken);
        var mean = context.Get(_center) ? await PartFiles.MeanAsync(files, Check, context.CancellationToken) : null;
        var comparison = new VectorComparison(query.Vectors, mean);
        var nearest = new NeighbourList(context.Get(_k));
        foreach (var file in files)
        {
            await PartFiles.ReadAsync(
                file, metadata =>
                    Check(metadata, file), (rows, row) => nearest.Add(comparison.Compare(rows, row, file)), context.CancellationToken);
        }

        Write(nearest.ToList(), context);
        return ExitCodes.Success;

        void Check(PartMetadata part, string file) => CheckPart(part, bundle, file, context.Get(_anyModel));
    }

    private static void CheckPart(PartMetadata part, Bundle bundle, string file, bool anyModel)
    {
        if (part.Model.Fingerprint != bundle.Model.Fingerprint && !anyModel)
        {
            throw new CliException(
                $"{file} holds vectors of the model {part.Model.Name} (fingerprint {part.Model.Fingerprint[..12]}…), not of " +
                $"{bundle.Model.Name} ({bundle.Model.Fingerprint[..12]}…); name its bundle with --model, or compare all the same with " +
                "--any-model.");
        }

        // A part may hold only the first components of each vector, but never more components than the model makes.
        if (part.Dimension > bundle.Model.Dimension)
        {
            throw new CliException(
                $"{file} holds vectors of {part.Dimension} components; the model {bundle.Model.Name} makes {bundle.Model.Dimension}.");
        }
    }

    private void Write(IReadOnlyList<Neighbour> nearest, CliContext context)
    {
        if (context.Get(_json))
        {
            foreach (var neighbour in nearest)
            {
                context.Terminal.Data.WriteLine(ToJson(neighbour));
            }

            context.Terminal.Data.Flush();
            return;
        }

        var table = CliTable.Create(">cosine", ">line", "id", "text");
        foreach (var neighbour in nearest)
        {
            table.Row(
                neighbour.Score.ToString("0.0000", CultureInfo.InvariantCulture), neighbour.Line.ToString(CultureInfo.InvariantCulture),
                neighbour.Id,
                neighbour.Text ?? "(the part holds no texts)");
        }

        context.Terminal.Out.Write(table);
    }

    private static string ToJson(Neighbour neighbour) => JsonLine.Write(json =>
    {
        json.WriteNumber("score", neighbour.Score);
        json.WriteString("id", neighbour.Id);
        json.WriteNumber("line", neighbour.Line);
        if (neighbour.Text is { } text)
        {
            json.WriteString("text", text);
        }

        json.WriteString("file", neighbour.File);
    });
}
