using System.Collections.Concurrent;
using System.Numerics.Tensors;
using SimCse.Inference;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>
/// Computes the cosine of rows to some queries, around the origin or around a mean. Vectors of an untrained model all point nearly the
/// same way: around the origin every score is 1.000, around the mean they differ, in about the same order. All vectors are scaled to
/// length 1 before anything else, so that it does not matter whether they were stored so. One call at a time.
/// </summary>
/// <param name="queries">The vectors to compare with. Of a file with fewer components only those are compared.</param>
/// <param name="mean">The mean of the files' vectors, each of length 1; <see langword="null"/> for the origin.</param>
/// <param name="k">How many rows each query gets.</param>
internal sealed class VectorComparison(EncodedTexts queries, float[]? mean, int k)
{
    /// <summary>Below this many products, threads would cost more than they save.</summary>
    private const int MinParallelProducts = 1 << 20;

    private readonly ConcurrentDictionary<int, float[]> _prepared = new();
    private readonly NeighbourList[] _nearest = [.. Enumerable.Range(0, queries.Count).Select(_ => new NeighbourList(k))];

    /// <summary>The nearest rows of each query.</summary>
    public IReadOnlyList<IReadOnlyList<Neighbour>> Nearest => [.. _nearest.Select(list => list.ToList())];

    /// <summary>Scales vectors to length 1. One without a direction becomes 0.</summary>
    public static void ScaleToOne(Span<float> vectors, int dimension)
    {
        for (var start = 0; start < vectors.Length; start += dimension)
        {
            var vector = vectors.Slice(start, dimension);
            var length = TensorPrimitives.Norm(vector);
            if (length > 0)
            {
                TensorPrimitives.Divide(vector, length, vector);
            }
        }
    }

    /// <summary>Compares rows with all queries. The vectors of the rows are changed.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="file">The file that holds them.</param>
    /// <param name="position">The position of the first row among all rows.</param>
    public void Compare(PartRows rows, VectorFile file, long position)
    {
        var dimension = rows.Encoded.Dimension;
        var vectors = _prepared.GetOrAdd(dimension, Queries);
        Prepare(rows.Encoded.Vectors, dimension);
        if ((long)rows.Count * queries.Count * dimension < MinParallelProducts)
        {
            for (var query = 0; query < queries.Count; query++)
            {
                Compare(query);
            }
        }
        else
        {
            Parallel.For(0, queries.Count, Compare);
        }

        void Compare(int query)
        {
            var nearest = _nearest[query];
            var vector = vectors.AsSpan(query * dimension, dimension);
            for (var row = 0; row < rows.Count; row++)
            {
                var cosine = TensorPrimitives.Dot(rows.Encoded[row].Span, vector);
                var score = float.IsFinite(cosine) ? Math.Clamp(cosine, -1, 1) : 0;
                if (nearest.Wants(score, position + row))
                {
                    nearest.Add(
                        new Neighbour(score, rows.Ids[row], rows.Lines[row], rows.Texts.Count > 0 ? rows.Texts[row] : null, file),
                        position + row);
                }
            }
        }
    }

    private float[] Queries(int dimension)
    {
        var vectors = new float[queries.Count * dimension];
        for (var query = 0; query < queries.Count; query++)
        {
            queries[query].Span[..dimension].CopyTo(vectors.AsSpan(query * dimension));
        }

        Prepare(vectors, dimension);
        return vectors;
    }

    private void Prepare(float[] vectors, int dimension)
    {
        ScaleToOne(vectors, dimension);
        if (mean is not null)
        {
            for (var start = 0; start < vectors.Length; start += dimension)
            {
                TensorPrimitives.Subtract(vectors.AsSpan(start, dimension), mean, vectors.AsSpan(start, dimension));
            }

            ScaleToOne(vectors, dimension);
        }
    }
}
