using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SimCse.EndToEnd.Tests;

/// <summary>npm's <c>openai</c>, installed once for a user from the lock file beside this test.</summary>
internal static class NodeOpenAi
{
    private static readonly string[] Files = ["package.json", "package-lock.json", "embed.mjs"];
    private static readonly SemaphoreSlim Installing = new(1);

    /// <summary>Runs <c>client.embeddings.create(request)</c>.</summary>
    public static async Task<JsonElement> CreateAsync<T>(Uri address, string key, T request, CancellationToken cancellationToken)
    {
        var folder = await EnsureAsync(cancellationToken);
        var (exitCode, output, error) = await RunAsync(
            "node", ["embed.mjs", address.ToString(), key], folder, JsonSerializer.Serialize(request), cancellationToken);
        Assert.True(exitCode == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    private static async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "OpenAiClient");
        var hash = SHA256.HashData(Files.SelectMany(file => File.ReadAllBytes(Path.Combine(source, file))).ToArray());
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "simcse");
        var folder = Path.Combine(cache, $"openai-client-{Convert.ToHexStringLower(hash)[..16]}");
        await Installing.WaitAsync(cancellationToken);
        try
        {
            if (!Directory.Exists(folder))
            {
                await InstallAsync(source, folder, cancellationToken);
            }
        }
        finally
        {
            Installing.Release();
        }

        return folder;
    }

    private static async Task InstallAsync(string source, string folder, CancellationToken cancellationToken)
    {
        var unfinished = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        foreach (var file in Files)
        {
            File.Copy(Path.Combine(source, file), Path.Combine(unfinished, file), overwrite: true);
        }

        var (exitCode, output, error) = await RunAsync(
            "npm", ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], unfinished, "", cancellationToken);
        Assert.True(exitCode == 0, output + error);
        Directory.Move(unfinished, folder);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string program, string[] arguments, string folder, string input, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                StandardOutputEncoding = Encoding.UTF8,
            },
        };
        process.Start();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
