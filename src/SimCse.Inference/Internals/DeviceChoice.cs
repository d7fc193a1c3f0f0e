using Microsoft.ML.OnnxRuntime;

namespace SimCse.Inference.Internals;

/// <summary>Opens a session on the device that was asked for, or on the one that is there.</summary>
internal static class DeviceChoice
{
    private const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>ONNX Runtime names the library that it misses in its own log only, on standard error.</summary>
    private const string Needed =
        "CUDA needs an NVIDIA GPU with its driver, and CUDA 13 and cuDNN 9 on LD_LIBRARY_PATH (infra/docker/Dockerfile.gpu has them; " +
        "standard error names what is missing). Inference:Device cpu does without.";

    /// <summary>
    /// What this build of ONNX Runtime was compiled with; a provider on the list may still lack its libraries or its GPU.
    /// </summary>
    private static readonly Lazy<string[]> Providers = new(() => OrtEnv.Instance().GetAvailableProviders());

    /// <param name="wanted">The device.</param>
    /// <param name="open">Opens a session on a device that is not <see cref="InferenceDevice.Auto"/>.</param>
    /// <returns>The session, its device, and why it is not a GPU where one was looked for in vain.</returns>
    /// <exception cref="InvalidOperationException">CUDA was asked for and cannot be had; the message says why.</exception>
    public static (T Session, InferenceDevice Device, string? Warning) Open<T>(InferenceDevice wanted, Func<InferenceDevice, T> open) =>
        Open(wanted, Providers.Value, open);

    /// <param name="wanted">The device.</param>
    /// <param name="providers">What the build was compiled with; tests say otherwise.</param>
    /// <param name="open">Opens a session on a device.</param>
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

    /// <summary>
    /// The provider's libraries are loaded when it is appended, its GPU is looked for when the session opens: either may fail.
    /// </summary>
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
