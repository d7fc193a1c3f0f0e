using SimCse.Jobs.Parts;

namespace SimCse.Cli.Output;

/// <summary>The destination of the rows of <c>encode</c>. Disposing it before <see cref="CompleteAsync"/> leaves no file behind.</summary>
internal interface IRowOutput : IAsyncDisposable
{
    Task WriteAsync(PartRows rows, CancellationToken cancellationToken);

    /// <summary>Gives the complete file its final name.</summary>
    Task CompleteAsync(CancellationToken cancellationToken);
}
