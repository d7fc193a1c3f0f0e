using System.Text.Json;

namespace SimCse.Models.Settings;

/// <summary>
/// Reads every setting of a model's configuration files, so that none that may change a vector goes unseen. What is refused is gathered,
/// so that the user learns of all of it at once.
/// </summary>
/// <param name="folder">The model's folder.</param>
/// <param name="ignored">The settings to ignore, <c>FILE:KEY</c>, with the file's path in the folder.</param>
internal sealed class SettingsCheck(string folder, IReadOnlyList<string> ignored)
{
    private readonly List<(string Setting, string Found)> _refused = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Checks one file, if it is there. A list of objects is checked object by object.</summary>
    /// <param name="file">The file's path in the model's folder, with forward slashes.</param>
    /// <param name="known">The settings of such files.</param>
    /// <exception cref="InvalidDataException">The file is no JSON.</exception>
    public void Check(string file, KnownSettings known)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            JsonElement[] objects = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
            foreach (var element in objects.Where(element => element.ValueKind == JsonValueKind.Object))
            {
                Check(file, known, element, prefix: "");
            }
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not the JSON expected: {e.Message}", e);
        }
    }

    /// <returns>The settings that were ignored because the user said so.</returns>
    /// <exception cref="NotSupportedException">A setting is refused.</exception>
    /// <exception cref="ArgumentException">One that is to be ignored is not there, or would not have been refused.</exception>
    public IReadOnlyList<string> Finish()
    {
        if (_refused.Count > 0)
        {
            throw new NotSupportedException(
                $"{folder} has settings that may change vectors and are not supported: " +
                $"{string.Join("; ", _refused.Select(refused => refused.Found))}. Where you know that vectors stay the same, import with " +
                $"{string.Join(" ", _refused.Select(refused => $"--ignore {refused.Setting}"))}.");
        }

        return ignored.FirstOrDefault(setting => !_used.Contains(setting)) is not { } unused
            ? [.. _used.Order(StringComparer.Ordinal)]
            : throw new ArgumentException(
                $"--ignore {unused} names no setting of {folder} that would be refused; expected FILE:KEY, such as config.json:new_key.");
    }

    private void Check(string file, KnownSettings known, JsonElement element, string prefix)
    {
        foreach (var setting in element.EnumerateObject())
        {
            var (name, value) = (prefix + setting.Name, setting.Value);
            if (known.IsHonoured(name) || known.IsIgnored(name) || IsNothing(value))
            {
                continue;
            }

            if (value.ValueKind == JsonValueKind.Object && known.HasMembers(name))
            {
                Check(file, known, value, $"{name}.");
            }
            else if (!IsAccepted(known, name, value))
            {
                Refuse(file, name, value, known.Only.GetValueOrDefault(name));
            }
        }
    }

    private void Refuse(string file, string name, JsonElement value, string[]? accepted)
    {
        var setting = $"{file}:{name}";
        if (ignored.Contains(setting))
        {
            _used.Add(setting);
            return;
        }

        var expected = accepted is null ? "unknown"
            : $"expected {(accepted.Length == 0 ? "none" : string.Join(" or ", accepted))}";
        var text = value.GetRawText();
        _refused.Add((setting, $"{name} in {file} is {(text.Length > 60 ? $"{text[..60]}…" : text)} ({expected})"));
    }

    /// <summary>No value, which is what a library writes for a setting that nobody has set.</summary>
    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    private static bool IsAccepted(KnownSettings known, string name, JsonElement value) =>
        known.Only.GetValueOrDefault(name) is { } accepted && Array.Exists(accepted, json =>
        {
            using var expected = JsonDocument.Parse(json);
            return JsonElement.DeepEquals(value, expected.RootElement);
        });
}
