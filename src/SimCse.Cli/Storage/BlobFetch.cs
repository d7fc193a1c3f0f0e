using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SimCse.Cli.CommandLine;
using SimCse.Jobs.State;

namespace SimCse.Cli.Storage;

/// <summary>
/// Fetches a blob into a file. What has arrived is in <c>NAME.partial</c>, and a later try fetches only the rest; the file gets its name
/// when it is whole, checked and on the disk. Not thread-safe for the same file.
/// </summary>
/// <param name="embeddings">The container of the blobs.</param>
/// <param name="received">Is called with the number of bytes of each piece; from several threads.</param>
internal sealed class BlobFetch(BlobContainerClient embeddings, Action<long> received)
{
    public const string PartialSuffix = ".partial";

    private const int BufferBytes = 1 << 17;
    private const int RangeNotSatisfiable = 416;

    /// <summary>Whether a file has the size and, if <paramref name="verify"/>, the hash of a part.</summary>
    public static async Task<bool> IsRightAsync(JobPart part, string path, bool verify, CancellationToken cancellationToken)
    {
        if (new FileInfo(path) is not { Exists: true } file || file.Length != part.Bytes)
        {
            return false;
        }

        if (!verify)
        {
            return true;
        }

        await using var stream = file.OpenRead();
        return IsHash(await SHA256.HashDataAsync(stream, cancellationToken), part);
    }

    /// <exception cref="CliException">The blob is gone, or is not what <c>_SUCCESS</c> records.</exception>
    public async Task FetchPartAsync(string blob, JobPart part, string path, CancellationToken cancellationToken)
    {
        var partial = path + PartialSuffix;
        await using (var file = Open(partial))
        {
            if (!await TryContinueAsync(blob, part, file, cancellationToken))
            {
                // The beginning may be of other content, so try once more without it.
                file.SetLength(0);
                if (!await TryContinueAsync(blob, part, file, cancellationToken))
                {
                    File.Delete(partial);
                    throw new CliException(
                        $"The part {embeddings.Name}/{blob} is not what _SUCCESS records (SHA-256 {part.Sha256}, {part.Bytes} bytes): it " +
                        "was changed in storage. Delete it there, and retry the job to make it again.");
                }
            }

            file.Flush(flushToDisk: true); // a full disk may say so only now
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Fetches the error rows of a shard, of which only the number is recorded.</summary>
    /// <exception cref="CliException">The blob is gone, or has another number of lines.</exception>
    public async Task FetchErrorsAsync(string blob, long lines, string path, CancellationToken cancellationToken)
    {
        var partial = path + PartialSuffix;
        var found = 0L;
        await using (var file = Open(partial))
        {
            file.SetLength(0);
            await ReadAsync(
                blob, from: 0, async bytes =>
                {
                    found += bytes.Span.Count((byte)'\n');
                    await file.WriteAsync(bytes, cancellationToken);
                },
                cancellationToken);
            file.Flush(flushToDisk: true);
        }

        if (found != lines)
        {
            File.Delete(partial);
            throw new CliException($"{embeddings.Name}/{blob} has {found} lines; _SUCCESS records {lines}: it was changed in storage.");
        }

        File.Move(partial, path, overwrite: true);
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);

    private static bool IsHash(ReadOnlySpan<byte> hash, JobPart part) =>
        string.Equals(Convert.ToHexString(hash), part.Sha256, StringComparison.OrdinalIgnoreCase);

    private async Task<bool> TryContinueAsync(string blob, JobPart part, FileStream file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        file.Position = 0;
        var buffer = new byte[BufferBytes];
        while (await file.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
        }

        if (file.Length < part.Bytes)
        {
            await ReadAsync(
                blob, file.Length, async bytes =>
                {
                    hash.AppendData(bytes.Span);
                    await file.WriteAsync(bytes, cancellationToken);
                },
                cancellationToken);
        }

        return file.Length == part.Bytes && IsHash(hash.GetHashAndReset(), part);
    }

    /// <summary>Reads a blob from a position to its end; nothing when it ends before.</summary>
    private async Task ReadAsync(
        string blob, long from, Func<ReadOnlyMemory<byte>, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = (await embeddings.GetBlobClient(blob).DownloadStreamingAsync(
                new BlobDownloadOptions { Range = new HttpRange(from) }, cancellationToken)).Value;
            var buffer = new byte[BufferBytes];
            while (await ReadAsync(blob, answer.Content, buffer, cancellationToken) is > 0 and var count)
            {
                await write(buffer.AsMemory(0, count));
                received(count);
            }
        }
        catch (RequestFailedException e) when (e.Status == RangeNotSatisfiable)
        {
            // Shorter than it should be, which the caller sees.
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new CliException($"{embeddings.Name}/{blob} was deleted from storage; 'simcse jobs retry ID' makes it again.", e);
        }
    }

    /// <summary>Tells a failure of storage from one of the disk: the client tries again by itself, but not forever.</summary>
    private async Task<int> ReadAsync(string blob, Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e)
        {
            throw new CliException(
                $"Storage ended its answer in the middle of {embeddings.Name}/{blob}. Run the command again; it goes on from there.", e);
        }
    }
}
