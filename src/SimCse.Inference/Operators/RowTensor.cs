namespace SimCse.Inference.Operators;

/// <summary>A tensor as rows of its last dimension.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Rank">The number of its dimensions.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Width">The extent of its last dimension.</param>
internal readonly unsafe record struct RowTensor(nint Tensor, int Rank, long Rows, int Width)
{
    public const int MaxRank = 4;

    /// <summary>Its values, if they are float32.</summary>
    public float* Data => (float*)OrtApi.Data(Tensor);

    /// <summary>Reads an input, and its extents into <paramref name="extents"/>.</summary>
    public static RowTensor Input(nint context, int index, Span<long> extents)
    {
        var tensor = OrtApi.Input(context, index);
        var (rank, rows) = (OrtApi.Shape(tensor, extents), 1L);
        foreach (var extent in extents[..Math.Max(rank - 1, 0)])
        {
            rows *= extent;
        }

        return new RowTensor(tensor, rank, rows, rank == 0 ? 1 : checked((int)extents[rank - 1]));
    }

    /// <summary>Reads an input whose rows must have this width: nothing else keeps a kernel within a tensor's memory.</summary>
    /// <exception cref="InvalidDataException">They have another, or there is no row.</exception>
    public static RowTensor Input(nint context, int index, int width)
    {
        var input = Input(context, index, stackalloc long[MaxRank]);
        return input.Width == width && input.Rows > 0
            ? input
            : throw new InvalidDataException(
                $"Input {index} has {input.Rows} rows of {input.Width} values; expected rows of {width}. Import the model again.");
    }

    /// <summary>All values of a tensor.</summary>
    public Span<T> Values<T>()
        where T : unmanaged => new(OrtApi.Data(Tensor), checked((int)(Rows * Width)));
}
