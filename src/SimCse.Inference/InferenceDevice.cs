using System.Text.Json.Serialization;

namespace SimCse.Inference;

/// <summary>What a session runs on; settings, <c>/health/ready</c> and footers spell it by its <see cref="EnumNames"/>.</summary>
public enum InferenceDevice
{
    /// <summary>CUDA where there is a GPU and a build of ONNX Runtime that knows it, else CPU with a warning.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    [JsonStringEnumMemberName("cpu")]
    Cpu,

    /// <summary>The first NVIDIA GPU; an error where there is none.</summary>
    [JsonStringEnumMemberName("cuda")]
    Cuda,
}
