namespace SimCse.Models.Weights.PyTorch;

/// <summary>
/// A name that a pickle asks for: a class or function of Python. Only those of <see cref="PickleReader"/>'s list are ever made.
/// </summary>
internal sealed record PickleGlobal(string Name);

/// <summary>The mark of the pickle machine's stack.</summary>
internal sealed class PickleMark
{
    public static readonly PickleMark Instance = new();
}

/// <summary>A Python dict or OrderedDict. Keys that are not text (there are none in a state dict) are left out.</summary>
internal sealed class PickleDictionary
{
    public Dictionary<string, object?> Items { get; } = new(StringComparer.Ordinal);
}

/// <summary>What a persistent id names: one file under <c>data/</c> in the archive.</summary>
/// <param name="Type">PyTorch's storage class, <c>FloatStorage</c> and so on.</param>
/// <param name="Key">Name of the file.</param>
/// <param name="Elements">Number of elements in it.</param>
internal sealed record PickleStorage(string Type, string Key, long Elements);

/// <summary>A view on a storage; offset and strides count elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, int[] Shape, long[] Strides);
