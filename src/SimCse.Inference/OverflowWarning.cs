using System.Runtime.InteropServices;
using SimCse.Inference.Internals;

namespace SimCse.Inference;

/// <summary>Warns when a processor may compute a bundle's vectors wrongly.</summary>
public static class OverflowWarning
{
    /// <summary>A warning for users; <see langword="null"/> when this processor computes the bundle's products exactly.</summary>
    public static string? Find(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return Find(bundle.Model.Precision, ProcessorFeatures.Current);
    }

    /// <summary>
    /// On x86-64 without VNNI, ONNX Runtime's kernel for unsigned activations and signed weights adds two products in 16 bits (vpmaddubsw),
    /// which saturate: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html. Arm64's instructions do not.
    /// </summary>
    internal static string? Find(Precision precision, ProcessorFeatures features) =>
        precision is not (Precision.Int8 or Precision.Int8Stable) || features.HasVnni
            || features.Architecture is not (Architecture.X64 or Architecture.X86)
            ? null
            : $"this processor has no VNNI: products in {precision.Name()} are added in 16 bits and may overflow, so that vectors can be " +
              "wrong without an error. Use a bundle in fp32, or a processor with AVX-512 VNNI or AVX-VNNI; 'simcse eval precision' " +
              "measures what is lost here.";
}
