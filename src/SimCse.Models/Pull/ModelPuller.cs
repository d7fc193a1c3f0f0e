using System.Text.Json;
using SimCse.Tokenization;

namespace SimCse.Models.Pull;

/// <summary>
/// Fetches a published model, and the MeCab dictionaries that it may need, into the cache. Files in the cache are checked and not fetched
/// again; an interrupted pull is resumed. Run one pull of a model at a time. Does not own the client.
/// </summary>
/// <param name="http">A client that follows redirects, which is the default.</param>
/// <param name="options">The addresses and the cache.</param>
public sealed class ModelPuller(HttpClient http, ModelPullerOptions? options = null)
{
    /// <summary>The model that this project is made for: BERT-base, CC BY-SA 4.0.</summary>
    public const string DefaultModel = "pkshatech/simcse-ja-bert-base-clcmlp";

    private readonly ModelPullerOptions _options = options ?? new ModelPullerOptions();
    private readonly FileDownloader _downloader = new(http, options ?? new ModelPullerOptions());

    /// <param name="name">The model's name on the hub, <c>owner/name</c>.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="progress">Receives the progress whenever bytes arrive.</param>
    /// <param name="cancellationToken">Cancels the pull. What has arrived stays for the next one.</param>
    /// <exception cref="HttpRequestException">A server refuses a file or cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file is not what the hub says it is, or the model has no modules.</exception>
    public async Task<PulledModel> PullAsync(
        string name =
            DefaultModel, string revision = "main", IProgress<PullProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckName(name, revision);
        var model = await ListAsync(name, revision, cancellationToken);
        var commit = model.Commit!;
        var folder = Path.Combine(_options.CacheFolder, "models", name.Replace("/", "--", StringComparison.Ordinal), commit);
        foreach (var file in await SelectAsync(name, model, folder, progress, cancellationToken))
        {
            await DownloadAsync(name, commit, file, folder, progress, cancellationToken);
        }

        return new PulledModel(name, commit, folder, await PullDictionariesAsync(folder, progress, cancellationToken), Licence(model));
    }

    private static void CheckName(string name, string revision)
    {
        if (name.Split('/') is not [{ Length: > 0 } owner, { Length: > 0 } model] || owner.Contains("..", StringComparison.Ordinal)
            || model.Contains("..", StringComparison.Ordinal) || name.AsSpan().ContainsAny("\\?#% "))
        {
            throw new ArgumentException($"'{name}' is no model's name; expected owner/name, such as {DefaultModel}.", nameof(name));
        }

        ArgumentException.ThrowIfNullOrEmpty(revision);
    }

    private async Task<HubModel> ListAsync(string name, string revision, CancellationToken cancellationToken)
    {
        var address = new Uri(_options.Hub, $"api/models/{name}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        for (var attempt = 1; ; attempt++)
        {
            using var response = await GetAsync(address, cancellationToken);
            if (attempt < _options.MaxAttempts && HttpRefusals.Patience(response, attempt) is { } wait)
            {
                await _options.Wait(FileDownloader.Bounded(wait), cancellationToken);
                continue;
            }

            HttpRefusals.Throw(response, address);
            try
            {
                await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                var model = await JsonSerializer.DeserializeAsync(body, HubJson.Default.HubModel, cancellationToken);
                return model is { Commit.Length: > 0, Files.Count: > 0 } && model.Commit.All(char.IsAsciiHexDigit)
                    ? model
                    : throw new InvalidDataException($"{address} names no commit or no files; expected the hub's description of a model.");
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{address} does not answer with the hub's JSON: {e.Message}", e);
            }
        }
    }

    /// <summary>Turns HttpClient's own time-out, which it reports as a cancellation, into an error.</summary>
    private async Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await http.GetAsync(address, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"{address} does not answer within {http.Timeout.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>modules.json is fetched first: it says in which folders the other files lie.</summary>
    private async Task<List<HubFile>> SelectAsync(
        string name, HubModel model, string folder, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var modules = model.Files.Find(file => file.Name == HubFileSelection.Modules)
            ?? throw new InvalidDataException($"{name} holds no {HubFileSelection.Modules}; expected a sentence-transformers model.");
        await DownloadAsync(name, model.Commit!, modules, folder, progress, cancellationToken);
        var entries = ModelParts.Of(folder).Modules;
        return
        [
            .. HubFileSelection.Select(model.Files, [.. entries.Select(entry => entry.Path)])
                .Where(file => file != modules && file.Name.Split('/').All(part => part is not ("" or "." or ".."))),
        ];
    }

    private Task DownloadAsync(
        string name, string commit, HubFile file, string folder, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var path = string.Join('/', file.Name.Split('/').Select(Uri.EscapeDataString));
        var bytes = file.Large?.Size ?? file.Size
            ?? throw new InvalidDataException($"{name}: the hub does not give the size of {file.Name}.");
        var remote = new RemoteFile(
            file.Name, new Uri(_options.Hub, $"{name}/resolve/{commit}/{path}"), bytes, file.Large?.Sha256, file.GitBlob);
        return _downloader.DownloadAsync(remote, Path.Combine(folder, file.Name), progress, cancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, string>> PullDictionariesAsync(
        string modelFolder, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = _options.SkipDictionary ? []
            : _options.DictionaryName is { } name ? [name]
            : TokenizerFiles.DictionariesOf(ModelParts.Of(modelFolder).Transformer);
        foreach (var archive in _options.Archives.Where(archive => names.Contains(archive.Name)))
        {
            folders.Add(archive.Name, await PullAsync(archive, progress, cancellationToken));
        }

        return folders;
    }

    private async Task<string> PullAsync(
        DictionaryArchive dictionary, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_options.CacheFolder, "dictionaries", dictionary.Name);
        if (!MecabDictionaryFolder.Files.All(file => File.Exists(Path.Combine(folder, file))))
        {
            var address = (dictionary.Name == DictionaryArchive.Ipadic.Name ? _options.Ipadic : _options.UnidicLite) ?? dictionary.Address;
            var archive = Path.Combine(_options.CacheFolder, "dictionaries", Path.GetFileName(dictionary.Address.LocalPath));
            await _downloader.DownloadAsync(
                new RemoteFile(Path.GetFileName(archive), address, dictionary.Bytes, dictionary.Sha256, null), archive, progress,
                cancellationToken);
            await dictionary.ExtractAsync(archive, folder, cancellationToken);
            File.Delete(archive);
        }

        return folder;
    }

    private static string? Licence(HubModel model) => model.Card?.Licence switch
    {
        { ValueKind: JsonValueKind.String } one => one.GetString(),
        { ValueKind: JsonValueKind.Array } several => string.Join(", ", several.EnumerateArray().Select(licence => licence.ToString())),
        _ => null,
    };
}
