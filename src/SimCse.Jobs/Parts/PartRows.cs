using SimCse.Inference;

namespace SimCse.Jobs.Parts;

/// <summary>Rows of a part, column by column, in source order.</summary>
/// <param name="Ids">The records' own ids or line numbers.</param>
/// <param name="Lines">The line numbers in the source, from 1.</param>
/// <param name="Texts">The texts; empty when the part has no column <c>text</c>.</param>
/// <param name="Encoded">Vectors, token counts and truncation flags.</param>
public sealed record PartRows(IReadOnlyList<string> Ids, IReadOnlyList<long> Lines, IReadOnlyList<string> Texts, EncodedTexts Encoded)
{
    public int Count => Ids.Count;

    /// <summary>The values of the kept columns of each row; <see langword="null"/> when the part has none.</summary>
    public IReadOnlyList<object?[]>? Kept { get; init; }

    /// <summary>The place of each text in its line; <see langword="null"/> when long texts are cut and not split.</summary>
    public IReadOnlyList<TextChunk>? Chunks { get; init; }
}
