using System.Numerics.Tensors;
using SimCse.Jobs.Parts;

namespace SimCse.Cli.Search;

/// <summary>
/// Computes the cosine similarity to one vector, around the origin or around a mean. Vectors of an untrained model all point nearly the
/// same way: around the origin every score is 1.000, around the mean they differ, in about the same order. Not thread-safe.
/// </summary>
internal sealed class VectorComparison
{
    private readonly float[] _vector;
    private readonly float[]? _mean;
    private readonly float[] _buffer;

    /// <param name="vector">The vector to compare with. If a part has fewer components, only those are compared.</param>
    /// <param name="mean">The mean of the parts' vectors; <see langword="null"/> for the origin.</param>
    public VectorComparison(ReadOnlySpan<float> vector, float[]? mean)
    {
        _vector = vector.ToArray();
        _mean = mean;
        _buffer = new float[vector.Length];
        if (mean is not null)
        {
            TensorPrimitives.Subtract(vector[..mean.Length], mean, _vector);
        }
    }

    public Neighbour Compare(PartRows rows, int row, string file)
    {
        var vector = rows.Encoded[row].Span;
        if (_mean is not null)
        {
            TensorPrimitives.Subtract(vector, _mean, _buffer);
            vector = _buffer.AsSpan(0, vector.Length);
        }

        var score = TensorPrimitives.CosineSimilarity(vector, _vector.AsSpan(0, vector.Length));
        return new Neighbour(
            float.IsNaN(score) ? 0 : score, rows.Ids[row], rows.Lines[row], rows.Texts.Count > 0 ? rows.Texts[row] : null, file);
    }
}
