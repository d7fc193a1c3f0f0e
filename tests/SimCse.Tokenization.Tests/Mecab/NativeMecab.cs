using System.Runtime.InteropServices;
using System.Text;

namespace SimCse.Tokenization.Tests.Mecab;

/// <summary>
/// Native MeCab 0.996 through <c>libmecab.so.2</c> (Debian: <c>libmecab2</c>), the oracle. Unlike the program it takes texts with line ends
/// and U+0000. Not thread-safe.
/// </summary>
internal sealed partial class NativeMecab : IDisposable
{
    private const string Library = "libmecab.so.2";

    // Offsets in mecab_node_t on 64-bit Linux (mecab/src/mecab.h).
    private const int NextOffset = 8;
    private const int SurfaceOffset = 48;
    private const int LengthOffset = 68;
    private const int StatusOffset = 79;
    private const byte BeginningOfSentence = 2;
    private const byte EndOfSentence = 3;

    private readonly nint _tagger;

    /// <param name="dictionary">A compiled dictionary's folder.</param>
    /// <param name="options">As for the program.</param>
    public NativeMecab(string dictionary, string options = "")
    {
        // The rc file is named so that the machine's own, which may not exist, is not read.
        _tagger = New($"{options} -r /dev/null -d {dictionary}");
        if (_tagger == 0)
        {
            throw new InvalidOperationException($"libmecab cannot open {dictionary}.");
        }
    }

    public static bool IsInstalled => NativeLibrary.TryLoad(Library, out _);

    /// <summary>The surfaces, or null where MeCab gives the text up as too long.</summary>
    public unsafe List<string>? Segment(ReadOnlySpan<char> text)
    {
        // MeCab reads the text in place (with its option -C it would copy it, and lose what follows U+0000).
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        fixed (byte* start = bytes)
        {
            var node = ToNode(_tagger, start, length);
            return node == 0 ? null : Surfaces(node);
        }
    }

    private static List<string> Surfaces(nint node)
    {
        var words = new List<string>();
        for (; Marshal.ReadByte(node, StatusOffset) != EndOfSentence; node = Marshal.ReadIntPtr(node, NextOffset))
        {
            if (Marshal.ReadByte(node, StatusOffset) != BeginningOfSentence)
            {
                var surface = Marshal.ReadIntPtr(node, SurfaceOffset);
                words.Add(Marshal.PtrToStringUTF8(surface, (ushort)Marshal.ReadInt16(node, LengthOffset)));
            }
        }

        return words;
    }

    /// <summary>MeCab's own output for a text, as bytes that the next call overwrites.</summary>
    public unsafe ReadOnlySpan<byte> Format(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            return MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)ToText(_tagger, start, text.Length));
        }
    }

    public void Dispose() => Destroy(_tagger);

    [LibraryImport(Library, EntryPoint = "mecab_new2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint New(string options);

    [LibraryImport(Library, EntryPoint = "mecab_sparse_tonode2")]
    private static unsafe partial nint ToNode(nint tagger, byte* text, nint length);

    [LibraryImport(Library, EntryPoint = "mecab_sparse_tostr2")]
    private static unsafe partial nint ToText(nint tagger, byte* text, nint length);

    [LibraryImport(Library, EntryPoint = "mecab_destroy")]
    private static partial void Destroy(nint tagger);
}
