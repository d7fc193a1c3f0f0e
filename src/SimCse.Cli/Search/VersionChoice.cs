using SimCse.Cli.Storage;

namespace SimCse.Cli.Search;

/// <summary>
/// Finds out whether files hold several versions of a source, and keeps those of the newest one: a text that did not change would
/// otherwise be found once in each.
/// </summary>
internal static class VersionChoice
{
    /// <param name="files">Files on this machine, open already.</param>
    /// <param name="tell">Gets a sentence for each source with several versions.</param>
    public static IReadOnlyList<VectorFile> Newest(IReadOnlyList<VectorFile> files, Action<string> tell)
    {
        var dropped = new HashSet<VectorFile>();
        foreach (var source in files.Where(file => file.Metadata?.Origin is not null).GroupBy(file => file.Metadata!.Origin!.Source))
        {
            var versions = source.GroupBy(file => file.Metadata!.Origin!.Job).ToList();
            if (versions.Count == 1)
            {
                continue;
            }

            if (Newest(source.Key, versions) is not { } newest)
            {
                tell(
                    $"There are {versions.Count} versions of {source.Key}, and neither _latest nor _SUCCESS beside them says which " +
                    "is the newest: all are read. Name the folder of one.");
                continue;
            }

            dropped.UnionWith(versions.Where(version => version.Key != newest).SelectMany(version => version));
            tell(
                $"There are {versions.Count} versions of {source.Key}; only the newest is read, of job {newest}. To read another, " +
                "name its folder.");
        }

        return [.. files.Where(file => !dropped.Contains(file))];
    }

    private static string? Newest(string source, List<IGrouping<string, VectorFile>> versions)
    {
        var folders = versions.ToDictionary(
            version => version.Key, version => Path.GetDirectoryName(Path.GetFullPath(version.First().Name))!);
        var latest = folders.Values.Select(folder => LatestCopy.FindAbove(folder, source)).OfType<string>().FirstOrDefault();
        if (latest is not null && folders.ContainsKey(latest))
        {
            return latest;
        }

        var successes = folders.ToDictionary(pair => pair.Key, pair => ResultFolder.Read(pair.Value).Job);
        return successes.All(success => success.Value?.Job == success.Key)
            ? successes.MaxBy(success => success.Value!.CreatedOn).Key
            : null;
    }
}
