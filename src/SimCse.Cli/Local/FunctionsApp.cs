using SimCse.Cli.CommandLine;

namespace SimCse.Cli.Local;

/// <summary>The Functions app that was built with this program and is in a folder beside it.</summary>
internal static class FunctionsApp
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "functions");

    /// <exception cref="CliException">The folder is missing, because only part of the program was copied.</exception>
    public static string Find() => File.Exists(Path.Combine(Folder, "host.json"))
        ? Folder
        : throw new CliException(
            $"The Functions app is missing beside this program: expected {Path.Combine(Folder, "host.json")}. Build or publish " +
            "SimCse.Cli again.");
}
