using SimCse.LocalHost.Protocol;

namespace SimCse.LocalHost.App;

/// <summary>One function of the app, as its worker described it.</summary>
internal sealed record FunctionMetadata(RpcFunctionMetadata Source, FunctionBinding Trigger, IReadOnlyList<FunctionBinding> Bindings)
{
    public string Name => Source.Name;

    /// <summary>The worker's name for the function in invocations, which is the same at every start.</summary>
    public string FunctionId => Source.FunctionId;

    /// <summary>The function's name in the host's logs and in storage.</summary>
    public string FullName => $"Functions.{Name}";

    /// <summary>Makes an invocation with this trigger; the invoker adds the rest.</summary>
    public InvocationRequest Request(TypedData trigger)
        => new() { FunctionId = FunctionId, InputData = { new ParameterBinding { Name = Trigger.Name, Data = trigger } } };
}
