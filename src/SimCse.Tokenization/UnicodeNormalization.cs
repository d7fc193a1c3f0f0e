using System.Text;

namespace SimCse.Tokenization;

/// <summary>Unicode normal forms that do not depend on how the process was started.</summary>
internal static class UnicodeNormalization
{
    private static readonly Lazy<bool> Works = new(() => "ｱ㍻".Normalize(NormalizationForm.FormKC) == "ア平成");

    /// <summary>Normalises <paramref name="text"/>; the same span where it is normalised already.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="form">One of the four forms.</param>
    /// <exception cref="PlatformNotSupportedException">The runtime cannot normalise; see <see cref="Require"/>.</exception>
    public static ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text, NormalizationForm form)
    {
        Require();
        var composed = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        if (composed ? IsInert(text) : Ascii.IsValid(text))
        {
            return text;
        }

        // .NET refuses this noncharacter, which nothing composes with and which becomes nothing else: normalise around it.
        return text.Contains('\uFFFE') ? NormalizeParts(text, form) : text.IsNormalized(form) ? text : text.ToString().Normalize(form);
    }

    private static string NormalizeParts(ReadOnlySpan<char> text, NormalizationForm form)
    {
        var result = new StringBuilder(text.Length);
        foreach (var part in text.Split('\uFFFE'))
        {
            result.Append(part.Start.Value == 0 ? "" : "\uFFFE").Append(text[part].ToString().Normalize(form));
        }

        return result.ToString();
    }

    /// <summary>
    /// Whether a text consists of ASCII, Japanese punctuation, kana and the common ideographs only, which stay as they are in the composed
    /// forms whatever stands beside them: most Japanese text, and much quicker than to ask ICU.
    /// </summary>
    public static bool IsInert(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            var inert = c < 0x80 || c - 0x3041u <= 0x3096 - 0x3041 || c - 0x4E00u <= 0x9FFF - 0x4E00
                || c - 0x30A1u <= 0x30FE - 0x30A1 || c - 0x3001u <= 0x3029 - 0x3001;
            if (!inert)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Refuses to go on where the runtime leaves text unnormalised: every vector of a text with full-width or composed characters would
    /// silently be wrong.
    /// </summary>
    public static void Require()
    {
        if (!Works.Value)
        {
            throw new PlatformNotSupportedException(
                "Unicode normalisation (NFKC) does not work in this process: 'ｱ㍻' did not become 'ア平成'. " +
                "Unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT (or InvariantGlobalization) and install libicu.");
        }
    }
}
