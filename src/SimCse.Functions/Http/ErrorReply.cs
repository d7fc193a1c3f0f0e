namespace SimCse.Functions;

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">For people: what was found, what was expected and where.</param>
internal sealed record ErrorReply(string Error);
