namespace SimCse.Models.Weights;

/// <summary>The tensors of a checkpoint, by name.</summary>
internal interface ITensorSource : IDisposable
{
    IEnumerable<string> Names { get; }

    /// <summary><see langword="null"/> when there is none of that name.</summary>
    Tensor? TryFind(string name);
}

/// <summary>A tensor that a file describes; not read yet, so that its shape can be looked at before any memory is taken for it.</summary>
/// <param name="Origin">File and name, for messages.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Read">Makes a copy of as many values as the shape says, widened to float; while the source is open.</param>
internal sealed record Tensor(string Origin, int[] Shape, Func<float[]> Read);
