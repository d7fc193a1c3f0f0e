using System.Globalization;
using SimCse.Jobs.Storage;

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

    /// <summary>The first releases wrote no <see cref="StartedMs"/> and no <see cref="TotalMs"/>, neither here nor to metadata.</summary>
    private const int FirstColumns = Columns - 2;

    public byte[] ToBytes()
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Shard:00000} {Rows,12} {Errors,12} {Tokens,14} {Truncated,12} {Bytes,14} {StartedMs,14} {TotalMs,12} {EncodeMs,12} " +
            $"{Sha256}");
        return System.Text.Encoding.ASCII.GetBytes(line.PadRight(Length - 1) + "\n");
    }

    /// <summary>Takes the first record from what is left of a log. Records of all releases end with the only line feed in them.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a record.</exception>
    public static bool TryTake(ref ReadOnlySpan<byte> log, out ProgressRecord record)
    {
        var end = log.IndexOf((byte)'\n');
        record = end < 0 ? default : Parse(log[..end]);
        log = log[(end + 1)..]; // a rest without a line feed stays
        return end >= 0;
    }

    /// <exception cref="InvalidDataException">The bytes are not a record.</exception>
    public static ProgressRecord Parse(ReadOnlySpan<byte> bytes)
    {
        var text = System.Text.Encoding.ASCII.GetString(bytes);
        var columns = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (columns.Length == FirstColumns)
        {
            columns = [.. columns[..6], "0", "0", .. columns[6..]];
        }

        return columns.Length == Columns && columns[..^1].All(IsNumber) && Number(columns[0]) <= int.MaxValue
            ? new ProgressRecord(
                (int)Number(columns[0]), Number(columns[1]), Number(columns[2]), Number(columns[3]), Number(columns[4]), Number(columns[5]),
                Number(columns[6]), Number(columns[7]), Number(columns[8]), columns[9])
            : throw new InvalidDataException(
                $"a progress record is '{text.TrimEnd()}', with {columns.Length} columns; there are {Columns - 1} numbers and a hash.");
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
        [StoredRecord.VersionName] = Text(StoredRecord.Version),
    };

    /// <exception cref="UnreadableRecordException">The metadata is that of a newer version, or of no part.</exception>
    public static ProgressRecord FromMetadata(int shard, IDictionary<string, string> metadata, string blob)
    {
        var known = new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
        if (known.TryGetValue(StoredRecord.VersionName, out var version) && version != Text(StoredRecord.Version))
        {
            throw UnreadableRecordException.Newer(blob, version);
        }

        return new ProgressRecord(
            shard, Of("rows"), Of("errors"), Of("tokens"), Of("truncated"), Of("bytes"), Of("startedms", "0"), Of("totalms", "0"),
            Of("encodems"), known.GetValueOrDefault("sha256") ?? throw Broken("sha256", "missing"));

        long Of(string name, string? missing = null)
        {
            var text = known.GetValueOrDefault(name, missing ?? "missing");
            return IsNumber(text) ? Number(text) : throw Broken(name, text);
        }

        UnreadableRecordException Broken(string name, string text) =>
            UnreadableRecordException.Broken(blob, $"'{name}' in its metadata is '{text}'.", default);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsNumber(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
