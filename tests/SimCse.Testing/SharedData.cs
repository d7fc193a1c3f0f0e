using Xunit;

namespace SimCse.Testing;

/// <summary>Finds the measured data and fixtures that stand beside the project in <c>../shared</c>, where there are any.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>
    /// The full path of a file or folder under <c>../shared</c>. Skips the running test, with the reason, where the folder is absent:
    /// it is too large (and partly differently licensed) to be part of the project, and CI has it.
    /// </summary>
    /// <param name="path">Relative to <c>../shared</c>, with forward slashes: <c>data/jsts-train.json</c>.</param>
    public static string Require(string path)
    {
        var full = Root is null ? null : Path.Combine(Root, path.Replace('/', Path.DirectorySeparatorChar));
        if (full is null || !Path.Exists(full))
        {
            Assert.Skip($"Needs ../shared/{path} beside the project, which is not part of it (JGLUE data and PyTorch fixtures).");
        }

        return full;
    }

    private static string? Find()
    {
        var shared = Path.GetFullPath(Path.Combine(RepositoryRoot.Path, "..", "shared"));
        return Directory.Exists(shared) ? shared : null;
    }
}
