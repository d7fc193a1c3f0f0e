// A custom handler for tests: records what it receives in a folder, and does what files in that folder tell it to do.
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SimCse.LocalHost.Tests.Handler;

var folder = Environment.GetEnvironmentVariable("TEST_FOLDER") ?? throw new InvalidOperationException("TEST_FOLDER is not set.");
var behaviour = await Behaviour.ForThisStartAsync(folder, args);
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

if (behaviour.NeverListens)
{
    await Task.Delay(Timeout.Infinite);
}

var port = int.Parse(Environment.GetEnvironmentVariable("FUNCTIONS_CUSTOMHANDLER_PORT")!, System.Globalization.CultureInfo.InvariantCulture);
var builder = WebApplication.CreateEmptyBuilder(new());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
var app = builder.Build();
app.Run(async context =>
{
    if (context.Request.Path == "/")
    {
        // The host's question whether we listen: any answer will do.
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return;
    }

    var (name, index) = await Recorder.RecordAsync(folder, context.Request);
    await Answer.For(folder, name, index).WriteAsync(folder, context);
});
await app.RunAsync();
return 0;
