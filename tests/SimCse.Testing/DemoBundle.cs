using SimCse.Inference;
using SimCse.Models.Untrained;
using Xunit;

namespace SimCse.Testing;

/// <summary>The demo model's bundle, made once per test assembly, and its encoder.</summary>
public sealed class DemoBundle : IAsyncLifetime
{
    /// <summary>The folder beside the running test assembly, which no other assembly uses.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "demo-bundle");

    public SentenceEncoder Encoder { get; private set; } = null!;

    /// <summary>Makes the bundle unless it exists and is complete.</summary>
    public static Bundle Ensure()
    {
        try
        {
            return Bundle.Open(Folder);
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException or DirectoryNotFoundException)
        {
            return DemoModel.CreateBundle(Folder);
        }
    }

    public ValueTask InitializeAsync()
    {
        Encoder = SentenceEncoder.Load(Ensure());
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Encoder.Dispose();
        return ValueTask.CompletedTask;
    }
}
