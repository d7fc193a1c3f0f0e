using SimCse.Cli.Output;

namespace SimCse.Cli.Storage;

/// <summary>
/// The file <c>_latest.sql</c> in a folder of many sources. With it, DuckDB has the view <c>latest</c> over this folder, and the macro
/// <c>latest_in(FOLDER)</c> over any other: both read the newest version of each source only.
/// </summary>
internal static class LatestView
{
    /// <summary>The text that makes the macro.</summary>
    public static string Macro { get; } = ReadMacro();

    public static async Task WriteAsync(string root, CancellationToken cancellationToken)
    {
        var view = $"CREATE OR REPLACE VIEW latest AS FROM latest_in({NextCommand.Literal(Path.GetFullPath(root))});\n";
        await using var file = new PendingFile(Path.Combine(root, NextCommand.LatestFile));
        await file.Stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Macro + "\n" + view), cancellationToken);
        await file.CompleteAsync();
    }

    private static string ReadMacro()
    {
        using var reader = new StreamReader(typeof(LatestView).Assembly.GetManifestResourceStream("_latest.sql")!);
        return reader.ReadToEnd();
    }
}
