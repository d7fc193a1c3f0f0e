using SimCse.Jobs.Parts;

namespace SimCse.Cli.Output;

/// <summary>Where <c>encode</c> puts its rows. What is disposed before <see cref="CompleteAsync"/> leaves no file behind.</summary>
internal interface IRowOutput : IAsyncDisposable
{
    Task WriteAsync(PartRows rows, CancellationToken cancellationToken);

    /// <summary>The file appears under its own name, whole.</summary>
    Task CompleteAsync(CancellationToken cancellationToken);
}
