using SimCse.Cli.CommandLine;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Input;

/// <summary>
/// A file or standard input as a source. Standard input is first written to a temporary file, because its charset is known only at its end.
/// So memory stays bounded, and the result is the same that a job would make of these bytes.
/// </summary>
internal sealed class TextInput : IAsyncDisposable
{
    public const string StandardInput = "-";

    private const int BufferBytes = 1 << 16;

    private readonly FileStream _stream;

    private TextInput(FileStream stream, SourceFile source)
    {
        _stream = stream;
        Source = source;
    }

    public SourceFile Source { get; }

    /// <summary>The size of the file, or of what stood on standard input.</summary>
    public long Bytes => _stream.Length;

    /// <param name="file">A path, or <see cref="StandardInput"/>.</param>
    /// <param name="kind">The format of standard input; for a file, its name shows the format.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <param name="encoding">The charset; <see langword="null"/> finds it.</param>
    public static async Task<TextInput> OpenAsync(
        string file, SourceKind kind, CancellationToken cancellationToken, SourceColumns? columns = null, string? encoding = null)
    {
        var isStandardInput = file == StandardInput;
        var stream = isStandardInput ? await SpoolAsync(cancellationToken) : OpenFile(file);
        try
        {
            var format = isStandardInput ? await FormatAsync(stream, kind, cancellationToken) : SourceFormat.FromName(file);
            return new TextInput(
                stream,
                await SourceFile.OpenAsync(
                    stream, isStandardInput ? "standard input" : file, format, columns, encoding, cancellationToken));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static FileStream OpenFile(string file)
    {
        if (!File.Exists(file))
        {
            throw new CliException(Directory.Exists(file)
                ? $"'{file}' is a folder; expected a text file."
                : $"There is no file '{file}'. To give a text itself, pipe it: echo TEXT | simcse …");
        }

        SourceFormat.FromName(file); // checks the name before reading
        return new FileStream(
            file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
    }

    /// <summary>Writes standard input to a temporary file, which goes when it is closed.</summary>
    internal static async Task<FileStream> SpoolAsync(CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
        {
            await Console.Error.WriteLineAsync(
                "Reading texts from the terminal, one a line; end with Ctrl-D on a line of its own (Windows: Ctrl-Z, Enter).");
        }

        var spool = PrivateFile.Create(
            Path.Combine(Path.GetTempPath(), $"simcse-{Guid.NewGuid():N}"), FileShare.None,
            FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        try
        {
            await using var input = Console.OpenStandardInput();
            await input.CopyToAsync(spool, cancellationToken);
            return spool;
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
    }

    /// <summary>Detects gzip and zstd by their first bytes.</summary>
    internal static async Task<SourceFormat> FormatAsync(FileStream spool, SourceKind kind, CancellationToken cancellationToken)
    {
        spool.Position = 0;
        var magic = new byte[4];
        var length = await spool.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
        return new SourceFormat(kind, magic.AsSpan(0, length) switch
        {
            [0x1F, 0x8B, ..] => SourceCompression.Gzip,
            [0x28, 0xB5, 0x2F, 0xFD] => SourceCompression.Zstd,
            _ => SourceCompression.None,
        });
    }
}
