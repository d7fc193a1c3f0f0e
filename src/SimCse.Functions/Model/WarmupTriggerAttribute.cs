using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace SimCse.Functions.Model;

/// <summary>
/// Starts a function on each new instance before its first request. The Sdk derives the trigger's type from the class's name; Microsoft's
/// package for it contains only this class.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;
