using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace SimCse.Functions.Model;

/// <summary>
/// Starts a function on each new instance before its first request. The Sdk makes the trigger's type of the class's name; Microsoft's
/// package for it is this one class.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;
