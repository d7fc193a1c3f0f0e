// A worker for tests: records what its functions receive in a folder, and does what files in that folder tell it to do.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SimCse.LocalHost.Tests.Worker;

var recorder = new Recorder(
    Environment.GetEnvironmentVariable("TEST_FOLDER") ?? throw new InvalidOperationException("TEST_FOLDER is not set."));
var behaviour = await Behaviour.ForThisStartAsync(recorder, args);
foreach (var line in behaviour.StandardOutput)
{
    Console.Out.WriteLine(line);
}

foreach (var line in behaviour.StandardError)
{
    Console.Error.WriteLine(line);
}

if (behaviour.ExitAtOnce is { } exitCode)
{
    return exitCode;
}

if (behaviour.NeverConnects)
{
    await Task.Delay(Timeout.Infinite);
}

using var app = WorkerApp.Create(args, recorder);
var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
try
{
    await app.RunAsync();
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // The host stopped it before its web server had started.
}

return 0;
