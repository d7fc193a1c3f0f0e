namespace SimCse.Jobs.Parts;

/// <summary>One line of <c>errors/part-00000.jsonl</c>: a line of the source that is no row of the part.</summary>
/// <param name="Line">From 1, in the source.</param>
/// <param name="Id">The record's own id where it could be read, else the line's number.</param>
/// <param name="Reason">What was found and what was expected.</param>
public sealed record ErrorRow(long Line, string Id, string Reason);
