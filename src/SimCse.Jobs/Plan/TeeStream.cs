using SimCse.Jobs.Sources;
using SimCse.Jobs.Storage;

namespace SimCse.Jobs.Plan;

/// <summary>Reads a stream and copies everything that is read to an upload. Owns neither of them. Not thread-safe.</summary>
internal sealed class TeeStream(Stream source, BlobUpload copy) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await source.ReadAsync(buffer, cancellationToken);
        await copy.WriteAsync(buffer[..read], cancellationToken);
        return read;
    }
}
