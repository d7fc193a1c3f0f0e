using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.App;

/// <summary>One function of the app, as its worker described it.</summary>
internal sealed record FunctionMetadata(RpcFunctionMetadata Source, FunctionBinding Trigger, IReadOnlyList<FunctionBinding> Bindings)
{
    public string Name => Source.Name;

    /// <summary>The worker's name for it in invocations; the same at every start.</summary>
    public string FunctionId => Source.FunctionId;

    /// <summary>As the host names functions in logs and in storage.</summary>
    public string FullName => $"Functions.{Name}";

    /// <summary>An invocation with this for its trigger; the invoker adds the rest.</summary>
    public InvocationRequest Request(TypedData trigger)
        => new() { FunctionId = FunctionId, InputData = { new ParameterBinding { Name = Trigger.Name, Data = trigger } } };
}
