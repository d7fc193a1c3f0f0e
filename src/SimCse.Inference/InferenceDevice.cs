using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>The device that a session runs on. Settings, <c>/health/ready</c> and footers use its <see cref="EnumNames"/>.</summary>
public enum InferenceDevice
{
    /// <summary>CUDA if there is a GPU and this build of ONNX Runtime supports it; otherwise CPU, with a warning.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    [JsonStringEnumMemberName("cpu")]
    Cpu,

    /// <summary>The first NVIDIA GPU; an error if there is none.</summary>
    [JsonStringEnumMemberName("cuda")]
    Cuda,
}
