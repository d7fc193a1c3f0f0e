namespace SimCse.Testing;

/// <summary>The Functions app as the build leaves it, which is a function app as it stands.</summary>
public static class BuiltApp
{
    /// <summary>Of the configuration that the tests run in.</summary>
    public static string Folder { get; } = Path.Combine(
        RepositoryRoot.Path, "src", "SimCse.Functions", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");
}
