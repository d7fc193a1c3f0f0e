using System.Globalization;

namespace SimCse.Jobs.Encoding;

/// <summary>
/// What is known of a finished shard: kept as its part's blob metadata, and as one record of <see cref="Length"/> ASCII bytes in the job's log.
/// </summary>
internal readonly record struct ProgressRecord(
    int Shard, long Rows, long Errors, long Tokens, long Truncated, long Bytes, long EncodeMs, string Sha256)
{
    /// <summary>Columns of fixed width with a blank between, a line feed at the end: people can read the log, and programs can count it.</summary>
    public const int Length = 160;

    private const int Columns = 8;

    public byte[] ToBytes()
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Shard:00000} {Rows,12} {Errors,12} {Tokens,14} {Truncated,12} {Bytes,14} {EncodeMs,12} {Sha256}");
        return System.Text.Encoding.ASCII.GetBytes(line.PadRight(Length - 1) + "\n");
    }

    /// <exception cref="InvalidDataException">The bytes are no record.</exception>
    public static ProgressRecord Parse(ReadOnlySpan<byte> bytes)
    {
        var columns = System.Text.Encoding.ASCII.GetString(bytes).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return columns.Length == Columns
            ? new ProgressRecord(
                (int)Number(columns[0]), Number(columns[1]), Number(columns[2]), Number(columns[3]), Number(columns[4]), Number(columns[5]),
                Number(columns[6]), columns[7])
            : throw new InvalidDataException($"A progress record has {columns.Length} columns; expected {Columns}.");
    }

    public Dictionary<string, string> ToMetadata() => new()
    {
        ["rows"] = Text(Rows),
        ["errors"] = Text(Errors),
        ["tokens"] = Text(Tokens),
        ["truncated"] = Text(Truncated),
        ["bytes"] = Text(Bytes),
        ["encodems"] = Text(EncodeMs),
        ["sha256"] = Sha256,
    };

    public static ProgressRecord FromMetadata(int shard, IDictionary<string, string> metadata)
    {
        var known = new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
        return new ProgressRecord(
            shard, Number(known["rows"]), Number(known["errors"]), Number(known["tokens"]), Number(known["truncated"]), Number(known["bytes"]),
            Number(known["encodems"]), known["sha256"]);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
