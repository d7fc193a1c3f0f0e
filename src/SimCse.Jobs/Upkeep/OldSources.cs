namespace SimCse.Jobs.Upkeep;

/// <summary>
/// Whether Reconcile plans sources again that have a complete job, when the model or the app's default options have changed.
/// </summary>
internal sealed record OldSources(bool Plan);
