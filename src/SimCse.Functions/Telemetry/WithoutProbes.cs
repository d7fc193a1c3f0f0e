using System.Diagnostics;
using OpenTelemetry;
using SimCse.Functions.Health;

namespace SimCse.Functions.Telemetry;

/// <summary>Probes are asked all day long and say nothing: their spans are not exported.</summary>
internal sealed class WithoutProbes : BaseProcessor<Activity>
{
    private const string FunctionName = "faas.name";

    public override void OnEnd(Activity data)
    {
        if (data.GetTagItem(FunctionName) is HealthFunction.Name)
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
