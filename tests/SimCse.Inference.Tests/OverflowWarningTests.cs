using System.Runtime.InteropServices;
using SimCse.Inference.Internals;
using SimCse.Testing;

namespace SimCse.Inference.Tests;

public sealed class OverflowWarningTests
{
    [Theory]
    [InlineData(Precision.Int8, Architecture.X64, false, true)]
    [InlineData(Precision.Int8Stable, Architecture.X64, false, true)]
    [InlineData(Precision.Int8, Architecture.X64, true, false)]
    [InlineData(Precision.Int8, Architecture.Arm64, false, false)]
    [InlineData(Precision.Float32, Architecture.X64, false, false)]
    [InlineData(Precision.Float16, Architecture.X64, false, false)]
    public void Warns_of_8_bits_on_x86_without_VNNI_alone(Precision precision, Architecture architecture, bool hasVnni, bool warns)
    {
        var warning = OverflowWarning.Find(precision, new ProcessorFeatures(architecture, hasVnni));

        Assert.Equal(warns, warning is not null);
        if (warns)
        {
            Assert.Contains($"products in {precision.Name()} are added in 16 bits", warning, StringComparison.Ordinal);
            Assert.Contains("Use a bundle in fp32", warning, StringComparison.Ordinal);
        }
    }

    /// <summary>Registers as processors of each kind give them; what has nothing to do with VNNI is 0.</summary>
    [Theory]
    [InlineData(6, 0, 0, 0, false)] // before leaf 7
    [InlineData(13, 0, 0, 0, false)] // Haswell: AVX2
    [InlineData(22, 0, 0b0000_0000, 0, false)] // Skylake-X: AVX-512 without VNNI
    [InlineData(22, 0, 0b1000_0000_0000, 0, true)] // Cascade Lake: AVX-512 VNNI
    [InlineData(32, 1, 0, 0b1_0000, true)] // Alder Lake: AVX-VNNI
    [InlineData(32, 1, 0, 0b10_0000, false)] // AVX512_BF16, the bit beside it
    [InlineData(13, 0, 0, 0b1_0000, false)] // what a subleaf that is not there answers does not count
    public void Reads_CPUID(int largestLeaf, int largestSubleaf, int ecx, int eaxOfSubleaf1, bool expected)
    {
        var hasVnni = ProcessorFeatures.Read((leaf, subleaf) => (leaf, subleaf) switch
        {
            (0, 0) => (largestLeaf, 0, 0, 0),
            (7, 0) => (largestSubleaf, 0, ecx, 0),
            (7, 1) => (eaxOfSubleaf1, 0, 0, 0),
            _ => throw new ArgumentException($"Leaf {leaf}, subleaf {subleaf} is not to be asked for."),
        });

        Assert.Equal(expected, hasVnni);
    }

    [Fact]
    public void Knows_this_processor_as_Linux_does()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Compares with /proc/cpuinfo, which only Linux has, and with features that only x86-64 has.");
        var flags = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');

        Assert.Equal(flags.Intersect(["avx512_vnni", "avx_vnni"]).Any(), ProcessorFeatures.Current.HasVnni);
    }

    [Fact]
    public void An_encoder_in_fp32_has_nothing_to_warn_of()
    {
        using var encoder = SentenceEncoder.Load(DemoBundle.Ensure());

        Assert.Null(encoder.OverflowWarning);
    }
}
