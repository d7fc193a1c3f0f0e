using System.Text;
using System.Text.RegularExpressions;

namespace SimCse.Jobs.Sources;

/// <summary>
/// Tells texts from what else lies in a folder: names without an ending of a source, and names that patterns leave out. Nobody asked for
/// the others by name, so they are ignored and not failed. Thread-safe.
/// </summary>
/// <remarks>
/// A pattern without a slash is compared with each part of a name between slashes, folders included; one with a slash with the whole name.
/// <c>*</c> stands for any characters but a slash, <c>**</c> also for slashes, <c>?</c> for one character. Case does not matter.
/// </remarks>
public sealed class SourceFilter
{
    /// <summary>Hidden files and folders, and what office programs keep beside an open file.</summary>
    public const string DefaultExclude = ".*;~$*";

    private readonly Regex? _include;
    private readonly Regex? _exclude;

    /// <param name="include">Patterns between semicolons, of which a name must match one; none admits all.</param>
    /// <param name="exclude">Patterns between semicolons, of which a name must match none.</param>
    public SourceFilter(string include = "", string exclude = DefaultExclude)
    {
        (Include, Exclude) = (include, exclude);
        (_include, _exclude) = (Parse(include), Parse(exclude));
    }

    public string Include { get; }

    public string Exclude { get; }

    /// <summary>Whether a blob or file of this name is a source, unless somebody says so.</summary>
    /// <param name="name">The name, with slashes between its parts.</param>
    public bool Admits(string name) =>
        (SourceFormat.TryFromName(name) is not null || SourceFormat.IsArchive(name))
        && _include?.IsMatch(name) != false && _exclude?.IsMatch(name) != true;

    /// <summary>A pattern as a regular expression for whole names.</summary>
    public static string ToRegex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var regex = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest.StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (rest.StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(pattern[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    var other => Regex.Escape(other.ToString()),
                });
            }
        }

        return pattern.Contains('/', StringComparison.Ordinal) ? regex.ToString() : $"(?:.*/)?{regex}(?:/.*)?";
    }

    private static Regex? Parse(string patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        var all = patterns.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return all.Length == 0
            ? null
            : new Regex(
                $@"\A(?:{string.Join('|', all.Select(ToRegex))})\z",
                RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }
}
