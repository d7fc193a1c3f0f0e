using System.Formats.Tar;
using System.IO.Compression;

namespace SimCse.Models.Pull;

/// <summary>A MeCab dictionary inside a Python source distribution.</summary>
/// <param name="Name">The dictionary's name in a model's <c>mecab_dic</c>.</param>
/// <param name="Address">The address of the archive.</param>
/// <param name="Bytes">The size of the archive, where it is known before the server says it.</param>
/// <param name="Sha256">The SHA-256 of the archive.</param>
/// <param name="Prefix">The dictionary's folder in the archive.</param>
internal sealed record DictionaryArchive(string Name, Uri Address, long? Bytes, string Sha256, string Prefix)
{
    /// <summary>unidic-lite 1.0.8: the only release that installs from one file, without a download. MIT or WTFPL; UniDic BSD.</summary>
    public static readonly DictionaryArchive UnidicLite = new(
        "unidic_lite",
        new Uri(
            "https://files.pythonhosted.org/packages/55/2b/8cf7514cb57d028abcef625afa847d60ff1ffbf0049c36b78faa7c35046f/unidic-lite-1.0.8.tar.gz"),
        47_356_746,
        "db9d4572d9fdd4d00a97949d4b0741ec480ee05a7e7e2e32f547500dae27b245",
        "unidic-lite-1.0.8/unidic_lite/dicdir/");

    /// <summary>
    /// ipadic 1.0.0: IPADIC 2.7.0-20070801 as MeCab carries it, without the era since. MIT or WTFPL; IPADIC has its own licence.
    /// </summary>
    public static readonly DictionaryArchive Ipadic = new(
        "ipadic",
        new Uri(
            "https://files.pythonhosted.org/packages/e7/4e/c459f94d62a0bef89f866857bc51b9105aff236b83928618315b41a26b7b/ipadic-1.0.0.tar.gz"),
        Bytes: null,
        "f5923d31eca6131acaaf18ed28d8998665b1347b640d3a6476f64650e9a71c07",
        "ipadic-1.0.0/ipadic/dicdir/");

    /// <summary>Unpacks the dictionary's files; the folder appears when it is complete.</summary>
    /// <exception cref="InvalidDataException">The archive holds no dictionary.</exception>
    public async Task ExtractAsync(string archivePath, string folder, CancellationToken cancellationToken)
    {
        var staging = $"{folder}.partial-{Path.GetRandomFileName()}";
        Directory.CreateDirectory(staging);
        try
        {
            await ExtractFilesAsync(archivePath, staging, cancellationToken);
            if (!File.Exists(Path.Combine(staging, "sys.dic")))
            {
                throw new InvalidDataException($"{archivePath} holds no {Prefix}sys.dic; expected the dictionary {Name}.");
            }

            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true); // incomplete, or it would not be fetched
            }

            Directory.Move(staging, folder);
        }
        finally
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
    }

    /// <summary>
    /// Extracts only plain files that lie directly in the dictionary's folder, and the licences at the archive's top, which a dictionary
    /// should not travel without. No name in the archive can lead out of our folder.
    /// </summary>
    private async Task ExtractFilesAsync(string archivePath, string folder, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(archivePath);
        await using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        await using var archive = new TarReader(unzipped);
        while (await archive.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            var name = NameOf(entry.Name);
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && name == Path.GetFileName(name)
                && name is not ("" or "." or ".."))
            {
                await entry.ExtractToFileAsync(Path.Combine(folder, name), overwrite: true, cancellationToken);
            }
        }
    }

    /// <summary>The name of an archive's member in our folder; empty when it is not wanted.</summary>
    private string NameOf(string member)
    {
        if (member.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return member[Prefix.Length..];
        }

        var top = Prefix[..(Prefix.IndexOf('/') + 1)];
        return member.StartsWith($"{top}LICENSE", StringComparison.Ordinal) ? member[top.Length..] : "";
    }
}
