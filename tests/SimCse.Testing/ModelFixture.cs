using System.Text.Json;

namespace SimCse.Testing;

/// <summary>Model folders in <c>tests/fixtures</c> that PyTorch wrote, with their expected results.</summary>
/// <param name="Name">The name of the folder.</param>
/// <param name="IsShared">Whether it lies beside the project, as the libraries themselves saved it.</param>
/// <param name="SharedFolder">The folder beside the project that a shared one lies in.</param>
public sealed record ModelFixture(string Name, bool IsShared = false, string SharedFolder = "fixtures")
{
    /// <summary>torch.save files; two layers of width 32; CLS → Dense → Tanh; an unused pooler and position_ids.</summary>
    public static readonly ModelFixture PyTorch = new("tiny-simcse-ja");

    /// <summary>safetensors with the prefix <c>bert.</c>; one layer of width 16; CLS → Dense 16 → 24.</summary>
    public static readonly ModelFixture Safetensors = new("tiny-simcse-ja-safetensors");

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>MeCab with unidic-lite, WordPiece, mean; with and without a prompt.</summary>
    public static readonly ModelFixture Unidic = new("tiny-bert-ja-unidic", IsShared: true);

    /// <summary>MeCab with unidic-lite, WordPiece, a mean without the prompt; with and without a prompt.</summary>
    public static readonly ModelFixture IncludePromptFalse = new("tiny-bert-ja-include-prompt-false", IsShared: true);

    /// <summary>MeCab with unidic-lite, characters, CLS; white space at the ends of some texts counts.</summary>
    public static readonly ModelFixture Characters = new("tiny-bert-ja-char", IsShared: true);

    /// <summary>A trained model: English, lower case, WordPiece, six layers of 384, mean, Normalize.</summary>
    public static readonly ModelFixture MiniLM = new("all-MiniLM-L6-v2", IsShared: true, "models");

    /// <summary>MeCab with IPADIC, which <c>tokenizer_config.json</c> does not say; WordPiece, mean.</summary>
    public static readonly ModelFixture Unnamed = new("tiny-bert-ja-ipadic-unnamed", IsShared: true);

    /// <summary>The folder. Skips the running test, with the reason, where it lies beside the project and is not there.</summary>
    public string Folder => IsShared
        ? SharedData.Require($"{SharedFolder}/{Name}")
        : Path.Combine(RepositoryRoot.Path, "tests", "fixtures", Name);

    /// <summary>The results of an independent PyTorch implementation for each text.</summary>
    public IReadOnlyList<ExpectedText> Expected() =>
        [.. File.ReadLines(Path.Combine(Folder, "expected.jsonl")).Select(line => JsonSerializer.Deserialize<ExpectedText>(line, Snake)!)];

    /// <summary>What stands before a text: the prompt that the line names.</summary>
    public string Prompt(ExpectedText text)
    {
        if (text.PromptName is null)
        {
            return "";
        }

        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "config_sentence_transformers.json")));
        return config.RootElement.GetProperty("prompts").GetProperty(text.PromptName).GetString()!;
    }

    /// <summary>Those of the texts that a source may hold: an empty one is an error there.</summary>
    public IReadOnlyList<ExpectedText> ExpectedRows() => [.. Expected().Where(text => !string.IsNullOrWhiteSpace(text.Text))];

    /// <summary>Copies the model's folder, for tests that change it: without its results, which an import would compare.</summary>
    public void CopyTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "expected.jsonl"))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public override string ToString() => Name;
}

/// <summary>One line of <c>expected.jsonl</c>.</summary>
public sealed record ExpectedText(
    string Text, string[] Words, string[] Tokens, int[] InputIds, bool Truncated, float[] Embedding, string? PromptName = null);
