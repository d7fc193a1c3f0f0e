using SimCse.Cli.CommandLine;
using SimCse.Tokenization;

namespace SimCse.Cli.Storage;

/// <summary>
/// The folder for files that are made or fetched once per user and shared by all commands, among them Azurite. <c>SIMCSE_HOME</c> moves
/// it.
/// </summary>
internal static class UserCache
{
    public const string Variable = MecabDictionaryFolder.HomeVariable;

    public static string Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } home
        ? Path.GetFullPath(home)
        : Path.Combine(LocalData, "simcse");

    private static string LocalData =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

    public static string Models => Path.Combine(Folder, "models");

    /// <summary>Makes a folder in the cache, unless it is there, and checks that files can be made in it.</summary>
    /// <exception cref="CliException">They cannot, for example because the user has no home folder.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Guid.NewGuid():N}");
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                $"No file can be made in '{Path.GetFullPath(folder)}' ({SystemError.Describe(e)}), where models and Azurite are kept; " +
                $"set {Variable} to a folder where that is possible.", e);
        }
    }
}
