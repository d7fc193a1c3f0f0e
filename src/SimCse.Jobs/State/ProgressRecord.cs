using System.Globalization;

namespace SimCse.Jobs.State;

/// <summary>
/// The figures of a finished shard, kept in the blob metadata of its part and as one record of <see cref="Length"/> ASCII bytes in the
/// job's log.
/// </summary>
/// <param name="Shard">The shard's index, from 0.</param>
/// <param name="Rows">The number of rows in the part.</param>
/// <param name="Errors">The number of error rows.</param>
/// <param name="Tokens">The number of ids that the model read.</param>
/// <param name="Truncated">The number of rows whose text was longer than the model reads.</param>
/// <param name="Bytes">The size of the part.</param>
/// <param name="StartedMs">When the delivery that wrote the part began to read, in milliseconds since 1970.</param>
/// <param name="TotalMs">The milliseconds from then until the part was ready to be committed.</param>
/// <param name="EncodeMs">How many of these the shard waited for the encoder. Two shards that share it also wait for each other.</param>
/// <param name="Sha256">The part's SHA-256, hexadecimal.</param>
internal readonly record struct ProgressRecord(
    int Shard, long Rows, long Errors, long Tokens, long Truncated, long Bytes, long StartedMs, long TotalMs, long EncodeMs, string Sha256)
{
    /// <summary>
    /// Columns have a fixed width, with a space between them and a line feed at the end: people can read the log, and programs can count
    /// its records.
    /// </summary>
    public const int Length = 192;

    private const int Columns = 10;

    public byte[] ToBytes()
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Shard:00000} {Rows,12} {Errors,12} {Tokens,14} {Truncated,12} {Bytes,14} {StartedMs,14} {TotalMs,12} {EncodeMs,12} " +
            $"{Sha256}");
        return System.Text.Encoding.ASCII.GetBytes(line.PadRight(Length - 1) + "\n");
    }

    /// <exception cref="InvalidDataException">The bytes are not a record.</exception>
    public static ProgressRecord Parse(ReadOnlySpan<byte> bytes)
    {
        var columns = System.Text.Encoding.ASCII.GetString(bytes)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return columns.Length == Columns
            ? new ProgressRecord(
                (int)Number(columns[0]), Number(columns[1]), Number(columns[2]), Number(columns[3]), Number(columns[4]), Number(columns[5]),
                Number(columns[6]), Number(columns[7]), Number(columns[8]), columns[9])
            : throw new InvalidDataException($"A progress record has {columns.Length} columns; expected {Columns}.");
    }

    public Dictionary<string, string> ToMetadata() => new()
    {
        ["rows"] = Text(Rows),
        ["errors"] = Text(Errors),
        ["tokens"] = Text(Tokens),
        ["truncated"] = Text(Truncated),
        ["bytes"] = Text(Bytes),
        ["startedms"] = Text(StartedMs),
        ["totalms"] = Text(TotalMs),
        ["encodems"] = Text(EncodeMs),
        ["sha256"] = Sha256,
    };

    public static ProgressRecord FromMetadata(int shard, IDictionary<string, string> metadata)
    {
        var known = new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
        return new ProgressRecord(
            shard, Number(known["rows"]), Number(known["errors"]), Number(known["tokens"]), Number(known["truncated"]),
            Number(known["bytes"]),
            Number(known["startedms"]), Number(known["totalms"]), Number(known["encodems"]), known["sha256"]);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
