using System.Text;

namespace SimCse.Tokenization;

/// <summary>The pieces of a model, numbered from 0. Immutable and thread-safe.</summary>
internal sealed class Vocabulary
{
    private const string Continuation = "##";

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _starts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;
    private readonly string[] _pieces;

    public Vocabulary(string[] pieces)
    {
        _pieces = pieces;
        _ids = new Dictionary<string, int>(pieces.Length, StringComparer.Ordinal);
        var continuations = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < pieces.Length; id++)
        {
            _ids[pieces[id]] = id; // a piece that stands twice has its last number, as in the published loader
            if (pieces[id].StartsWith(Continuation, StringComparison.Ordinal))
            {
                continuations[pieces[id][Continuation.Length..]] = id;
                LongestPiece = Math.Max(LongestPiece, pieces[id].Length - Continuation.Length);
            }

            LongestPiece = Math.Max(LongestPiece, pieces[id].Length);
        }

        _starts = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _pieces.Length;

    /// <summary>In UTF-16 units; no longer candidate needs to be looked up.</summary>
    public int LongestPiece { get; }

    public string this[int id] => _pieces[id];

    /// <summary>
    /// Reads <c>vocab.txt</c>, a piece a line, as Python's text mode does: UTF-8, lines end at \n, \r\n or \r, no byte-order mark removed.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds no piece, or is not in UTF-8.</exception>
    public static Vocabulary Load(string path)
    {
        var text = ReadUtf8(path);
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        var pieces = lines[^1].Length == 0 ? lines[..^1] : lines;
        return pieces.Length > 0 ? new Vocabulary(pieces) : throw new InvalidDataException($"{path} holds no piece; expected one a line.");
    }

    private static string ReadUtf8(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing; expected the model's pieces, one a line.", path);
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path} is not in UTF-8, as a vocabulary must be: {e.Message}", e);
        }
    }

    public bool TryGetId(ReadOnlySpan<char> piece, out int id) => _starts.TryGetValue(piece, out id);

    /// <summary>Looks up a piece that continues a word, given without its <c>##</c>.</summary>
    public bool TryGetContinuation(ReadOnlySpan<char> piece, out int id) => _continuations.TryGetValue(piece, out id);
}
