namespace SimCse.Jobs.State;

/// <summary><c>jobs/{job}/unpacked.json</c>: a zip archive was unpacked, and its members are sources of their own.</summary>
/// <param name="Source">The archive's name.</param>
/// <param name="Sources">The members that became sources, by their names there.</param>
/// <param name="Ignored">Why other members did not; folders are not named.</param>
public sealed record UnpackedZip(string Source, IReadOnlyList<string> Sources, IReadOnlyList<string> Ignored)
{
    private const int MaxNamed = 5;

    /// <summary>What became of the archive, in a sentence or two.</summary>
    public string Describe() =>
        $"It is an archive, and its {(Sources.Count == 1 ? "member is a source" : $"{Sources.Count} members are sources")} of " +
        $"{(Sources.Count == 1 ? "its" : "their")} own now: {List(Sources)}." + (Ignored.Count == 0 ? "" : $" Ignored: {List(Ignored)}.");

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MaxNamed)) + (names.Count > MaxNamed ? $" and {names.Count - MaxNamed} more" : "");
}
