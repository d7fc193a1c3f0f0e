namespace SimCse.Jobs.Sources;

/// <summary>One line of a source: a text, or the reason why the line cannot be encoded.</summary>
/// <param name="Line">The line's number in the source, from 1.</param>
/// <param name="Id">The record's own id, or the line's number.</param>
/// <param name="Text">The text; <see langword="null"/> when there is an <paramref name="Error"/>.</param>
/// <param name="Error">What was found and what was expected; <see langword="null"/> for a text.</param>
public readonly record struct SourceRecord(long Line, string Id, string? Text, string? Error)
{
    /// <summary>The values of the columns that the job keeps, in their order; <see langword="null"/> when it keeps none.</summary>
    public object?[]? Kept { get; init; }
}
