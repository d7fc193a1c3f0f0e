namespace SimCse.Jobs.Sources;

/// <summary>One line of a source: a text, or the reason why it is none.</summary>
/// <param name="Line">From 1, in the source.</param>
/// <param name="Id">The record's own id, or the line's number.</param>
/// <param name="Text"><see langword="null"/> when there is an <paramref name="Error"/>.</param>
/// <param name="Error">What was found and what was expected.</param>
public readonly record struct SourceRecord(long Line, string Id, string? Text, string? Error);
