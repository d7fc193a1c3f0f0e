using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Inference.Internals;

/// <summary>The features of a processor that decide whether 8-bit products are exact on it.</summary>
/// <param name="Architecture">The architecture of this process.</param>
/// <param name="HasVnni">Whether an x86-64 processor adds products of 8 bits in 32 bits (AVX-512 VNNI or AVX-VNNI).</param>
internal readonly record struct ProcessorFeatures(Architecture Architecture, bool HasVnni)
{
    private const int ExtendedFeatures = 7;
    private const int Avx512Vnni = 1 << 11; // leaf 7, subleaf 0, ECX
    private const int AvxVnni = 1 << 4; // leaf 7, subleaf 1, EAX

    /// <summary>The set that ONNX Runtime's kernels for products take, by the newest that the processor has.</summary>
    public string InstructionSet => Architecture switch
    {
        Architecture.X64 or Architecture.X86 => (Avx512F.IsSupported, HasVnni) switch
        {
            (true, true) => "avx512-vnni",
            (true, false) => "avx512",
            (false, true) => "avx2-vnni",
            _ => Avx2.IsSupported ? "avx2" : "sse",
        },
        Architecture.Arm64 => Dp.IsSupported ? "neon-dotprod" : "neon",
        _ => Architecture.ToString().ToLowerInvariant(),
    };

    public static ProcessorFeatures Current { get; } =
        new(RuntimeInformation.ProcessArchitecture, X86Base.IsSupported && Read(X86Base.CpuId));

    /// <summary>
    /// Intel's Software Developer's Manual, volume 2A, CPUID: leaf 0 gives the largest leaf, leaf 7 the largest of its subleaves.
    /// </summary>
    /// <param name="cpuId">Returns EAX, EBX, ECX and EDX of a leaf and a subleaf.</param>
    internal static bool Read(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId)
    {
        if (cpuId(0, 0).Eax < ExtendedFeatures)
        {
            return false;
        }

        var extended = cpuId(ExtendedFeatures, 0);
        return (extended.Ecx & Avx512Vnni) != 0 || (extended.Eax >= 1 && (cpuId(ExtendedFeatures, 1).Eax & AvxVnni) != 0);
    }
}
