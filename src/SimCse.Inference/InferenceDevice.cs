namespace SimCse.Inference;

/// <summary>What a session runs on.</summary>
public enum InferenceDevice
{
    /// <summary>CUDA where there is a GPU and a build of ONNX Runtime that knows it, else CPU with a warning.</summary>
    Auto,

    Cpu,

    /// <summary>The first NVIDIA GPU; an error where there is none.</summary>
    Cuda,
}

/// <summary>Names of devices as settings, <c>/health/ready</c> and footers spell them.</summary>
public static class InferenceDevices
{
    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    public static string Name(this InferenceDevice device) => device switch
    {
        InferenceDevice.Auto => "auto",
        InferenceDevice.Cpu => "cpu",
        InferenceDevice.Cuda => "cuda",
        _ => throw new ArgumentOutOfRangeException(nameof(device), device, null),
    };
}
