using System.IO.Compression;
using Azure;
using Azure.Storage.Blobs.Models;
using SimCse.Jobs.Sources;
using SimCse.Jobs.State;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>
/// Makes sources of the members of a zip archive: blobs <c>ARCHIVE.zip/MEMBER</c> with the archive's options. Safe to repeat and to kill at
/// any point: what is unpacked of this version is not unpacked again. Thread-safe.
/// </summary>
internal sealed class UnpackZip(JobStorage storage, SourceFilter filter, PlanLimits plan, TimeProvider time)
{
    private const int MaxMembers = 1_000;
    private const int DownloadBytes = 4 << 20;

    /// <summary>The metadata of a member that says of which version of the archive it is.</summary>
    private const string VersionMetadata = "simcse_zip";

    /// <returns>What became of the members, or what an earlier call has found.</returns>
    /// <exception cref="PermanentJobException">It is no archive, or it is damaged or too large, or no member is a source.</exception>
    public async Task<UnpackedZip> RunAsync(JobKey archive, CancellationToken cancellationToken)
    {
        if (await JobStorage.TryReadAsync(
            storage.Jobs, StorageNames.Unpacked(archive.Job), JobsJson.Default.UnpackedZip, cancellationToken) is { } known)
        {
            return known;
        }

        using var late = new CancellationTokenSource(plan.Time, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        UnpackedZip unpacked;
        try
        {
            unpacked = await UnpackAsync(archive, either.Token);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new PermanentJobException($"The archive could not be unpacked within {plan.Time.TotalMinutes} minutes. Split it.", e);
        }
        catch (RequestFailedException e) when (JobStorage.IsNotFound(e) || JobStorage.IsConditionNotMet(e))
        {
            throw new PermanentJobException("The archive was deleted or overwritten before it was unpacked to its end.", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException or NotSupportedException)
        {
            throw new PermanentJobException(
                "The source is no whole zip archive: it is something else, cut off or damaged, or compressed by another method than " +
                "deflate.",
                e);
        }

        if (unpacked.Sources.Count == 0)
        {
            throw new PermanentJobException(
                $"No member of the archive is a source; expected names that end in {SourceFormat.Endings}. {unpacked.Describe()}");
        }

        await JobStorage.WriteAsync(
            storage.Jobs, StorageNames.Unpacked(archive.Job), unpacked, JobsJson.Default.UnpackedZip, cancellationToken);
        return unpacked;
    }

    private async Task<UnpackedZip> UnpackAsync(JobKey archive, CancellationToken cancellationToken)
    {
        var blob = storage.Texts.GetBlobClient(archive.Source);
        var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        await using var bytes = await blob.OpenReadAsync(
            new BlobOpenReadOptions(allowModifications: false)
            {
                BufferSize = DownloadBytes,
                Conditions = new BlobRequestConditions { IfMatch = new ETag(archive.Version) },
            },
            cancellationToken);
        await using var zip = await ZipArchive.CreateAsync(
            bytes, ZipArchiveMode.Read, leaveOpen: true, new ZipNames(), cancellationToken);
        if (zip.Entries.Count > MaxMembers)
        {
            throw new PermanentJobException($"The archive has {zip.Entries.Count} members; at most {MaxMembers} are unpacked. Split it.");
        }

        var (sources, ignored, left) = (new List<string>(), new List<string>(), plan.MaxText(bytes.Length));
        foreach (var member in zip.Entries)
        {
            var name = member.FullName.Replace('\\', '/'); // as old programs of Windows write it
            if (name.EndsWith('/'))
            {
                continue;
            }

            var source = $"{archive.Source}/{name}";
            if (Problem(name, source, member.IsEncrypted) is { } problem)
            {
                ignored.Add($"'{name}' ({problem})");
            }
            else if (sources.Contains(source, StringComparer.Ordinal))
            {
                ignored.Add($"'{name}' (it stands there twice)");
            }
            else
            {
                left -= await CopyAsync(member, source, archive.Version, properties.Metadata, left, cancellationToken);
                sources.Add(source);
            }
        }

        return new UnpackedZip(archive.Source, sources, ignored);
    }

    private string? Problem(string name, string source, bool isEncrypted) =>
        name.StartsWith('/') || name is [_, ':', ..] || name.Split('/').Any(part => part is ".." or ".") ? "it points out of the archive"
        : SourceName.Problem(source) is not null ? "no source can have the name"
        : SourceFormat.IsArchive(name) ? "an archive in an archive"
        : !filter.Admits(name) ? "no source"
        : isEncrypted ? "encrypted"
        : null;

    /// <returns>The number of bytes.</returns>
    private async Task<long> CopyAsync(
        ZipArchiveEntry member, string source, string version, IDictionary<string, string> options, long maxBytes,
        CancellationToken cancellationToken)
    {
        var known = await JobStorage.TryGetPropertiesAsync(storage.Texts, source, cancellationToken);
        var bytes = member.Length;
        if (known?.Metadata.TryGetValue(VersionMetadata, out var of) != true || of != version)
        {
            await using var content = new Whole(await member.OpenAsync(cancellationToken), member.Length, maxBytes);
            var metadata = new Dictionary<string, string> { [VersionMetadata] = version };
            foreach (var (key, value) in options.Where(pair =>
                pair.Key.Equals(StorageNames.OptionsMetadata, StringComparison.OrdinalIgnoreCase)))
            {
                metadata[key] = value;
            }

            await storage.Texts.GetBlobClient(source).UploadAsync(
                content, new BlobUploadOptions { Metadata = metadata }, cancellationToken);
        }

        await JobStorage.SendAsync(
            storage.PlanQueue, new PlanJobMessage { Source = source }, JobsJson.Default.PlanJobMessage, cancellationToken);
        return bytes;
    }

    /// <summary>A member that has as many bytes as the archive says, and not too many.</summary>
    private sealed class Whole(Stream member, long length, long maxBytes) : ForwardStream
    {
        private long _bytes;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await member.ReadAsync(buffer, cancellationToken);
            _bytes += read;
            return _bytes > maxBytes ? throw WholeGzipStream.TooLarge(maxBytes)
                : _bytes > length || (read == 0 && buffer.Length > 0 && _bytes < length)
                    ? throw new InvalidDataException("A member has another length than the archive says.")
                : read;
        }

        public override async ValueTask DisposeAsync()
        {
            await member.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
