using System.Runtime.InteropServices;

namespace SimCse.Inference.Tests;

/// <summary>
/// ONNX Runtime's memory over shapes of every kind. Nothing else may run in the process meanwhile: what is measured is the process.
/// </summary>
[CollectionDefinition(nameof(ArenaTests), DisableParallelization = true)]
[Collection(nameof(ArenaTests))]
public sealed class ArenaTests(DemoEncoder demo, ITestOutputHelper output)
{
    private const int MaxTokensPerBatch = 256;
    private const long Mebi = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A service sees its shapes in any order, again and again: what it takes for the largest must do for all.</summary>
    [Fact]
    public async Task Memory_stays_where_it_is_however_many_shapes_come_and_in_whatever_order()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the native heap's size by glibc's mallinfo2, which only Linux has.");
        using var encoder = SentenceEncoder.Load(
            demo.Bundle, new SentenceEncoderOptions { MaxTokensPerBatch = MaxTokensPerBatch, Lanes = 1 });
        var shapes = Shapes().ToArray();
        var random = new Random(1);
        GC.Collect();
        GC.WaitForPendingFinalizers(); // what earlier tests left must not be given back meanwhile
        var before = NativeHeap.BytesInUse();
        // the largest, as warm as it gets
        await RunAsync(encoder, shapes.Where(shape => shape.Rows * shape.Length > MaxTokensPerBatch / 2));
        var first = NativeHeap.BytesInUse();
        var later = new List<long>();
        for (var pass = 0; pass < 2; pass++)
        {
            random.Shuffle(shapes);
            await RunAsync(encoder, shapes);
            later.Add(NativeHeap.BytesInUse());
        }

        output.WriteLine(
            $"{shapes.Length} shapes: {before / Mebi} MiB, then {first / Mebi}, {string.Join(", ", later.Select(bytes => bytes / Mebi))}");
        Assert.True(shapes.Length > 150);
        Assert.True(first > before, "The arena is what is being measured.");
        Assert.All(later, bytes => Assert.True(bytes < first + (4 * Mebi), $"{bytes / Mebi} MiB; {first / Mebi} after the largest shapes"));
    }

    private static IEnumerable<(int Rows, int Length)> Shapes()
    {
        for (var length = 2; length <= 128; length += 3)
        {
            var full = MaxTokensPerBatch / length;
            foreach (var rows in new[] { 1, 2, 3, 5, full / 2, full - 1, full }.Where(rows => rows > 0 && rows <= full).Distinct())
            {
                yield return (rows, length);
            }
        }
    }

    private static async Task RunAsync(SentenceEncoder encoder, IEnumerable<(int Rows, int Length)> shapes)
    {
        foreach (var (rows, length) in shapes)
        {
            int[][] ids = [.. Enumerable.Range(0, rows).Select(row => Enumerable.Repeat(row + 1, length).ToArray())];
            await encoder.EncodeIdsAsync(ids, cancellationToken: Cancellation);
        }
    }

    /// <summary>glibc's <c>mallinfo2</c>: what programs hold of its heap, in all arenas. .NET's own heap is not in it.</summary>
    private static class NativeHeap
    {
        public static long BytesInUse()
        {
            var info = mallinfo2();
            return (long)(info.UsedBytes + info.MappedBytes);
        }

        [DllImport("libc", EntryPoint = "mallinfo2")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static extern MallocInfo mallinfo2();

        /// <summary>The ten <c>size_t</c> of malloc.h.</summary>
        [StructLayout(LayoutKind.Sequential)]
        private readonly struct MallocInfo
        {
            public readonly nuint Arena, FreeChunks, FastChunks, MappedChunks, MappedBytes, Unused, FastBytes, UsedBytes, FreeBytes,
            Releasable;
        }
    }
}
