using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SimCse.Models.Tests.Pull;

/// <summary>
/// A server that behaves as the Hugging Face hub does: model description, redirects to a CDN, ranges; and misbehaves on demand.
/// </summary>
internal sealed class LocalHub : IAsyncDisposable
{
    public const string Commit = "18b35f1000000000000000000000000000000000";

    private readonly WebApplication _app;
    private readonly Dictionary<string, byte[]> _files = [];

    private LocalHub()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/api/models/{owner}/{name}/revision/{revision}", Describe);
        _app.MapGet("/{owner}/{name}/resolve/{commit}/{**file}", Resolve);
        _app.MapGet("/cdn/{**file}", Serve);
        Description = new JsonObject { ["sha"] = Commit, ["cardData"] = new JsonObject { ["license"] = "cc-by-sa-4.0" } };
    }

    public Uri Address => new(_app.Urls.Single() + "/");

    /// <summary>What the next requests for a file get instead of it; empty again when used up.</summary>
    public ConcurrentQueue<Func<HttpContext, byte[], Task>> Faults { get; } = new();

    /// <summary>Every request for a file's bytes, with its Range header.</summary>
    public ConcurrentQueue<(string File, string Range)> Requests { get; } = new();

    public JsonObject Description { get; }

    public static async Task<LocalHub> StartAsync()
    {
        var hub = new LocalHub();
        await hub._app.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    public void Add(string name, byte[] content) => _files[name] = content;

    public void AddFolder(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Add(Path.GetRelativePath(folder, file).Replace('\\', '/'), File.ReadAllBytes(file));
        }
    }

    /// <summary>A source distribution with a dictionary in it, and with members that must not be unpacked.</summary>
    public static byte[] Archive(string prefix, params string[] files)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var file in files.Select(file => prefix + file).Append("unidic-lite-1.0.8/setup.py").Append(
                "unidic-lite-1.0.8/LICENSE.unidic").Append($"{prefix}../escaped"))
            {
                tar.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, file) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(file)) });
            }
        }

        return bytes.ToArray();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Describe(string owner, string name, string revision)
    {
        if ((owner, name) != ("someone", "model") || revision is not ("main" or Commit))
        {
            return Results.NotFound();
        }

        var description = Description.DeepClone().AsObject();
        description["siblings"] ??= new JsonArray([.. _files.Select(file => (JsonNode)new JsonObject
        {
            ["rfilename"] = file.Key,
            ["size"] = file.Value.Length,
            ["blobId"] = GitBlob(file.Value),
            ["lfs"] = file.Key.EndsWith(".bin", StringComparison.Ordinal)
                ? new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file.Value)), ["size"] = file.Value.Length }
                : null,
        })]);
        return Results.Text(description.ToJsonString(), "application/json");
    }

    private static string GitBlob(byte[] content)
    {
#pragma warning disable CA5350 // git's own hash
        return Convert.ToHexStringLower(
            SHA1.HashData(
                [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")), .. content]));
#pragma warning restore CA5350
    }

    private IResult Resolve(string file) => _files.ContainsKey(file) ? Results.Redirect($"/cdn/{file}") : Results.NotFound();

    private async Task Serve(HttpContext context, string file)
    {
        Requests.Enqueue((file, context.Request.Headers.Range.ToString()));
        if (Faults.TryDequeue(out var fault))
        {
            await fault(context, _files[file]);
            return;
        }

        await Results.Bytes(_files[file], enableRangeProcessing: true).ExecuteAsync(context);
    }
}
