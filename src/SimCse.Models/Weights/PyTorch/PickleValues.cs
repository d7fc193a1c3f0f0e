namespace SimCse.Models.Weights.PyTorch;

/// <summary>A class or function of Python that a pickle asks for. Only those of <see cref="PickleReader"/>'s list are made.</summary>
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
/// <param name="Key">The name of the file.</param>
/// <param name="Elements">The number of elements in the file.</param>
internal sealed record PickleStorage(string Type, string Key, long Elements);

/// <summary>A view on a storage; offset and strides count elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, int[] Shape, long[] Strides);
