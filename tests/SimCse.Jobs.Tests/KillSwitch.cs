using Azure.Core;
using Azure.Core.Pipeline;

namespace SimCse.Jobs.Tests;

/// <summary>
/// Ends a process at a chosen write to storage, as far as storage can tell: the write is or is not carried out, its answer never arrives,
/// and no request follows.
/// </summary>
/// <param name="writes">How many writes go well.</param>
/// <param name="carriedOut">Whether the next one still reaches storage.</param>
/// <param name="to">What the path of a write ends in, or it goes well uncounted; every path ends in nothing.</param>
internal sealed class KillSwitch(int writes, bool carriedOut, string to = "") : HttpPipelinePolicy
{
    private int _left = writes;

    public bool IsKilled { get; private set; }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (IsKilled)
        {
            throw new KilledException();
        }

        if (Spares(message.Request))
        {
            await ProcessNextAsync(message, pipeline);
            return;
        }

        IsKilled = true;
        if (carriedOut)
        {
            await ProcessNextAsync(message, pipeline);
        }

        throw new KilledException();
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    private bool Spares(Request request) =>
        request.Method == RequestMethod.Get || request.Method == RequestMethod.Head
            || !request.Uri.Path.EndsWith(to, StringComparison.Ordinal)
        || Interlocked.Decrement(ref _left) >= 0;
}

/// <summary>Thrown where a killed process would just not be any more.</summary>
internal sealed class KilledException() : Exception("The process was killed.");
