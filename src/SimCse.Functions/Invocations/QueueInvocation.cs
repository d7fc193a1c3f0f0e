namespace SimCse.Functions;

/// <summary>A queue message as it was sent, freed of what the Functions host wraps around it.</summary>
/// <param name="Text">The body: JSON when it is ours.</param>
/// <param name="InsertedOn">When it was put on the queue; <see langword="null"/> when the host did not say.</param>
internal sealed record QueueInvocation(string Text, DateTimeOffset? InsertedOn);
