using System.Formats.Tar;
using System.IO.Compression;

namespace SimCse.Testing;

/// <summary>The published model's own dictionary, unidic-lite 1.0.8, from the archive that <c>simcse model pull</c> fetches.</summary>
public static class UnidicLite
{
    public const string Archive = "dictionaries/unidic-lite-1.0.8.tar.gz";

    private const string Prefix = "unidic-lite-1.0.8/unidic_lite/dicdir/";

    private static readonly Lazy<string> Unpacked = new(() => Unpack(SharedData.Require(Archive)));

    /// <summary>Returns the dictionary's folder, unpacked once for all tests. Skips the running test without the archive.</summary>
    public static string Require()
    {
        SharedData.Require(Archive);
        return Unpacked.Value;
    }

    private static string Unpack(string archivePath)
    {
        var folder = Directory.CreateTempSubdirectory("simcse-unidic-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        using var archive = new TarReader(new GZipStream(File.OpenRead(archivePath), CompressionMode.Decompress));
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.Name.StartsWith(Prefix, StringComparison.Ordinal) && entry.EntryType != TarEntryType.Directory)
            {
                entry.ExtractToFile(Path.Combine(folder, Path.GetFileName(entry.Name)), overwrite: true);
            }
        }

        return folder;
    }
}
