namespace SimCse.Jobs.Sources;

/// <summary>Finds the wanted columns among those that a table or a Parquet file has.</summary>
internal static class ColumnFinder
{
    private const int MaxNames = 30;
    private const int MaxNameLength = 60;

    public readonly record struct Result(int Text, int? Id, IReadOnlyList<int> Kept);

    /// <param name="names">The names of all columns, in order.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="where">Where the names stand, for messages.</param>
    /// <exception cref="PermanentJobException">A column is not there, or its name is there twice.</exception>
    public static Result Find(IReadOnlyList<string> names, SourceColumns columns, string where)
    {
        var text = columns.Text is null
            ? TryFind(SourceColumns.DefaultText) ?? (names.Count == 1 ? 0 : throw Missing(
                $"The {where} has no column '{SourceColumns.DefaultText}'",
                "Name the column that holds the texts: the option textColumn, or --text-column."))
            : Require(columns.Text, "textColumn");
        var id = columns.Id is null ? TryFind(SourceColumns.DefaultId) : Require(columns.Id, "idColumn");
        return new Result(text, id == text ? null : id, [.. columns.Keep.Select(column => Require(column.Name, "keep"))]);

        int Require(string name, string option) =>
            TryFind(name) ?? throw Missing($"The {where} has no column '{Shorten(name)}', which the option {option} names", "");

        // Case differs more often than two columns differ by nothing else.
        int? TryFind(string name) =>
            TryFindBy(name, StringComparison.Ordinal) ?? TryFindBy(name.Trim(), StringComparison.OrdinalIgnoreCase);

        int? TryFindBy(string name, StringComparison comparison)
        {
            var all = Enumerable.Range(0, names.Count).Where(i => string.Equals(names[i], name, comparison)).ToList();
            return all.Count > 1
                ? throw new PermanentJobException(
                    $"The {where} has the column '{Shorten(name)}' {all.Count} times " +
                    $"(columns {string.Join(", ", all.Select(i => i + 1))}); expected it once.")
                : all.Count == 1 ? all[0] : null;
        }

        PermanentJobException Missing(string what, string advice) => new($"{what}; it has {List(names)}. {advice}".TrimEnd());
    }

    /// <summary>The names of columns for messages: not too many, and none too long.</summary>
    public static string List(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(
        ", ", names.Take(MaxNames).Select(name => $"'{Shorten(name)}'").Concat(names.Count > MaxNames ? ["…"] : Array.Empty<string>()));

    private static string Shorten(string name) => name.Length <= MaxNameLength
        ? name
        : string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[MaxNameLength - 1]) ? MaxNameLength - 1 : MaxNameLength), "…");
}
