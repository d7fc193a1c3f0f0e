namespace SimCse.Testing;

/// <summary>The Functions app in the build's output folder, which can be run as it is.</summary>
public static class BuiltApp
{
    /// <summary>The folder, for the configuration that the tests run in.</summary>
    public static string Folder { get; } = Path.Combine(
        RepositoryRoot.Path, "src", "SimCse.Functions", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");
}
