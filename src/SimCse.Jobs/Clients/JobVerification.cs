namespace SimCse.Jobs.Clients;

/// <summary>What was found of a complete job by reading all of it.</summary>
/// <param name="Job">The job.</param>
/// <param name="Source">Its source.</param>
/// <param name="Texts">The texts that it was planned with.</param>
/// <param name="Parts">The number of its parts.</param>
/// <param name="Rows">The rows that were read.</param>
/// <param name="Errors">The error rows that were read.</param>
/// <param name="Bytes">The size of the parts.</param>
/// <param name="Problems">What is wrong; nothing in a job that is right.</param>
public sealed record JobVerification(
    string Job, string Source, long Texts, int Parts, long Rows, long Errors, long Bytes, IReadOnlyList<string> Problems);
