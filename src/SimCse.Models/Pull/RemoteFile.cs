using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SimCse.Models.Pull;

/// <summary>A file to fetch, and what identifies its content.</summary>
/// <param name="Name">The name in messages.</param>
/// <param name="Address">The address; redirects are followed.</param>
/// <param name="Bytes">The file's size; <see langword="null"/> where the server must say it.</param>
/// <param name="Sha256">The SHA-256, hexadecimal; the hub has one for large files.</param>
/// <param name="GitBlob">Git's SHA-1 of <c>blob SIZE\0CONTENT</c>, hexadecimal; the hub has one for small files.</param>
internal sealed record RemoteFile(string Name, Uri Address, long? Bytes, string? Sha256, string? GitBlob)
{
    /// <exception cref="InvalidDataException">The file at <paramref name="path"/> is not this one.</exception>
    public async Task CheckAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(path).Length;
        if (Bytes is not null && bytes != Bytes)
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

        // Git uses SHA-1. It detects a damaged file; an attacker who could forge one could change the list of files as well.
#pragma warning disable CA5350
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
