using Microsoft.ML.OnnxRuntime;

namespace SimCse.Inference.Internals;

/// <summary>Opens a session on the device that was asked for, or on one that is available.</summary>
internal static class DeviceChoice
{
    private const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>ONNX Runtime names a missing library only in its own log, on standard error.</summary>
    private const string Needed =
        "CUDA needs an NVIDIA GPU with its driver, and CUDA 13 and cuDNN 9 on LD_LIBRARY_PATH (infra/docker/Dockerfile.gpu has them; " +
        "standard error names what is missing). Inference:Device cpu does without.";

    /// <summary>The providers that this build of ONNX Runtime was compiled with. Their libraries or GPU may still be missing.</summary>
    private static readonly Lazy<string[]> Providers = new(() => OrtEnv.Instance().GetAvailableProviders());

    /// <param name="wanted">The device that was asked for.</param>
    /// <param name="open">Opens a session on a device that is not <see cref="InferenceDevice.Auto"/>.</param>
    /// <returns>The session, its device, and why that is not a GPU if one was looked for and not found.</returns>
    /// <exception cref="InvalidOperationException">CUDA was asked for and is not available. The message says why.</exception>
    public static (T Session, InferenceDevice Device, string? Warning) Open<T>(InferenceDevice wanted, Func<InferenceDevice, T> open) =>
        Open(wanted, Providers.Value, open);

    /// <summary>Does the same with the <paramref name="providers"/> of a build, which tests replace.</summary>
    internal static (T Session, InferenceDevice Device, string? Warning) Open<T>(
        InferenceDevice wanted, IReadOnlyList<string> providers, Func<InferenceDevice, T> open)
    {
        if (wanted == InferenceDevice.Cpu)
        {
            return (open(InferenceDevice.Cpu), InferenceDevice.Cpu, null);
        }

        var (session, reason) = TryCuda(providers, open);
        if (reason is null)
        {
            return (session!, InferenceDevice.Cuda, null);
        }

        return wanted == InferenceDevice.Auto
            ? (open(InferenceDevice.Cpu), InferenceDevice.Cpu, $"No GPU is used: {reason}")
            : throw new InvalidOperationException($"Inference:Device is cuda, and there is none: {reason}");
    }

    /// <summary>The provider loads its libraries when it is appended, and its GPU when the session opens. Either may fail.</summary>
    private static (T? Session, string? Reason) TryCuda<T>(IReadOnlyList<string> providers, Func<InferenceDevice, T> open)
    {
        if (!providers.Contains(CudaProvider))
        {
            return (
                default,
                $"this build of ONNX Runtime has {string.Join(", ", providers)}; -p:OnnxRuntime=gpu makes one with {CudaProvider}.");
        }

        try
        {
            return (open(InferenceDevice.Cuda), null);
        }
        catch (EntryPointNotFoundException e) // a build for CPU does not even have the function
        {
            return (default, e.Message);
        }
        catch (Exception e) when (e is OnnxRuntimeException or InvalidDataException { InnerException: OnnxRuntimeException })
        {
            return (default, $"{e.GetBaseException().Message.Trim().TrimEnd('.').TrimEnd()}. {Needed}");
        }
    }
}
