using SimCse.Inference.Internals;
using SimCse.Inference.Tests;
using SimCse.Models.Untrained;
using SimCse.Testing;

[assembly: AssemblyFixture(typeof(DemoEncoder))]

namespace SimCse.Inference.Tests;

/// <summary>The demo model's bundle and an encoder over it, made once for all tests of the assembly, which only read them.</summary>
public sealed class DemoEncoder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DemoEncoder()
    {
        Bundle = DemoModel.CreateBundle(_folder["bundle"]);
        Encoder = SentenceEncoder.Load(Bundle);
    }

    public Bundle Bundle { get; }

    public SentenceEncoder Encoder { get; }

    /// <summary>A copy to damage.</summary>
    public string CopyTo(TemporaryFolder folder)
    {
        foreach (var file in Directory.EnumerateFiles(Bundle.Folder))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        return folder.Path;
    }

    /// <summary>A call of sequences of these lengths, [CLS] and [SEP] included, no two of them equal.</summary>
    internal PendingCall Call(EncodePriority priority, params int[] lengths)
    {
        string[] texts = [.. lengths.Select((length, i) => new string((char)('一' + i), length - 2))];
        return new PendingCall(
            TokenizedBatch.Create(Encoder.Tokenizer, texts, prompt: "", countPrompt: false, CancellationToken.None), Bundle.Model.Dimension,
            priority);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        _folder.Dispose();
    }
}
