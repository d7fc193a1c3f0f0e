using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SimCse.LocalHost.Tests.Handler;

/// <summary>Writes what was received as <c>NAME.INDEX.json</c>, numbered from 0 per name over all handler processes of a test.</summary>
public static class Recorder
{
    /// <summary>Names the record after the path: <c>/api/items/1</c> is <c>api_items_1</c>, and a function is its name.</summary>
    public static async Task<(string Name, int Index)> RecordAsync(string folder, HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var name = request.Path.Value!.Trim('/').Replace('/', '_');
        var index = await WriteAsync(folder, name, _ => new
        {
            Environment.ProcessId,
            request.Method,
            Path = request.Path.Value,
            Query = request.QueryString.Value,
            Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
            Body = Encoding.UTF8.GetString(body.ToArray()),
        });
        return (name, index);
    }

    /// <summary>Takes the next free number, then writes the record whole: a reader never sees half of it.</summary>
    public static async Task<int> WriteAsync(string folder, string name, Func<int, object> record)
    {
        var index = 0;
        while (!TryClaim(Path.Combine(folder, $"{name}.{index}.claim")))
        {
            index++;
        }

        var path = Path.Combine(folder, $"{name}.{index}.json");
        await File.WriteAllTextAsync(path + ".part", JsonSerializer.Serialize(record(index)));
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
