// A worker for tests: records what its functions receive in a folder, and does what files in that folder tell it to do.
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

await WorkerApp.Create(args, recorder).RunAsync();
return 0;
