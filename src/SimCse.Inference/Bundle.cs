using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SimCse.Tokenization;

namespace SimCse.Inference;

/// <summary>
/// A folder ready to run: ONNX graph, tokenizer files and <c>bundle.json</c>. Thread-safe; only <see cref="IsVerified"/> changes.
/// </summary>
public sealed class Bundle
{
    private static readonly BundleJson Json = new(new JsonSerializerOptions(BundleJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // arrows and names stay readable
    });

    private volatile bool _isVerified;

    private Bundle(string folder, BundleManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
        Model = new ModelDescription(
            manifest.Model, manifest.Fingerprint, manifest.Dimension, manifest.Pooling, manifest.Precision, manifest.MaxSequenceLength,
            manifest.Untrained);
        Prompts = new ModelPrompts(manifest.Prompts, manifest.DefaultPromptName);
    }

    public string Folder { get; }

    public BundleManifest Manifest { get; }

    public ModelDescription Model { get; }

    public ModelPrompts Prompts { get; }

    /// <summary>Whether the files that the fingerprint covers were found to be the ones that the bundle was made with.</summary>
    public bool IsVerified => _isVerified;

    /// <summary>Loads the tokenizer alone, without the graph. Errors are those of <see cref="SentenceTokenizer.Load"/>.</summary>
    public SentenceTokenizer LoadTokenizer() => SentenceTokenizer.Load(
        Folder, new SentenceTokenizerOptions { DictionaryFolder = DictionaryFolder, MaxPositions = Manifest.MaxSequenceLength });

    /// <summary>The bundle's own MeCab dictionary, if it needs one. It precedes the environment's: the fingerprint covers it.</summary>
    private string? DictionaryFolder => Manifest.Dictionary is { } dictionary ? Path.Combine(Folder, dictionary) : null;

    internal string GraphPath => Path.Combine(Folder, Manifest.Graph);

    /// <summary>Opens a bundle and checks the size and the SHA-256 of its files.</summary>
    /// <exception cref="FileNotFoundException">There is no bundle, or one of its files is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file's size or SHA-256 differs from <c>bundle.json</c>, or that file is not readable.
    /// </exception>
    public static Bundle Open(string folder)
    {
        var bundle = OpenUnverified(folder);
        bundle.Verify();
        return bundle;
    }

    /// <summary>
    /// Opens a bundle and checks that its files exist with their sizes, but not their content. Files that only other runtimes read may be
    /// missing. <see cref="SentenceEncoder.Load"/> hashes them while it loads, because the hashes of a large model take long, too.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no bundle, or one of its files is missing.</exception>
    /// <exception cref="InvalidDataException">A file's size is not the one in <c>bundle.json</c>, or that file is not readable.</exception>
    public static Bundle OpenUnverified(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var manifest = ReadManifest(Path.Combine(folder, BundleManifest.FileName));
        if (!manifest.Files.ContainsKey(manifest.Graph))
        {
            throw new InvalidDataException(
                $"{folder}/{BundleManifest.FileName} does not list its graph '{manifest.Graph}'; import the model again.");
        }

        foreach (var (name, file) in manifest.Files)
        {
            CheckSize(folder, name, file, mayBeMissing: !manifest.IsCovered(name));
        }

        return new Bundle(folder, manifest);
    }

    /// <summary>Checks the SHA-256 of every file, and the fingerprint.</summary>
    /// <exception cref="InvalidDataException">A file's SHA-256, or the fingerprint, is not the one in <c>bundle.json</c>.</exception>
    public void Verify() =>
        Verify(Manifest.Files.Where(file => Manifest.IsCovered(file.Key) || File.Exists(Path.Combine(Folder, file.Key))));

    /// <summary>
    /// Does the same as <see cref="Verify()"/>, without the files that only other runtimes read: the standard graph is as large as all
    /// others together.
    /// </summary>
    /// <exception cref="InvalidDataException">A file's SHA-256, or the fingerprint, is not the one in <c>bundle.json</c>.</exception>
    public void VerifyCovered() => Verify(Manifest.Files.Where(file => Manifest.IsCovered(file.Key)));

    /// <summary>Checks the SHA-256 of the files that <see cref="LoadTokenizer"/> may read: all but the graphs and their weights.</summary>
    /// <exception cref="InvalidDataException">A file's SHA-256 is not the one in <c>bundle.json</c>.</exception>
    public void VerifyTokenizer() => CheckHashes(
        Folder,
        Manifest.Files.Where(file => Manifest.IsCovered(file.Key) && !file.Key.StartsWith(Manifest.Graph, StringComparison.Ordinal)));

    private void Verify(IEnumerable<KeyValuePair<string, BundleFile>> files)
    {
        CheckHashes(Folder, files);
        var fingerprint = ComputeFingerprint(Manifest);
        if (fingerprint != Model.Fingerprint)
        {
            throw new InvalidDataException(
                $"{Folder}/{BundleManifest.FileName} says fingerprint {Model.Fingerprint}, its content gives {fingerprint}; import the " +
                "model again.");
        }

        _isVerified = true;
    }

