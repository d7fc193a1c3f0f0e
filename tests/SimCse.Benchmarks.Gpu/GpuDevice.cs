using Microsoft.ML.OnnxRuntime;
using SimCse.Inference;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// The GPU, or the CPU in its place with SIMCSE_BENCHMARK_DRY=1: small numbers that mean nothing, to try the script where there is no GPU.
/// </summary>
internal static class GpuDevice
{
    public static bool IsThere { get; } = Environment.GetEnvironmentVariable("SIMCSE_BENCHMARK_DRY") != "1";

    public static InferenceDevice Inference => IsThere ? InferenceDevice.Cuda : InferenceDevice.Cpu;

    public static OrtAllocator Allocator(InferenceSession session, byte[] name, OrtMemType type)
    {
        if (!IsThere)
        {
            return new OrtAllocator(session, OrtMemoryInfo.DefaultInstance);
        }

        using var memory = new OrtMemoryInfo(name, OrtAllocatorType.DeviceAllocator, 0, type);
        return new OrtAllocator(session, memory);
    }
}
