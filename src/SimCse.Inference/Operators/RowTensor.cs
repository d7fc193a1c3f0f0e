namespace SimCse.Inference.Operators;

/// <summary>A float32 tensor as rows of its last dimension.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Rank">The number of its dimensions.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Width">The extent of its last dimension.</param>
internal readonly unsafe record struct RowTensor(nint Tensor, int Rank, long Rows, int Width)
{
    public const int MaxRank = 4;

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

        return new RowTensor(tensor, rank, rows, rank == 0 ? 1 : (int)extents[rank - 1]);
    }
}
