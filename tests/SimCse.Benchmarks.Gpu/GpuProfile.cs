using System.Text.Json;

namespace SimCse.Benchmarks.Gpu;

/// <summary>
/// Where a batch's time goes on the GPU. Run with <c>CUDA_LAUNCH_BLOCKING=1</c>: each kernel is then waited for, so that a node's time is
/// that of its kernels, and the start of each.
/// </summary>
internal static class GpuProfile
{
    private const int Runs = 8;

    public static int Run(string graph, int rows, int length)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-profile-");
        using var options = GpuGraph.Options();
        var path = OperatorProfile.Run(graph, options, vocabulary: 9_000, rows, length, Runs, folder.FullName);
        using var profile = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var item in OperatorProfile.Sum(profile.RootElement))
        {
            Console.WriteLine(FormattableString.Invariant($"{item.Operator} {item.Nodes} {item.Time.TotalMilliseconds:0.000}"));
        }

        folder.Delete(recursive: true);
        return 0;
    }
}
