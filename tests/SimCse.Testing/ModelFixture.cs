using System.Text.Json;

namespace SimCse.Testing;

/// <summary>Model folders in <c>tests/fixtures</c> that PyTorch wrote, with their expected results.</summary>
public sealed record ModelFixture(string Name)
{
    /// <summary>torch.save files; two layers of width 32; CLS → Dense → Tanh; an unused pooler and position_ids.</summary>
    public static readonly ModelFixture PyTorch = new("tiny-simcse-ja");

    /// <summary>safetensors with the prefix <c>bert.</c>; one layer of width 16; CLS → Dense 16 → 24.</summary>
    public static readonly ModelFixture Safetensors = new("tiny-simcse-ja-safetensors");

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public string Folder => Path.Combine(RepositoryRoot.Path, "tests", "fixtures", Name);

    /// <summary>The results of an independent PyTorch implementation for each text.</summary>
    public IReadOnlyList<ExpectedText> Expected() =>
        [.. File.ReadLines(Path.Combine(Folder, "expected.jsonl")).Select(line => JsonSerializer.Deserialize<ExpectedText>(line, Snake)!)];

    /// <summary>Those of the texts that a source may hold: an empty one is an error there.</summary>
    public IReadOnlyList<ExpectedText> ExpectedRows() => [.. Expected().Where(text => !string.IsNullOrWhiteSpace(text.Text))];

    /// <summary>Copies the model's folder, for tests that damage it.</summary>
    public void CopyTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public override string ToString() => Name;
}

/// <summary>One line of <c>expected.jsonl</c>.</summary>
public sealed record ExpectedText(string Text, string[] Words, string[] Tokens, int[] InputIds, bool Truncated, float[] Embedding);
