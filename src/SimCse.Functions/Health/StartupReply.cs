namespace SimCse.Functions.Health;

/// <summary>How the process started.</summary>
/// <param name="MainAt">When the runtime was up and the program's own code began, in UTC.</param>
/// <param name="Ms">Milliseconds from there to each stage, by the stages' names.</param>
internal sealed record StartupReply(DateTime MainAt, IReadOnlyDictionary<string, double> Ms);
