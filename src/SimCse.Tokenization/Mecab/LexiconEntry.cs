using System.Runtime.InteropServices;

namespace SimCse.Tokenization.Mecab;

/// <summary>One reading of a surface, 16 bytes as in the file (MeCab's <c>Token</c>).</summary>
/// <param name="LeftId">Row of the connection matrix when this word stands on the right.</param>
/// <param name="RightId">Column of the connection matrix when this word stands on the left.</param>
/// <param name="PartOfSpeechId">Not read here.</param>
/// <param name="Cost">Of the word itself.</param>
/// <param name="Feature">Offset of its features; not read here.</param>
/// <param name="Compound">Not read here.</param>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal readonly record struct LexiconEntry(ushort LeftId, ushort RightId, ushort PartOfSpeechId, short Cost, uint Feature, uint Compound);
