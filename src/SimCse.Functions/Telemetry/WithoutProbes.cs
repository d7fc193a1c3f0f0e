using System.Diagnostics;
using OpenTelemetry;
using SimCse.Functions.Http;

namespace SimCse.Functions.Telemetry;

/// <summary>Does not export the spans of health probes, which come all day and carry no information.</summary>
internal sealed class WithoutProbes : BaseProcessor<Activity>
{
    private const string FunctionName = "faas.name";

    public override void OnEnd(Activity data)
    {
        if (data.GetTagItem(FunctionName) is RequestKeys.OpenFunction)
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
