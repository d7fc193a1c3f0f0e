using System.IO.Enumeration;
using System.Text.RegularExpressions;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.Sources;

namespace SimCse.Cli.Input;

/// <summary>A file to submit.</summary>
/// <param name="Path">The file's path, or <see cref="TextInput.StandardInput"/>.</param>
/// <param name="Source">The name that it gets in storage.</param>
internal readonly record struct SubmittedFile(string Path, string Source);

/// <summary>
/// The files that arguments name: files, folders with all that is below them, and patterns for shells that do not expand them. A file that
/// is named is taken or refused. Of folders and patterns only sources are taken, and the rest is counted.
/// </summary>
internal sealed class SubmittedFiles
{
    private const int MaxNamed = 3;

    private readonly SourceFilter _filter;
    private readonly List<SubmittedFile> _files = [];
    private readonly List<string> _ignored = [];

    private SubmittedFiles(SourceFilter filter) => _filter = filter;

    public IReadOnlyList<SubmittedFile> Files => _files;

    public int Ignored { get; private set; }

    /// <param name="arguments">Paths, patterns, or <see cref="TextInput.StandardInput"/>.</param>
    /// <param name="name">
    /// The name of the only source, or, if it ends with a slash, the folder in storage for all; <see langword="null"/> keeps the files'.
    /// </param>
    /// <param name="kind">The format of standard input.</param>
    /// <param name="filter">Tells sources from other files.</param>
    /// <exception cref="CliException">There is no such file, no source among them, or two have the same name.</exception>
    /// <exception cref="NotSupportedException">A source cannot have the name.</exception>
    public static SubmittedFiles Find(IReadOnlyList<string> arguments, string? name, SourceKind kind, SourceFilter filter)
    {
        var found = new SubmittedFiles(filter);
        foreach (var argument in arguments)
        {
            found.Add(argument, kind);
        }

        if (found._files.Count == 0)
        {
            throw new CliException(
                $"There is no text file in {string.Join(", ", arguments.Select(argument => $"'{argument}'"))}; expected names that end " +
                $"in {SourceFormat.Endings}. {found.DescribeIgnored()}".TrimEnd());
        }

        found.Name(name);
        return found;
    }

    /// <summary>What is not taken, and examples of it; empty when all is.</summary>
    public string DescribeIgnored() => Ignored == 0 ? "" :
        $"{Ignored:N0} other {(Ignored == 1 ? "file is" : "files are")} ignored ({string.Join(", ", _ignored)}" +
        $"{(Ignored > _ignored.Count ? ", …" : "")}).";

    private void Add(string argument, SourceKind kind)
    {
        if (argument == TextInput.StandardInput)
        {
            _files.Add(new SubmittedFile(argument, $"stdin-{DateTime.UtcNow:yyyyMMdd'T'HHmmss}.{kind.ToString().ToLowerInvariant()}"));
        }
        else if (File.Exists(argument))
        {
            _files.Add(new SubmittedFile(argument, Path.GetFileName(argument)));
        }
        else if (Directory.Exists(argument))
        {
            AddBelow(argument, pattern: null);
        }
        else if (argument.AsSpan().ContainsAny('*', '?'))
        {
            AddPattern(argument.Replace(Path.DirectorySeparatorChar, '/'));
        }
        else
        {
            throw new CliException($"There is no file '{argument}'.");
        }
    }

    private void AddPattern(string pattern)
    {
        var parts = pattern.Split('/');
        var fix = Array.FindIndex(parts, part => part.AsSpan().ContainsAny('*', '?'));
        var folder = fix == 0 ? "." : string.Join('/', parts[..fix]) is { Length: > 0 } below ? below : "/";
        if (!Directory.Exists(folder))
        {
            throw new CliException($"There is no folder '{folder}', in which '{pattern}' is to be found.");
        }

        var before = (_files.Count, Ignored);
        AddBelow(folder, new Regex(
            $@"\A{SourceFilter.ToRegex("/" + string.Join('/', parts[fix..]))}\z",
            RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking));
        if (before == (_files.Count, Ignored))
        {
            throw new CliException($"No file is like '{pattern}'.");
        }
    }

    /// <summary>Links to folders are not followed, because they may lead back.</summary>
    private void AddBelow(string folder, Regex? pattern)
    {
        var all = new FileSystemEnumerable<string>(
            folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        foreach (var path in all.Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (pattern?.IsMatch("/" + name) == false)
            {
                continue;
            }

            if (_filter.Admits(name) && !IsOtherJson(path))
            {
                _files.Add(new SubmittedFile(path, name));
            }
            else if (++Ignored <= MaxNamed)
            {
                _ignored.Add(name);
            }
        }
    }

    /// <summary>
    /// Whether a .json that nobody has named begins with no bracket. Folders hold settings and reports, and only an array holds records.
    /// </summary>
    private static bool IsOtherJson(string path)
    {
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        try
        {
            using var reader = new StreamReader(path, detectEncodingFromByteOrderMarks: true);
            int first;
            do
            {
                first = reader.Read();
            }
            while (first is ' ' or '\t' or '\r' or '\n');
            return first != '[';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it is refused with the reason when it is submitted
        }
    }

    private void Name(string? name)
    {
        if (name is not null && !name.EndsWith('/') && _files.Count > 1)
        {
            throw new CliException($"--name '{name}' is for one file; there are {_files.Count}. A folder for all ends with a slash.");
        }

        for (var i = 0; i < _files.Count; i++)
        {
            var file = _files[i];
            _files[i] = file with { Source = name is null ? file.Source : name.EndsWith('/') ? name + file.Source : name };
            SourceName.Check(_files[i].Source);
        }

        if (_files.CountBy(file => file.Source).FirstOrDefault(group => group.Value > 1) is { Key: { } twice })
        {
            throw new CliException(
                $"Two files have the name '{twice}', and a source can have only one; submit them one by one with --name.");
        }
    }
}
