using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SimCse.Cli.Storage;

/// <summary>
/// Turns the name of a source into a path below a folder. Usually it is the name itself. Different names have different paths, and none
/// leads out of the folder: what a file system refuses or reads otherwise is written as <c>%2F</c>, and a part that is too long for one is
/// cut and ends in a hash.
/// </summary>
internal static class LocalPath
{
    /// <summary>Most file systems allow 255 bytes; some space is left for what is added to a name.</summary>
    private const int MaxBytes = 240;

    private static readonly char[] Refused = OperatingSystem.IsWindows() ? ['<', '>', ':', '"', '|', '?', '*', '\\', '%'] : ['\\', '%'];

    /// <summary>Windows takes these, with any ending, for devices.</summary>
    private static readonly string[] Devices =
    [
        "CON", "PRN", "AUX", "NUL",
        .. Enumerable.Range(0, 10).SelectMany(number => new[] { $"COM{number}", $"LPT{number}" }),
    ];

    public static string Of(string source) => Path.Combine([.. source.Split('/').Select(Segment)]);

    private static string Segment(string segment)
    {
        // Storage allows empty parts, as in "/a.txt" and "a//b.txt"; a path would lose them, or begin at the root.
        if (segment.Length == 0)
        {
            return "%2F";
        }

        var escaped = new StringBuilder();
        foreach (var (index, character) in segment.Index())
        {
            var isRefused = char.IsControl(character) || Refused.Contains(character)
                || (OperatingSystem.IsWindows() && index == segment.Length - 1 && character is ' ' or '.');
            escaped.Append(isRefused ? string.Create(CultureInfo.InvariantCulture, $"%{(int)character:X2}") : character.ToString());
        }

        var name = escaped.ToString();
        if (name is "." or ".." || (OperatingSystem.IsWindows() && Devices.Contains(name.Split('.')[0], StringComparer.OrdinalIgnoreCase)))
        {
            name = $"%{(int)name[0]:X2}{name[1..]}";
        }

        return Encoding.UTF8.GetByteCount(name) <= MaxBytes ? name : Shorten(name);
    }

    private static string Shorten(string name)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16];
        var (length, bytes) = (0, 0);
        foreach (var rune in name.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MaxBytes - hash.Length - 2)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        // No other name has a '%' before something that is no code.
        return $"{name[..length]}%~{hash}";
    }
}
