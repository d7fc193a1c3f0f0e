namespace SimCse.Inference.Operators;

/// <summary>How an operator writes the rows that a product reads.</summary>
internal enum RowForm
{
    Float32,

    /// <summary>Bytes around <see cref="RowForms.Middle"/>, with one scale for all.</summary>
    Fixed,

    /// <summary>Bytes around <see cref="RowForms.Middle"/>, with a scale for each row.</summary>
    Token,
}

/// <summary>The numbers of <see cref="RowForm"/>.</summary>
internal static class RowForms
{
    /// <summary>What stands for 0: ONNX Runtime's fast kernels take unsigned inputs.</summary>
    public const byte Middle = 128;

    public const float Largest = 127;

    /// <summary>Keeps a row of zeros from being divided by 0.</summary>
    public const float Smallest = 1e-30f;

    /// <summary>The step between two bytes of a row with this largest magnitude.</summary>
    public static float Step(float magnitude) => Math.Max(magnitude / Largest, Smallest);
}
