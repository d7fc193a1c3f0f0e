using System.Numerics.Tensors;
using SimCse.Cli.CommandLine;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>
/// Searches files for the rows nearest to queries. A few files are read side by side, each as a stream: memory does not grow with them.
/// </summary>
/// <param name="files">The files, which are open already.</param>
internal sealed class VectorSearch(IReadOnlyList<VectorFile> files)
{
    private const int Parallelism = 4;

    /// <summary>Room for the rows of one file in the numbers of positions.</summary>
    private const int FileShift = 40;

    /// <summary>The mean of all vectors, each scaled to length 1, and their number.</summary>
    /// <exception cref="CliException">The files differ in dimension.</exception>
    public async Task<(float[] Mean, long Count)> MeanAsync(CancellationToken cancellationToken)
    {
        var filled = files.Where(file => file.Dimension > 0).ToList();
        if (filled.Find(file => file.Dimension != filled[0].Dimension) is { } other)
        {
            throw new CliException(
                $"{other.Name} holds vectors of {other.Dimension} components, {filled[0].Name} of {filled[0].Dimension}: they have no " +
                "common mean.");
        }

        var sum = new double[filled.Count > 0 ? filled[0].Dimension : 0];
        var count = 0L;
        var row = new double[sum.Length];
        await ReadAsync((rows, _, _) =>
        {
            VectorComparison.ScaleToOne(rows.Encoded.Vectors, rows.Encoded.Dimension);
            for (var i = 0; i < rows.Count; i++)
            {
                TensorPrimitives.ConvertTruncating<float, double>(rows.Encoded[i].Span, row);
                TensorPrimitives.Add(sum, row, sum);
            }

            count += rows.Count;
        }, cancellationToken);
        return ([.. sum.Select(component => (float)(component / Math.Max(1, count)))], count);
    }

    /// <summary>The <paramref name="k"/> nearest rows of each query.</summary>
    /// <param name="queries">The vectors of the queries, of any length.</param>
    /// <param name="k">How many rows each query gets.</param>
    /// <param name="mean">The point around which is compared; <see langword="null"/> for the origin.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<IReadOnlyList<Neighbour>>> NearestAsync(
        EncodedTexts queries, int k, float[]? mean, CancellationToken cancellationToken)
    {
        var comparison = new VectorComparison(queries, mean, k);
        await ReadAsync(comparison.Compare, cancellationToken);
        return comparison.Nearest;
    }

    /// <summary>Reads all files, side by side, and passes rows on, one call at a time.</summary>
    private async Task ReadAsync(Action<PartRows, VectorFile, long> visit, CancellationToken cancellationToken)
    {
        var turn = new Lock();
        await Parallel.ForAsync(
            0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                var position = (long)i << FileShift;
                await foreach (var rows in files[i].ReadAsync(token))
                {
                    lock (turn)
                    {
                        visit(rows, files[i], position);
                    }

                    position += rows.Count;
                }
            });
    }
}
