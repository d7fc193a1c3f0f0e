using Microsoft.Extensions.Logging.Abstractions;
using SimCse.LocalHost.Azurite;
using SimCse.Testing;

namespace SimCse.LocalHost.Tests;

/// <summary>The installation with an npm of our own, a shell script that records its runs: the real one takes a minute.</summary>
public sealed class AzuriteInstallationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Installs_once_for_all_who_ask_at_the_same_time()
    {
        var npm = Script(
            "npm",
            $"echo run >> {_folder["runs"]}; sleep 0.5; mkdir -p node_modules/azurite/dist/src; touch " +
            "node_modules/azurite/dist/src/azurite.js");

        var installed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Installation(npm).EnsureAsync(Cancellation)));

        Assert.Equal(["run"], await File.ReadAllLinesAsync(_folder["runs"], Cancellation));
        Assert.All(installed, scripts => Assert.True(File.Exists(scripts.Launcher) && File.Exists(scripts.Azurite)));
    }

    [Fact]
    public async Task A_failed_or_killed_installation_leaves_nothing_that_looks_complete()
    {
        // 1. npm fails after it has written half of its files.
        var failing = Script("failing", "mkdir half; echo no route to the registry; exit 7");
        var error = await Assert.ThrowsAsync<LocalHostException>(() => Installation(failing).EnsureAsync(Cancellation));
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("no route to the registry", error.Message, StringComparison.Ordinal);

        // 2. The next one starts from nothing.
        var npm = Script("npm", "test ! -e half && mkdir -p node_modules");
        var (launcher, _) = await Installation(npm).EnsureAsync(Cancellation);
        Assert.False(Directory.Exists(Path.Combine(Path.GetDirectoryName(launcher)!, "half")));
    }

    [Fact]
    public async Task The_lock_file_names_no_registry()
    {
        var npm = Script("npm", "mkdir -p node_modules");
        var (launcher, _) = await Installation(npm).EnsureAsync(Cancellation);

        var lockFile = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(launcher)!, "package-lock.json"), Cancellation);

        Assert.Contains("\"node_modules/azurite\"", lockFile, StringComparison.Ordinal);
        Assert.DoesNotContain("\"resolved\"", lockFile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_Node_gives_one_sentence_that_says_what_to_install()
    {
        var options = new AzuriteOptions { Node = _folder["no-such-node"] };

        var error = await Assert.ThrowsAsync<LocalHostException>(() => AzuriteServer.StartAsync(options, Cancellation));

        Assert.Contains("install Node.js 20 or newer", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Missing_npm_gives_the_same_sentence()
    {
        var error = await Assert.ThrowsAsync<LocalHostException>(() => Installation(_folder["no-such-npm"]).EnsureAsync(Cancellation));

        Assert.Contains("with npm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_Node_is_refused_with_the_version_found()
    {
        var options = new AzuriteOptions { Node = Script("node", "echo v18.19.0") };

        var error = await Assert.ThrowsAsync<LocalHostException>(() => AzuriteServer.StartAsync(options, Cancellation));

        Assert.Contains("v18.19.0", error.Message, StringComparison.Ordinal);
    }

    private AzuriteInstallation Installation(string npm)
        => new(new AzuriteOptions { CacheFolder = _folder["cache"], Npm = npm }, NullLogger.Instance);

    private string Script(string name, string body)
    {
        var path = _folder[name];
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The stand-ins for node and npm are shell scripts.");
            return path;
        }

        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
