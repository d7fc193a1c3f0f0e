using Xunit;

namespace SimCse.Testing;

/// <summary>Finds the data and fixtures beside the project in <c>../shared</c>, if there are any.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>Whether a file or folder is there, for tests that do more with it and enough without.</summary>
    public static bool Has(string path) => Root is not null && Path.Exists(Path.Combine(Root, path));

    /// <summary>
    /// Returns the full path of a file or folder under <c>../shared</c>. Skips the running test, with the reason, if the folder is absent:
    /// it is too large (and partly under other licences) to be part of the project, and CI has it.
    /// </summary>
    /// <param name="path">The path relative to <c>../shared</c>, with forward slashes: <c>data/jsts-train.json</c>.</param>
    public static string Require(string path)
    {
        var full = Root is null ? null : Path.Combine(Root, path.Replace('/', Path.DirectorySeparatorChar));
        if (full is null || !Path.Exists(full))
        {
            Assert.Skip(
                $"Needs ../shared/{path} beside the project: data, models and a dictionary of others, too large to be part of it. CI has " +
                "them, and skips nothing.");
        }

        return full;
    }

    private static string? Find()
    {
        var shared = Path.GetFullPath(Path.Combine(RepositoryRoot.Path, "..", "shared"));
        return Directory.Exists(shared) ? shared : null;
    }
}
