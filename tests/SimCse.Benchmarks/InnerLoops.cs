using BenchmarkDotNet.Attributes;
using SimCse.Inference;
using SimCse.Models.Untrained;
using SimCse.Tokenization;

namespace SimCse.Benchmarks;

/// <summary>
/// Measures the inner loops of the encoder with the demo model: <c>dotnet run -c Release --project tests/SimCse.Benchmarks -- inner</c>.
/// They run in this process, because a separate one would need another build of the native library's folder.
/// </summary>
[MemoryDiagnoser]
public class InnerLoops
{
    private const string Text = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";

    private readonly string _folder = Directory.CreateTempSubdirectory("simcse-inner-").FullName;
    private readonly string[] _batch = [.. Enumerable.Range(0, 16).Select(i => Text[i..] + Text[..i])]; // equal lengths, different texts
    private SentenceTokenizer _tokenizer = null!;
    private SentenceEncoder _encoder = null!;
    private int[] _ids = [];

    [GlobalSetup]
    public void Load()
    {
        _encoder = SentenceEncoder.Load(DemoModel.CreateBundle(_folder));
        _tokenizer = _encoder.Tokenizer;
        _ids = new int[_tokenizer.MaxSequenceLength];
    }

    [GlobalCleanup]
    public void Unload()
    {
        _encoder.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public int Tokenize() => _tokenizer.Encode(Text, _ids, out _);

    [Benchmark]
    public Task<EncodedTexts> EncodeOne() => _encoder.EncodeAsync([Text]);

    [Benchmark]
    public Task<EncodedTexts> EncodeBatch() => _encoder.EncodeAsync(_batch);
}
