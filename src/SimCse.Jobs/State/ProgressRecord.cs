using System.Globalization;
using System.Security.Cryptography;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.State;

/// <summary>
/// The figures of a finished shard, kept in the blob metadata of its part and as one record of <see cref="Length"/> ASCII bytes in the
/// job's log.
/// </summary>
/// <param name="Shard">The shard's index, from 0.</param>
/// <param name="Texts">The number of texts that were encoded. With the errors they are all texts of the shard.</param>
/// <param name="Rows">The number of rows in the part: more than texts where long texts are split into chunks.</param>
/// <param name="Errors">The number of error rows.</param>
/// <param name="Tokens">The number of ids that the model read.</param>
/// <param name="Unknown">How many of these are [UNK]; <see langword="null"/> when nobody counted.</param>
/// <param name="Truncated">The number of rows whose text was longer than the model reads.</param>
/// <param name="Reused">The number of rows whose vector was copied from the version of the source before.</param>
/// <param name="Bytes">The size of the part.</param>
/// <param name="StartedMs">When the delivery that wrote the part began to read, in milliseconds since 1970.</param>
/// <param name="TotalMs">The milliseconds from then until the part was ready to be committed.</param>
/// <param name="EncodeMs">How many of these the shard waited for the encoder. Two shards that share it also wait for each other.</param>
/// <param name="Sha256">The part's SHA-256, hexadecimal.</param>
internal readonly record struct ProgressRecord(
    int Shard, long Texts, long Rows, long Errors, long Tokens, long? Unknown, long Truncated, long Reused, long Bytes, long StartedMs,
    long TotalMs, long EncodeMs, string Sha256)
{
    /// <summary>
    /// Columns have a fixed width, with a space between them and a line feed at the end: people can read the log, and programs can count
    /// its records. The hash is in base64 here, because of its length.
    /// </summary>
    public const int Length = 192;

    private const int Columns = 13;

    /// <summary>Before jobs split texts and copied vectors, a record had neither texts nor unknown tokens nor copied rows.</summary>
    private const int SecondColumns = Columns - 3;

    /// <summary>The first releases wrote no <see cref="StartedMs"/> and no <see cref="TotalMs"/>, neither here nor to metadata.</summary>
    private const int FirstColumns = SecondColumns - 2;

    private const string Nobody = "-";

    /// <summary>The name of a part's label in its metadata.</summary>
    public const string ArithmeticName = "arithmetic";

    public byte[] ToBytes()
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Shard:00000} {Texts,11} {Rows,12} {Errors,11} {Tokens,13} {(Unknown is { } unknown ? Text(unknown) : Nobody),13} " +
            $"{Truncated,11} {Reused,11} {Bytes,14} {StartedMs,13} {TotalMs,10} {EncodeMs,10} " +
            $"{Convert.ToBase64String(Convert.FromHexString(Sha256))}");
        return line.Length < Length
            ? System.Text.Encoding.ASCII.GetBytes(line.PadRight(Length - 1) + "\n")
            : throw new InvalidOperationException($"The progress record '{line}' has more than {Length - 1} characters.");
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
        var isOld = columns.Length is FirstColumns or SecondColumns;
        if (columns.Length == FirstColumns)
        {
            columns = [.. columns[..6], "0", "0", .. columns[6..]];
        }

        if (columns.Length == SecondColumns)
        {
            columns = [columns[0], columns[1], .. columns[1..4], Nobody, columns[4], "0", .. columns[5..]];
        }

        return columns.Length == Columns && columns[..^1].Index().All(column => IsNumber(column.Item) || column is (5, Nobody))
            && Number(columns[0]) <= int.MaxValue && Hash(columns[^1], isOld) is { } hash
            ? new ProgressRecord(
                (int)Number(columns[0]), Number(columns[1]), Number(columns[2]), Number(columns[3]), Number(columns[4]),
                columns[5] == Nobody ? null : Number(columns[5]), Number(columns[6]), Number(columns[7]), Number(columns[8]),
                Number(columns[9]), Number(columns[10]), Number(columns[11]), hash)
            : throw new InvalidDataException(
                $"a progress record is '{text.TrimEnd()}', with {columns.Length} columns; there are {Columns - 1} numbers and a hash.");
    }

    private static string? Hash(string text, bool isOld)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return isOld ? text
            : Convert.TryFromBase64String(text, hash, out var length) && length == hash.Length ? Convert.ToHexStringLower(hash)
            : null;
    }

    /// <summary>The metadata of the part, which also has its label of arithmetic: the log has no room for it.</summary>
    public Dictionary<string, string> ToMetadata(string? arithmetic = null)
    {
        var metadata = Figures();
        if (arithmetic is not null)
        {
            metadata[ArithmeticName] = arithmetic;
        }

        return metadata;
    }

    private Dictionary<string, string> Figures() => new()
    {
        ["texts"] = Text(Texts),
        ["rows"] = Text(Rows),
        ["errors"] = Text(Errors),
        ["tokens"] = Text(Tokens),
        ["unknown"] = Unknown is { } unknown ? Text(unknown) : Nobody,
        ["truncated"] = Text(Truncated),
        ["reused"] = Text(Reused),
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
            shard, Of("texts", known.GetValueOrDefault("rows")), Of("rows"), Of("errors"), Of("tokens"),
            known.GetValueOrDefault("unknown", Nobody) == Nobody ? null : Of("unknown"), Of("truncated"), Of("reused", "0"), Of("bytes"),
            Of("startedms", "0"), Of("totalms", "0"), Of("encodems"),
            known.GetValueOrDefault("sha256") ?? throw Broken("sha256", "missing"));

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
