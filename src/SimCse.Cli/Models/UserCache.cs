namespace SimCse.Cli.Models;

/// <summary>
/// The folder for files that are made or fetched once per user and shared by all commands. The local host keeps Azurite there too.
/// </summary>
internal static class UserCache
{
    public static string Folder { get; } =
        Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "simcse");

    public static string Models => Path.Combine(Folder, "models");
}
