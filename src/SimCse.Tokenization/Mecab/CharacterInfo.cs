namespace SimCse.Tokenization.Mecab;

/// <summary>
/// What <c>char.bin</c> says of a character, in 32 bits from the lowest: 18 category flags, 8 the default category, 4 the length of unknown
/// words to try, 1 whether to group, 1 whether to look for unknown words beside known ones.
/// </summary>
internal readonly record struct CharacterInfo(uint Bits)
{
    private const uint Categories = (1 << 18) - 1;

    public int DefaultCategory => (int)(Bits >> 18) & 0xFF;

    public int Length => (int)(Bits >> 26) & 0xF;

    public bool Groups => (Bits & (1u << 30)) != 0;

    public bool InvokesAlways => (Bits & (1u << 31)) != 0;

    public bool IsKindOf(CharacterInfo other) => (Bits & other.Bits & Categories) != 0;
}
