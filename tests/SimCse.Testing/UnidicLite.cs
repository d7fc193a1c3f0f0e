using SimCse.Models.Pull;

namespace SimCse.Testing;

/// <summary>The published model's own dictionary, unidic-lite 1.0.8, from the archive that <c>simcse model pull</c> fetches.</summary>
public static class UnidicLite
{
    public const string Archive = "dictionaries/unidic-lite-1.0.8.tar.gz";

    private static readonly Lazy<Task<string>> Unpacked = new(UnpackAsync);

    /// <summary>Returns the dictionary's folder, unpacked once for all tests. Skips the running test without the archive.</summary>
    public static string Require()
    {
        SharedData.Require(Archive);
        return Unpacked.Value.GetAwaiter().GetResult();
    }

    private static async Task<string> UnpackAsync()
    {
        var folder = Directory.CreateTempSubdirectory("simcse-unidic-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        await DictionaryArchive.UnidicLite.ExtractAsync(SharedData.Require(Archive), folder, CancellationToken.None);
        return folder;
    }
}
