using System.Text.Json;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>
/// Writes what was received into a test's folder as <c>NAME.INDEX.json</c>, numbered from 0 per name over all worker processes of the test.
/// </summary>
public sealed class Recorder(string folder)
{
    public string Folder => folder;

    /// <summary>Takes the next free number, then writes the record whole: a reader never sees half of it.</summary>
    public async Task<int> WriteAsync(string name, object record)
    {
        var index = 0;
        while (!TryClaim(Path.Combine(folder, $"{name}.{index}.claim")))
        {
            index++;
        }

        var path = Path.Combine(folder, $"{name}.{index}.json");
        await File.WriteAllTextAsync(path + ".part", JsonSerializer.Serialize(record));
        File.Move(path + ".part", path);
        return index;
    }

    private static bool TryClaim(string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }
}
