using System.Diagnostics;
using SimCse.Inference;

namespace SimCse.Benchmarks.Gpu;

/// <summary>The seconds from the start of this process to the first vector, and to a second one.</summary>
internal static class FirstVector
{
    public static async Task<int> RunAsync(string bundle)
    {
        using var encoder = SentenceEncoder.Load(Bundle.Open(bundle), new SentenceEncoderOptions { Device = GpuDevice.Inference });
        await encoder.EncodeAsync(["今日は良い天気です。"]);
        using var process = Process.GetCurrentProcess();
        var first = (DateTime.Now - process.StartTime).TotalSeconds;
        var watch = Stopwatch.StartNew();
        await encoder.EncodeAsync(["明日は雨が降るらしい。"]);
        Console.WriteLine(FormattableString.Invariant($"{first:0.000} {watch.Elapsed.TotalSeconds:0.0000}"));
        return 0;
    }
}
