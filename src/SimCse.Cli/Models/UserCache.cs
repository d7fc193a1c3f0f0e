namespace SimCse.Cli.Models;

/// <summary>
/// What is made or fetched once for a user and used by everything: beside Azurite, which the local host keeps there, too.
/// </summary>
internal static class UserCache
{
    public static string Folder { get; } =
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "simcse");

    public static string Models => Path.Combine(Folder, "models");
}
