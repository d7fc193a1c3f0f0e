using System.Text.Json;

namespace SimCse.Benchmarks;

/// <summary>Reads sentences to measure with from a text file, one per line, or from JSTS (.json), two per line.</summary>
internal static class SentenceFile
{
    public static IEnumerable<string> Read(string file) => file.EndsWith(".json", StringComparison.Ordinal)
        ? File.ReadLines(file).SelectMany(line =>
        {
            using var pair = JsonDocument.Parse(line);
            return new[] { pair.RootElement.GetProperty("sentence1").GetString()!, pair.RootElement.GetProperty("sentence2").GetString()! };
        })
        : File.ReadLines(file);
}
