using Microsoft.Extensions.Configuration;

namespace SimCse.LocalHost.App;

/// <summary>How to start the worker, from a published app's worker.config.json, which the isolated worker's Sdk writes.</summary>
/// <param name="Executable">A file in the app's folder, or a program on PATH such as <c>dotnet</c>.</param>
/// <param name="Arguments">The arguments before the host's own: those in the file, then the worker's path.</param>
internal sealed record WorkerConfig(string Executable, IReadOnlyList<string> Arguments)
{
    /// <exception cref="LocalHostException">The file is missing or the Sdk did not write it, or the worker is not for .NET.</exception>
    public static WorkerConfig Load(string appRoot)
    {
        var path = Path.Combine(appRoot, "worker.config.json");
        if (!File.Exists(path))
        {
            throw new LocalHostException(
                $"There is no worker.config.json in {appRoot}; give the folder of a published Functions app with an isolated .NET worker.");
        }

        var description = Read(path).GetSection("description");
        if (description["language"] != "dotnet-isolated" || description["defaultExecutablePath"] is not { Length: > 0 } executable)
        {
            throw new LocalHostException($"{path}: expected a description with language dotnet-isolated and a defaultExecutablePath.");
        }

        string Expand(string text) =>
            text.Replace("{WorkerRoot}", appRoot + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase);
        string[] worker = description["defaultWorkerPath"] is { Length: > 0 } file ? [Path.Combine(appRoot, Expand(file))] : [];
        return new(Expand(executable), [.. (description.GetSection("arguments").Get<string[]>() ?? []).Select(Expand), .. worker]);
    }

    private static IConfiguration Read(string path)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path).Build();
        }
        catch (InvalidDataException e)
        {
            throw new LocalHostException($"{path} is not a worker.config.json: {e.InnerException?.Message}", e);
        }
    }
}
