namespace SimCse.Testing;

/// <summary>A separate folder for one test, which is deleted with its contents on dispose.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("simcse-test-").FullName;

    /// <summary>The full path of a file or folder inside, which need not exist.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that a test has killed may still hold a file open. Something else cleans the system's temporary folder.
        }
    }
}
