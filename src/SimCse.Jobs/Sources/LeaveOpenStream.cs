namespace SimCse.Jobs.Sources;

/// <summary>Reads another stream and does not close it.</summary>
internal sealed class LeaveOpenStream(Stream stream) : ForwardStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);
}
