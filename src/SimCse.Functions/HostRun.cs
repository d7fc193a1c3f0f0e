namespace SimCse.Functions;

internal static class HostRun
{
    /// <summary>Runs the app until it is told to stop. A stop while it still starts is a stop as well, and not a failure.</summary>
    public static async Task RunUntilStoppedAsync(this IHost app)
    {
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping; // got here: RunAsync disposes of it
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }
}
