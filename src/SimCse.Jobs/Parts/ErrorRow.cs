namespace SimCse.Jobs.Parts;

/// <summary>One line of <c>_errors/part-00000.jsonl</c>: a line of the source that is no row of the part.</summary>
/// <param name="Line">The line's number in the source, from 1.</param>
/// <param name="Id">The record's own id if it could be read, otherwise the line's number.</param>
/// <param name="Reason">What was found and what was expected.</param>
public sealed record ErrorRow(long Line, string Id, string Reason);
