namespace SimCse.Functions.Health;

/// <summary>The times of the process's start.</summary>
/// <param name="MainAt">The time in UTC when the runtime was up and the program's own code began.</param>
/// <param name="Ms">Milliseconds from there to each stage, by the names of the stages.</param>
internal sealed record StartupReply(DateTime MainAt, IReadOnlyDictionary<string, double> Ms);
