namespace SimCse.Models.Weights;

/// <summary>The tensors of a checkpoint, by name.</summary>
internal interface ITensorSource : IDisposable
{
    IEnumerable<string> Names { get; }

    /// <summary>The tensor of this name; <see langword="null"/> when there is none.</summary>
    Tensor? TryFind(string name);
}

/// <summary>A tensor that a file describes. It is read later, so that its shape can be checked before any memory is taken for it.</summary>
/// <param name="Origin">The file and the tensor's name, for error messages.</param>
/// <param name="Shape">The extents, row-major.</param>
/// <param name="Read">Returns a copy of as many values as the shape says, widened to float. The source must still be open.</param>
internal sealed record Tensor(string Origin, int[] Shape, Func<float[]> Read);