    /// <summary>
    /// Hashes the files of <paramref name="folder"/> and writes <c>bundle.json</c> beside them. It comes last, so that a half-made folder
    /// is not a bundle.
    /// </summary>
    /// <param name="folder">The folder of the graph and the tokenizer's files.</param>
    /// <param name="manifest">The manifest, without the files and the fingerprint, which are filled in here.</param>
    public static Bundle Seal(string folder, BundleManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        folder = Path.GetFullPath(folder);
        var files = new SortedDictionary<string, BundleFile>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (name != BundleManifest.FileName)
            {
                files.Add(name, new BundleFile(new FileInfo(path).Length, Hash(path)));
            }
        }

        manifest = manifest with { Files = files, Fingerprint = "" };
        manifest = manifest with { Fingerprint = ComputeFingerprint(manifest) };
        Write(folder, manifest);
        return new Bundle(folder, manifest) { _isVerified = true };
    }

    /// <summary>Writes <c>bundle.json</c> again, with facts about the bundle that change neither files nor vectors.</summary>
    /// <exception cref="ArgumentException">The manifest is that of another bundle.</exception>
    public void Record(BundleManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (manifest.Fingerprint != Manifest.Fingerprint || ComputeFingerprint(manifest) != Manifest.Fingerprint)
        {
            throw new ArgumentException($"The manifest is not that of the bundle {Manifest.Fingerprint}.", nameof(manifest));
        }

        Write(Folder, manifest);
    }

    private static void Write(string folder, BundleManifest manifest) => File.WriteAllText(
        Path.Combine(folder, BundleManifest.FileName), JsonSerializer.Serialize(manifest, Json.BundleManifest) + "\n");

    private static string ComputeFingerprint(BundleManifest manifest)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"simcse bundle {manifest.Version}\nprecision {manifest.Precision.Name()}\n");
        text.Append(CultureInfo.InvariantCulture, $"max sequence length {manifest.MaxSequenceLength}\n");
        foreach (var (name, prompt) in (manifest.Prompts ?? new Dictionary<string, string>()).OrderBy(p => p.Key, StringComparer.Ordinal)
            .Where(prompt => prompt.Value.Length > 0)) // empty ones, which sentence-transformers adds to any model, change no vector
        {
            text.Append(CultureInfo.InvariantCulture, $"prompt {name.Length} {name} {prompt.Length} {prompt}\n");
        }

        if (manifest.DefaultPromptName is { } defaultPrompt)
        {
            text.Append(CultureInfo.InvariantCulture, $"default prompt {defaultPrompt}\n");
        }

        foreach (var (name, file) in manifest.Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (manifest.IsCovered(name))
            {
                text.Append(CultureInfo.InvariantCulture, $"{file.Sha256} {name}\n");
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads <c>bundle.json</c> only, without checking the files that it lists or its fingerprint.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not readable, or has another version.</exception>
    public static BundleManifest ReadManifest(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} is missing: this folder is no bundle. `simcse model demo -o DIR` makes an untrained one in DIR/bundle to try " +
                "things with.",
                path);
        }

        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), Json.BundleManifest)!;
            return manifest.Version == BundleManifest.CurrentVersion
                ? manifest with { Files = new SortedDictionary<string, BundleFile>(manifest.Files.ToDictionary(), StringComparer.Ordinal) }
                : throw new InvalidDataException(
                    $"{path} has version {manifest.Version}; expected {BundleManifest.CurrentVersion}. Import the model again with this " +
                    "version of simcse.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not a bundle's JSON: {e.Message}", e);
        }
    }

    /// <summary>Runs in parallel, because hashing takes longer than reading. Only one fault is reported.</summary>
    private static void CheckHashes(string folder, IEnumerable<KeyValuePair<string, BundleFile>> files)
    {
        try
        {
            Parallel.ForEach(files, file => CheckHash(folder, file.Key, file.Value));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static void CheckSize(string folder, string name, BundleFile expected, bool mayBeMissing)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{folder}/{BundleManifest.FileName} lists the file '{name}'; expected one inside the bundle.");
        }

        if (!File.Exists(path))
        {
            if (mayBeMissing)
            {
                return;
            }

            throw new FileNotFoundException($"{path} is missing; {BundleManifest.FileName} lists it. Import the model again.", path);
        }

        var bytes = new FileInfo(path).Length;
        if (bytes != expected.Bytes)
        {
            throw new InvalidDataException($"{path} has {bytes} bytes; expected {expected.Bytes}. The copy is incomplete or was changed.");
        }
    }

    private static void CheckHash(string folder, string name, BundleFile expected)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        var hash = Hash(path);
        if (hash != expected.Sha256)
        {
            throw new InvalidDataException($"{path} has SHA-256 {hash}; expected {expected.Sha256}. The file was changed.");
        }
    }

    private static string Hash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
