using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace SimCse.Benchmarks.Faults;

/// <summary>A source whose rows and error rows are known.</summary>
/// <param name="Name">Its name in <c>texts</c>; the ending says which kind it is.</param>
/// <param name="Lines">Its number of lines.</param>
internal sealed record CampaignSource(string Name, int Lines)
{
    /// <summary>In <c>.jsonl</c>, each line that this divides is no JSON.</summary>
    public const int BrokenLine = 97;

    /// <summary>Each line that this divides has the one text that all sources share.</summary>
    public const int SharedLine = 50;

    public const string SharedText = "同じ文です。";

    public bool HasErrors => Name.EndsWith(".jsonl", StringComparison.Ordinal);

    public int Errors => HasErrors ? Lines / BrokenLine : 0;

    public int Rows => Lines - Errors;

    /// <summary>SQL for the text of the row <c>line</c>.</summary>
    public string TextSql =>
        $"case when line % {SharedLine} = 0 then '{SharedText}' else '{Name}の' || line || '行目です。' || repeat('長い文', line % 6) end";

    /// <summary>Small, middle and large sources of all kinds; sizes are spread evenly over orders of magnitude.</summary>
    public static List<CampaignSource> Create(int files, int rows, Random random)
    {
        string[] endings = [".txt", ".jsonl", ".txt.gz"];
        var weights = Enumerable.Range(0, files).Select(_ => Math.Pow(10, 3 * random.NextDouble())).ToList();
        return [.. weights.Select((weight, i) => new CampaignSource(
            string.Create(CultureInfo.InvariantCulture, $"folder {i % 3}/file-{i:000}{endings[i % endings.Length]}"),
            Math.Max(1, (int)(rows * weight / weights.Sum()))))];
    }

    public Stream Open()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(line => $"{Line(line)}\n")));
        if (!Name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return new MemoryStream(text);
        }

        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(text);
        }

        compressed.Position = 0;
        return compressed;
    }

    private string Line(int line)
    {
        var text = line % SharedLine == 0
            ? SharedText
            : string.Create(CultureInfo.InvariantCulture, $"{Name}の{line}行目です。{string.Concat(Enumerable.Repeat("長い文", line % 6))}");
        return !HasErrors ? text
            : line % BrokenLine == 0 ? "no JSON"
            : string.Create(CultureInfo.InvariantCulture, $$"""{"id": "{{line}}", "text": "{{text}}"}""");
    }
}
