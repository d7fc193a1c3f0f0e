using SimCse.Models.Pull;

namespace SimCse.Models.Tests.Pull;

/// <summary>Calls back on the thread that reports: <see cref="Progress{T}"/> would do so later, in any order.</summary>
internal sealed class InlineProgress(Action<PullProgress> report) : IProgress<PullProgress>
{
    public void Report(PullProgress value) => report(value);
}
