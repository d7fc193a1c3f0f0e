namespace SimCse.Testing;

/// <summary>Finds the folder with <c>SimCseFunctions.sln</c> upwards from the running test assembly.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SimCseFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException(
            $"SimCseFunctions.sln is in no folder above {AppContext.BaseDirectory}; run the tests from a checkout.");
    }
}
