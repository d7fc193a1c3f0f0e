using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace SimCse.LocalHost.Tests.Worker;

/// <summary>Gives the metadata of a warmup trigger: its type is derived from the name of this class.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;

/// <summary>A trigger that no host knows.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OddTriggerAttribute : TriggerBindingAttribute;
