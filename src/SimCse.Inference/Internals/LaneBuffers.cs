using Microsoft.ML.OnnxRuntime;

namespace SimCse.Inference.Internals;

/// <summary>The buffers that the runs of one lane read and write. They grow to the largest batch and keep that size.</summary>
internal sealed class LaneBuffers : IDisposable
{
    private int[] _ids = [];
    private int[] _promptLengths = [];
    private float[] _vectors = [];

    public RunOptions Options { get; } = new();

    public Memory<int> Ids(int count) => Grow(ref _ids, count);

    public Memory<int> PromptLengths(int count) => Grow(ref _promptLengths, count);

    public Memory<float> Vectors(int count) => Grow(ref _vectors, count);

    public void Dispose() => Options.Dispose();

    private static Memory<T> Grow<T>(ref T[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            buffer = new T[count];
        }

        return buffer.AsMemory(0, count);
    }
}
