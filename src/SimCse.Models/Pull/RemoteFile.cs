using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SimCse.Models.Pull;

/// <summary>A file to fetch and how to know it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Address">Redirects are followed.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hexadecimal; large files have one on the hub.</param>
/// <param name="GitBlob">Hexadecimal; the small files of a repository are known by git's SHA-1 of <c>blob SIZE\0CONTENT</c>.</param>
internal sealed record RemoteFile(string Name, Uri Address, long Bytes, string? Sha256, string? GitBlob)
{
    /// <exception cref="InvalidDataException">The file at <paramref name="path"/> is not this one.</exception>
    public async Task CheckAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(path).Length;
        if (bytes != Bytes)
        {
            throw new InvalidDataException($"{Name} from {Address} has {bytes} bytes; expected {Bytes}.");
        }

        var (kind, expected) = Sha256 is not null ? ("SHA-256", Sha256) : ("git blob id", GitBlob);
        var found = expected is null ? null : await HashAsync(path, cancellationToken);
        if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"{Name} from {Address} has {kind} {found}; expected {expected}. It was damaged or replaced on the way.");
        }
    }

    private async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan | FileOptions.Asynchronous);
        if (Sha256 is not null)
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        // SHA-1 because git says so: it tells a damaged file, and whoever could forge one could change the list of files just as well.
#pragma warning disable CA5350
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {Bytes}\0")));
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
