namespace SimCse.Jobs.Sources;

/// <summary>Recognises files that are no text by their first bytes, so that a wrong name is told from a broken file.</summary>
internal static class KnownContent
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Bytes = 16;

    /// <summary>What the bytes are; <see langword="null"/> when they may be text. No text begins like any of these.</summary>
    public static string? Describe(ReadOnlySpan<byte> start) => start switch
    {
        [0x1F, 0x8B, 8, ..] => "gzip",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
        [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => "a zip archive, as .xlsx and .docx files are, too",
        [(byte)'P', (byte)'A', (byte)'R', (byte)'1', < 0x20, ..] => "a Parquet file",
        [(byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', 0, ..] => "an Arrow file",
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] => "an Avro file",
        [0x42, 0x5A, 0x68, >= (byte)'1' and <= (byte)'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => "bzip2",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
        [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "a 7z archive",
        [0x04, 0x22, 0x4D, 0x18, ..] => "lz4",
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => "an old office file such as .xls or .doc",
        _ when start.StartsWith("%PDF-1."u8) => "a PDF file",
        _ when start.StartsWith("SQLite format 3\0"u8) => "a SQLite database",
        _ => null,
    };

    /// <summary>What bytes are that should be compressed; also recognises zlib, whose first bytes may begin a text.</summary>
    public static string? DescribeCompressed(ReadOnlySpan<byte> start) =>
        Describe(start) ?? (start is [0x78, var flags, ..] && ((0x78 << 8) | flags) % 31 == 0 ? "zlib, without gzip's header" : null);
}
