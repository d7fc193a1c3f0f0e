namespace SimCse.Models.Weights;

/// <summary>The tensors of a checkpoint, by name.</summary>
internal interface ITensorSource : IDisposable
{
    IEnumerable<string> Names { get; }

    /// <summary>A copy of the tensor, widened to float; <see langword="null"/> when there is none of that name.</summary>
    Tensor? TryRead(string name);
}

/// <param name="Origin">File and name, for messages.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Values">As many as the shape says.</param>
internal sealed record Tensor(string Origin, int[] Shape, float[] Values);
